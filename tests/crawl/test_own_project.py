"""A project of a user's own: its spider's settings, arguments, items and pipelines, beside ours."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import Settings, default_settings
from scrapy.spiders import Spider

from newscrawl.errors import ConfigError, FeedLost
from newscrawl.fetching.contact import say_who_crawls
from newscrawl.fetching.handler import LocalFiles
from newscrawl.fetching.politeness import PolitenessMiddleware, host_delay
from newscrawl.run.feed_export import lost
from newscrawl.settings import base  # type: ignore[attr-defined]  # of the top folder, as a wheel has it
from newscrawl.sites import Site
from newscrawl.spiders.news import NewsSpider
from newscrawl.spiders.project_parts import check_parts
from tests.crawl.small_sites import page
from tests.support import ROOT, Archive, CountingWeb
from tests.support import scrapy as command

OURS = {name: value for name, value in vars(base).items() if name.isupper()}
SPIDER = """
from scrapy import Request
from scrapy.exceptions import DropItem

from newscrawl.items import Article, Reject
from newscrawl.spiders.news import NewsSpider


class Picky:
    def process_item(self, item):
        if isinstance(item, Reject):
            raise DropItem("rejects are not ours")
        if isinstance(item, Article) and item.url.endswith("-1"):
            raise DropItem("not of our town")
        if isinstance(item, Article) and item.url.endswith("-2"):
            raise ValueError("a mistake of ours")
        return item


class Town(NewsSpider):
    name = "town"
    custom_settings = {
        "FEEDS": {"town.jsonl": {"format": "jsonlines", "fields": ["url", "ward"]}, "/proc/%(time)s.csv": {}},
        "ITEM_PIPELINES": {
            "town.Picky": 150,
            "newscrawl.pipelines.extract.ExtractPipeline": 100,
            "newscrawl.pipelines.dedupe.DedupePipeline": 200,
            "newscrawl.pipelines.store.StorePipeline": 300,
        },
        "HTTPERROR_ALLOW_ALL": True,
    }

    def __init__(self, ward="none", **ours):
        super().__init__(**ours)
        self.ward = ward

    async def start(self):
        async for request in super().start():
            yield request
        yield Request("{url}/wards", self.wards)

    async def wards(self, response):
        yield {"ward": self.ward}
        async for request in self.take(response, {}):
            yield request
"""


def test_what_a_spider_of_one_s_own_does_is_neither_lost_nor_told_for_a_bug(tmp_path: Path, archive: Archive) -> None:
    items = "".join(f"<item><link>/nagar-khabar-{n}</link></item>" for n in (1, 2, 3, 4))
    pages = {f"/nagar-khabar-{n}": page(n) for n in (1, 2, 3)} | {"/wards": (200, {}, b"<p>x</p>")}
    pages["/nagar-khabar-4"] = (404, {}, page(4)[2])
    pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss><channel>{items}</channel></rss>".encode())
    with CountingWeb(pages) as web:
        sites = tmp_path / "sites.toml"
        sites.write_text(f'[[site]]\nname = "a"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n')
        (tmp_path / "town.py").write_text(
            SPIDER.replace("{url}", web.url).replace("town.jsonl", f"{tmp_path}/out.jsonl")
        )
        done = command(
            "runspider", tmp_path / "town.py", "-a", f"sites_file={sites}", "-a", "ward=9",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), PYTHONPATH=f"{ROOT}:{tmp_path}", **archive.variables,
        )  # fmt: skip
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and "an item pipeline raised on 1 pages" in last, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted(map(str, lines)) == sorted(map(str, [{"ward": "9"}, {"url": f"{web.url}/nagar-khabar-3"}]))
    assert [row["url"] for row in archive.rows("articles")] == [f"{web.url}/nagar-khabar-3"]
    why = {row["url"].rpartition("-")[2]: (row["reason"], row["detail"]) for row in archive.rows("rejects")}
    assert why == {"1": ("not_article", "dropped by a pipeline: not of our town"), "4": ("gone", "HTTP 404")}
    archive.check()
    assert done.stderr.count("Traceback") == 1 and len(done.stderr) < 20_000, "of the mistake alone"
    assert "could not be written to a feed" in done.stderr


def test_sources_whose_requests_are_dropped_are_named_and_the_crawl_fails(tmp_path: Path, archive: Archive) -> None:
    with CountingWeb({}) as web:
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "nagar"\nhome = "{web.url}/"\ndelay = 0\nfeeds = ["{web.url}/feed-{"x" * 60}.xml"]\n'
        )
        given = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state")} | archive.variables
        crawl = ["crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}", "-s", "URLLENGTH_LIMIT=60"]
        done = command(*crawl, **given)
    assert done.returncode == 10 and "URLLENGTH_LIMIT" in done.stderr.splitlines()[-1], done.stderr
    assert not any("/feed-" in path for path in web.requests)


def test_a_source_of_a_site_that_no_entry_names_is_told_and_one_that_is_left_out_is_not() -> None:
    """Kind: a spider whose entry was forgotten, or misspelt, asked nothing, said nothing, and ended well."""
    spider, errors = NewsSpider.__new__(NewsSpider), dict[str, str]()
    spider.sites, spider.plan = [], SimpleNamespace(known={"nagar"})  # type: ignore[assignment]
    spider.run = SimpleNamespace(report=SimpleNamespace(discovery_errors=errors))  # type: ignore[assignment]
    assert list(spider.source("nagar", "https://a.example/latest.json", print)) == [] and not errors
    assert list(spider.source("nager", "https://a.example/latest.json", print)) == []
    assert "named 'nager'" in errors["https://a.example/latest.json"]


def test_a_feed_that_lacks_articles_is_told() -> None:
    def of(extensions: bool, **stats: int) -> FeedLost | None:
        found: Any = object() if extensions else None
        settings, stats_ = Settings({"FEEDS": {"x": {}}}), SimpleNamespace(get_stats=lambda: stats)
        return lost(SimpleNamespace(settings=settings, stats=stats_, get_extension=lambda cls: found))  # type: ignore[arg-type]

    assert of(True, **{"feedexport/success_count/FileFeedStorage": 1}) is None
    assert "1 could not be stored" in str(of(True, **{"feedexport/failed_count/S3FeedStorage": 1}))
    assert "2 articles could not be written" in str(of(True, **{"newscrawl/feed_items_unwritten": 2}))
    assert "nothing was written" in str(of(False))


def test_every_format_of_scrapy_s_has_the_columns_of_the_bucket() -> None:
    assert OURS["FEED_EXPORTERS"].keys() == default_settings.FEED_EXPORTERS_BASE.keys()


def settings(**changes: Any) -> Settings:
    return Settings(OURS | changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"DOWNLOADER_MIDDLEWARES": {"mine.Tag": 500}}, "DOWNLOADER_MIDDLEWARES has no ScopeMiddleware"),
        ({"ITEM_PIPELINES": {"mine.Shout": 150}}, "ITEM_PIPELINES has no ExtractPipeline"),
        ({"ITEM_PIPELINES": OURS["ITEM_PIPELINES"] | {"mine.Drop": 250}}, "mine.Drop stands between"),
        ({"TWISTED_REACTOR": "twisted.internet.selectreactor.SelectReactor"}, "needs asyncio's reactor"),
        ({"TWISTED_REACTOR_ENABLED": "False"}, "needs asyncio's reactor"),
    ],
)
def test_a_project_without_a_part_that_the_crawl_needs_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        check_parts(settings(**changes))


def test_a_project_may_add_parts_name_them_by_class_and_leave_one_out() -> None:
    retry = "newscrawl.fetching.retry.HostRetryMiddleware"
    middlewares = OURS["DOWNLOADER_MIDDLEWARES"] | {PolitenessMiddleware: 70, retry: None, "mine.Tag": 500}
    del middlewares["newscrawl.fetching.politeness.PolitenessMiddleware"]
    check_parts(settings(DOWNLOADER_MIDDLEWARES=middlewares, ITEM_PIPELINES=OURS["ITEM_PIPELINES"] | {"mine.A": 350}))


def test_a_spider_s_own_arguments_are_those_that_it_names() -> None:
    class Town(NewsSpider):
        def __init__(self, *args: Any, ward: str = "", **ours: Any) -> None:
            super().__init__(*args, **ours)

    class Street(Town):
        pass

    assert Street.own_arguments({"ward": "9", "sites": "a", "run": "x"}) == {"ward": "9"}
    assert NewsSpider.own_arguments({"ward": "9", "plan": "x"}) == {}


@pytest.mark.parametrize(
    ("agent", "given", "robots"),
    [
        ("mybot/1.0 (+https://e.example)", {}, "mybot"),
        ("newscrawl/0.1", {}, "newscrawl"),
        ("newscrawl/0.1 (+https://e.example)", {}, "newscrawl"),
        ("mybot/1.0", {"ROBOTSTXT_USER_AGENT": "other"}, "other"),
    ],
)
def test_robots_txt_is_asked_by_the_name_that_requests_have(agent: str, given: dict[str, str], robots: str) -> None:
    chosen = settings(USER_AGENT=agent, **given)
    say_who_crawls(chosen)
    assert chosen["ROBOTSTXT_USER_AGENT"] == robots


def test_a_robots_name_of_the_command_line_wins() -> None:
    chosen = settings(USER_AGENT="mybot/1.0")
    chosen.set("ROBOTSTXT_USER_AGENT", "newscrawl", priority="cmdline")
    say_who_crawls(chosen)
    assert chosen["ROBOTSTXT_USER_AGENT"] == "newscrawl"


def test_a_longer_delay_of_the_settings_holds_where_an_entry_says_none() -> None:
    silent = Site(name="silent", home="https://a.example/")
    quick = Site(name="quick", home="https://b.example/", delay=0.5)
    delays = [host_delay("a.example", [silent], usual) for usual in (0.1, 1, 5)]
    assert delays == [1, 1, 5] and host_delay("b.example", [quick], 5) == 0.5


def test_autothrottle_makes_no_delay_shorter_than_was_promised() -> None:
    slot = SimpleNamespace(delay=0.2)
    downloader = SimpleNamespace(slots={"a.example": slot}, per_slot_settings={"a.example": {"delay": 3.0}})
    crawler: Any = SimpleNamespace(engine=SimpleNamespace(downloader=downloader))
    middleware = PolitenessMiddleware(crawler)
    middleware.response_downloaded(scrapy.Request("https://a.example/x"))
    assert slot.delay == 3.0
    slot.delay = 7.0
    middleware.response_downloaded(scrapy.Request("https://a.example/x"))
    assert slot.delay == 7.0


def test_a_slot_of_the_settings_keeps_what_it_says_and_has_a_delay() -> None:
    slots: dict[str, dict[str, float]] = {"a.example": {"concurrency": 2}, "b.example": {"delay": 9.0}}
    downloader = SimpleNamespace(per_slot_settings=slots)
    spider = SimpleNamespace(sites=[Site(name="a", home="https://a.example/")])
    crawler: Any = SimpleNamespace(engine=SimpleNamespace(downloader=downloader), spider=spider, settings=settings())
    for host in slots:
        PolitenessMiddleware(crawler).process_request(scrapy.Request(f"https://{host}/x"))
    assert slots == {"a.example": {"concurrency": 2, "delay": 1.0}, "b.example": {"delay": 9.0}}


def test_commands_that_look_need_no_bucket_for_a_spider_of_ours(tmp_path: Path) -> None:
    with CountingWeb({"/a.html": (200, {}, page(1)[2])}) as web:
        sites = tmp_path / "sites.toml"
        sites.write_text(f'[[site]]\nname = "a"\nhome = "{web.url}/"\n')
        given = {"NEWSCRAWL_SITES_FILE": str(sites), "NEWSCRAWL_STATE_DIR": str(tmp_path / "state")}
        looked = ("response.status", "--nolog", "--spider", "news", f"{web.url}/a.html")
        done = command("shell", "-c", *looked, **given)
    assert done.returncode == 0 and done.stdout.strip() == "200" and "Traceback" not in done.stderr, done.stderr
    assert not (tmp_path / "state").exists()


def test_a_file_is_opened_for_who_looks_at_it_and_for_no_crawl_of_ours() -> None:
    LocalFiles(Crawler(Spider, settings()))
    with pytest.raises(NotConfigured):
        LocalFiles(Crawler(NewsSpider, settings()))
