"""What several suites use: running the real commands, a counting web server, reading a bucket."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent

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


class CountingWeb:
    """A loopback web server that answers from a dict of path -> (status, headers, body) and notes each request."""

    def __init__(self, pages: dict[str, tuple[int, dict[str, str], bytes]] | None = None) -> None:
        self.pages = pages or {}
        self.requests: list[str] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # the base class's name
                web.requests.append(self.path)
                status, headers, body = web.pages.get(self.path, (404, {}, b"not here"))
                self.send_response(status)
                for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> CountingWeb:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()
