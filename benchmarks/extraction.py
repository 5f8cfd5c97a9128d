"""Our extraction against its peers: word precision, recall and F1, leaks, title and date, milliseconds a page.

    python -m benchmarks.extraction --pages FOLDER     captured pages, as in a folder with index.jsonl
    python -m benchmarks.extraction --demo             the themes of the demo web

Run from the repository root, in a venv with `benchmarks/requirements-extraction.txt`; peers that are not
installed are named and left out. `--write FILE` puts the tables into a Markdown file between its
`<!-- extraction -->` marks.

The folder's `index.jsonl` holds one object a line: `id, file` (gzipped HTML as served), `url, kind` and for
articles the gold `title, date, author, text, must_not_contain`. Words are runs of letters, marks and digits
(`hindi.words`) of the cleaned text; overlap is of multisets. A leak is a line of `must_not_contain` in the text.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import logging
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import regex

from newscrawl.demo.http_server import Request
from newscrawl.demo.truth import truth_of
from newscrawl.demo.web import DemoWeb
from newscrawl.extraction.story import extract
from newscrawl.items import Article, Page, Signature
from newscrawl.text import hindi
from newscrawl.text.dates import IST, find_date

# A page's time is the best of these runs: what the machine does besides is not the extractor's.
_RUNS = 3
_MARK = "<!-- extraction -->"


@dataclass(frozen=True, slots=True)
class Case:
    """One page and what a perfect extractor makes of it."""

    id: str
    group: str
    url: str
    html: bytes
    title: str
    date: str | None
    text: str
    must_not_contain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What an extractor made of a page."""

    text: str = ""
    title: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One page, judged. `date` is None where the gold has none."""

    precision: float
    recall: float
    f1: float
    leaks: int
    title: bool
    date: bool | None


@dataclass
class Tally:
    """All pages of one extractor."""

    scores: list[Score] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0


# -- cases ---------------------------------------------------------------------------------------------


def shared_cases(folder: Path) -> list[Case]:
    """The articles of a folder of captured pages; `group` tells technology sites from mainstream papers."""
    cases = []
    for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        if gold["kind"] == "article":
            tech = "/tech/" in gold["url"]
            html = gzip.decompress((folder / gold["file"]).read_bytes())
            cases.append(
                Case(
                    gold["id"],
                    "tech" if tech else "mainstream",
                    gold["url"],
                    html,
                    gold["title"],
                    gold.get("date"),
                    gold["text"],
                    tuple(gold["must_not_contain"]),
                )
            )
    return cases


def demo_cases(articles: int = 8, seed: int = 7, sites: int = 12) -> list[Case]:
    """Article pages of the demo web; `group` is the theme."""
    web = DemoWeb.generate(seed=seed, sites=sites, articles=articles)
    site = {base: i for i, base in enumerate(web.bases)}
    pages: Any = truth_of(web)["pages"]
    cases = []
    for page in pages:
        base = "/".join(page["url"].split("/")[:3])
        if page["kind"] not in ("article", "amp") or base not in site:
            continue
        html = web.respond(site[base], Request("GET", page["url"][len(base) :], {}, ("127.0.0.1", 80))).body
        date = page["published_at"] if "published_at" in page["on_page"] else None
        text = "\n".join(hindi.clean(block) for block in page["body"])
        cases.append(
            Case(
                page["url"],
                page["theme"],
                page["url"],
                html,
                page["title"],
                date,
                text,
                tuple(page["must_not_contain"]),
            )
        )
    return cases


# -- judging -------------------------------------------------------------------------------------------


def judge(case: Case, found: Found) -> Score:
    """Score one page."""
    got, gold = (Counter(hindi.words(hindi.clean(t))) for t in (found.text, case.text))
    shared = (got & gold).total()
    precision, recall = shared / max(1, got.total()), shared / max(1, gold.total())
    folded = hindi.fold(found.text)
    return Score(
        precision,
        recall,
        2 * shared / max(1, got.total() + gold.total()),
        sum(hindi.fold(hindi.clean(line)) in folded for line in case.must_not_contain),
        found.title is not None
        and hindi.words(hindi.fold(found.title)) == hindi.words(hindi.fold(hindi.clean(case.title))),
        _same_time(case.date, found.date),
    )


def _same_time(gold: str | None, found: datetime | None) -> bool | None:
    """Instants when the gold has a time, days in IST when it has only a day."""
    wanted = find_date(gold)
    if wanted is None:
        return None
    if found is None:
        return False
    when, timed, _ = wanted
    return found == when if timed else found.astimezone(IST).date() == when.astimezone(IST).date()


# -- extractors ----------------------------------------------------------------------------------------


def ours(case: Case) -> Found:
    """newscrawl, with everything that a crawl's worker does but the near-duplicate signature."""
    page = Page(
        discovered_url=case.url, url=case.url, site="benchmark", fetched_at=datetime.now(UTC) + timedelta(days=1),
        status=200, body=case.html, content_type="text/html; charset=utf-8",
    )  # fmt: skip
    story = extract(page, lambda text: Signature(minhash=b"", keys=(), shingles=0))
    return Found(story.text, story.title, story.published_at) if isinstance(story, Article) else Found()


def _trafilatura(**options: bool) -> Callable[[Case], Found]:
    def run(case: Case) -> Found:
        import trafilatura

        document: Any = trafilatura.bare_extraction(
            case.html, url=case.url, with_metadata=True, include_comments=False, **options
        )
        return Found(document.text or "", document.title, _when(document.date)) if document else Found()

    return run


def _newspaper(case: Case) -> Found:
    import newspaper

    article = newspaper.Article(case.url, language="hi", fetch_images=False)  # no request leaves this machine
    article.download(input_html=case.html.decode("utf-8", "replace"))
    article.parse()
    return Found(article.text, article.title, _when(article.publish_date))


def _goose(case: Case) -> Found:
    from goose3 import Goose

    article = Goose({"use_meta_language": False, "target_language": "hi", "enable_image_fetching": False}).extract(
        raw_html=case.html.decode("utf-8", "replace"), url=case.url
    )
    return Found(article.cleaned_text or "", article.title, _when(article.publish_datetime_utc or article.publish_date))


def _news_please(case: Case) -> Found:
    from newsplease import NewsPlease

    article = NewsPlease.from_html(case.html.decode("utf-8", "replace"), url=case.url, fetch_images=False)
    return Found(article.maintext or "", article.title, _when(article.date_publish))


def _justext(case: Case) -> Found:
    import justext

    blocks = justext.justext(case.html, justext.get_stoplist("Hindi"))
    return Found("\n".join(b.text for b in blocks if not b.is_boilerplate))


def _readability(case: Case) -> Found:
    from lxml import html
    from readability import Document

    document = Document(case.html.decode("utf-8", "replace"))
    return Found(html.fromstring(document.summary()).text_content(), document.short_title())


def _resiliparse(case: Case) -> Found:
    from resiliparse.extract.html2text import extract_plain_text

    return Found(
        extract_plain_text(case.html.decode("utf-8", "replace"), main_content=True, alt_texts=False, links=False)
    )


def _when(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=IST)
    found = find_date(str(value)) if value else None
    return found[0] if found else None


PEERS: dict[str, tuple[str, Callable[[Case], Found]]] = {
    "newscrawl": ("newscrawl", ours),
    "trafilatura": ("trafilatura", _trafilatura()),
    "trafilatura, fast": ("trafilatura", _trafilatura(fast=True)),
    "trafilatura, favor_precision": ("trafilatura", _trafilatura(favor_precision=True)),
    "newspaper4k": ("newspaper", _newspaper),
    "goose3": ("goose3", _goose),
    "news-please": ("newsplease", _news_please),
    "justext": ("justext", _justext),
    "readability-lxml": ("readability", _readability),
    "resiliparse": ("resiliparse", _resiliparse),
}


# -- running -------------------------------------------------------------------------------------------


def run(cases: list[Case]) -> dict[str, Tally]:
    """All installed extractors over all cases, interleaved page by page so that each sees the same machine."""
    present = {}
    for name, (module, extractor) in PEERS.items():
        try:
            importlib.import_module(module)
            present[name] = extractor
        except ImportError as error:
            print(f"{name}: not installed ({error})", file=sys.stderr)
    tallies = {name: Tally() for name in present}
    for case in cases:
        for name, extractor in present.items():
            tally = tallies[name]
            best = float("inf")
            found = Found()
            for _ in range(_RUNS):
                start = time.perf_counter()
                try:
                    found = extractor(case)
                except Exception as error:  # noqa: BLE001  # a peer that fails on a page scores nothing on it
                    tally.failed += 1
                    print(f"{name}: {case.id}: {type(error).__name__}: {error}", file=sys.stderr)
                    break
                best = min(best, time.perf_counter() - start)
            tally.scores.append(judge(case, found))
            if best < float("inf"):
                tally.milliseconds.append(best * 1000)
    return tallies


def table(cases: list[Case], tallies: dict[str, Tally]) -> Iterator[str]:
    """A Markdown table, best F1 first; F1 of each group of pages in a column of its own."""
    groups = sorted({c.group for c in cases})
    columns = [f"F1 {g}" for g in groups]
    head = [
        "extractor",
        "precision",
        "recall",
        "F1",
        *columns,
        "worst page",
        "pages leaking",
        "title",
        "date",
        "ms/page",
    ]
    yield f"| {' | '.join(head)} |"
    yield "|---|" + "---:|" * (len(head) - 1)
    for name, tally in sorted(tallies.items(), key=lambda item: -_mean(s.f1 for s in item[1].scores)):
        s = tally.scores
        dates = [x.date for x in s if x.date is not None]
        cells = [
            name,
            *(f"{_mean(values):.3f}" for values in ([x.precision for x in s], [x.recall for x in s])),
            f"{_mean(x.f1 for x in s):.4f}",
            *(f"{_mean(x.f1 for x, c in zip(s, cases, strict=True) if c.group == g):.3f}" for g in groups),
            f"{min(x.f1 for x in s):.3f}",
            f"{sum(x.leaks > 0 for x in s)} of {len(s)}",
            f"{sum(x.title for x in s)} of {len(s)}",
            f"{sum(dates)} of {len(dates)}",
            f"{_mean(tally.milliseconds):.1f}",
        ]
        yield f"| {' | '.join(cells)} |"


def _mean(values: Any) -> float:
    values = list(values)
    return statistics.fmean(values) if values else 0.0


def main() -> None:
    """Command line; see the module's documentation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="folder of captured pages")
    parser.add_argument("--demo", action="store_true", help="the themes of the demo web")
    parser.add_argument("--write", type=Path, help="Markdown file with the marks")
    asked = parser.parse_args()
    if not asked.pages and not asked.demo:
        parser.error("name --pages FOLDER, --demo, or both")
    logging.disable(logging.CRITICAL)
    parts = []
    for title, cases in [
        ("Captured pages", shared_cases(asked.pages) if asked.pages else []),
        ("Demo web", demo_cases() if asked.demo else []),
    ]:
        if cases:
            parts.append(f"**{title}**, {len(cases)} pages:\n\n" + "\n".join(table(cases, run(cases))))
    report = "\n\n".join(parts)
    print(report)
    if asked.write:
        text = asked.write.read_text(encoding="utf-8")
        asked.write.write_text(
            regex.sub(f"(?s){_MARK}.*{_MARK}", lambda _: f"{_MARK}\n{report}\n{_MARK}", text), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
