"""What leads on beside a plain redirect: a cookie that is asked for on the way, a page that is only a refresh."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.samples import OTHER, STORY, html
from tests.support import Archive, scrapy

FEED = "<rss><item><link>/{0}-ki-khabar-101</link></item></rss>"


class Gate(BaseHTTPRequestHandler):
    """Old CMSes on one server, by the first folder; `asked`: path and cookie of each request."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:  # the base class's name
        cookie = self.headers["Cookie"] or ""
        self.asked.append((self.path, cookie))
        status, headers, body = self._answer(cookie)
        self.send_response(status)
        for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, cookie: str) -> tuple[int, dict[str, str], bytes]:
        match self.path:
            case "/" | "/robots.txt" | "/.well-known/tdmrep.json":
                return 404, {}, b""
            # Who comes without a cookie is to come again with it, and with what the second answer sets.
            case "/phatak-ki-khabar-101" if "visit=1" not in cookie:
                return 302, {"Location": self.path, "Set-Cookie": "visit=1; path=/"}, b""
            case "/phatak-ki-khabar-101" if "seen=2" not in cookie:
                return 302, {"Location": self.path, "Set-Cookie": "seen=2; path=/"}, b""
            case "/phatak-ki-khabar-101":
                return 200, {"Set-Cookie": "session=9"}, html(STORY).encode()
            # The same by a page.
            case "/dwar-ki-khabar-101" if "shown=1" not in cookie:
                stub = f'<meta http-equiv="refresh" content="0;url={self.path}?again"><p>कृपया प्रतीक्षा करें</p>'
                return 200, {"Set-Cookie": "shown=1; path=/"}, stub.encode()
            case "/dwar-ki-khabar-101?again" if "shown=1" in cookie:
                return 200, {}, html(OTHER.replace("हॉकी", "शतरंज") + "\nयह छठी खबर है।", "शतरंज").encode()
            case "/chakkar-ki-khabar-101":
                return 302, {"Location": self.path, "Set-Cookie": "a=1"}, b""
            case "/purana-ki-khabar-101":
                return 200, {}, b'<meta http-equiv="Refresh" content="0; URL=/naya/jalashay-ki-safai-101">'
            case "/purani-ki-khabar-101":
                return 200, {"Refresh": "0; url=/naya/jalashay-ki-safai-101"}, b"<html></html>"
            case "/skript-ki-khabar-101":
                return 200, {}, b"<script type=text/javascript>window.location.href = '/nayi/mela-101';</script>"
            case "/nayi/mela-101":  # it may only not be shown in a frame, and leads on in none
                script = "<script>if (top != self) top.location = '/';</script><!--<script>location='/';</script>-->"
                return (
                    200,
                    {},
                    html(STORY.replace("नगर", "मेला") + "\nयह पांचवीं खबर है।", "मेला")
                    .replace("<head>", f"<head>{script}")
                    .encode(),
                )
            case "/naya/jalashay-ki-safai-101":
                return 200, {}, html(OTHER, "hockey").encode()
            case "/taza-ki-khabar-101":  # a story that reloads itself, and one that leads home from it
                head = '<head><meta http-equiv="refresh" content="300"><meta http-equiv="refresh" content="5;url=/">'
                return 200, {}, html(STORY + "\nयह तीसरी खबर है।", "ताजा").replace("<head>", head).encode()
            case "/swayam-ki-khabar-101":
                head = f'<head><meta http-equiv="refresh" content="1;url={self.path}">'
                return 200, {}, html(OTHER + "\nयह चौथी खबर है।", "स्वयं").replace("<head>", head).encode()
        name = self.path.strip("/").partition("-")[0]
        return 200, {"Content-Type": "application/rss+xml"}, FEED.format(name).encode()

    def log_message(self, *args: Any) -> None:
        return


@contextmanager
def gate() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    asked: list[tuple[str, str]] = []
    server = ThreadingHTTPServer(("127.0.0.61", 0), type("Gate", (Gate,), {"asked": asked}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.61:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_cookie_goes_with_its_redirect_alone_and_a_page_that_leads_on_at_once_is_followed(
    tmp_path: Path, archive: Archive
) -> None:
    with gate() as (url, asked):
        names = ("phatak", "chakkar", "purana", "purani", "taza", "swayam", "skript", "dwar")
        feeds = [f"{url}/{name}-feed" for name in names]
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "purana"\nhome = "{url}/"\ndelay = 0\nfeeds = {feeds}\n'.replace("'", '"')
        )
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_RECHECKS="", **archive.variables,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    archive.check()
    stored = {row["url"].removeprefix(url) for table in ("articles", "duplicates") for row in archive.rows(table)}
    assert stored == {
        "/phatak-ki-khabar-101", "/naya/jalashay-ki-safai-101", "/taza-ki-khabar-101", "/swayam-ki-khabar-101",
        "/nayi/mela-101", "/dwar-ki-khabar-101?again",
    }  # fmt: skip
    [reject] = archive.rows("rejects")
    assert (reject["url"], reject["detail"]) == (f"{url}/chakkar-ki-khabar-101", "redirect loop")
    sent = [(path, cookie) for path, cookie in asked if cookie]
    gates = {"/phatak-ki-khabar-101", "/chakkar-ki-khabar-101", "/dwar-ki-khabar-101?again"}
    assert {path for path, _ in sent} == gates, "no other is told of it"
    assert [set(c.split("; ")) for path, c in sent if path[1] == "p"] == [{"visit=1"}, {"visit=1", "seen=2"}]
