"""Extraction on pages that no rule was written on: `python -m benchmarks.public_pages FOLDER ...`.

A folder has `gold.jsonl`, an object a page with `url`, `file` (gzipped HTML below the folder), `text` and, where the
set has them, `summary` and `alt` (another text that is right as well): the better one counts. The language gate is off,
a reject counts as an empty text, and pages in scripts without spaces between words are left out.
"""

from __future__ import annotations

import gzip
import json
import logging
import statistics
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import regex
import trafilatura
from rich.console import Console
from rich.table import Table

from newscrawl.extraction import extract
from newscrawl.items import Article, Page, Signature
from newscrawl.text import hindi

_ANY = "xx"  # the language that every page is asked for and taken to be in
_NO_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Myanmar}]")


def ours(html: bytes, url: str) -> str:
    """What newscrawl keeps of a page; "" where it rejects it."""
    page = Page(
        discovered_url=url, url=url, site="benchmark", fetched_at=datetime.now(UTC), status=200, body=html,
        content_type="text/html", language=_ANY,
    )  # fmt: skip
    story = extract(page, lambda text: Signature(minhash=b"", keys=(), shingles=0))
    return story.text if isinstance(story, Article) else ""


def theirs(**options: bool) -> Callable[[bytes, str], str]:
    """trafilatura, without comments."""

    def run(html: bytes, url: str) -> str:
        document: Any = trafilatura.bare_extraction(html, url=url, include_comments=False, **options)
        return (document.text or "") if document else ""

    return run


EXTRACTORS: dict[str, Callable[[bytes, str], str]] = {
    "newscrawl": ours,
    "trafilatura": theirs(),
    "trafilatura, favor_precision": theirs(favor_precision=True),
}


def word_f1(found: str, gold: str) -> float:
    """F1 over multisets of words."""
    got, wanted = (Counter(hindi.words(hindi.clean(text))) for text in (found, gold))
    return 2 * (got & wanted).total() / max(1, got.total() + wanted.total())


def main() -> None:
    """Score every folder named."""
    if not sys.argv[1:]:
        raise SystemExit("name at least one folder with a gold.jsonl")
    logging.disable(logging.CRITICAL)
    table = Table("set", "pages", "extractor", "word F1", "under 0.5", "no text")
    with patch("newscrawl.extraction.language.detect", lambda text: _ANY):
        for folder in map(Path, sys.argv[1:]):
            scores: dict[str, list[float]] = {name: [] for name in EXTRACTORS}
            empty: Counter[str] = Counter()
            for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines():
                gold = json.loads(line)
                text = gold.get("text") or ""
                if not text or len(_NO_SPACES.findall(text)) > 0.3 * len(text):
                    continue
                right = [text, *filter(None, (gold.get("alt"), gold.get("summary") and f"{gold['summary']}\n{text}"))]
                html = gzip.decompress((folder / gold["file"]).read_bytes())
                for name, extractor in EXTRACTORS.items():
                    found = extractor(html, gold["url"])
                    scores[name].append(max(word_f1(found, one) for one in right))
                    empty[name] += not found
            for name, own in scores.items():
                low = sum(score < 0.5 for score in own)
                table.add_row(
                    folder.name, str(len(own)), name, f"{statistics.fmean(own):.3f}", str(low), str(empty[name])
                )
    Console().print(table)


if __name__ == "__main__":
    main()
