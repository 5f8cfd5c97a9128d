"""The demo server as a client sees it: HTTP details, its process, captured hosts by name mapping."""

from __future__ import annotations

import errno
import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from newscrawl.demo import process
from newscrawl.demo.captured import CapturedWeb, target_of
from newscrawl.demo.connect_to import loopback_target
from newscrawl.errors import ConfigError
from tests.support import demo_web, scrapy

ROOT = Path(__file__).parents[2]


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers)
    reply = connection.getresponse()
    got = {k.lower(): v for k, v in reply.getheaders()}
    body = b"" if "stall" in headers else reply.read()
    connection.close()
    return reply.status, got, body


def first_home(folder: Path) -> str:
    return str(tomllib.loads((folder / "sites.toml").read_text())["site"][0]["home"])


SMALL = ("--sites", "2", "--articles", "6")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("demo")
    with demo_web(folder, *SMALL):
        yield first_home(folder)


def test_a_known_etag_or_date_gets_304_without_a_body(home: str) -> None:
    status, headers, body = ask(home)
    assert status == 200 and body
    for condition in ({"If-None-Match": headers["etag"]}, {"If-Modified-Since": headers["last-modified"]}):
        status, again, body = ask(home, **condition)
        assert (status, body) == (304, b"") and again["etag"] == headers["etag"]
    assert ask(home, **{"If-None-Match": '"other"'})[0] == 200


def test_gzip_is_used_for_who_asks_and_head_has_no_body(home: str) -> None:
    plain = ask(home)[2]
    _, headers, packed = ask(home, **{"Accept-Encoding": "gzip, deflate"})
    assert headers["content-encoding"] == "gzip" and gzip.decompress(packed) == plain
    status, headers, body = ask(home, "HEAD")
    assert status == 200 and body == b"" and int(headers["content-length"]) == len(plain)
    assert ask(home, "POST")[0] == 405


def test_one_connection_carries_several_requests(home: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(home).netloc, timeout=10)
    for path in ("/", "/robots.txt", "/missing"):
        connection.request("GET", path)
        assert connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize(
    "junk", [b"nonsense\r\n\r\n", b"GET http://x/ HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n bad: x\r\n\r\n"]
)
def test_malformed_requests_get_400(home: str, junk: bytes) -> None:
    host, port = urlsplit(home).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(junk)
        assert client.recv(100).startswith(b"HTTP/1.1 400")


def test_the_stalled_page_sends_headers_and_then_nothing(home: str) -> None:
    truth = [p for p in _truth_of(home) if p["kind"] in ("stalled_body", "big_page", "gzip_bomb")]
    urls = {p["kind"]: p["url"] for p in truth}
    parts = urlsplit(str(urls["stalled_body"]))
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        client.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            while client.recv(1000):
                pass
    assert len(ask(str(urls["big_page"]))[2]) > 25 << 20
    _, headers, bomb = ask(str(urls["gzip_bomb"]))
    assert headers["content-encoding"] == "gzip" and len(bomb) < 1 << 20


def _truth_of(home: str) -> list[dict[str, object]]:
    """The truth comes from a web of the same arguments: the process only adds addresses and dates."""
    from newscrawl.demo.truth import truth_of
    from newscrawl.demo.web import DemoWeb

    port = urlsplit(home).port
    web = DemoWeb.generate(sites=2, articles=6).at([f"http://127.0.0.{i}:{port}" for i in (2, 3)])
    pages = truth_of(web)["pages"]
    assert isinstance(pages, list)
    return pages


def test_a_second_start_over_the_folder_serves_the_same_urls_and_bytes(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with demo_web(tmp_path, *SMALL):
            truth = json.loads((tmp_path / "truth.json").read_text())
            seen.append((truth, [ask(p["url"])[2] for p in truth["pages"] if p["kind"] == "article"]))
    assert seen[0] == seen[1]


def test_a_taken_port_ends_with_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with demo_web(tmp_path, *SMALL):
        port = str(urlsplit(first_home(tmp_path)).port)
        for folder, more in ((tmp_path, []), (tmp_path / "other", ["--port", port])):
            command = [sys.executable, "-m", "newscrawl.demo", "--dir", str(folder), *SMALL, *more]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
            assert done.returncode == 2
            assert done.stderr.count("\n") == 1 and port in done.stderr and "--port" in done.stderr


@pytest.mark.parametrize("port", ["65536", "-1"])
def test_what_is_no_port_is_refused_before_anything_is_made(tmp_path: Path, port: str) -> None:
    done = scrapy("demo", "--port", port, NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
    assert done.returncode == 2 and done.stderr.strip().splitlines()[-1].endswith("give one from 1 to 65535")
    assert port in done.stderr and "Traceback" not in done.stderr and not (tmp_path / "state").exists()


def test_sigusr1_turns_to_the_second_edition_on_the_same_port(tmp_path: Path) -> None:
    with demo_web(tmp_path, *SMALL) as process:
        home = first_home(tmp_path)
        process.send_signal(signal.SIGUSR1)
        assert process.stdout is not None and process.stdout.readline() == "edition 2\n"
        truth = json.loads((tmp_path / "truth.json").read_text())
        assert truth["edition"] == 2 and first_home(tmp_path) == home
        new = [p for p in truth["pages"] if p["change"] == "new"]
        assert new and all(ask(p["url"])[0] == 200 for p in new)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux only")
def test_the_demo_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-m', 'newscrawl.demo', '--dir', {str(tmp_path)!r},"
        f" *{SMALL!r}],"
        " stdout=subprocess.PIPE, text=True)\n"
        "p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait(timeout=10)
    for _ in range(100):
        if not _alive(child):
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the demo outlived its parent")


@pytest.mark.parametrize("what", ["generated", "captured"])
def test_one_whose_starter_is_gone_ends_without_a_word(tmp_path: Path, captured: Path, what: str) -> None:
    """It may have gone before the kernel was asked to tell."""
    read, write = os.pipe()
    pages = ["--pages", str(captured)] if what == "captured" else SMALL
    command = [sys.executable, "-m", "newscrawl.demo", "--dir", str(tmp_path / "web"), *pages]
    os.close(read)
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_takes_no_file_is_not_told_as_a_taken_port(tmp_path: Path) -> None:
    (tmp_path / "sites.toml").mkdir()
    command = [sys.executable, "-m", "newscrawl.demo", "--dir", str(tmp_path), *SMALL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 13 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "sites.toml cannot be written (Is a directory)" in done.stderr


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


# -- captured pages ------------------------------------------------------------------------------------


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    rows = [
        ("https://www.khabar.example/story/1.html", "article"),
        ("https://patra.example//storypage.php?autono=166607", "article"),
        ("https://patra.example/", "listing"),
    ]
    with (folder / "index.jsonl").open("w", encoding="utf-8") as index:
        for i, (url, kind) in enumerate(rows):
            (folder / f"{i}.html.gz").write_bytes(gzip.compress(f"<html><body>पन्ना {i}</body></html>".encode()))
            index.write(json.dumps({"url": url, "file": f"{i}.html.gz", "kind": kind, "title": "सोने का शीर्षक"}) + "\n")
    return folder


def test_targets_are_kept_verbatim() -> None:
    assert target_of("https://h//storypage.php?autono=1#x") == "//storypage.php?autono=1"
    assert target_of("https://h") == "/" and target_of("https://h?a=b/c") == "/?a=b/c"


def test_captured_hosts_list_urls_and_no_gold(captured: Path) -> None:
    web = CapturedWeb.load(captured)
    assert [s["home"] for s in tomllib.loads(web.registry())["site"]] == [
        "https://www.khabar.example/",
        "https://patra.example/",
    ]
    for path in captured.glob("*"):
        assert path.exists()
    from newscrawl.demo.captured import FEED, URLSET
    from newscrawl.demo.http_server import Request

    for target in (FEED, URLSET):
        text = web.respond(Request("GET", target, {"host": "patra.example"}, ("127.0.0.1", 1))).body.decode()
        assert "//storypage.php?autono=166607" in text and "शीर्षक" not in text and "Date" not in text


@pytest.mark.parametrize("bad", [None, "", "10.0.0.1:80", "localhost:80", "127.0.0.1", "127.0.0.1:0", "example.org:80"])
def test_only_loopback_may_be_connected_to(bad: str | None) -> None:
    with pytest.raises(ConfigError):
        loopback_target(bad)
    assert loopback_target("127.3.2.1:8080") == "127.3.2.1:8080"


SPIDER = """
import json, sys
import scrapy
from scrapy.crawler import CrawlerProcess

class Names(scrapy.Spider):
    name = "names"
    start_urls = ["https://www.khabar.example/story/1.html", "https://patra.example//storypage.php?autono=166607",
                  "https://patra.example/", "http://www.khabar.example/robots.txt"]
    def parse(self, response):
        print(json.dumps([response.url, response.status, response.text, response.meta["download_slot"]]))

process = CrawlerProcess({
    "DOWNLOAD_HANDLERS": {s: "newscrawl.demo.connect_to.ConnectToHandler" for s in ("http", "https")},
    "NEWSCRAWL_CONNECT_TO": sys.argv[1], "LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False,
    "ROBOTSTXT_OBEY": True,
})
process.crawl(Names)
process.start()
"""


def test_a_real_crawl_sees_captured_pages_under_their_own_names(captured: Path, tmp_path: Path) -> None:
    with demo_web(tmp_path / "demo", "--pages", str(captured)):
        port = json.loads((tmp_path / "demo" / "captured.json").read_text())["port"]
        done = subprocess.run(
            [sys.executable, "-c", SPIDER, f"127.0.0.1:{port}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
        )
    rows = {url: (status, text, slot) for url, status, text, slot in map(json.loads, done.stdout.splitlines())}
    assert "पन्ना 0" in rows["https://www.khabar.example/story/1.html"][1]
    assert "पन्ना 1" in rows["https://patra.example//storypage.php?autono=166607"][1]
    assert rows["https://patra.example/"][2] == "patra.example"
    assert (
        "Sitemap: https://www.khabar.example/.newscrawl-demo/sitemap.xml"
        in rows["http://www.khabar.example/robots.txt"][1]
    )


def test_where_only_one_loopback_address_exists_each_site_has_its_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = process._bound

    def only_the_first(host: str, port: int) -> socket.socket:
        if host != "127.0.0.1":
            raise OSError(errno.EADDRNOTAVAIL, "no such address here")
        return bound(host, port)

    monkeypatch.setattr(process, "_bound", only_the_first)
    addresses = process.free_addresses(8)
    assert {host for host, _ in addresses} == {"127.0.0.1"}
    assert len({port for _, port in addresses}) == 8
