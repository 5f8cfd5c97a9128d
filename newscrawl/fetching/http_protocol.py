"""HTTP/1.1 as Scrapy speaks it, with four things more: a bound on what comes before a body, status lines and headers
(Twisted keeps as many as a server sends), headers as browsers read them, a last look before a request is written, and
paths as they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlunsplit

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol, Request
from twisted.web.http_headers import InvalidHeaderName
from twisted.web.iweb import IResponse

from newscrawl.fetching.hosts import RunEnds

# Bytes, 1xx answers included: where Chromium stops, too. What comes with the last of it, up to 64 KB of body, counts.
MAX_HEAD = 256 * 1024
# Twisted has Python put a path together, which since 3.11.10 and 3.12.4 sets two slashes before one that begins with
# two (gh-67693): "////story.php" is another page than "//story.php", or none.
_ADDED = urlunsplit(("", "", "//", "", "")).removesuffix("//").encode()


class HeadTooLong(Exception):
    """A server sends headers without end."""


class BrowsersParser(_LenientHTTPClientParser):
    """Scrapy's, which takes headers as browsers do: a line may be as long as all of them may be, white space may stand
    before the colon, and a name that is none is passed over."""

    MAX_LENGTH = MAX_HEAD

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802  # Twisted's name
        name = name.rstrip(b" \t")
        # That the body is sent as it is, as HTTP/1.1 had it once; Twisted knows no name for that.
        if name.lower() == b"transfer-encoding" and value.lower() == b"identity":
            return
        with suppress(InvalidHeaderName):
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]


class BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's, which counts what comes before the body of the answer under way. `may_send`: raises `RunEnds` where a
    request that waited for its connection is to be written no more."""

    _head = 0

    def __init__(self, quiescent: Callable[..., object], may_send: Callable[[], None]) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call]
        self._may_send = may_send

    def request(self, request: Request) -> Deferred[IResponse]:
        transport: Any = self.transport
        try:
            self._may_send()
        except RunEnds as e:
            transport.loseConnection()
            return fail(e)
        self._head = 0
        if request.uri.startswith(b"//"):
            request.uri = request.uri.removeprefix(_ADDED)
        answer: Deferred[IResponse] = super().request(request)
        assert self._parser is not None
        # As Scrapy does it: Twisted takes no other class, and neither's has state of its own.
        self._parser.__class__ = BrowsersParser
        return answer

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
    """Builds `BoundedProtocol`; takes what Twisted's pool of connections gives, after what such a protocol needs."""

    def __init__(self, may_send: Callable[[], None], quiescent: Callable[..., object], metadata: str) -> None:
        super().__init__(quiescent, metadata)  # type: ignore[no-untyped-call]
        self._may_send = may_send

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802  # Twisted's name
        return BoundedProtocol(self._quiescentCallback, self._may_send)
