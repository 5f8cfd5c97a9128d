"""The gate: extraction on every set of pages that is there, beside trafilatura, with floors: `make quality`.

The project's own fixture pages are always there. With NEWSCRAWL_SHARED naming a folder of measuring data, so are the
public benchmarks in its `extraction/` and the captured Hindi pages. `--hindi` tells the public pages in Hindi words,
too (by the converter that lies beside them), so that the language gate and the Hindi phrases meet them.

That converter leaves labels of up to three words in English on the page and tells them in the gold, which lowers every
extractor alike; so of these sets `f1 labels told` is printed as well, where words that stayed are told before scoring.

A rejected page counts as an empty text. On the public sets the language gate is off. A floor is pinned with the digest
of its set: on another state of the set it is not asked. Floors only rise.
"""

from __future__ import annotations

import argparse
import os
import re
import runpy
import statistics
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import corpora
from newscrawl.items import Article

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests/extraction/pages"
FLOORS = Path(__file__).with_name("quality_floors.toml")
PUBLIC = ("scrapinghub", "fundus", "fundus_evaluation", "wcxb")
_TOLD = " in Hindi"
# "No page much worse": where trafilatura has so much, ours has at least the other.
_THEIRS, _OURS = 0.8, 0.5
_LOW = 0.8  # a page below this is what `confidence` should tell
_LEAST_SURE = 0.05
# A word that the converter leaves as it was, with what it takes for part of one.
_LATIN = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’\-][A-Za-zÀ-ÿ]+)*")


@dataclass(frozen=True, slots=True)
class Scored:
    """One page: word F1 of ours and trafilatura's two modes, what ours says, and snippets found."""

    kind: str
    story: bool  # it has a gold text
    ours: float
    theirs: float
    precise: float
    kept: bool
    reason: str
    confidence: float
    must: tuple[int, int, int, int]  # ours: found of must, must; found of must_not, must_not
    must_theirs: tuple[int, int]
    together: tuple[int, int]  # lines of the gold text that run into one, in ours and in trafilatura's
    told: tuple[float, float]  # ours and theirs of a page in Hindi, with the labels that stayed English told, too


@cache
def _to_hindi(shared: Path) -> Callable[[str], str]:
    """How the converter beside the data tells a word."""
    converter = runpy.run_path(str(shared / "extraction/in_hindi.py"))
    tell: Callable[[str], str] = converter["mapper"](converter["vocabulary"](shared / "texts/ddnews_dev.jsonl.gz"))
    return tell


def score(page: corpora.GoldPage, *, language: str, peers: bool, teller: Path | None = None) -> Scored:
    """Extract and judge one page. `language`: asked for; `corpora.ANY` switches the gate off. `teller`: of a page told
    in Hindi, the folder with what told it."""
    found = corpora.extracted(page, language)
    text = found.text if isinstance(found, Article) else ""
    theirs = corpora.trafilatura_text(page.html, page.url) if peers else ""
    precise = corpora.trafilatura_text(page.html, page.url, favor_precision=True) if peers and page.right else ""
    hits = [sum(corpora.has_snippet(t, s) for s in some) for t in (text, theirs) for some in (page.must, page.must_not)]
    told = [0.0, 0.0]
    if teller and page.right:
        tell = _to_hindi(teller)
        told = [page.f1(_LATIN.sub(lambda word: tell(word[0]), one)) for one in (text, theirs)]
    return Scored(
        kind=page.kind,
        story=bool(page.right),
        ours=page.f1(text) if page.right else 0.0,
        theirs=page.f1(theirs) if page.right else 0.0,
        precise=page.f1(precise) if page.right else 0.0,
        kept=bool(text),
        reason="" if isinstance(found, Article) else f"{found.reason.value}: {found.detail}",
        confidence=(found.confidence or 0.0) if isinstance(found, Article) else 0.0,
        must=(hits[0], len(page.must), hits[1], len(page.must_not)),
        must_theirs=(hits[2], hits[3]),
        together=(
            min((corpora.run_together(text, one) for one in page.right), default=0),
            min((corpora.run_together(theirs, one) for one in page.right), default=0),
        ),
        told=(told[0], told[1]),
    )


def figures(scored: list[Scored]) -> dict[str, float]:
    """The figures of a set that floors may name."""
    stories = [s for s in scored if s.story]
    others = [s for s in scored if s.kind not in corpora.STORIES]
    found: dict[str, float] = {}
    if stories:
        found |= {
            "f1": statistics.fmean(s.ours for s in stories),
            "rejected": sum(not s.kept for s in stories) / len(stories),
            "much_worse": sum(s.ours < _OURS and s.theirs >= _THEIRS for s in stories),
            "leaks": sum(s.must[2] for s in stories),
            "run_together": sum(s.together[0] for s in stories),
        }
    if any(s.told[0] for s in stories):
        found["f1 labels told"] = statistics.fmean(s.told[0] for s in stories)
        found["trafilatura's"] = statistics.fmean(s.told[1] for s in stories)
    if others:
        found["taken"] = sum(s.kept for s in others) / len(others)
    return found


def sets(shared: Path | None, told_in_hindi: bool, scratch: Path) -> dict[str, tuple[Path, str, str]]:
    """Name -> (folder, its gold file, the language asked for)."""
    found = {"fixtures": (FIXTURES, "gold.jsonl", "hi")}
    if shared is None:
        return found
    found["captured pages"] = (shared / "pages", "index.jsonl", "hi")
    found["Hindi designs"] = (shared / "extraction/hindi", "index.jsonl", "hi")
    for name in (*PUBLIC, "wcxb_other", "trafilatura_eval"):
        found[name] = (shared / "extraction" / name, "gold.jsonl", corpora.ANY)
    if told_in_hindi:
        convert = runpy.run_path(str(shared / "extraction/in_hindi.py"))["convert"]
        for name in PUBLIC:
            convert(shared / "extraction" / name, scratch / name, shared / "texts/ddnews_dev.jsonl.gz")
            found[name + _TOLD] = (scratch / name, "gold.jsonl", "hi")
    return {name: place for name, place in found.items() if (place[0] / place[1]).exists()}


def misses(name: str, floors: dict[str, Any], digest: str, got: dict[str, float]) -> list[str]:
    """The floors of a set that its figures miss; none where the set is another than they were pinned on."""
    floor = floors.get(name, {})
    if floor.get("digest") not in (None, digest):
        return []
    below = [f"{name}: {k} {got[k]:.4f} is below {v}" for k, v in floor.get("least", {}).items() if got[k] < v]
    above = [f"{name}: {k} {got[k]:.4f} is above {v}" for k, v in floor.get("most", {}).items() if got[k] > v]
    return below + above


def main() -> None:
    """Score every set, print the table, and fail below a floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hindi", action="store_true", help="tell the public pages in Hindi words, too")
    parser.add_argument("--texts", type=Path, help="a collection of texts, each served as a page marked as an article")
    parser.add_argument("--show", type=int, default=0, help="name so many of the pages that lose most, set by set")
    options = parser.parse_args()
    named = os.environ.get("NEWSCRAWL_SHARED")
    shared = Path(named) if named else None
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))
    table = Table(
        "set",
        "stories",
        "newscrawl",
        "trafilatura",
        "favor_precision",
        "rejected",
        "much worse",
        "leaks",
        "run together",
    )
    # A table in a pipe is never cut.
    console = Console(width=None if sys.stdout.isatty() else 120)
    failed, snippets, others, low = [], [], [], []
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor() as processes:
        for name, (folder, gold, language) in sets(shared, options.hindi, Path(scratch)).items():
            pages = list(corpora.pages(folder, gold))
            teller = shared if name.endswith(_TOLD) else None
            judge = partial(score, language=language, peers=True, teller=teller)
            scored = list(processes.map(judge, pages, chunksize=4))
            got, digest = figures(scored), corpora.digest(folder, gold)
            failed += misses(name, floors, digest, got)
            stories = [(page, s) for page, s in zip(pages, scored, strict=True) if s.story]
            if stories:
                means = [statistics.fmean(getattr(s, who) for _, s in stories) for who in ("ours", "theirs", "precise")]
                rejected = sum(not s.kept for _, s in stories)
                table.add_row(
                    name, str(len(stories)), *(f"{mean:.4f}" for mean in means), str(rejected),
                    f"{got['much_worse']:.0f}", f"{got['leaks']:.0f}",
                    f"{got['run_together']:.0f} ({sum(s.together[1] for _, s in stories)})",
                )  # fmt: skip
                low += [s for _, s in stories if s.kept and name in PUBLIC]
            for page, s in sorted(stories, key=lambda x: x[1].ours - max(x[1].theirs, x[1].precise))[: options.show]:
                console.print(f"  {name} {page.id} {s.ours:.2f} against {max(s.theirs, s.precise):.2f} {s.reason}")
            if any(s.must[1] for s in scored):
                snippets.append((name, scored))
            by_kind = Counter(s.kind for s in scored if s.kind not in corpora.STORIES)
            others += [(name, k, sum(s.kept for s in scored if s.kind == k), n) for k, n in sorted(by_kind.items())]
            console.print(f"{name}: digest {digest}, " + ", ".join(f"{k} {v:.4f}" for k, v in got.items()))
        told = corpora.marked(options.texts) if options.texts else ()
        judged = list(processes.map(partial(score, language="hi", peers=False), told, chunksize=32))
    if judged:
        refused = Counter(s.reason.partition(":")[0] for s in judged if not s.kept)
        console.print(f"texts as marked pages: {sum(s.kept for s in judged)} of {len(judged)} stored; {dict(refused)}")
    console.print(table)
    for name, scored in snippets:
        found, all_, wrong, never = (sum(s.must[i] for s in scored) for i in range(4))
        theirs, theirs_wrong = (sum(s.must_theirs[i] for s in scored) for i in range(2))
        console.print(
            f"{name}, snippets on {len(scored)} pages: ours has {found} of {all_} and {wrong} of {never} that must not "
            f"be; trafilatura {theirs} and {theirs_wrong}"
        )
    console.print(
        "no stories, taken for one: " + "; ".join(f"{n} {kind} {took} of {of}" for n, kind, took, of in others)
    )
    if low:
        low.sort(key=lambda s: s.confidence)
        least = low[: round(_LEAST_SURE * len(low))]
        bad = sum(s.ours < _LOW for s in low)
        console.print(
            f"confidence: the least sure {len(least)} hold {sum(s.ours < _LOW for s in least)} of {bad} under {_LOW}"
        )
    if failed:
        raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    main()
