"""The contenders: how each is started, and what it says it did. Each is a real process, most a `scrapy crawl`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.crawl.measure import BenchmarkFailed, Measured, PageServer, cpu_seconds, page_server, run
from newscrawl.server.embedded import EmbeddedS3

# Given to all alike: a benchmark's one server stands for many, so each host may be asked eight pages at once.
_EQUAL = {"CONCURRENT_REQUESTS": "64", "CONCURRENT_REQUESTS_PER_DOMAIN": "8"}

OURS = "newscrawl"
PLAIN = "plain Scrapy: trafilatura"
FETCH = "fetch only"
ALONE, ALONE_FAST = "trafilatura alone", "trafilatura alone, fast"
PEERS = {"plain Scrapy: newspaper4k": "newspaper4k", "plain Scrapy: news-please": "news-please"}
_MODULES = {"newspaper4k": "newspaper, indicnlp", "news-please": "newsplease, indicnlp"}
# Pages of the run that goes before: it compiles modules and finds what does not work.
_WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Done:
    """One run of a contender: the measure; stories stored, stories dropped as copies (there are none), pages that
    raised an exception; CPU of the S3 server; loop lag (max and p99, ms)."""

    measured: Measured
    stored: int | None = None
    dropped: int = 0
    failed: int = 0
    s3_cpu_seconds: float = 0.0
    lag_max: int | None = None
    lag_p99: int | None = None

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.measured.pages / self.measured.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds a page, all processes of the contender."""
        return 1000 * self.measured.cpu_seconds / self.measured.pages


class Stage:
    """The printed web, the S3 server and the folder that a benchmark works in."""

    def __init__(self, web: Path, s3: EmbeddedS3, work: Path, peers: str) -> None:
        """`peers`: the Python interpreter with news-please and newspaper4k."""
        self.web, self._s3, self._work, self._peers = web, s3, work, peers
        self._runs = 0

    def run(self, name: str, count: int) -> Done:
        """Run a contender over the first `count` pages. Raises `BenchmarkFailed` when pages or stories are missing."""
        self._runs += 1
        label = f"{self._runs:03d}"
        if name in (ALONE, ALONE_FAST):
            return self._alone(name, count, label)
        with page_server(self.web, count) as server:
            done = self._ours(server, label) if name == OURS else self._plain(name, server, label)
        if done.measured.pages != count:
            raise BenchmarkFailed(f"{name} fetched {done.measured.pages} of {count} pages")
        # What the plain project takes for copies (too much of its text is the site's) is printed, and so is on how
        # many pages the peers find no text. Ours must have every story.
        stored = (done.stored or 0) + (done.dropped if name == PLAIN else 0)
        if name in (OURS, PLAIN) and (stored != count or done.failed):
            raise BenchmarkFailed(f"{name} has {stored} of {count} stories; see {self._log(label)}")
        return done

    def warm_up(self, name: str) -> None:
        """A short run that counts for nothing."""
        self.run(name, _WARM_UP)

    def missing(self, name: str) -> str | None:
        """Why a contender cannot run here, or None."""
        if name not in PEERS:
            return None
        module = _MODULES[PEERS[name]]
        tried = subprocess.run([self._peers, "-c", f"import {module}, scrapy, boto3, datasketch"], capture_output=True)
        return None if tried.returncode == 0 else tried.stderr.decode().strip().splitlines()[-1]

    def _ours(self, server: PageServer, label: str) -> Done:
        state = self._work / f"state-{label}"
        state.mkdir()
        sites = self._work / f"sites-{label}.toml"
        sites.write_text("\n".join(_site(i, base) for i, base in enumerate(server.bases)))
        bucket = f"{self._s3.bucket}/bench-{label}"
        settings = {**_EQUAL, "NEWSCRAWL_BUCKET": f"s3://{bucket}", "NEWSCRAWL_STATE_DIR": str(state)}
        command = _scrapy(sys.executable, "news", settings, sites_file=str(sites), since="all")
        measured, s3_cpu = self._measured(command, server, label, SCRAPY_PROJECT="default")
        report = self._report(f"bench-{label}")
        lag = report["loop_lag_ms"] or {}
        return Done(measured, report["funnel"]["articles"], 0, 0, s3_cpu, lag.get("max"), lag.get("p99"))

    def _plain(self, name: str, server: PageServer, label: str) -> Done:
        extractor = {PLAIN: "trafilatura", FETCH: "none", **PEERS}[name]
        stats = self._work / f"stats-{label}.json"
        location = f"{self._s3.bucket}/bench-{label}"
        settings = {**_EQUAL, "BENCH_LOCATION": location, "BENCH_STATS": str(stats)}
        sitemaps = ",".join(f"{base}/robots.txt" for base in server.bases)
        python = self._peers if name in PEERS else sys.executable
        command = _scrapy(python, "stories", settings, extractor=extractor, sitemaps=sitemaps)
        module = "benchmarks.crawl.plain_settings"
        measured, s3_cpu = self._measured(command, server, label, SCRAPY_SETTINGS_MODULE=module)
        told = json.loads(stats.read_text())
        stored = None if name == FETCH else sum(1 for _ in self._s3.store().list(f"bench-{label}/"))
        dropped, failed = told.get("item_dropped_count", 0), told.get("spider_exceptions/count", 0)
        lag = [told[f"newscrawl/loop_lag_{name}_ms"] for name in ("max", "p99")]
        return Done(measured, stored, dropped, failed, s3_cpu, *lag)

    def _environment(self, **more: str) -> dict[str, str]:
        """Nobody's own settings, and compiled modules kept from run to run, as any installation has them."""
        foreign = ("NEWSCRAWL_", "AWS_", "SCRAPY_", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return kept | {"PYTHONPYCACHEPREFIX": str(self._work / "compiled")} | more

    def _alone(self, name: str, count: int, label: str) -> Done:
        command = [sys.executable, "-m", "benchmarks.crawl.alone", str(self.web), str(count)]
        measured = run([*command, "fast"] if name == ALONE_FAST else command, self._environment(), self._log(label))
        return Done(Measured(measured.seconds, measured.cpu_seconds, pages=count, samples=measured.samples))

    def _measured(self, command: list[str], server: PageServer, label: str, **env: str) -> tuple[Measured, float]:
        assert self._s3.server_pid is not None
        s3_before = cpu_seconds(self._s3.server_pid)
        measured = run(command, self._environment(**self._s3.aws_env(), **env), self._log(label), server)
        return measured, cpu_seconds(self._s3.server_pid) - s3_before

    def _report(self, prefix: str) -> Any:
        store = self._s3.store()
        [key] = [k for k, _ in store.list(f"{prefix}/runs/") if k.endswith("/run.json")]
        return json.loads(store.get(key))

    def _log(self, label: str) -> Path:
        return self._work / f"log-{label}.txt"


def _site(number: int, base: str) -> str:
    return (
        f'[[site]]\nname = "site-{number}"\nhome = "{base}/"\nsitemaps = ["{base}/sitemap.xml"]\ndelay = 0\n'
        'language = "hi"\n'
    )


def _scrapy(python: str, spider: str, settings: dict[str, str], **arguments: str) -> list[str]:
    command = [python, "-m", "scrapy", "crawl", spider]
    command += [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return command + [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
