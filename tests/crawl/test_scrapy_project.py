"""A Scrapy project like any other: `shell`, `fetch` and other spiders run without a bucket, and `-O` exports."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.bucket.schema import COLUMNS, Table
from newscrawl.commands.actions import ACTIONS
from tests.crawl.small_sites import page
from tests.samples import OTHER, html
from tests.support import ROOT, CountingWeb, environment, scrapy, stating_host

HTML = html(OTHER, "एक शीर्षक").encode()


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        (("fetch", "--nolog"), "एक शीर्षक"),
        (("shell", "--nolog", "-c", "response.css('title::text').get()"), "एक शीर्षक"),
    ],
    ids=["fetch", "shell"],
)
def test_scrapy_s_own_commands_need_no_bucket(tmp_path: Path, command: tuple[str, ...], printed: str) -> None:
    with CountingWeb({"/a.html": (200, {}, HTML)}) as web:
        result = scrapy(*command, f"{web.url}/a.html", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
    assert result.returncode == 0, result.stderr
    assert printed in result.stdout and "Traceback" not in result.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "printed"),
    [
        (("--nolog", "--spider", "news", "--pipelines", "/a.html"), 0, "'language': 'hi'"),
        (("--nolog", "/short.html"), 0, "'reason': 'no_content'"),
        (("--nolog", "/closed.html"), 2, "/closed.html: was not fetched"),
    ],
)
def test_parse_shows_a_page_s_row_and_needs_no_bucket(
    tmp_path: Path, arguments: tuple[str, ...], code: int, printed: str
) -> None:
    robots = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /closed.html\n")
    pages = {"/a.html": (200, {}, HTML), "/short.html": (200, {}, b""), "/closed.html": (200, {}, HTML)}
    with CountingWeb(pages | {"/robots.txt": robots}) as web:
        *options, path = arguments
        result = scrapy("parse", *options, web.url + path, NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
        assert "/closed.html" not in web.requests
    told = result.stdout + result.stderr
    assert result.returncode == code and printed in told and "Traceback" not in told, told
    assert code == 0 or len(told.splitlines()) == 1, told
    assert not (tmp_path / "state").exists()


def test_parse_asks_what_the_host_states_of_the_page_and_obeys_it(tmp_path: Path) -> None:
    with CountingWeb({"/a.html": (200, {}, HTML)} | stating_host()) as web:
        given = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state")}
        obeyed = scrapy("parse", "--nolog", f"{web.url}/a.html", **given)
        assert obeyed.returncode == 2 and "/a.html" not in web.requests, "tdm, by default"
        shown = scrapy("parse", "--nolog", f"{web.url}/a.html", **given, NEWSCRAWL_OPT_OUTS="").stdout
    assert "'reservations': ('tdm'," in shown and "'rsl:ai-train'" in shown, shown


def test_they_obey_robots_txt(tmp_path: Path) -> None:
    robots = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /a.html\n")
    with CountingWeb({"/a.html": (200, {}, HTML), "/robots.txt": robots}) as web:
        result = scrapy("fetch", "--nolog", f"{web.url}/a.html", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
        assert web.requests == ["/robots.txt"] and result.stdout == ""


SPIDER = """
import scrapy

class Titles(scrapy.Spider):
    name = "titles"
    start_urls = ["{url}/a.html"]

    def parse(self, response):
        yield {{"title": response.css("title::text").get()}}
"""


def test_a_spider_that_crawls_no_news_is_scrapy_s(tmp_path: Path) -> None:
    with CountingWeb({"/a.html": (200, {}, HTML)}) as web:
        (tmp_path / "titles.py").write_text(SPIDER.format(url=web.url))
        result = scrapy(
            "runspider",
            tmp_path / "titles.py",
            "-O",
            tmp_path / "out.json",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"),
        )
    assert result.returncode == 0, result.stderr
    assert json.loads((tmp_path / "out.json").read_text()) == [{"title": "एक शीर्षक"}]


def test_a_crawl_exports_its_articles(tmp_path: Path) -> None:
    feed = b"<rss><channel>%s</channel></rss>"
    with CountingWeb() as web:
        items = "".join(f"<item><title>t</title><link>{web.url}/news/{n}.html</link></item>" for n in (1, 2, 3))
        web.pages = {f"/news/{n}.html": page(n) for n in (1, 2)}  # 3 is gone
        web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed % items.encode())
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "a"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n'
        )
        outs = [tmp_path / f"out.{kind}" for kind in ("jsonl", "json", "csv")]
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}", *(f"-O{out}" for out in outs),
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_BACKOFF_SECONDS="0.05",
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in outs[0].read_text().splitlines()]
    assert sorted(line["title"] for line in lines) == ["समाचार 1", "समाचार 2"]
    assert {*lines[0]} == {column.name for column in COLUMNS[Table.ARTICLES]}
    assert sorted(json.loads(outs[1].read_text()), key=str) == sorted(lines, key=str)
    assert len(list(csv.DictReader(outs[2].open()))) == 2
    # Scrapy's log counts what is in the file, not the reject as well.
    assert "Stored jsonl feed (2 items)" in result.stderr


def test_a_dead_host_is_a_few_lines(tmp_path: Path) -> None:
    with CountingWeb() as gone:
        pass
    (tmp_path / "sites.toml").write_text(f'[[site]]\nname = "dead"\nhome = "{gone.url}/"\n')
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
        NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_BACKOFF_SECONDS="0.05",
    )  # fmt: skip
    assert result.returncode == 10, result.stderr
    assert "Traceback" not in result.stderr and "WARNING: scrapy" not in result.stderr
    assert len([line for line in result.stderr.splitlines() if ": Connection was refused" in line]) <= 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("foo",), "bucket does not know 'foo': one of query, "),
        ((), "say what to do with the bucket: one of query, "),
        (("similar",), "bucket similar takes one argument, ID or URL, not 0"),
        (("stats", "more"), "bucket stats takes no argument, not 1"),
    ],
)
def test_a_wrong_call_of_bucket_is_named_once(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = scrapy("bucket", *arguments, NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
    assert result.returncode == 2 and said in result.stderr
    assert (result.stdout + result.stderr).count("scrapy bucket <") == 1


# Root may write everywhere, unless it gives its capabilities away.
_AS_OTHERS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []


@pytest.mark.skipif(bool(_AS_OTHERS) and shutil.which("setpriv") is None, reason="root needs setpriv for it")
@pytest.mark.parametrize("action", [("stats",), ("report",), ("query", "SELECT 1"), ("similar", "x")])
def test_a_state_directory_of_somebody_else_is_one_line(tmp_path: Path, action: tuple[str, ...]) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o555)
    result = subprocess.run(
        [*_AS_OTHERS, sys.executable, "-m", "scrapy", "bucket", *action],
        cwd=ROOT, env=environment(NEWSCRAWL_STATE_DIR=str(state)), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 2, result.stderr
    [line] = result.stderr.splitlines()
    assert line.startswith(f"scrapy bucket {action[0]}: ") and str(state) in line
    assert line.endswith("set NEWSCRAWL_STATE_DIR to a folder that you may write")


def test_a_spider_that_is_generated_into_a_folder_is_run_by_the_line_that_is_printed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)

    def run(line: str) -> subprocess.CompletedProcess[str]:
        given = environment(NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
        line = line.replace("PYTHONPATH=.", f"PYTHONPATH=.:{ROOT}").replace(
            "scrapy ", f"{sys.executable} -m scrapy ", 1
        )
        return subprocess.run(line, shell=True, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=120)

    with CountingWeb({"/": (200, {}, HTML), "/latest.json": (200, {}, b'{"articles": []}')}) as web:
        generated = run(f"PYTHONPATH=. scrapy genspider -t news my-paper {web.url}/")
        entry = f'[[site]]\nname = "my-paper"\nhome = "{web.url}/"\ndelay = 0\n'
        (tmp_path / "my.toml").write_text(entry)
        _, _, line = generated.stdout.strip().splitlines()[-1].partition("'my-paper': ")
        done = run(line)
        written = (tmp_path / "my_paper.py").read_text()
        (tmp_path / "my_paper.py").write_text(f"{written}# worked on\n")
        again = run(f"PYTHONPATH=. scrapy genspider -t news my-paper {web.url}/")
    assert "/latest.json" in web.requests, generated.stdout + done.stderr
    assert (again.returncode, again.stdout.count("\n")) == (2, 1) and "my_paper.py already exists" in again.stdout
    assert (tmp_path / "my_paper.py").read_text() == f"{written}# worked on\n", "it is not written over"
    unknown = run("PYTHONPATH=. scrapy genspider -t nwes other https://one.example")
    assert unknown.returncode == 2 and "nwes" in unknown.stdout and not (tmp_path / "other.py").exists()


OWN = ("crawl", "demo", "bucket", "sites", "explain", "parse", "genspider")


@pytest.mark.parametrize("command", OWN)
def test_help_shows_arguments_and_an_example_that_has_the_command(command: str) -> None:
    result = scrapy(command, "--help", COLUMNS="80")
    assert result.returncode == 0, result.stderr
    told = " ".join(result.stdout.split())
    assert f"scrapy {command} " in told and re.search(rf"Examples?: scrapy {command} ?", told), told
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_help_of_bucket_has_an_example_of_each_action() -> None:
    told = " ".join(scrapy("bucket", "--help", COLUMNS="80").stdout.split())
    assert [action for action in ACTIONS if f"scrapy bucket {action}" not in told] == []
