"""The download handler: Scrapy's, with word to the host's memory before its queue moves on."""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from newscrawl.fetching.retry import HostRetryMiddleware


class HostHandler(HTTP11DownloadHandler):
    """Where a request fails, the downloader takes the next one from the host's queue before any middleware hears of
    it; a host that has just timed out would be asked once more without a pause."""

    async def download_request(self, request: Request) -> Response:
        """Fetch a request; a failure holds its host."""
        try:
            return await super().download_request(request)
        except Exception as error:
            if retry := self._crawler.get_downloader_middleware(HostRetryMiddleware):
                retry.download_failed(request, error)
            raise
