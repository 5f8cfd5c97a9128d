"""The web that is crawled: pages of real size, each a story of its own, gzipped on disk as a server sends them.

A captured page (or one of the demo web, padded) is printed many times. In each copy the words of the story are
other words, drawn by the copy's number: markup, size, site chrome and the frequent words of the language stay, and
no two copies tell the same. One table of words serves a whole copy, so that headline, <title> and JSON-LD agree.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import regex

from benchmarks.extraction import Case, demo_cases, shared_cases
from newscrawl.demo.names import MONTHS

# Letters and signs of Devanagari, without danda and digits: only text and attributes of text hold them, so they
# may be replaced without looking at the markup.
_WORD = regex.compile("[\u0900-\u0963\u0970-\u097f]+")
# Words of this share of the stories stay: they are the language's, and what identifies it.
_COMMON_SHARE = 0.6
# Demo pages have 20 KB, captured ones 72 KB to 1.1 MB with a median of 110; padded to a size drawn between these.
_DEMO_BYTES = (100_000, 400_000)
_DEMO_ARTICLES = 6  # a site
_DEMO_SITES = 8  # those that the tables were measured over; who joined later changed nothing of theirs
# With so few words of a length two copies too often draw the same one.
_POOL_WORDS = 30
# Compression of common web servers (nginx: 1, Apache: 6); the crawler's cost hardly depends on it.
_GZIP_LEVEL = 4
# Google News takes sitemaps of up to a thousand URLs.
URLS_A_SITEMAP = 1000
# Part of what names a folder of printed pages: raise it when they are printed in another way.
_EDITION = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A page to be printed again. `words` are those of its story that change from copy to copy."""

    host: str
    target: str
    html: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Printed:
    """One page of the web: number of its host, path and query, file, bytes of its HTML, when it came out."""

    site: int
    target: str
    file: str
    size: int
    published: str


def sources(folder: Path | None) -> list[Source]:
    """The articles of a folder of captured pages (`index.jsonl`), or padded ones of the demo web."""
    cases = shared_cases(folder) if folder else _padded(demo_cases(articles=_DEMO_ARTICLES, sites=_DEMO_SITES))
    stories = Counter(w for case in cases for w in set(_words(_story(case))))
    common = {w for w, n in stories.items() if n >= _COMMON_SHARE * len(cases)}
    chrome = {w for case in cases for line in case.must_not_contain for w in _words(line)}
    stay = common | chrome | set(MONTHS)
    found = []
    for case in cases:
        url = urlsplit(case.url)
        target = url.path + (f"?{url.query}" if url.query else "")
        words = frozenset(_words(_story(case))) - stay
        found.append(Source(url.netloc, target, case.html.decode("utf-8", "replace"), words))
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _story(case: Case) -> str:
    return f"{case.title}\n{case.text}"


def _padded(cases: list[Case]) -> list[Case]:
    """Demo pages, one of each story, with their own site's boxes and scripts repeated up to a real page's size."""
    padded, seen = [], set()
    for case in cases:
        if case.text in seen or len(case.text) < 500:  # copies of other sites, and briefs
            continue
        seen.add(case.text)
        html = case.html.decode()
        boxes = regex.findall(r"(?s)<(?:script|style)>.*?</(?:script|style)>|<nav .*?</nav>|<footer>.*?</footer>", html)
        size = random.Random(case.url).randint(*_DEMO_BYTES)
        filling: list[str] = []
        while len(html.encode()) + sum(len(b.encode()) for b in filling) < size:
            filling.append(boxes[len(filling) % len(boxes)])
        head, close, tail = html.rpartition("</body>")
        padded.append(replace(case, html=(head + "\n".join(filling) + close + tail).encode()))
    return padded


def print_web(folder: Path | None, count: int, work: Path) -> Path:
    """Print `count` pages into a folder below `work` and return it; pages printed by an earlier run stay.

    The folder holds `pages.json` (a list of `Printed`) and the gzipped pages.
    """
    origin = str(folder.resolve()) if folder else "demo"
    name = hashlib.sha256(f"{_EDITION} {origin} {count}".encode()).hexdigest()[:12]
    web = work / f"web-{name}"
    if (web / "pages.json").exists():
        return web
    web.mkdir(parents=True, exist_ok=True)
    originals = sources(folder)
    hosts = {host: i for i, host in enumerate(dict.fromkeys(s.host for s in originals))}
    pool = pool_of(originals)
    now = datetime.now(UTC)
    with ProcessPoolExecutor() as processes:
        parts = [range(start, min(start + 100, count)) for start in range(0, count, 100)]
        sizes = [
            s for part in processes.map(_print_part, [(originals, pool, web, part) for part in parts]) for s in part
        ]
    printed = []
    for number, size in enumerate(sizes):
        source = originals[number % len(originals)]
        published = now - timedelta(minutes=2 * number)
        printed.append(Printed(hosts[source.host], _target(source, number), _file(number), size, published.isoformat()))
    # Last: a folder without it is printed again.
    (web / "pages.json").write_text(json.dumps([asdict(p) for p in printed]))
    return web


def load_web(web: Path) -> list[Printed]:
    """The pages of a printed web, in order of number."""
    return [Printed(**row) for row in json.loads((web / "pages.json").read_text())]


def copy_of(source: Source, number: int, pool: dict[int, list[str]]) -> str:
    """The page with the words of its story replaced by others of the same length, drawn by `number`."""
    rng = random.Random(number)
    other = {word: rng.choice(pool[len(word)]) for word in sorted(source.words)}
    return _WORD.sub(lambda m: other.get(m[0], m[0]), source.html)


def pool_of(originals: Iterable[Source]) -> dict[int, list[str]]:
    """All stories' words by length. A length with few words borrows from the one below."""
    pool: dict[int, list[str]] = {}
    for word in sorted({w for s in originals for w in s.words}):
        pool.setdefault(len(word), []).append(word)
    for length in sorted(pool):
        if len(pool[length]) < _POOL_WORDS:
            pool[length] = pool[length] + pool.get(length - 1, [])
    return pool


def _print_part(job: tuple[list[Source], dict[int, list[str]], Path, range]) -> list[int]:
    originals, pool, web, numbers = job
    sizes = []
    for number in numbers:
        body = copy_of(originals[number % len(originals)], number, pool).encode()
        (web / _file(number)).write_bytes(gzip.compress(body, _GZIP_LEVEL, mtime=0))
        sizes.append(len(body))
    return sizes


def _file(number: int) -> str:
    return f"{number:06d}.gz"


def _target(source: Source, number: int) -> str:
    """The captured address with the copy's number: before the query, the suffix or the last slash."""
    path, question, query = source.target.partition("?")
    if question:
        return f"{path}?{query}{number:06d}"
    stem, dot, suffix = path.rstrip("/").rpartition(".")
    slash = "/" if path.endswith("/") else ""
    return f"{stem}-{number:06d}.{suffix}{slash}" if dot else f"{suffix}-{number:06d}{slash}"
