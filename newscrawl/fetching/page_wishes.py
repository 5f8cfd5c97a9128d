"""The wishes of a host about one page, for who looks at a page outside a run: `scrapy explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy.crawler import Crawler

from newscrawl.discovery.licences import read_rsl, terms_of
from newscrawl.discovery.robots_file import read_robots
from newscrawl.discovery.signals import read_tdmrep
from newscrawl.fetching.licence_files import MOST
from newscrawl.fetching.optout import robots_opt_out, stated_before, told
from newscrawl.fetching.robots import ReadRobots
from newscrawl.fetching.small_files import MAX_BYTES, downloaded
from newscrawl.fetching.tdm_files import TDM_PATH


async def wishes_about(crawler: Crawler, url: str, agent: str, allowed: Callable[[str], bool]) -> dict[str, str]:
    """What robots.txt, tdmrep.json and the licences that the first names state of a page to `agent`, by kind, as a
    crawl reads them; `allowed` says whether an address may be asked. A file that cannot be read states nothing."""
    robots_url = urljoin(url, "/robots.txt")
    rules = ReadRobots(*read_robots((await _body(crawler, robots_url), robots_url)))
    tdm_url = urljoin(url, TDM_PATH)
    body = (await _body(crawler, tdm_url) if rules.allowed(tdm_url, agent) else b"").lstrip()
    # Many a site answers with a page what it does not have.
    tdm = read_tdmrep(body) if body.startswith((b"[", b"{")) else []
    named = [licence for licence, about in rules.licences.items() if not about.can_fetch(url, agent)][:MOST]
    bodies = {licence: await _body(crawler, licence) for licence in named if allowed(licence)}
    closed_to = robots_opt_out(rules, url)
    stated = stated_before(rules.stated, tdm, _terms(bodies, urlsplit(url).netloc.lower()), url, agent)
    return told({"ai": f"robots.txt for {closed_to}"} if closed_to else {}, stated)


def _terms(bodies: dict[str, bytes], host: str) -> Iterator[tuple[str, dict[str, Protego]]]:
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
