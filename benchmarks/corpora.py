"""Sets of pages with gold text, and how they are read and judged: shared by the benchmarks of extraction.

A set is a folder with `gold.jsonl`, an object a page with `url`, `file` (gzipped or plain HTML below the folder),
`text`, and where it has them `summary`, `alt` (another text that is right as well), `must` and `must_not` (snippets).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from unittest.mock import patch

import regex
import trafilatura

from newscrawl.extraction import extract
from newscrawl.items import Article, Page, Reject, Signature
from newscrawl.text import hindi

# The language that a page is asked for and taken to be in where the gate is off.
ANY = "xx"
# Kinds of pages whose text is a story's; any other page must be refused, and has no right text.
STORIES = frozenset(("article", "liveblog", "gallery", "video", "opinion", "amp"))
# A shorter line may be said within another.
_LINE_LETTERS = 40
_NO_SIGNATURE = Signature(minhash=b"", keys=(), shingles=0)
_NO_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Myanmar}]")


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page and the texts that are right for it; none where it is no story."""

    id: str
    url: str
    html: bytes
    right: tuple[str, ...]
    kind: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]

    def f1(self, text: str) -> float:
        """Word F1 against the better right text."""
        return max(word_f1(text, one) for one in self.right)


def pages(folder: Path, gold: str = "gold.jsonl") -> Iterator[GoldPage]:
    """The pages of a set. Those in scripts without spaces between words are left out."""
    for line in (folder / gold).read_text(encoding="utf-8").strip().split("\n"):
        page: dict[str, Any] = json.loads(line)
        text = page.get("text") or "\n".join(page.get("body") or ())
        if not page["file"].endswith((".html", ".html.gz")):
            continue  # a robots.txt among the pages
        if text and len(_NO_SPACES.findall(text)) > 0.3 * len(text):
            continue
        kind = page.get("kind") or "article"
        if kind not in STORIES:
            text = ""
        right = [text, page.get("alt"), page.get("summary") and f"{page['summary']}\n{text}"] if text else []
        raw = (folder / page["file"]).read_bytes()
        yield GoldPage(
            id=str(page["id"]),
            url=page["url"],
            html=gzip.decompress(raw) if page["file"].endswith(".gz") else raw,
            right=tuple(filter(None, right)),
            kind=kind,
            must=tuple(page.get("must") or ()),
            must_not=tuple(page.get("must_not") or page.get("must_not_contain") or ()),
        )


def marked(texts: Path, least_words: int = 25) -> Iterator[GoldPage]:
    """Texts of a collection (gzipped JSON lines with `text`, `title`), each as a plain page that says what it is."""
    for line in gzip.decompress(texts.read_bytes()).decode().strip().split("\n"):
        row = json.loads(line)
        if len(hindi.words(row["text"])) < least_words:
            continue
        title, paragraphs = escape(row.get("title") or ""), map(escape, row["text"].split("\n"))
        said = json.dumps({"@type": "NewsArticle", "headline": row.get("title") or ""})
        html = (
            f"<!doctype html><html lang='hi'><head><meta charset='utf-8'><title>{title}</title>"
            f'<script type="application/ld+json">{said}</script></head><body><article><h1>{title}</h1>'
            f"{''.join(f'<p>{p}</p>' for p in paragraphs)}</article></body></html>"
        )
        yield GoldPage(
            id=str(row.get("id")), url="https://texts.example.in/story-1000001", html=html.encode(),
            right=(row["text"],), kind="article", must=(), must_not=(),
        )  # fmt: skip


def digest(folder: Path, gold: str = "gold.jsonl") -> str:
    """What tells one state of a set from another: a hash of its gold and the sizes of its files."""
    found = hashlib.sha256((folder / gold).read_bytes())
    for path in sorted(folder.iterdir()):
        found.update(f"{path.name} {path.stat().st_size}\n".encode())
    return found.hexdigest()[:16]


def page_of(gold: GoldPage, language: str) -> Page:
    """A page as a crawl would give it to extraction."""
    return Page(
        discovered_url=gold.url, url=gold.url, site="benchmark", fetched_at=datetime.now(UTC), status=200,
        body=gold.html, content_type="text/html", language=language,
    )  # fmt: skip


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of the extractors, which complain of every odd page; afterwards as before."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def extracted(gold: GoldPage, language: str) -> Article | Reject:
    """What extraction makes of a page; for `ANY` the language gate is off."""
    off = patch("newscrawl.extraction.language.detect", lambda text: ANY)
    with quiet(), off if language == ANY else nullcontext():
        return extract(page_of(gold, language), lambda text: _NO_SIGNATURE)


def word_f1(found: str, gold: str) -> float:
    """F1 over multisets of words."""
    got, wanted = (Counter(hindi.words(hindi.clean(text))) for text in (found, gold))
    return 2 * (got & wanted).total() / max(1, got.total() + wanted.total())


def run_together(text: str, gold: str) -> int:
    """How many of the gold text's lines stand in one line of `text` with the one before: word F1 does not see it."""
    wanted = {line for line in map(_letters, gold.split("\n")) if len(line) >= _LINE_LETTERS}
    held = (sum(one in line for one in wanted) for line in map(_letters, text.split("\n")))
    return sum(max(0, lines - 1) for lines in held)


def _letters(line: str) -> str:
    return "".join(hindi.folded_words(line))


def trafilatura_text(html: bytes, url: str, **options: bool) -> str:
    """What trafilatura makes of a page, without comments."""
    document: Any = trafilatura.bare_extraction(html, url=url, include_comments=False, **options)
    return (document.text or "") if document else ""


def has_snippet(text: str, snippet: str) -> bool:
    """Whether a text has a snippet, white space aside."""
    return " ".join(hindi.clean(snippet).split()) in " ".join(text.split())
