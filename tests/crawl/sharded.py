"""Shards of one site list, each crawled by a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.crawl.small_sites import Web, page
from tests.support import ROOT, Archive, CountingWeb, environment

# The shortest lease that there may be: tests wait for its end.
SECONDS = 6
LEASE = {"NEWSCRAWL_LEASE_SECONDS": str(SECONDS)}


def site(web: Web, name: str, pages: int, delay: float = 0) -> CountingWeb:
    paths = [f"/nagar-ki-khabar-{n + 101}" for n in range(pages)]
    number = len(web.hosts) * 100
    server = web.site(name, {path: page(number + n) for n, path in enumerate(paths)}, feeds=["/feed"])
    items = "".join(f"<item><link>{server.url}{path}</link></item>" for path in paths)
    server.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss>{items}</rss>".encode())
    web.entries[name] = web.entries[name].replace("delay = 0", f"delay = {delay}")
    return server


def start(folder: Path, archive: Archive, shard: str, owner: str, **settings: str) -> subprocess.Popen[str]:
    """A crawl of a shard ("": of all hosts), with a state of its own; each request says by its agent whose it is."""
    given = {"NEWSCRAWL_CONTACT_URL": f"https://{owner}.example/", "NEWSCRAWL_BATCH_SECONDS": "0.5"} | LEASE
    given |= {"NEWSCRAWL_STATE_DIR": str(folder / owner), "NEWSCRAWL_RECHECKS": ""} | archive.variables | settings
    return subprocess.Popen(
        [
            sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={folder / 'sites.toml'}",
            *(["-a", f"shard={shard}"] if shard else []),
        ],
        cwd=ROOT, env=environment(**given), stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def ended(crawl: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = crawl.communicate(timeout=120)
    return crawl.returncode, said


def complete(archive: Archive, pages: int) -> None:
    archive.check()
    rows = [row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)]
    assert len(rows) == pages and len(set(rows)) == pages, "none is lost, and none is there twice"


def committed(archive: Archive, batches: int) -> None:
    deadline = time.monotonic() + 60
    while len(archive.records()) < batches:
        assert time.monotonic() < deadline
        time.sleep(0.1)
