"""A download handler like curl's `--connect-to`: every request goes to one loopback address.

Used only to crawl captured pages under their own host names. Settings:

    DOWNLOAD_HANDLERS = {scheme: "newscrawl.demo.connect_to.ConnectToHandler" for scheme in ("http", "https")}
    NEWSCRAWL_CONNECT_TO = "127.0.0.1:PORT"

The request keeps its Host header and says its scheme in `X-Forwarded-Proto`; the response comes back
under the original URL,.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from newscrawl.demo.captured import target_of
from newscrawl.errors import ConfigError
from newscrawl.fetching.handler import HostHandler


class ConnectToHandler(HostHandler):
    """Sends `http` and `https` requests in plain HTTP to NEWSCRAWL_CONNECT_TO, which must be loopback."""

    def __init__(self, crawler: Crawler) -> None:
        self._target = loopback_target(crawler.settings.get("NEWSCRAWL_CONNECT_TO"))
        super().__init__(crawler)

    async def download_request(self, request: Request) -> Response:
        """Fetch `request` from the target; its URL is kept, its answer is the target's."""
        inner = request.replace(url=f"http://{self._target}{target_of(request.url)}")
        inner.headers["Host"] = urlsplit(request.url).netloc.rpartition("@")[2]
        inner.headers["X-Forwarded-Proto"] = urlsplit(request.url).scheme
        # A proxy would be contacted instead of the target, past the loopback check.
        inner.meta.pop("proxy", None)
        response = await super().download_request(inner)
        if "download_latency" in inner.meta:  # measured on the copy, read from the original (AutoThrottle)
            request.meta["download_latency"] = inner.meta["download_latency"]
        return response.replace(url=request.url)


def loopback_target(value: str | None) -> str:
    """`value` if it is IP:PORT inside 127.0.0.0/8; else `ConfigError`."""
    host, _, port = (value or "").rpartition(":")
    try:
        loopback = ipaddress.IPv4Address(host) in ipaddress.IPv4Network("127.0.0.0/8")
    except ValueError:
        loopback = False
    if not loopback or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"NEWSCRAWL_CONNECT_TO is {value!r}: set it to 127.x.y.z:PORT of a demo server")
    return f"{host}:{port}"
