"""Sites on hosts of their own, for what is decided by host."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive, CountingWeb, scrapy

OK: dict[str, str] = {}
STORIES = [STORY, OTHER]


def paths(number: int) -> list[str]:
    return [f"/nagar-ki-khabar-{n + 101}" for n in range(number)]


def page(number: int, **headers: str) -> Answer:
    # Different enough to be rows of their own, kept or fallen.
    return 200, headers, html(f"{STORIES[number % 2]}\nयह समाचार क्रमांक {number} है।", f"समाचार {number}").encode()


class Hosts:
    """Sites on loopback addresses of their own: politeness goes by host."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.folder, self.archive, self.webs = folder, archive, dict[str, CountingWeb]()
        self.delays: dict[str, float] = {}
        self.more_feeds: dict[str, list[str]] = {}
        self.servers = ExitStack()

    def site(self, name: str, articles: int, delay: float = 0) -> CountingWeb:
        web = self.servers.enter_context(CountingWeb(address=f"127.0.0.{21 + len(self.webs)}"))
        items = "".join(f"<item><link>{web.url}{path}</link></item>" for path in paths(articles))
        web.pages = {path: page(n) for n, path in enumerate(paths(articles))}
        web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss>{items}</rss>".encode())
        self.webs[name], self.delays[name] = web, delay
        return web

    def crawl(
        self, state: Path, *arguments: str, opt_outs: str = "tdm,noarchive,ai"
    ) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], str]:
        entries = [
            f'[[site]]\nname = "{name}"\nhome = "{web.url}/"\ndelay = {self.delays[name]}\n'
            f"feeds = {[f'{web.url}/feed', *self.more_feeds.get(name, [])]}\n"
            for name, web in self.webs.items()
        ]
        (self.folder / "sites.toml").write_text("\n".join(entries))
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={self.folder / 'sites.toml'}", *arguments,
            NEWSCRAWL_STATE_DIR=str(state), NEWSCRAWL_BACKOFF_SECONDS="0.05", NEWSCRAWL_HOLD_SECONDS="30",
            NEWSCRAWL_OPT_OUTS=opt_outs, **self.archive.variables,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        self.archive.check()
        reports = sorted(name for name in self.archive.names() if name.endswith("/run.json"))
        rows = {table: self.archive.rows(table) for table in ("articles", "duplicates", "rejects")}
        return self.archive.document(reports[-1]), rows, result.stderr
