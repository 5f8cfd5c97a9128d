"""The download handler: Scrapy's, with a bound on headers, and word to the host's memory before its queue moves on."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from scrapy import Request
from scrapy.core.downloader.handlers.file import FileDownloadHandler
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, NotConfigured
from scrapy.http import Response
from twisted.web.client import ResponseFailed

from newscrawl.fetching.hosts import RunEnds, hosts_of
from newscrawl.fetching.http_protocol import MAX_HEAD, BoundedFactory, HeadTooLong
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.fetching.retry import HostRetryMiddleware
from newscrawl.fetching.signing import signer_of


class HostHandler(HTTP11DownloadHandler):
    """Where a request fails, the downloader takes the next one from the host's queue before any middleware hears of
    it; a host that has just timed out would be asked once more without a pause."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = partial(BoundedFactory, self._may_send)  # type: ignore[assignment]  # builds one, too
        # Twisted asks once more at once where a connection that was kept ends; here the host rests first.
        self._pool.retryAutomatically = False
        self._signer = signer_of(crawler.settings) if crawls_news(crawler) else None

    async def download_request(self, request: Request) -> Response:
        """Fetch a request; a failure holds its host. Raises `DownloadCancelledError` where its headers have no end,
        and `RunEnds` where the host may be another process's."""
        # Here and not in a middleware: what waited in a queue while the process was paused has passed those.
        self._may_send()
        if self._signer:
            # As it is sent, for a signature is good for some minutes; one of before a redirect is overwritten.
            for name, value in self._signer.headers(request.method, request.url, datetime.now(UTC)).items():
                request.headers[name] = value
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            cause = error.__cause__
            if isinstance(cause, ResponseFailed) and any(reason.check(HeadTooLong) for reason in cause.reasons):
                # As a body that is too large: to ask again would bring it again.
                raise DownloadCancelledError(f"headers of more than {MAX_HEAD} bytes") from error
            self._failed(request, error)
            raise
        except RunEnds:
            raise  # its process slept while it waited for a connection: no failure of the host
        except Exception as error:
            self._failed(request, error)
            raise

    def _may_send(self) -> None:
        """Raise `RunEnds` where the hosts may be another process's."""
        if crawls_news(self._crawler):
            hosts_of(self._crawler).check_owned()

    def _failed(self, request: Request, error: Exception) -> None:
        if retry := self._crawler.get_downloader_middleware(HostRetryMiddleware):
            retry.download_failed(request, error)


class LocalFiles(FileDownloadHandler):
    """Scrapy's, for who looks at a page of their own in its shell; no feed of a crawl leads to this machine's files."""

    def __init__(self, crawler: Crawler) -> None:
        if crawls_news(crawler):
            raise NotConfigured("only the web is crawled")
        super().__init__(crawler)
