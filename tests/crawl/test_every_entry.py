"""Every entry of the shipped registry: what its crawl asks first, of whom, how often; and nothing outside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from newscrawl.config import Config
from newscrawl.fetching.politeness import host_delay
from newscrawl.fetching.scope import ScopeMiddleware, registered_domain
from newscrawl.sites import SHIPPED, Site, load
from newscrawl.spiders.news import NewsSpider
from newscrawl.spiders.plan import Plan
from newscrawl.trial.trial import Trial

SITES = load(SHIPPED)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings: Settings = get_project_settings()
    settings.set("NEWSCRAWL_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    settings.set("NEWSCRAWL_CONTACT_URL", "https://example.org/who-we-are")
    return settings


@pytest.fixture(scope="module")
def spider(settings: Settings) -> Iterator[NewsSpider]:
    """The spider of a crawl of all sites, with a state that knows nothing, before its first request."""
    with Trial.begun(Config.read(settings), SITES) as trial:
        plan = Plan(sites=SITES, since=None, limit=None)
        crawler = Crawler(NewsSpider, settings)
        crawler.spider = NewsSpider.from_crawler(crawler, run=trial, plan=plan)
        yield crawler.spider


@pytest.fixture(scope="module")
def first(spider: NewsSpider) -> dict[str, list[Request]]:
    """The first requests of each site, as the spider makes them."""

    async def asked() -> list[Request]:
        return [request async for request in spider.start()]

    found: dict[str, list[Request]] = {site.name: [] for site in SITES}
    for request in asyncio.run(asked()):
        found[request.meta["site"]].append(request)
    return found


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_an_entry_asks_its_own_sources_politely_and_nobody_else(
    site: Site, spider: NewsSpider, first: dict[str, list[Request]]
) -> None:
    named = {*site.feeds, *site.sitemaps, *site.sections} or {site.home}
    requests = first[site.name]
    # Scrapy writes Devanagari of an address in percent-escapes; the host stays as it is.
    assert {r.cb_kwargs["asked"].url for r in requests} == named and len(requests) == len(named)
    domains = {registered_domain(host) for host in site.hosts}
    assert all(registered_domain(urlsplit(r.url).hostname or "") in domains for r in requests)
    assert all(r.method == "GET" and not r.body and not r.cookies for r in requests)
    assert all("dont_obey_robotstxt" not in r.meta for r in requests)
    scope = _scope(spider)
    for request in requests:
        scope.process_request(request)
        assert host_delay(urlsplit(request.url).hostname or "", SITES) >= max(1.0, site.delay)
    for outside in (f"https://{site.name}.example/", "http://127.0.0.1/", "http://169.254.169.254/", "ftp://a.b/"):
        with pytest.raises(IgnoreRequest):
            scope.process_request(Request(outside, meta={"site": site.name}))


def _scope(spider: NewsSpider) -> Any:
    return ScopeMiddleware.from_crawler(spider.crawler)


def test_the_whole_registry_says_who_crawls_and_asks_a_host_once_at_a_time(settings: Settings, tmp_path: Path) -> None:
    NewsSpider.update_settings(settings)
    assert settings["USER_AGENT"].endswith("(+https://example.org/who-we-are)")
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1 and settings.getbool("ROBOTSTXT_OBEY")
