"""What can go wrong between us and an object store, sorted by what helps."""

from __future__ import annotations

from botocore import exceptions as boto_errors

from newscrawl.errors import NewscrawlError, StorageOutage

# Answers below 500 that mean "later", not "no".
_OUTAGE_CODES = frozenset({"SlowDown", "Throttling", "ThrottlingException", "RequestTimeout", "TooManyRequests"})

# Temporary credentials that have had their time; asking again with the same ones does not help.
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"})


class Outage(StorageOutage):
    """One call failed for a reason that passes: no answer, a broken connection, 5xx, throttling.

    Trying again later helps; `retry_outage` does, and raises `StorageOutage` when it gives up.
    """


class ObjectMissing(NewscrawlError):
    """An object that was asked for is not in the bucket."""


class AlreadyExists(NewscrawlError):
    """An object that must not be overwritten is there, and another process wrote it."""


class StoreRefused(NewscrawlError):
    """The store understood the request and refused it for a reason of its own; the line carries it."""


def is_outage(error: BaseException) -> bool:
    """Whether a botocore failure passes by itself. 403, 404 and 501 do not: they are configuration."""
    if isinstance(error, boto_errors.ClientError):
        status, code = status_and_code(error)
        # 501 is a statement about the server's abilities, not about its health.
        return (status >= 500 and status != 501) or status == 429 or code in _OUTAGE_CODES
    return isinstance(
        error,
        boto_errors.ConnectionError | boto_errors.HTTPClientError | boto_errors.IncompleteReadError,
    )


def status_and_code(error: BaseException) -> tuple[int, str]:
    """HTTP status and S3 error code of a botocore error; `(0, class name)` when it has none."""
    if not isinstance(error, boto_errors.ClientError):
        return 0, type(error).__name__
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status, error.response.get("Error", {}).get("Code", str(status))
