"""Captured pages of real sites, served under their own host names.

One loopback address answers for every captured host by the request's Host header, in plain HTTP also for
`https` URLs (`connect_to.ConnectToHandler` sends the requests here). Robots, sitemap and feed are generated
and list URLs only: a title or a date in them would hand the gold values to what is being measured.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from newscrawl.demo import feed_xml
from newscrawl.demo.feed_xml import Entry
from newscrawl.demo.http_server import Reply, Request
from newscrawl.errors import ConfigError

# Under a folder that no captured page uses (checked when loading).
_OWN = "/.newscrawl-demo"
SITEMAP, URLSET, FEED = f"{_OWN}/sitemap.xml", f"{_OWN}/news.xml", f"{_OWN}/feed.xml"


@dataclass(frozen=True)
class CapturedWeb:
    """The captured pages: (host, target) -> file, and every host's scheme and URLs in the order captured."""

    files: dict[tuple[str, str], Path]
    hosts: dict[str, list[str]]

    @classmethod
    def load(cls, folder: Path) -> CapturedWeb:
        """Read `folder/index.jsonl` (url, file, kind); `ConfigError` names what is wrong."""
        index = folder / "index.jsonl"
        if not index.is_file():
            raise ConfigError(f"no captured pages in {folder}: index.jsonl is missing")
        files: dict[tuple[str, str], Path] = {}
        hosts: dict[str, list[str]] = {}
        for number, line in enumerate(index.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                url, file = str(row["url"]), folder / str(row["file"])
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigError(f"{index}:{number}: not a row with url and file ({error})") from error
            parts = urlsplit(url)
            host, target = (parts.hostname or "").lower(), target_of(url)
            if not host or parts.scheme not in ("http", "https") or not file.is_file():
                raise ConfigError(f"{index}:{number}: bad url {url} or missing file {file.name}")
            if target.startswith(_OWN):
                raise ConfigError(f"{index}:{number}: {_OWN}/ is kept for the generated sitemap and feed")
            files[host, target] = file
            hosts.setdefault(host, []).append(url)
        return cls(files, hosts)

    def respond(self, request: Request) -> Reply:
        """The answer for the host that the Host header names."""
        host, target = request.host, request.target
        if host not in self.hosts:
            return Reply(status=404, body=b"no captured page of this host", content_type="text/plain", etag="")
        if file := self.files.get((host, target)):
            return Reply(body=gzip.decompress(file.read_bytes()))
        base = self._base(host)
        entries = [Entry(url) for url in self.hosts[host]]
        generated = {
            "/robots.txt": (feed_xml.robots(base, SITEMAP), "text/plain"),
            SITEMAP: (feed_xml.sitemap_index([base + URLSET]), "application/xml"),
            URLSET: (feed_xml.news_urlset(entries, host), "application/xml"),
            FEED: (feed_xml.rss_channel(host, base, entries), "application/rss+xml"),
            "/": (
                f'<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>{escape(host)}</title>'
                f'<link rel="alternate" type="application/rss+xml" href="{base}{FEED}"></head>'
                "<body></body></html>",
                "text/html; charset=utf-8",
            ),
        }
        if target not in generated:
            return Reply(status=404, body=b"not captured", content_type="text/plain", etag="")
        text, kind = generated[target]
        return Reply(body=text.encode(), content_type=kind)

    def registry(self) -> str:
        """The sites.toml of the captured hosts."""
        out = ["# Captured hosts, written by newscrawl.demo.\n"]
        for host in self.hosts:
            base = self._base(host)
            name = "-".join(label for label in host.split(".") if label not in ("www", "com", "in"))
            out.append(
                f'[[site]]\nname = "{name}"\nhome = "{base}/"\nfeeds = ["{base}{FEED}"]\ndelay = 0\nlanguage = "hi"\n'
            )
        return "\n".join(out)

    def _base(self, host: str) -> str:
        return f"{urlsplit(self.hosts[host][0]).scheme}://{host}"


def target_of(url: str) -> str:
    """Path and query of `url`, verbatim: a double slash or an odd query is part of the address."""
    rest = url.split("#", 1)[0].split("://", 1)[1]
    at = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=-1)
    if at < 0:
        return "/"
    return rest[at:] if rest[at] == "/" else "/" + rest[at:]
