"""Installed from a wheel, outside any checkout: the command on the PATH, and a Scrapy project of the user's own."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.samples import OTHER, STORY, html
from tests.support import ROOT, CountingWeb, environment

PATHS = ("/jalashay-safai-101", "/hockey-final-77")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh virtual environment with newscrawl in it."""
    home = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(home, with_pip=True)
    packages = next(home.glob("lib/python*/site-packages"))
    # Installing the dependencies would ask a package registry: they come from the environment of the tests.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = [home / "bin/python", "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)], check=True, env=environment())
    return home / "bin"


@pytest.fixture
def web() -> Iterator[CountingWeb]:
    with CountingWeb() as web:
        items = "".join(f"<item><link>{web.url}{path}</link></item>" for path in PATHS)
        feed = f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
        web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed)
        web.pages[PATHS[0]] = (200, {}, html(STORY).encode())
        web.pages[PATHS[1]] = (200, {}, html(OTHER, "हॉकी का फाइनल").encode())
        yield web


def sites_file(folder: Path, web: CountingWeb) -> Path:
    path = folder / "sites.toml"
    path.write_text(f'[[site]]\nname = "one"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n')
    return path


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(c) for c in command], cwd=folder, env=environment(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_wheel_has_all_data_and_takes_no_name_but_its_own(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"newscrawl"}
    asked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = asked.stdout.splitlines()
    shims = ("newscrawl/pipelines/", "newscrawl/settings/")
    ours = {name for name in tracked if name.startswith("newscrawl/") and not name.startswith(shims)}
    ours |= {f"newscrawl/{name}" for name in tracked if name.startswith(("pipelines/", "settings/"))}
    assert {name for name in names if name.startswith("newscrawl/")} == ours


def test_the_command_crawls_and_answers_in_an_empty_folder(programs: Path, web: CountingWeb, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    crawl = run(folder, programs / "newscrawl", "crawl", "news", "-a", f"sites_file={sites_file(tmp_path, web)}")
    assert "bin/newscrawl bucket query" in crawl.stderr, "the command that asks the bucket is one that is there"
    asked = run(folder, programs / "newscrawl", "bucket", "query", "SELECT url, text FROM articles ORDER BY url")
    rows = list(csv.DictReader(io.StringIO(asked.stdout)))
    assert [(row["url"], row["text"]) for row in rows] == [
        (web.url + PATHS[1], OTHER),
        (web.url + PATHS[0], STORY),
    ]


def test_a_project_with_pipelines_and_settings_of_its_own_subclasses_the_spider(
    programs: Path, web: CountingWeb, tmp_path: Path
) -> None:
    files = {
        "scrapy.cfg": "[settings]\ndefault = settings\n",
        "settings.py": (
            "from newscrawl.settings.base import *\n"
            'BOT_NAME = "mine"\nSPIDER_MODULES = ["spiders"]\n'
            f'NEWSCRAWL_SITES_FILE = "{sites_file(tmp_path, web)}"\n'
            'ITEM_PIPELINES = ITEM_PIPELINES | {"pipelines.Shout": 150}\n'
        ),
        "pipelines.py": (
            "from dataclasses import replace\n\nclass Shout:\n"
            "    def process_item(self, item):\n        return replace(item, section='desk of mine')\n"
        ),
        "spiders.py": (
            "from newscrawl.spiders.news import NewsSpider\n\nclass Mine(NewsSpider):\n    name = 'mine'\n"
            "    custom_settings = {'USER_AGENT': 'mine/1.0 (+https://who.example/mine)'}\n"
        ),
    }
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    run(folder, programs / "python", "-m", "scrapy", "crawl", "mine")
    assert web.agents == {"mine/1.0 (+https://who.example/mine)"}
    asked = run(
        folder,
        programs / "python",
        "-m",
        "scrapy",
        "bucket",
        "query",
        "SELECT section, count(*) AS n FROM articles GROUP BY 1",
    )
    assert asked.stdout.split() == ["section,n", "desk", "of", "mine,2"]


def test_a_site_that_needs_code_is_a_generated_spider(programs: Path, web: CountingWeb, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "papers").mkdir(parents=True)
    (folder / "papers" / "__init__.py").touch()
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = own\n")
    (folder / "own.py").write_text(
        "from newscrawl.settings.base import *\n"
        'SPIDER_MODULES = ["papers"]\nNEWSPIDER_MODULE = "papers"\nNEWSCRAWL_SITES_FILE = "sites.toml"\n'
    )
    listed = run(folder, programs / "python", "-m", "scrapy", "genspider", "--list")
    assert {"news", "basic"} < set(listed.stdout.split()), "ours beside Scrapy's"
    run(folder, programs / "python", "-m", "scrapy", "genspider", "-t", "news", "one", f"{web.url}/")
    spider = folder / "papers" / "one.py"
    assert len(spider.read_text().splitlines()) < 30
    sites_file(folder, web)
    # The feed names two; a third is known to the paper's interface alone.
    web.pages["/third-khabar-303"] = (200, {}, html(STORY + "\n" + OTHER, "तीसरी खबर").encode())
    links = [{"url": path, "title": "t"} for path in (PATHS[0], "/third-khabar-303")]
    web.pages["/latest.json"] = (200, {"Content-Type": "application/json"}, json.dumps({"articles": links}).encode())
    run(folder, programs / "python", "-m", "scrapy", "crawl", "one")
    assert sorted(path for path in web.requests if "-" in path and ".well-known" not in path) == sorted(
        [*PATHS, "/third-khabar-303"]
    )
    # A source of code that fails is named as any other, and the rest of the crawl goes on.
    del web.pages["/latest.json"]
    again = run(folder, programs / "python", "-m", "scrapy", "crawl", "one")
    assert f"{web.url}/latest.json" in again.stderr and "Traceback" not in again.stderr


def test_without_a_project_a_spider_is_generated_where_one_stands(programs: Path, tmp_path: Path) -> None:
    run(tmp_path, programs / "newscrawl", "genspider", "-t", "news", "one", "https://one.example")
    assert [path.name for path in tmp_path.iterdir()] == ["one.py"]
