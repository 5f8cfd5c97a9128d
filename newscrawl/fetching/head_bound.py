"""A bound on what comes before a body: status lines and headers. Twisted keeps as many as a server sends."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol, Request
from twisted.web.iweb import IResponse

# Bytes, 1xx answers included: where Chromium stops, too. What comes with the last of it, up to 64 KB of body, counts.
MAX_HEAD = 256 * 1024


class HeadTooLong(Exception):
    """A server sends headers without end."""


class BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's, which counts what comes before the body of the answer under way."""

    _head = 0

    def request(self, request: Request) -> Deferred[IResponse]:
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self._head += len(data)
            if self._head > MAX_HEAD:
                transport: Any = self.transport
                transport.abortConnection()
                self._giveUp(Failure(HeadTooLong()))  # type: ignore[no-untyped-call]
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Builds `BoundedProtocol`."""

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802  # Twisted's name
        return BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
