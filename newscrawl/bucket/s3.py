"""An object store over boto3: every knob set, every failure sorted into what a person or a retry can mend."""

from __future__ import annotations

import hashlib
import random
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import pyarrow.fs as fs
from botocore import exceptions as boto_errors

from newscrawl.bucket.s3_client import CLIENT_SETTINGS, Credentials, connect
from newscrawl.bucket.s3_errors import (
    AlreadyExists,
    ObjectMissing,
    Outage,
    StoreRefused,
    reason,
    status_and_code,
    translated,
)
from newscrawl.errors import AccessDenied, ConfigError, EndpointUnreachable, NewscrawlError, StorageOutage

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef, ObjectTypeDef

_T = TypeVar("_T")

# Metadata name of the token that tells our own object from another writer's after a lost reply.
_WRITER = "writer"
# Where probes lie: outside every folder of the contract.
_PROBE_PREFIX = "_probe"
# AWS answers 409 while another conditional PUT of the key is in flight; it resolves within moments.
_CONFLICT_ATTEMPTS = 5
_CONFLICT_PAUSE_SECONDS = 0.2

# GETs that are out together where many small objects are needed: at 30 ms each, as over the internet, 500 a second.
_AT_ONCE = 16

# boto3 repeats a request that failed, but not one whose answer broke off while it was read.
_READ_ATTEMPTS = 3

# An error that comes with status 200, as gateways and overloaded stores answer; only the head is looked at.
_ERROR_BODY = re.compile(rb"\A\s*(?:<\?xml[^>]*>\s*)?<Error[\s>]")
_ERROR_HEAD = 512


@dataclass(frozen=True, slots=True)
class Put:
    """An acknowledged PUT. `replayed`: it had been stored before, and only its reply was lost."""

    key: str
    bytes: int
    sha256: str
    replayed: bool = False


class ObjectStore:
    """One bucket. Endpoint, region and credentials come from boto3's own chain unless given.

    All methods raise `Outage` where trying again later can help, and a `NewscrawlError` with one clear
    line where it cannot. One store may be used by several threads (boto3 clients are thread-safe).
    """

    def __init__(
        self, bucket: str, credentials: Credentials | None = None, *, prefix: str = "", **overrides: Any
    ) -> None:
        """`prefix`: where `check` and probes look and write, for keys that are allowed no more than that.

        `overrides` replace single botocore `Config` values. Raises `ConfigError` on a bad endpoint.
        """
        self.bucket = bucket
        self._below = f"{prefix}/" if prefix else ""
        self._writer = uuid.uuid4().hex
        self._conditional_put: bool | None = None
        try:
            self._session, self._client = connect(credentials, CLIENT_SETTINGS | overrides)
        except (ValueError, boto_errors.BotoCoreError) as error:
            raise ConfigError(
                f"S3 client for bucket {bucket!r} cannot be made: {error}: "
                "check AWS_ENDPOINT_URL_S3, AWS_REGION and AWS_PROFILE"
            ) from error
        self.endpoint = self._client.meta.endpoint_url

    def check(self, *, write: bool = True) -> None:
        """Prove at start that the bucket is there and, unless `write` is false, that it can be written.

        Raises `EndpointUnreachable`, `BucketMissing` or `AccessDenied`. It lists before it writes, for
        some servers create a missing bucket on PUT.
        """
        try:
            self._page(self._below, MaxKeys=1)
            if write:
                probe = f"{self._below}{_PROBE_PREFIX}/write"
                self.put(probe, b"newscrawl checks that it may write here\n")
                self._delete_quietly(probe)
        except Outage as error:
            raise EndpointUnreachable(
                f"S3 endpoint {self.endpoint} did not answer for bucket {self.bucket!r} "
                f"({reason(error.__cause__ or error)}): start the server or correct AWS_ENDPOINT_URL_S3"
            ) from error

    def arrow_filesystem(self) -> fs.S3FileSystem:
        """The same server and keys as an Arrow file system; paths in it begin with the bucket."""
        endpoint = urlsplit(self.endpoint)
        found = self._session.get_credentials()
        keys = found.get_frozen_credentials() if found else None
        return fs.S3FileSystem(
            access_key=keys.access_key if keys else None,
            secret_key=keys.secret_key if keys else None,
            session_token=keys.token if keys else None,
            region=self._client.meta.region_name,
            scheme=endpoint.scheme,
            endpoint_override=endpoint.netloc,
        )

    def delta_options(self) -> dict[str, str]:
        """The same server and keys as `deltalake` takes them.

        Without keys of boto3's chain it looks for those of the instance by itself.
        """
        endpoint = urlsplit(self.endpoint)
        found = self._session.get_credentials()
        keys = found.get_frozen_credentials() if found else None
        said = {
            "aws_endpoint_url": self.endpoint,
            "aws_region": self._client.meta.region_name,
            "aws_access_key_id": keys and keys.access_key,
            "aws_secret_access_key": keys and keys.secret_key,
            "aws_session_token": keys and keys.token,
            "aws_allow_http": "true" if endpoint.scheme == "http" else None,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def conditional_put(self) -> bool:
        """Whether the store honours `If-None-Match: *`; probed on first use."""
        if self._conditional_put is None:
            self._conditional_put = self.probe_conditional_put()
        return self._conditional_put

    def probe_conditional_put(self) -> bool:
        """Put one probe key twice with `If-None-Match: *`: true only if the second is refused with 412.

        Some stores ignore the header silently and some answer 501; with either, two writers of one key
        would not see each other, and only one process may write below a prefix.
        """
        key = f"{self._below}{_PROBE_PREFIX}/conditional-{uuid.uuid4().hex}"
        try:
            for attempt in (1, 2):
                try:
                    self._client.put_object(Bucket=self.bucket, Key=key, Body=b"probe", IfNoneMatch="*")
                except boto_errors.ClientError as error:
                    status, code = status_and_code(error)
                    # 412 to the first one is boto3's own repeat after a lost reply: proof all the same.
                    if status == 412:
                        return True
                    if status in (400, 405, 501) and code in _NOT_IMPLEMENTED:
                        return False
                    raise self._translated(error, f"put {key}") from error
                except boto_errors.BotoCoreError as error:
                    raise self._translated(error, f"put {key} ({attempt} of 2)") from error
            return False
        finally:
            self._delete_quietly(key)

    def put(
        self,
        key: str,
        body: bytes,
        *,
        only_if_absent: bool = False,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
    ) -> Put:
        """Store an object; when it returns, S3 has acknowledged it.

        With `only_if_absent` an object of another writer is left alone and `AlreadyExists` raised; our
        own, stored by an earlier try whose reply was lost, counts as success. Where the store does not
        honour conditional PUT, a look before the write stands in, which is safe with a single writer only.
        """
        digest = hashlib.sha256(body).hexdigest()
        token = f"{self._writer}-{digest[:16]}"
        request: dict[str, Any] = {
            "Key": key,
            "Body": body,
            "ContentType": content_type,
            "Metadata": {**(metadata or {}), _WRITER: token},
        }
        if only_if_absent:
            if self.conditional_put:
                request["IfNoneMatch"] = "*"
            elif (existing := self._writer_of(key)) is not None:
                return self._settle(key, existing, token, Put(key, len(body), digest, replayed=True))
        for attempt in range(1, _CONFLICT_ATTEMPTS + 1):
            try:
                self._client.put_object(Bucket=self.bucket, **request)
                return Put(key, len(body), digest)
            except boto_errors.ClientError as error:
                status, _ = status_and_code(error)
                if only_if_absent and status == 412:
                    owner = self._writer_of(key)
                    return self._settle(key, owner, token, Put(key, len(body), digest, replayed=True))
                if status == 409 and attempt < _CONFLICT_ATTEMPTS:
                    time.sleep(_CONFLICT_PAUSE_SECONDS * attempt)
                    continue
                raise self._translated(error, f"put {key}") from error
            except boto_errors.BotoCoreError as error:
                raise self._translated(error, f"put {key}") from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def get(self, key: str) -> bytes:
        """The whole object. Raises `ObjectMissing`."""

        def whole() -> bytes:
            for left in reversed(range(_READ_ATTEMPTS)):
                answer = self._client.get_object(Bucket=self.bucket, Key=key)
                try:
                    body: bytes = answer["Body"].read()
                    return body
                except (boto_errors.HTTPClientError, boto_errors.IncompleteReadError):
                    if not left:
                        raise
            raise AssertionError("unreachable: the last attempt returns or raises")

        body = self._guarded(f"get {key}", whole)
        if _ERROR_BODY.match(body[:_ERROR_HEAD]):
            # Nothing of ours is XML. boto3 looks for this in every answer but that of GET.
            raise Outage(f"get {key}: S3 endpoint {self.endpoint} answers 200 with an error for a body")
        return body

    def head(self, key: str) -> Mapping[str, str] | None:
        """The object's metadata, with its size as `content-length`; None when there is no such object."""
        try:
            answer = self._call(f"head {key}", self._client.head_object, Key=key)
        except ObjectMissing:
            return None
        size = self._said(answer, "ContentLength", f"head {key}")
        return {**answer["Metadata"], "content-length": str(size)}

    def get_many(self, keys: Iterable[str], at_once: int = _AT_ONCE) -> Iterator[bytes]:
        """The whole objects in the order of `keys`, some asked for ahead of their turn; raises as `get` in its turn."""
        return (answer.result() for answer in self.get_each(keys, at_once))

    def get_each(self, keys: Iterable[str], at_once: int = _AT_ONCE) -> Iterator[Future[bytes]]:
        """As `get_many`, for who goes on after one that fails: each result raises for itself."""
        pool = ThreadPoolExecutor(at_once, thread_name_prefix="s3-get")
        try:
            waiting: deque[Future[bytes]] = deque()
            for key in keys:
                waiting.append(pool.submit(self.get, key))
                if len(waiting) >= at_once:
                    yield waiting.popleft()
            while waiting:
                yield waiting.popleft()
        finally:
            # Left before its end, this runs where the garbage collector does: in a thread that begins, say, which holds
            # what the end of every other thread waits for.
            pool.shutdown(wait=False, cancel_futures=True)

    def is_empty(self, prefix: str) -> bool:
        """Whether no object lies below a prefix."""
        page = self._page(prefix, MaxKeys=1)
        return not page.get("Contents")

    def list(self, prefix: str, after: str = "") -> Iterator[tuple[str, int]]:
        """`(key, size in bytes)` of the objects below a prefix, by key, from behind the key `after` on."""
        for page in self._listing(prefix, after):
            for entry in _objects(page):
                yield entry["Key"], entry["Size"]

    def list_dated(self, prefix: str, after: str = "") -> Iterator[tuple[str, int, datetime]]:
        """As `list`, with when each object was stored, by the store's clock."""
        for page in self._listing(prefix, after):
            for entry in _objects(page):
                yield entry["Key"], entry["Size"], entry["LastModified"]

    def list_tagged(self, prefix: str) -> Iterator[tuple[str, str, datetime]]:
        """As `list_dated`, with each object's ETag in place of its size: the MD5 of its bytes, where one PUT has stored
        them unencrypted or with the store's own keys (S3 API reference, "Object")."""
        for page in self._listing(prefix):
            for entry in _objects(page):
                yield entry["Key"], entry.get("ETag", "").strip('"'), entry["LastModified"]

    def list_aged(self, prefix: str) -> Iterator[tuple[str, timedelta]]:
        """The objects below a prefix, with how long ago each was stored, both moments by the store's own clock, which
        counts whole seconds."""
        for page in self._listing(prefix):
            said = page["ResponseMetadata"]["HTTPHeaders"].get("date")
            if said is None:
                raise StoreRefused(f"S3 endpoint {self.endpoint} sends no Date: how old are its objects?")
            now = parsedate_to_datetime(said)
            for entry in _objects(page):
                yield entry["Key"], now - entry["LastModified"]

    def _listing(self, prefix: str, after: str = "") -> Iterator[ListObjectsV2OutputTypeDef]:
        """The pages of a listing, each asked for when it is needed."""
        token: dict[str, str] = {"StartAfter": after} if after else {}
        while True:
            page = self._page(prefix, **token)
            yield page
            if not page["IsTruncated"]:
                return
            begun, token = token, {"ContinuationToken": self._said(page, "NextContinuationToken", f"list {prefix}")}
            if token == begun:
                raise Outage(f"list {prefix}: S3 endpoint {self.endpoint} gives the same page again and again")

    def _page(self, prefix: str, **arguments: Any) -> ListObjectsV2OutputTypeDef:
        page = self._call(f"list {prefix}", self._client.list_objects_v2, Prefix=prefix, **arguments)
        self._said(page, "IsTruncated", f"list {prefix}")
        return page

    def _said(self, answer: Mapping[str, Any], name: str, what: str) -> Any:
        """What each answer of S3 says: one that does not is that of a proxy or a login page, and no empty bucket."""
        if name not in answer:
            raise Outage(f"{what}: S3 endpoint {self.endpoint} answers with something that is not S3's: no {name}")
        return answer[name]

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there succeeds, as S3 has it."""
        self._call(f"delete {key}", self._client.delete_object, Key=key)

    def _delete_quietly(self, key: str) -> None:
        """Remove a probe. A writer without the right to delete is a good set-up, and leaves the probe."""
        try:
            self.delete(key)
        except (AccessDenied, Outage):
            return

    def _writer_of(self, key: str) -> str | None:
        """The writer token of an object (`""` for a foreign one), or None when there is none."""
        found = self.head(key)
        return None if found is None else found.get(_WRITER, "")

    def _settle(self, key: str, owner: str | None, token: str, replayed: Put) -> Put:
        """After a refusal: ours already, another's, or (deleted in between) worth another try."""
        if owner == token:
            return replayed
        if owner is None:
            raise Outage(f"put {key}: refused as existing, yet not there; try again")
        raise AlreadyExists(f"s3://{self.bucket}/{key} was written by another process: let only one run write there")

    def _call(self, what: str, operation: Callable[..., _T], **arguments: Any) -> _T:
        return self._guarded(what, lambda: operation(Bucket=self.bucket, **arguments))

    def _guarded(self, what: str, operation: Callable[[], _T]) -> _T:
        try:
            return operation()
        except (boto_errors.BotoCoreError, boto_errors.ClientError) as error:
            raise self._translated(error, what) from error

    def _translated(self, error: Exception, what: str) -> NewscrawlError:
        return translated(error, what, self.bucket, self.endpoint)


def _objects(page: ListObjectsV2OutputTypeDef) -> Iterator[ObjectTypeDef]:
    """The objects of a listing's page, without what marks a folder, as consoles and Hadoop make them."""
    return (entry for entry in page.get("Contents", ()) if not entry["Key"].endswith("/"))


def retry_outage(
    operation: Callable[[], _T],
    deadline_seconds: float,
    on_wait: Callable[[Outage, float], None] | None = None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> _T:
    """Call `operation` again after each `Outage` until it succeeds or the deadline passes.

    Waits 0.5 s at first, twice as long each time up to 15 s (a restart takes 4-13 s, and a server that
    was away for an hour must not wait long for us), each with up to 25 % of jitter. `on_wait` hears of
    each wait. It blocks: call it in a thread, or give a `pause` that can be interrupted. Raises
    `StorageOutage` when the deadline has passed.
    """
    end = time.monotonic() + deadline_seconds
    wait = 0.5
    while True:
        try:
            return operation()
        except Outage as error:
            left = end - time.monotonic()
            if left <= 0:
                raise StorageOutage(
                    f"{error}; no answer for {deadline_seconds:g} s: mend the store and start again, "
                    "nothing acknowledged is lost"
                ) from error
            delay = min(wait * random.uniform(1, 1.25), left)
            if on_wait:
                on_wait(error, delay)
            pause(delay)
            wait = min(wait * 2, 15.0)


_NOT_IMPLEMENTED = frozenset({"NotImplemented", "501", "InvalidArgument", "InvalidRequest", "MethodNotAllowed"})
