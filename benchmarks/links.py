"""Which links of home and listing pages are taken for articles: `python -m benchmarks.links [--wrong]`.

Pages are those of the measuring data (`NEWSCRAWL_SHARED`) that `benchmarks/data/links.toml` labels, by patterns made by
reading every link; and the section pages of the demo web, whose truth is known. Printed are precision and recall of
article links a page and in all, by group: homes and listings, articles whose menus are their home's, and draws of more
articles, of which the last was not looked at when the rules were made. Links are those of the page's own site, each
address once; further pages of a listing are none.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import regex
from rich.console import Console
from rich.table import Table

from newscrawl.demo.http_server import Request
from newscrawl.demo.outlets import DESKS
from newscrawl.demo.truth import truth_of
from newscrawl.demo.web import DemoWeb
from newscrawl.discovery.sections import parse_section
from newscrawl.extraction.decode import decode
from newscrawl.text.urls import listed_url, site_host

LABELS = Path(__file__).parent / "data" / "links.toml"
# Where a page is looked for whose label names no folder.
_FOLDERS = ("pages", "extraction/hindi", "extraction/wcxb_other")


@dataclass(slots=True)
class Score:
    """Article links that were taken, those that should have been, and both; by address, of one or more pages."""

    pages: int = 0
    links: int = 0
    right: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)

    @property
    def precision(self) -> float:
        """Of the links taken, the share that leads to articles."""
        return len(self.right) / max(1, len(self.right) + len(self.wrong))

    @property
    def recall(self) -> float:
        """Of the links that lead to articles, the share taken."""
        return len(self.right) / max(1, len(self.right) + len(self.missed))

    def add(self, other: Score) -> None:
        """Another page's, too."""
        self.pages += other.pages
        self.links += other.links
        self.right |= other.right
        self.wrong |= other.wrong
        self.missed |= other.missed


def score(html: str, url: str, articles: set[str], doubtful: set[str], links: int) -> Score:
    """What discovery takes of a page, against its labels."""
    taken = parse_section(html, url).articles.keys() - doubtful
    return Score(1, links, taken & articles, taken - articles, articles - taken)


def own_links(html: str, url: str) -> set[str]:
    """Addresses of a page's own site that it links to."""
    tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
    base = next((b.get("href") for b in tree.iter("base") if b.get("href")), url)
    found = {listed_url(a.get("href"), base) for a in tree.iter("a") if a.get("href") and a.get("href")[0] != "#"}
    return {link for link in found if link and site_host(link) == site_host(url)}


def labelled(shared: Path) -> Iterator[tuple[str, str, Score]]:
    """Each labelled page: name, the group in which it counts, score."""
    pages = tomllib.loads(LABELS.read_text(encoding="utf-8"))["page"]
    files: dict[str, tuple[Path, str]] = {}
    for folder in (*_FOLDERS, *{page["folder"] for page in pages if "folder" in page}):
        index = next(p for n in ("index.jsonl", "gold.jsonl") if (p := shared / folder / n).exists())
        for line in index.read_text(encoding="utf-8").split("\n"):
            row = json.loads(line or "{}")
            if "file" in row:
                files[f"{folder}/{row['id']}"] = shared / folder / row["file"], row["url"]
    for page in pages:
        folders = [page["folder"]] if "folder" in page else _FOLDERS
        path, url = next(found for folder in folders if (found := files.get(f"{folder}/{page['id']}")))
        html = decode(gzip.decompress(path.read_bytes()), None)
        links = own_links(html, url)
        kinds = defaultdict(set)
        for link in links:
            parts = urlsplit(link)
            told = parts.path + (f"?{parts.query}" if parts.query else "")
            kind = next(
                (k for k in ("none", "doubtful", "article") if regex.search(page.get(k, r"\b\B"), told)), "none"
            )
            if not parts.query and parts.path.rstrip("/") == urlsplit(url).path.rstrip("/"):
                kind = "none"  # the page itself
            kinds[kind].add(link)
        group = (
            f"draw {page['draw']}" if "draw" in page else "articles' menus" if page.get("of") else "homes and listings"
        )
        yield page["id"], group, score(html, url, kinds["article"], kinds["doubtful"], len(links))


def demo() -> Score:
    """The homes and first section pages of the demo web, whose truth says which addresses are pages of stories."""
    total, web = Score(), DemoWeb.generate(seed=7)
    pages = truth_of(web)["pages"]
    assert isinstance(pages, list)
    # What is no story for what stands on it, not for its address, cannot be told from a link.
    doubtful = {listed_url(page["url"], "") or "" for page in pages if page["expect"] in ("reject", "none")}
    articles = {listed_url(page["url"], "") or "" for page in pages} - doubtful
    for number, base in enumerate(web.bases):
        for path in ("/", *(f"/{desk}/" for desk in DESKS)):
            reply = web.respond(number, Request("GET", path, {}, ("127.0.0.1", 0)))
            if reply.status != 200:
                continue
            html, url = reply.body.decode(), base + path
            links = own_links(html, url)
            total.add(score(html, url, articles & links, doubtful, len(links)))
    return total


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="name what was taken wrongly, and what was missed")
    arguments = parser.parse_args()
    shared = os.environ.get("NEWSCRAWL_SHARED")
    if not shared:
        sys.exit("NEWSCRAWL_SHARED is not set: name the folder of the measuring data")
    totals: defaultdict[str, Score] = defaultdict(Score)
    table = Table("page", "links", "articles", "precision", "recall")
    for name, group, found in labelled(Path(shared)):
        totals[group].add(found)
        _row(table, name, found)
        if arguments.wrong:
            for what in ("wrong", "missed"):
                for link in sorted(getattr(found, what)):
                    print(name, what, link[:150])
    for group, found in sorted(totals.items()):
        _row(table, f"{found.pages} pages: {group}", found)
    _row(table, "demo web", demo())
    Console(width=110).print(table)


def _row(table: Table, name: str, found: Score) -> None:
    articles = len(found.right) + len(found.missed)
    table.add_row(name, f"{found.links:,}", f"{articles:,}", f"{found.precision:.3f}", f"{found.recall:.3f}")


if __name__ == "__main__":
    main()
