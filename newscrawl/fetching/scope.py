"""Nothing outside the site list is fetched: no foreign host, no private address, redirects included.

A site's scope is the registered domains of the URLs in its entry (so feeds on a sub-domain, or on a feed
service that the entry names, are in). An address that is not public (loopback, private, link-local, ...)
is refused unless an entry names that very address and port: beside a paper on this machine there may be a door
that is nobody's to open, such as the embedded server's own. No name may lead to one, but the proxy's, if the
environment has one: who set it up knows where it stands.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

import tldextract
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred

from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.sites import Site
from newscrawl.text.urls import site_host, web_url

# The bundled snapshot of the public suffix list: no request to an outside host.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

# IPv6 networks whose last 32 bits are an IPv4 address: compatible and mapped (RFC 4291), NAT64 (RFC 6052, RFC 8215).
_CARRIERS = tuple(map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
# ISATAP (RFC 5214): 0000:5efe or 0200:5efe before the last 32 bits.
_ISATAP = 0x00005EFE

# Characters of a URL: what browsers and servers were once agreed on, and Scrapy's default.
_LONGEST = 2083


class OutOfScope(IgnoreRequest):
    """A request, or a redirect, that leads where the site list does not."""


def registered_domain(host: str) -> str:
    """The domain that was registered (`news.bbc.co.uk` -> `bbc.co.uk`); an address or bare name as it is."""
    return _suffixes(host).top_domain_under_public_suffix or host


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, and so is the IPv4 address that it may carry. It is the same
    for every Python, whose tables of networks differ."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if any(ip in network for network in _CARRIERS):
            return is_public(str(carried))  # it is that address, written otherwise
        # The relays of 6to4 are gone (RFC 7526).
        if ip.sixtofour or (int(ip) >> 32 & 0xFDFFFFFF == _ISATAP and not is_public(str(carried))):
            return False
    return ip.is_global and not ip.is_multicast


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's by itself, whatever DNS says (RFC 6761)."""
    if (address := _address(host)) is not None:
        return ipaddress.ip_address(address).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def port_of(parts: SplitResult) -> int:
    """The port that a URL's authority means."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def _address(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


class Scope:
    """What the site list allows."""

    def __init__(self, sites: Sequence[Site], connect_to: str | None = None) -> None:
        """`connect_to`: the HOST:PORT that answers for every host (captured pages); its address is allowed."""
        self._domains: dict[str, frozenset[str]] = {}
        for site in sites:
            self._domains[site.name] = frozenset(registered_domain(host) for host in site.hosts)
        self._all: frozenset[str] = frozenset().union(*self._domains.values())
        self._named: dict[str, list[Site]] = {}
        for site in sites:
            for url in site.urls:
                self._named.setdefault(site_host(url), []).append(site)
        places = [urlsplit(url) for site in sites for url in site.urls]
        self._ports = {(parts.hostname, port_of(parts)) for parts in places}
        self._proxies = {urlsplit(proxy).hostname for proxy in getproxies().values()}
        self._connect_to = connect_to.rpartition(":")[0] if connect_to else None

    def problem(self, url: str, site: str | None) -> str | None:
        """Why this URL may not be fetched for this site (None: for any of them), or None when it may."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return "not a URL"
        if parts.scheme not in ("http", "https"):
            return f"scheme {parts.scheme}:"
        if web_url(url) is None:
            return "not a URL"
        host = parts.hostname or ""
        allowed = self._domains.get(site, frozenset()) if site else self._all
        address = _address(host)
        is_private = is_loopback(host) or (address is not None and not is_public(address))
        if registered_domain(host) in allowed:
            if is_private and (host, port_of(parts)) not in self._ports:
                return f"a port of a private address that no entry names: {host}:{port_of(parts)}"
            return None
        return f"{'not a public address' if is_private else 'off the site list'}: {host}"

    def owner(self, url: str, site: Site) -> Site:
        """Whose page a URL is that `site` names: its own, unless other entries name the host and this one does not, or
        does not want the page."""
        named = sorted(self._named.get(site_host(url), [site]), key=lambda other: other.name != site.name)
        return next((other for other in named if other.wants(url)), named[0])

    def namer(self, url: str) -> str | None:
        """The site whose entry names a URL's host and wants the page; None where none does. A domain is not enough:
        papers of one house have one, and each its own host."""
        return next((site.name for site in self._named.get(site_host(url), ()) if site.wants(url)), None)

    def allows_address(self, address: str, name: str) -> bool:
        """Whether DNS's answer for a name may be connected to."""
        is_own = is_loopback(name) and is_loopback(address)
        return is_public(address) or is_own or address in (name, self._connect_to) or name in self._proxies


class ScopeMiddleware:
    """Refuses every request out of scope; redirects come through here too, as new requests."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self | OffsiteMiddleware:
        return cls(crawler) if crawls_news(crawler) else OffsiteMiddleware.from_crawler(crawler)

    def process_request(self, request: Request) -> Request | None:
        scope: Scope = self._crawler.spider.scope  # type: ignore[union-attr]
        if problem := scope.problem(request.url, request.meta.get("site")):
            raise OutOfScope(problem)
        # Here and not in discovery: only a request's URL is escaped, which makes of a letter of Devanagari nine.
        if len(request.url) > _LONGEST:
            raise OutOfScope(f"longer than a URL may be ({_LONGEST})")
        # A redirect may name a host with the dot at its end: one of its own, to robots.txt and to the delay.
        url = web_url(request.url)
        return request.replace(url=url) if url and url != request.url else None


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, refusing names that resolve to addresses out of scope (DNS rebinding).

    One resolver serves a whole process: an address is in scope when a running spider's site list has it.
    """

    _process: Any

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        # Scrapy installs the resolver before any spider exists, and gives the process, not a crawler.
        resolver._process = crawler
        return resolver

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: N802
        found: Deferred[str] = super().getHostByName(name)
        return found.addCallback(self._check, name)

    def _check(self, address: str, name: str) -> str:
        crawlers = getattr(self._process, "crawlers", [self._process])
        if not crawlers or not all(map(crawls_news, crawlers)):
            return address  # another spider, as that of `scrapy shell`, has no site list
        scopes: list[Scope] = [c.spider.scope for c in crawlers if c.spider]
        if not any(scope.allows_address(address, name) for scope in scopes):
            raise OutOfScope(f"{name} resolves to {address}, not a public address")
        return address
