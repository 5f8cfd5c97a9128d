"""Failed requests are tried again, after the wait that the host asks for or its backoff."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self

from scrapy import Request, signals
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from newscrawl.fetching.hosts import Hosts, hosts_of, retry_after
from newscrawl.fetching.news_crawls import crawls_news


class HostRetryMiddleware(RetryMiddleware):
    """Scrapy's, which tries again at once, with a memory of how each host fares."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            return RetryMiddleware.from_crawler(crawler)  # type: ignore[return-value]  # Scrapy's own, for its spiders
        middleware = super().from_crawler(crawler)
        # This signal comes before the downloader takes the next request from the host's queue;
        # `process_response` would be one request too late.
        crawler.signals.connect(middleware.response_downloaded, signal=signals.response_downloaded)
        return middleware

    def process_request(self, request: Request) -> None:
        """Let nothing through to a host or site that was given up."""
        self._hosts.spend(request, self._downloader)
        self._hosts.check(request)

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Hold the host after 429, 5xx and the like; anything else is an answer."""
        if response.status in self.retry_http_codes:
            wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            self._hosts.failed(request, f"HTTP {response.status}", wait, self._downloader)
        else:
            self._hosts.answered(request)
        # What waits in queues has passed `process_request` already.
        self._hosts.spend(request, self._downloader)

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Try again after 429, 5xx and the like, unless the host was given up."""
        if response.status in self.retry_http_codes:
            self._hosts.check(request)
        answer: Request | Response = super().process_response(request, response)
        return answer

    def download_failed(self, request: Request, exception: Exception) -> None:
        """Hold the host after a time-out, a refused or broken connection; `HostHandler` tells of it in time."""
        if isinstance(exception, self.exceptions_to_retry):
            self._hosts.failed(request, type(exception).__name__, None, self._downloader)

    def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]
        """Try again after a time-out, a refused or broken connection, unless the host was given up."""
        if isinstance(exception, self.exceptions_to_retry):
            self._hosts.check(request)
        answer: Request | Response | None = super().process_exception(request, exception)
        return answer

    @property
    def _hosts(self) -> Hosts:
        return hosts_of(self.crawler)

    @property
    def _downloader(self) -> Downloader:
        assert self.crawler.engine is not None
        return self.crawler.engine.downloader
