"""Small sites on loopback addresses of their own, in one crawl: politeness goes by host."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.samples import OTHER, STORY, html
from tests.support import ROOT, Answer, Archive, CountingWeb, environment, scrapy

XML = {"Content-Type": "application/xml"}
NOW = datetime.now(UTC)


def xml(body: str, **headers: str) -> Answer:
    return 200, XML | headers, body.encode()


def urlset(*entries: tuple[str, datetime | None]) -> Answer:
    return xml(f"<urlset>{''.join(entry(path, when) for path, when in entries)}</urlset>")


def entry(path: str, when: datetime | None, name: str = "url") -> str:
    return f"<{name}><loc>{path}</loc>" + (f"<lastmod>{when.isoformat()}</lastmod>" if when else "") + f"</{name}>"


def page(number: int) -> Answer:
    return 200, {}, html(f"{[STORY, OTHER][number % 2]}\nयह समाचार क्रमांक {number} है।", f"समाचार {number}").encode()


class Web:
    """Sites that one crawl goes to. `entries`: of the sites file, by name; `hosts`: the servers, by name."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self.entries, self.hosts = stack, dict[str, str](), dict[str, CountingWeb]()

    def site(
        self, name: str, pages: dict[str, Answer | list[Answer]], address: str = "", **lists: list[str]
    ) -> CountingWeb:
        web = self._stack.enter_context(CountingWeb(pages, address=address or f"127.0.0.{41 + len(self.hosts)}"))
        named = "".join(f"{key} = {[web.url + path for path in paths]}\n" for key, paths in lists.items())
        self.entries[name] = f'[[site]]\nname = "{name}"\nhome = "{web.url}/"\ndelay = 0\n' + named.replace("'", '"')
        self.hosts[name] = web
        return web

    def _given(self, folder: Path, archive: Archive, **settings: str) -> dict[str, str]:
        (folder / "sites.toml").write_text("\n".join(self.entries.values()))
        quick = {"NEWSCRAWL_POLL_SECONDS": "0", "NEWSCRAWL_BACKOFF_SECONDS": "0.05", "NEWSCRAWL_RECHECKS": ""}
        return {"NEWSCRAWL_STATE_DIR": str(folder / "state")} | quick | archive.variables | settings

    def start(self, folder: Path, archive: Archive, **settings: str) -> subprocess.Popen[bytes]:
        """A crawl to be cut off, in a session of its own."""
        given = self._given(folder, archive, **settings)
        command = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={folder / 'sites.toml'}"]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment(**given), stderr=subprocess.DEVNULL, start_new_session=True
        )

    def crawl(self, folder: Path, archive: Archive, **settings: str) -> tuple[dict[str, Any], str]:
        given = self._given(folder, archive, **settings)
        result = scrapy("crawl", "news", "-a", f"sites_file={folder / 'sites.toml'}", **given)
        assert result.returncode == 0, result.stderr
        archive.check()
        reports = sorted(name for name in archive.names() if name.endswith("/run.json"))
        return archive.document(reports[-1]), result.stderr


def asked(web: CountingWeb, start: int = 0) -> list[str]:
    """Paths that were asked for, without what is asked of each host before its first page."""
    return [path for path in web.requests[start:] if path not in ("/robots.txt", "/.well-known/tdmrep.json")]
