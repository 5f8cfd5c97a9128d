"""Failures of a store, each told apart: what a person mends, and what passes."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore import exceptions as boto_errors

from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore, retry_outage
from newscrawl.bucket.s3_client import Credentials
from newscrawl.bucket.s3_errors import AlreadyExists, ObjectMissing, Outage, is_outage, translated
from newscrawl.errors import (
    AccessDenied,
    BucketMissing,
    ConfigError,
    EndpointUnreachable,
    NewscrawlError,
    StorageOutage,
)
from newscrawl.server.embedded import EmbeddedS3
from tests.bucket.faulty_proxy import FaultyProxy


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def assert_one_clear_line(error: NewscrawlError, *words: str) -> None:
    line = str(error)
    assert "\n" not in line
    for word in words:
        assert word in line


def through(proxy: FaultyProxy, s3: EmbeddedS3) -> ObjectStore:
    keys = s3.credentials
    endpoint = f"http://127.0.0.1:{proxy.port}"
    store = ObjectStore("newscrawl", Credentials(endpoint, keys.access_key, keys.secret_key))
    assert store.conditional_put
    return store


def test_a_good_bucket_passes_the_check_and_keeps_no_trace_of_it(s3: EmbeddedS3) -> None:
    store = s3.store()
    store.check()
    assert store.conditional_put is True
    assert list(store.list("_probe/")) == []


def test_boto3s_own_chain_finds_endpoint_and_keys(s3: EmbeddedS3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.aws_env().items():
        monkeypatch.setenv(name, value)
    store = ObjectStore("newscrawl")
    store.check()
    assert store.endpoint == s3.endpoint


def test_a_wrong_secret_is_told_as_refused_credentials(s3: EmbeddedS3) -> None:
    keys = s3.credentials
    store = ObjectStore("newscrawl", Credentials(keys.endpoint, keys.access_key, "wrong"))
    with pytest.raises(AccessDenied) as caught:
        store.check()
    assert_one_clear_line(caught.value, s3.endpoint, "'newscrawl'", "SignatureDoesNotMatch", "correct")


def test_no_credentials_at_all_are_told_as_such(
    s3: EmbeddedS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.endpoint)
    with pytest.raises(AccessDenied) as caught:
        ObjectStore("newscrawl").check()
    assert_one_clear_line(caught.value, s3.endpoint, "AWS_ACCESS_KEY_ID")


def test_a_missing_bucket_is_told_and_not_created(s3: EmbeddedS3) -> None:
    store = ObjectStore("newscrwal", s3.credentials)
    for _ in range(2):
        with pytest.raises(BucketMissing) as caught:
            store.check()
    assert_one_clear_line(caught.value, s3.endpoint, "'newscrwal'", "create it or correct NEWSCRAWL_BUCKET")
    with pytest.raises(BucketMissing):
        store.put("x", b"x")


def test_a_dead_endpoint_is_told_as_unreachable_at_start_and_as_outage_later() -> None:
    endpoint = f"http://127.0.0.1:{unused_port()}"
    store = ObjectStore("newscrawl", Credentials(endpoint, "key", "secret"))
    with pytest.raises(EndpointUnreachable) as caught:
        store.check()
    assert_one_clear_line(caught.value, endpoint, "AWS_ENDPOINT_URL_S3")
    with pytest.raises(Outage):
        store.get("x")


def test_an_endpoint_that_is_no_url_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError) as caught:
        ObjectStore("newscrawl", Credentials("127.0.0.1", "key", "secret"))
    assert_one_clear_line(caught.value, "127.0.0.1", "AWS_ENDPOINT_URL_S3")


def test_objects_come_back_and_missing_ones_are_missing(s3: EmbeddedS3) -> None:
    store = s3.store()
    put = store.put("objects/one", b"body", metadata={"run": "r1"})
    assert (store.get("objects/one"), put.bytes, put.replayed) == (b"body", 4, False)
    found = store.head("objects/one")
    assert found is not None
    assert (found["run"], found["content-length"]) == ("r1", "4")
    assert store.head("objects/none") is None
    with pytest.raises(ObjectMissing) as caught:
        store.get("objects/none")
    assert_one_clear_line(caught.value, "objects/none", s3.endpoint)


def test_a_listing_longer_than_one_page_is_complete(s3: EmbeddedS3) -> None:
    store = s3.store()
    keys = [f"many/{number:04d}" for number in range(1005)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda key: store.put(key, b"x"), keys))
    assert [key for key, _ in store.list("many/")] == keys


def test_an_object_of_another_writer_is_not_overwritten(s3: EmbeddedS3) -> None:
    s3.store().put("absent/one", b"first", only_if_absent=True)
    with pytest.raises(AlreadyExists) as caught:
        s3.store().put("absent/one", b"first", only_if_absent=True)
    assert_one_clear_line(caught.value, "absent/one", "another process")


def test_our_own_writer_putting_other_content_is_refused_as_well(s3: EmbeddedS3) -> None:
    store = s3.store()
    store.put("absent/two", b"first", only_if_absent=True)
    with pytest.raises(AlreadyExists):
        store.put("absent/two", b"second", only_if_absent=True)


def test_a_conditional_put_whose_reply_was_lost_counts_as_stored(s3: EmbeddedS3) -> None:
    with FaultyProxy(s3.s3_port) as proxy:
        store = through(proxy, s3)
        proxy.lose(1)
        put = store.put("lost/reply", b"body", only_if_absent=True)
        assert (put.replayed, proxy.lost) == (True, 1)
    assert s3.store().get("lost/reply") == b"body"


def test_a_conditional_put_is_recognised_after_a_whole_outage_too(s3: EmbeddedS3) -> None:
    waits: list[float] = []
    with FaultyProxy(s3.s3_port) as proxy:
        store = through(proxy, s3)
        proxy.lose(5)  # more than boto3 tries by itself
        put = retry_outage(
            lambda: store.put("lost/often", b"body", only_if_absent=True),
            deadline_seconds=60,
            on_wait=lambda _, seconds: waits.append(seconds),
        )
    assert put.replayed
    assert len(waits) >= 1


class StoreThatIgnoresConditions(ObjectStore):
    """As a store that does not know `If-None-Match`; the rest is the real server."""

    @property
    def conditional_put(self) -> bool:
        return False


def test_without_conditional_put_a_look_before_the_write_stands_in(s3: EmbeddedS3) -> None:
    store = StoreThatIgnoresConditions("newscrawl", s3.credentials)
    assert not store.put("plain/one", b"first", only_if_absent=True).replayed
    assert store.put("plain/one", b"first", only_if_absent=True).replayed
    with pytest.raises(AlreadyExists):
        s3.store().put("plain/one", b"other", only_if_absent=True)


def client_error(status: int, code: str) -> boto_errors.ClientError:
    return boto_errors.ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "PutObject",
    )


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (client_error(500, "InternalError"), True),
        (client_error(503, "SlowDown"), True),
        (client_error(429, "TooManyRequests"), True),
        (client_error(400, "RequestTimeout"), True),
        (client_error(400, "IncompleteBody"), True),
        (client_error(400, "BadDigest"), True),
        (client_error(501, "NotImplemented"), False),
        (client_error(403, "AccessDenied"), False),
        (client_error(404, "NoSuchBucket"), False),
        (boto_errors.EndpointConnectionError(endpoint_url="http://127.0.0.1"), True),
        (boto_errors.ReadTimeoutError(endpoint_url="http://127.0.0.1"), True),
        (boto_errors.ConnectionClosedError(endpoint_url="http://127.0.0.1"), True),
        (boto_errors.NoCredentialsError(), False),
        (ValueError("a bug"), False),
    ],
)
def test_what_passes_by_itself_is_told_from_what_does_not(error: Exception, passes: bool) -> None:
    assert is_outage(error) is passes


@pytest.mark.parametrize(
    ("error", "kind", "mend"),
    [
        (client_error(403, "RequestTimeTooSkewed"), AccessDenied, "clock"),
        (client_error(400, "AuthorizationHeaderMalformed"), ConfigError, "AWS_REGION"),
        (client_error(301, "PermanentRedirect"), ConfigError, "AWS_REGION"),
        (client_error(403, "SignatureDoesNotMatch"), AccessDenied, "access key"),
    ],
)
def test_what_is_refused_is_told_with_what_mends_it(error: Exception, kind: type[Exception], mend: str) -> None:
    told = translated(error, "put x", "news", "http://127.0.0.1")
    assert type(told) is kind and mend in str(told)


def test_retrying_ends_with_the_exit_codes_error_at_the_deadline() -> None:
    def away() -> None:
        raise Outage("put x: away")

    with pytest.raises(StorageOutage, match=r"no answer for 0\.2 s") as caught:
        retry_outage(away, deadline_seconds=0.2)
    assert not isinstance(caught.value, Outage)


def test_retrying_waits_longer_each_time_and_lets_other_errors_through() -> None:
    pauses: list[float] = []
    outcomes = iter([Outage("1"), Outage("2"), Outage("3"), ObjectMissing("gone")])

    def operation() -> None:
        raise next(outcomes)

    with pytest.raises(ObjectMissing):
        retry_outage(operation, deadline_seconds=1000, pause=pauses.append)
    assert len(pauses) == 3
    assert pauses == sorted(pauses)
    assert 0.5 <= pauses[0] <= 0.625


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("s3://news", Location("news")),
        ("s3://news/", Location("news")),
        ("s3://news/a/b/", Location("news", "a/b")),
    ],
)
def test_a_bucket_setting_is_read(url: str, location: Location) -> None:
    assert Location.parse(url) == location
    assert location.relative(location.key("runs/x")) == "runs/x"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news",
        "http://news/x",
        "s3://",
        "s3:///x",
        "s3://n",
        "s3://news//x",
        "s3://news/../x",
        "s3://news/ख",
    ],
)
def test_a_bad_bucket_setting_is_named_with_its_mend(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Location.parse(url)
    assert_one_clear_line(caught.value, repr(url), "s3://bucket/prefix")


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_under_load(tmp_path: Path) -> None:
    with EmbeddedS3(tmp_path) as server:
        acknowledged: dict[str, bytes] = {}
        running = threading.Event()
        running.set()
        store = server.store()

        def load(worker: int) -> None:
            number = 0
            while running.is_set():
                key, body = f"load/{worker}-{number:06d}", f"{worker}-{number}".encode() * 200
                retry_outage(lambda key=key, body=body: store.put(key, body), deadline_seconds=60)  # type: ignore[misc]
                acknowledged[key] = body
                number += 1

        workers = [threading.Thread(target=load, args=(worker,)) for worker in range(3)]
        for worker in workers:
            worker.start()
        time.sleep(1.5)
        before = len(acknowledged)
        assert server.server_pid is not None
        os.kill(server.server_pid, signal.SIGKILL)
        endpoint = server.endpoint
        server.start()
        assert server.endpoint == endpoint
        time.sleep(1.5)
        running.clear()
        for worker in workers:
            worker.join(60)
        assert not any(worker.is_alive() for worker in workers)
        assert before > 0
        assert len(acknowledged) > before
        fresh = server.store()
        assert {key: fresh.get(key) for key in acknowledged} == acknowledged


def test_probes_stay_below_the_prefix(s3: EmbeddedS3, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ObjectStore(s3.bucket, s3.credentials, prefix="mine/hindi")
    touched: list[str] = []
    real = store._client.put_object
    monkeypatch.setattr(store._client, "put_object", lambda **k: (touched.append(k["Key"]), real(**k))[1])
    store.check()
    assert store.conditional_put
    assert touched and all(key.startswith("mine/hindi/_probe/") for key in touched)
    assert list(store.list("mine/hindi/")) == []
