"""What can go wrong between us and an object store, sorted by what helps."""

from __future__ import annotations

from botocore import exceptions as boto_errors

from newscrawl.errors import (
    AccessDenied,
    BucketMissing,
    ConfigError,
    NewscrawlError,
    StateMismatch,
    StorageOutage,
    command,
)

# Answers below 500 that mean "later", not "no"; the last two say that a body was damaged on its way.
_OUTAGE_CODES = frozenset(
    {
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "RequestTimeout",
        "TooManyRequests",
        "IncompleteBody",
        "BadDigest",
    }
)

# Temporary credentials that have had their time; asking again with the same ones does not help.
_EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"})

# The request was signed for another region than the bucket's; with status 301 or 400.
_REGION_CODES = frozenset({"AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"})

_CREDENTIAL_ERRORS = (
    boto_errors.NoCredentialsError,
    boto_errors.PartialCredentialsError,
    boto_errors.CredentialRetrievalError,
    boto_errors.TokenRetrievalError,
    boto_errors.SSOError,
)


class Outage(StorageOutage):
    """One call failed for a reason that passes: no answer, a broken connection, 5xx, throttling.

    Trying again later helps; `retry_outage` does, and raises `StorageOutage` when it gives up.
    """


class ObjectMissing(NewscrawlError):
    """An object that was asked for is not in the bucket; where nobody expects that, other hands have been there."""

    exit_code = StateMismatch.exit_code


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


def translated(error: Exception, what: str, bucket: str, endpoint: str) -> NewscrawlError:
    """A failure of boto3's as one of ours, with a line that says what, where and the mend."""
    where = f"bucket {bucket!r} at {endpoint}"
    if is_outage(error):
        return Outage(f"{what}: S3 endpoint {endpoint} is away ({reason(error)})")
    if isinstance(error, _CREDENTIAL_ERRORS):
        return AccessDenied(
            f"no usable S3 credentials for {where} ({error}): "
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        )
    status, code = status_and_code(error)
    if code in _EXPIRED_CODES:  # with status 400
        return AccessDenied(f"{where} says that the credentials are used up ({code}, on {what}): renew them")
    if code == "RequestTimeTooSkewed":
        return AccessDenied(f"{where} refuses requests of this time ({code}, on {what}): correct this machine's clock")
    if code in _REGION_CODES:
        said = " ".join(str(error).split())
        return ConfigError(f"{where} is not asked in its region: correct AWS_REGION ({said})")
    if code == "NoSuchBucket" or (status == 404 and not what.startswith(("head", "get"))):
        return BucketMissing(f"{where} does not exist: create it or correct NEWSCRAWL_BUCKET")
    if status == 404:
        mend = f"`{command('bucket check')}` says what is wrong, and what mends it"
        return ObjectMissing(f"{what}: there is no such object in {where}: {mend}")
    if status in (401, 403):
        return AccessDenied(
            f"{where} refuses the credentials ({code}, on {what}): correct the access key and secret, "
            "or allow list, get and put for them"
        )
    return StoreRefused(f"{where} refused to {what}: {reason(error)}")


def reason(error: BaseException | None) -> str:
    """An exception in a few words on one line."""
    if isinstance(error, boto_errors.ClientError):
        status, code = status_and_code(error)
        return f"{status} {code}"
    return " ".join(str(error).split())
