"""The wishes of a host about one page, for who looks at a page outside a run: `scrapy explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response

from newscrawl.discovery.licences import read_rsl, terms_of
from newscrawl.discovery.robots_file import read_robots
from newscrawl.discovery.robots_rules import Rules
from newscrawl.discovery.signals import TdmRule, may_be_tdmrep, read_tdmrep
from newscrawl.fetching.licence_files import IN_HEAD, MOST, named_to
from newscrawl.fetching.optout import head_licences, header_licences, robots_opt_out, stated_before
from newscrawl.fetching.robots import ReadRobots, StandardRobots, no_rules
from newscrawl.fetching.small_files import MAX_BYTES, downloaded
from newscrawl.fetching.tdm_files import TDM_PATH
from newscrawl.text.urls import listed_url


async def wishes_about(
    crawler: Crawler, response: Response, agent: str, allowed: Callable[[str], bool]
) -> dict[str, str]:
    """What robots.txt, tdmrep.json and the licences that the first and the page name state of a page to `agent`, by
    kind, as a crawl reads them; `allowed` says whether an address may be asked. A file that cannot be read states
    nothing."""
    url = response.url
    rules = await _rules(crawler, response)
    tdm_url = urljoin(url, TDM_PATH)
    tdm = _tdm(await _body(crawler, tdm_url)) if rules.allowed(tdm_url, agent) else []
    named = named_to(agent, rules.licences, url)
    of_head, held = head_licences(response.body)
    of_page = [target for said in (*header_licences(response), *of_head) if (target := listed_url(said, url))][:MOST]
    bodies = {licence: await _body(crawler, licence) for licence in (*named, *of_page) if allowed(licence)}
    host = urlsplit(url).netloc.lower()
    terms = [*_terms(bodies, host), (IN_HEAD, terms_of(held, host))]
    return stated_before(rules.stated, robots_opt_out(rules, url), tdm, terms, url, agent)


async def _rules(crawler: Crawler, response: Response) -> ReadRobots:
    """The robots.txt by which the page was asked for; read here where settings obey none."""
    obeyed = crawler.get_downloader_middleware(StandardRobots)
    if obeyed is None or response.request is None:
        robots_url = urljoin(response.url, "/robots.txt")
        return ReadRobots(*read_robots((await _body(crawler, robots_url), robots_url)))
    rules = await obeyed.robot_parser(response.request)
    return rules if isinstance(rules, ReadRobots) else no_rules()


def _tdm(body: bytes) -> list[TdmRule]:
    try:
        return read_tdmrep(body) if may_be_tdmrep(body) else []
    except ValueError:
        return []


def _terms(bodies: dict[str, bytes], host: str) -> Iterator[tuple[str, dict[str, Rules]]]:
    for licence, body in bodies.items():
        try:
            yield licence, terms_of(read_rsl(body), host)
        except ValueError:
            continue  # its terms are not known


async def _body(crawler: Crawler, url: str) -> bytes:
    """Nothing where there is no such file, and where it lies elsewhere: here nobody looks whither a redirect leads."""
    try:
        answer = await downloaded(
            crawler, url, dont_obey_robotstxt=True, dont_redirect=True, handle_httpstatus_all=True
        )
    except Exception:  # noqa: BLE001  # whatever a download may raise: nothing is stated
        return b""
    return answer.body[:MAX_BYTES] if answer.status < 300 else b""
