"""What shards bring where hosts are the bound: `python -m benchmarks.shards [--shards 8] [--hosts 2] [--pages 60]`.

A web of its own on loopback addresses, each asked once a second: first the hosts of one shard by one process, then
those of all shards by a process each, into a bucket of its own on an embedded server. Pages a second, from the first of
the last shard that began to the last page of the first that ended, so that starts, which share this machine's cores as
they would not share a cluster's, are not in it; and with them. Hosts that were asked by two processes, if any.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from newscrawl.fetching.shards import Shard
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.sites import Site

# Seconds between two requests to a host: the default of a site.
_DELAY = 1.0
_WORDS = tuple(f"शब्द{number}" for number in range(256))
_FEED = {"Content-Type": "application/rss+xml"}


@dataclass(slots=True)
class _Host:
    """A site on an address of its own. `asked`: when, and by whom."""

    site: Site
    pages: int
    asked: list[tuple[float, str]] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, dict[str, str], str]:
        if path == "/feed":
            links = "".join(f"<item><link>{self.site.home}samachar-{n}</link></item>" for n in range(self.pages))
            return 200, _FEED, f"<rss>{links}</rss>"
        if path.startswith("/samachar-"):
            return 200, {}, _page(f"{self.site.name}{path}")
        return 404, {}, ""


def _page(name: str) -> str:
    seed = hashlib.sha512(name.encode()).digest() * 3
    words = [_WORDS[byte ^ (number % 251)] for number, byte in enumerate(seed)]
    paragraphs = "".join(f"<p>{' '.join(words[n : n + 24])}।</p>" for n in range(0, len(words), 24))
    title = " ".join(words[:8])
    return (
        f'<html lang="hi"><head><title>{title}</title><meta property="og:type" content="article">'
        f"</head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


def _serve(host: _Host, address: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the base class's name
            host.asked.append((time.monotonic(), self.headers["User-Agent"]))
            status, headers, body = host.answer(self.path)
            self.send_response(status)
            for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer((address, 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _balanced(stack: ExitStack, shards: int, hosts: int, pages: int) -> list[_Host]:
    """So many hosts for each shard, by the cut that a crawl makes."""
    found: dict[int, list[_Host]] = defaultdict(list)
    for number in range(256 * hosts):
        address = f"127.0.{1 + number // 250}.{1 + number % 250}"
        site = Site(name=f"site-{number}", home=f"http://{address}/")
        owner = next(index for index in range(shards) if Shard(index, shards).of([site]))
        if len(found[owner]) < hosts:
            host = _Host(site, pages)
            server = _serve(host, address)
            stack.callback(server.shutdown)
            home = f"http://{address}:{server.server_port}/"
            host.site = Site(name=site.name, home=home, feeds=(f"{home}feed",), delay=_DELAY)
            found[owner].append(host)
        if len(found) == shards and all(len(of_one) == hosts for of_one in found.values()):
            return [host for of_one in found.values() for host in of_one]
    raise SystemExit(f"no {hosts} hosts a shard among so many addresses: ask for fewer")


def _crawl(folder: Path, server: EmbeddedS3, hosts: list[_Host], shards: int, of: int) -> tuple[float, float, float]:
    """Pages a second of the first shards while all of them crawl, the same with their starts, and seconds in all."""
    for host in hosts:
        host.asked.clear()
    entries = (
        f'[[site]]\nname = "{h.site.name}"\nhome = "{h.site.home}"\nfeeds = ["{h.site.feeds[0]}"]\ndelay = {_DELAY}\n'
        for h in hosts
    )
    sites = folder / "sites.toml"
    sites.write_text("".join(entries))
    environment = os.environ | server.aws_env() | {"NEWSCRAWL_BUCKET": f"s3://{server.bucket}/{folder.name}"}
    environment |= {"NEWSCRAWL_WORKERS": "1", "NEWSCRAWL_RECHECKS": ""}
    began = time.monotonic()
    crawls = []
    for index in range(shards):
        own = {
            "NEWSCRAWL_STATE_DIR": str(folder / f"shard-{index}"),
            "NEWSCRAWL_CONTACT_URL": f"https://shard-{index}.example/",
        }
        command = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={sites}"]
        with (folder / f"{index}.log").open("wb") as log:
            crawls.append(subprocess.Popen([*command, "-a", f"shard={index}/{of}"], env=environment | own, stderr=log))
    for index, crawl in enumerate(crawls):
        if crawl.wait() != 0:
            raise SystemExit((folder / f"{index}.log").read_text())
    seconds = time.monotonic() - began
    asked = [host for host in hosts if host.asked]
    agents = [{agent for _, agent in host.asked} for host in asked]
    if any(len(of_one) > 1 for of_one in agents):
        raise SystemExit("a host was asked by two processes")
    by_agent: dict[str, list[float]] = defaultdict(list)
    for host in asked:
        for when, agent in host.asked:
            by_agent[agent].append(when)
    start, end = max(map(min, by_agent.values())), min(map(max, by_agent.values()))
    times = [when for of_one in by_agent.values() for when in of_one]
    return sum(start <= when <= end for when in times) / (end - start), len(times) / seconds, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--hosts", type=int, default=2, help="a shard")
    parser.add_argument("--pages", type=int, default=60, help="a host")
    given = parser.parse_args()
    table = Table("processes", "hosts", "requests a second, while all crawl", "with starts and ends", "seconds")
    rates = []
    with TemporaryDirectory() as name, ExitStack() as stack:
        hosts = _balanced(stack, given.shards, given.hosts, given.pages)
        server = stack.enter_context(EmbeddedS3(Path(name) / "s3"))
        for shards in (1, given.shards):
            folder = Path(name) / f"of-{shards}"
            folder.mkdir()
            steady, whole, seconds = _crawl(folder, server, hosts, shards, given.shards)
            rates.append(steady)
            table.add_row(str(shards), str(shards * given.hosts), f"{steady:.2f}", f"{whole:.2f}", f"{seconds:.0f}")
    console = Console()
    console.print(table)
    console.print(f"{given.shards} shards ask {rates[1] / rates[0]:.2f} times as much as one; no host had two owners")


if __name__ == "__main__":
    main()
