"""The gauntlet: one crawl over many hostile sites and a plain one, which must not notice (`docs/security.md`).

Kind: one page, one source or one host stops the rest. The short form has the attacks that once stopped a whole run, the
long one all of them, and asks for time and memory as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from newscrawl.server.embedded import EmbeddedS3
from tests.faults import odd_site
from tests.faults.hostile_sites import HOSTILE as ATTACKS
from tests.faults.hostile_sites import Hostile, feed, paths, story
from tests.support import ROOT, Archive, CountingWeb, environment

# As short as they bear: what is tried is that there is a bound, not how long it is.
SETTINGS = {
    "NEWSCRAWL_PAGE_SECONDS": "3",
    "NEWSCRAWL_SOURCE_SECONDS": "3",
    "NEWSCRAWL_BACKOFF_SECONDS": "0.1",
    "NEWSCRAWL_HOLD_SECONDS": "5",
    "NEWSCRAWL_SITE_URLS": "200",
}
MEMORY = 800 * 1024
HOSTILE = ATTACKS | {
    "odd": Hostile(pages=odd_site.pages, told=("rejects", "http_error"), outcomes=odd_site.PAGES, short=True),
    "odd-sources": Hostile(
        pages=odd_site.sources,
        told=("discovery", "no_url"),
        lists=odd_site.LISTS,
        outcomes=odd_site.SOURCES,
        short=True,
    ),
}
SHORT = {name: site for name, site in HOSTILE.items() if site.short}


def tree_kb(root: int) -> int:
    """Memory of a process and its descendants in KB; what they share counts once (PSS)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    tree, total = {root}, 0
    while more := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= more
    for pid in tree:
        with suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


class Gauntlet:
    """The plain site and some hostile ones, each on an address of its own: politeness goes by host."""

    def __init__(self, stack: ExitStack, hostile: dict[str, Hostile], stories: int, delay: float) -> None:
        self.paths = paths(stories)
        self.plain = stack.enter_context(CountingWeb(address="127.0.0.60"))
        self.plain.pages = {path: story(1000 + n) for n, path in enumerate(self.paths)}
        self.plain.pages["/feed"] = feed(*self.paths)
        self.webs: dict[str, CountingWeb] = {}
        entries = [self._entry("plain", self.plain.url, {"feeds": ["/feed"]}, delay)]
        for number, (name, site) in enumerate(hostile.items()):
            web = self.webs[name] = stack.enter_context(CountingWeb(address=f"127.0.0.{61 + number}"))
            web.pages = site.pages(web.url, self.plain.url)
            entries.append(self._entry(name, web.url, site.lists, 0))
        self.entries = "\n".join(entries)

    def _entry(self, name: str, url: str, lists: dict[str, list[str]], delay: float) -> str:
        named = "".join(f"{key} = {[url + path for path in of]}\n" for key, of in lists.items()).replace("'", '"')
        return f'[[site]]\nname = "{name}"\nhome = "{url}/"\ndelay = {delay}\n{named}'

    def crawl(self, folder: Path, archive: Archive) -> tuple[dict[str, Any], str, int]:
        """The run's report, what it said, and the most memory it held in all, in KB."""
        folder.mkdir()
        (folder / "sites.toml").write_text(self.entries)
        state, peak = folder / "state", 0
        with (folder / "log").open("wb") as log:
            crawl = subprocess.Popen(
                [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={folder / 'sites.toml'}",
                 "-s", "DOWNLOAD_TIMEOUT=3"],
                cwd=ROOT, env=environment(NEWSCRAWL_STATE_DIR=str(state), **SETTINGS, **archive.variables),
                stdout=log, stderr=log,
            )  # fmt: skip
            while crawl.poll() is None:
                peak = max(peak, tree_kb(crawl.pid)) if sys.platform == "linux" else 0
                time.sleep(0.2)
        said = (folder / "log").read_text()
        assert crawl.returncode == 0, said[-5000:]
        archive.check()
        [name] = [name for name in archive.names() if name.endswith("/run.json")]
        return archive.document(name), said, peak

    def stored(self, archive: Archive) -> set[str]:
        """Paths of the plain site's stories in the archive."""
        rows = archive.rows("articles") + archive.rows("duplicates")
        return {row["url"].removeprefix(self.plain.url) for row in rows if row["site"] == "plain"}

    def told(self, name: str, site: Hostile, report: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> bool:
        """Whether the run says what became of a hostile site, where it is expected."""
        where, word = site.told
        web = self.webs[name]
        if where in rows:
            found = [row.get("reason", "") for row in rows[where] if row["site"] == name]
            return report["sites"].get(name, {}).get(where, 0) > 0 and any(word in reason for reason in found)
        if where == "discovery":
            return bool(report["discovery"].get(name, {}).get(word))
        address = web.url.removeprefix("http://").partition(":")[0]
        entries = report[where].items()
        return any(word in why for key, why in entries if key in (name, address) or key.startswith(web.url))


def otherwise(url: str, site: Hostile, rows: dict[str, list[dict[str, Any]]]) -> dict[str, str | None]:
    """The pages of a site of which another thing came than is expected, and what: None where they have no row."""
    came = {row["url"].removeprefix(url): row.get("reason", "") for table in rows.values() for row in table}
    return {path: came.get(path) for path, expected in site.outcomes.items() if came.get(path) != expected}


def passes(gauntlet: Gauntlet, hostile: dict[str, Hostile], folder: Path, archive: Archive) -> tuple[float, int]:
    """Run it; seconds and memory (KB) that it took."""
    report, said, peak = gauntlet.crawl(folder, archive)
    rows = {table: archive.rows(table) for table in ("articles", "duplicates", "rejects")}
    untold = [name for name, site in hostile.items() if not gauntlet.told(name, site, report, rows)]
    shown = {key: report[key] for key in ("sites", "discovery", "discovery_errors", "hosts_left", "sites_left")}
    assert gauntlet.stored(archive) == set(gauntlet.paths), shown
    assert not untold, (untold, shown)
    unlike = {name: otherwise(gauntlet.webs[name].url, site, rows) for name, site in hostile.items()}
    assert not any(unlike.values()), unlike
    assert not {"\x1b", "\x9b", "geheim"} & {c for c in ("\x1b", "\x9b", "geheim") if c in said or c in str(report)}
    return report["seconds"], peak


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_plain_site_does_not_notice_hostile_ones(tmp_path: Path, archive: Archive, stack: ExitStack) -> None:
    passes(Gauntlet(stack, SHORT, stories=20, delay=0), SHORT, tmp_path / "run", archive)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_a_plain_site_among_all_of_them_takes_at_most_twice_its_time(
    tmp_path: Path, s3: EmbeddedS3, stack: ExitStack
) -> None:
    stories = int(os.environ.get("FAULT_STORIES", "150"))
    alone, _ = passes(Gauntlet(stack, {}, stories, 0.3), {}, tmp_path / "alone", Archive(s3, "alone"))
    stack.close()
    seconds, peak = passes(Gauntlet(stack, HOSTILE, stories, 0.3), HOSTILE, tmp_path / "all", Archive(s3, "all"))
    print(f"{len(HOSTILE)} hostile sites: {seconds:.0f} s, alone {alone:.0f} s; {peak // 1024} MB")
    assert peak < MEMORY and seconds < 2 * alone
