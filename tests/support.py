"""What several suites use: running the real commands, a counting web server, reading a bucket."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.fs as fs

from newscrawl.server.embedded import EmbeddedS3

ROOT = Path(__file__).parent.parent
# The environment of libraries that will not stand beside the locked ones: `make readers`.
READERS = ROOT / ".readers/bin/python"

# Nothing of the developer's own environment may reach a test's crawl.
_FOREIGN = ("NEWSCRAWL_", "AWS_", "SCRAPY_")


def environment(**extra: str) -> dict[str, str]:
    """The process environment without settings and credentials, plus `extra`; the instance metadata service of
    AWS is never asked for credentials (it is an outside host)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return kept | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"} | extra


def scrapy(*arguments: str | Path, timeout: float = 120, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run `scrapy ARGUMENTS` in the project folder as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *map(str, arguments)],
        cwd=ROOT,
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


Answer = tuple[int, dict[str, str], bytes | Iterator[bytes]]


def stating_host() -> dict[str, tuple[int, dict[str, str], bytes]]:
    """Files of a host that states wishes in each of them: robots.txt, tdmrep.json and a licence."""
    robots = b"License: /license.xml\n\nUser-agent: *\nContent-Signal: ai-train=no\nDisallow:\n"
    licence = (
        b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><permits type="usage">search</permits>'
        b"</license></content></rsl>"
    )
    return {
        "/robots.txt": (200, {"Content-Type": "text/plain"}, robots),
        "/license.xml": (200, {"Content-Type": "application/rsl+xml"}, licence),
        "/.well-known/tdmrep.json": (200, {}, b'[{"location": "/", "tdm-reservation": 1}]'),
    }


class CountingWeb:
    """A loopback web server that answers from a dict of path -> (status, headers, body) and notes each request.

    A path may have a list of answers: each is given once, the last from then on. An ETag is honoured. Status 0
    is no answer at all: the connection stays open and silent. A body that is an iterator is sent piece by piece,
    without a length, as long as the client listens.
    """

    def __init__(self, pages: dict[str, Answer | list[Answer]] | None = None, address: str = "127.0.0.1") -> None:
        self.pages = pages or {}
        self.bytes_sent = 0
        self.requests: list[str] = []
        self.times: list[float] = []
        self.askers: list[str] = []  # User-Agent of each request
        self.headers: list[dict[str, str]] = []  # of each request
        self.header_names: set[str] = set()
        # Of the last request for each path.
        self.received: dict[str, dict[str, str]] = {}
        self.closing = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # the base class's name
                web.requests.append(self.path)
                web.times.append(time.monotonic())
                web.askers.append(self.headers["User-Agent"])
                web.headers.append(dict(self.headers.items()))
                web.header_names.update(self.headers.keys())
                web.received[self.path] = dict(self.headers)
                found = web.pages.get(self.path, (404, {}, b"not here"))
                if isinstance(found, list):
                    found = found.pop(0) if len(found) > 1 else found[0]
                status, headers, body = found
                if status == 0:
                    web.closing.wait(60)
                    self.close_connection = True
                    return
                if headers.get("ETag") and headers["ETag"] == self.headers["If-None-Match"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                    self.send_header(name, value)
                if isinstance(body, bytes):
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    web.bytes_sent += len(body)
                    return
                self.close_connection = True
                self.end_headers()
                with suppress(ConnectionError):
                    for piece in body:
                        self.wfile.write(piece)
                        web.bytes_sent += len(piece)

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{address}:{self._server.server_port}"

    @property
    def agents(self) -> set[str]:
        """The User-Agents that have asked."""
        return set(self.askers)

    def __enter__(self) -> CountingWeb:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def demo_web(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The demo web, or captured pages with `--pages`, as a process of its own, ready to answer."""
    command = [sys.executable, "-m", "newscrawl.demo", "--dir", str(folder), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready "), line
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=20) is not None


class Archive:
    """A bucket read back with pyarrow alone, as a consumer would: nothing of newscrawl is used to read."""

    def __init__(self, server: EmbeddedS3, prefix: str = "") -> None:
        keys = server.credentials
        self.root = f"{server.bucket}/{prefix}".rstrip("/")
        # What sends a command of ours here.
        self.variables = {"NEWSCRAWL_BUCKET": f"s3://{self.root}"} | server.aws_env()
        self.filesystem = fs.S3FileSystem(
            access_key=keys.access_key,
            secret_key=keys.secret_key,
            region=keys.region,
            scheme="http",
            endpoint_override=keys.endpoint.removeprefix("http://"),
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row below `table/`, committed or not: a consumer cannot tell."""
        if not any(name.startswith(f"{table}/") for name in self.names()):
            return []
        dataset = ds.dataset(f"{self.root}/{table}", format="parquet", partitioning="hive", filesystem=self.filesystem)
        return list(dataset.to_table().to_pylist())

    def names(self) -> set[str]:
        """Every object's key, relative to the prefix."""
        found = self.filesystem.get_file_info(fs.FileSelector(self.root, recursive=True, allow_not_found=True))
        return {f.path.removeprefix(self.root + "/") for f in found if f.is_file}

    def body(self, key: str) -> bytes:
        """An object's bytes."""
        with self.filesystem.open_input_file(f"{self.root}/{key}") as file:
            return bytes(file.read())

    def document(self, key: str) -> Any:
        """A JSON object."""
        with self.filesystem.open_input_file(f"{self.root}/{key}") as file:
            return json.loads(file.read())

    def records(self) -> list[dict[str, Any]]:
        """All commit records."""
        names = sorted(k for k in self.names() if k.startswith("runs/") and not k.endswith(("/run.json", ".html")))
        return [self.document(name) for name in names]

    def check(self) -> None:
        """The promises of the bucket contract that hold after any run, however it ended."""
        records = self.records()
        parts = {part["key"]: part for record in records for part in record["objects"]}
        suffixes = (".parquet", ".warc.gz", ".cdxj")
        derived = ("stories/", "rollup/")
        stored = {k for k in self.names() if k.endswith(suffixes) and not k.startswith(derived)}
        assert stored == set(parts), "every part is named by exactly one commit record, and none is an orphan"
        for key, part in parts.items():
            with self.filesystem.open_input_file(f"{self.root}/{key}") as file:
                body = file.read()
            assert (len(body), hashlib.sha256(body).hexdigest()) == (part["bytes"], part["sha256"]), key
        tables = {name: self.rows(name) for name in ("articles", "duplicates", "rejects", "signatures")}
        for name, rows in tables.items():
            assert len(rows) == sum(p["rows"] for p in parts.values() if p["table"] == name), name
        ids = [row["id"] for name in ("articles", "duplicates") for row in tables[name]]
        assert len(ids) == len(set(ids)), "ids are unique"
        assert sorted(ids) == sorted(row["id"] for row in tables["signatures"])
        founders = {row["id"] for row in tables["articles"]}
        founders |= {row["id"] for row in self.rows("moves") if row["story_id"] == row["id"]}
        founders |= {key.removeprefix("undo/").removesuffix(".json") for key in self.names() if key.startswith("undo/")}
        assert {row["duplicate_of"] for row in tables["duplicates"]} <= founders, "an anchor founded its story"
