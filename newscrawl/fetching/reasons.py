"""Why a request gave no page: Scrapy's and Twisted's exceptions as reasons of the bucket contract."""

from __future__ import annotations

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, UnsupportedURLSchemeError
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from newscrawl.fetching.hosts import HostLeft
from newscrawl.fetching.scope import OutOfScope
from newscrawl.items import Reason
from newscrawl.text.printable import printable

# Those that Scrapy follows.
_REDIRECTS = (301, 302, 303, 307, 308)
# Gone for good by HTTP's own words; other 4xx come and go with a publisher's firewall.
_GONE = (404, 410)
_MAX_DETAIL = 300


def failed_page(failure: Failure) -> tuple[Reason, str, int | None]:
    """Reason, detail and HTTP status (None without an answer) of a failed request."""
    error = failure.value
    message = (str(error) or type(error).__name__)[:_MAX_DETAIL]
    if isinstance(error, HttpError):
        status = error.response.status
        if status in _REDIRECTS and (location := error.response.headers.get("Location")):
            # Scrapy follows redirects to http and https only; what is left leads elsewhere.
            target = location.decode("latin-1")
            return Reason.FORBIDDEN, f"redirect to {printable(target)}"[:_MAX_DETAIL], status
        return (Reason.GONE if status in _GONE else Reason.HTTP_ERROR), f"HTTP {status}", status
    if isinstance(error, OutOfScope | UnsupportedURLSchemeError):
        return Reason.FORBIDDEN, message, None
    if isinstance(error, HostLeft):
        return Reason.FETCH_FAILED, message, None
    if isinstance(error, DownloadCancelledError):
        return Reason.TOO_LARGE, message, None
    if isinstance(error, IgnoreRequest):
        return _ignored(message)
    return Reason.FETCH_FAILED, f"{type(error).__name__}: {message}"[:_MAX_DETAIL], None


def _ignored(message: str) -> tuple[Reason, str, int | None]:
    # Scrapy tells these apart only by their text; tests hold the texts of the pinned version.
    if message.startswith("Forbidden by "):
        return Reason.FORBIDDEN, message.removeprefix("Forbidden by "), None
    if "max redirections" in message:
        return Reason.FETCH_FAILED, "redirect loop", None
    if "exceeded" in message or "maxsize" in message.lower():
        return Reason.TOO_LARGE, message, None
    return Reason.FETCH_FAILED, message, None
