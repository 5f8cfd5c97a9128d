"""A store that answers 200 with an error for a body, refuses what it allowed a moment ago, is slow, or lists late.

Kind: an answer is taken for more than it says. Status 200 alone is no acknowledgement, a listing no proof of absence.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from newscrawl.archive.archive import Archive
from newscrawl.archive.consistency import record_losses
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location, Table
from newscrawl.bucket.losses import losses
from newscrawl.bucket.query import query
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.s3 import ObjectStore, retry_outage
from newscrawl.bucket.s3_client import Credentials
from newscrawl.bucket.s3_errors import Outage
from newscrawl.bucket.takedowns import takedowns
from newscrawl.bucket.undo import undone
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header
from newscrawl.errors import AccessDenied, StateMismatch
from newscrawl.items import Article, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State
from tests.bucket.faulty_proxy import FaultyProxy
from tests.samples import OTHER, article, reject

RUN = "20261123T000000Z-aaaaaa"
INTERNAL = "<?xml version='1.0'?>\n<Error><Code>InternalError</Code><Message>try again</Message></Error>"
DENIED = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
EMPTY_LIST = (
    "<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
    "<Name>newscrawl</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
)


class Bench:
    """An archive on a prefix of the real server, reached by way of the proxy."""

    def __init__(self, s3: EmbeddedS3, proxy: FaultyProxy, folder: Path) -> None:
        keys = s3.credentials
        through = Credentials(f"http://127.0.0.1:{proxy.port}", keys.access_key, keys.secret_key)
        self.proxy, self.folder, self.location = proxy, folder, Location(s3.bucket, uuid.uuid4().hex)
        self.store = ObjectStore(s3.bucket, through, prefix=self.location.prefix)
        assert self.store.conditional_put  # probed before any fault
        self.writer = BatchWriter(self.store, self.location, RUN, header())

    def archive(self) -> Archive:
        return Archive(State(self.folder), self.store, self.location)

    def commit(self, archive: Archive, *articles: Article) -> None:
        outcomes = [judge(a, archive.index) for a in articles]
        batch = self.writer.batch(outcomes)
        archive.intend(RUN, batch)
        record = retry_outage(lambda: self.writer.write(batch), 30)
        archive.index.forget_pending(archive.remember(record, batch))


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Iterator[Bench]:
    with FaultyProxy(int(s3.endpoint.rpartition(":")[2])) as proxy:
        yield Bench(s3, proxy, tmp_path)


@pytest.mark.parametrize("what", ["articles/", "runs/"])
def test_a_put_that_is_answered_200_with_an_error_is_not_acknowledged(bench: Bench, what: str) -> None:
    archive = bench.archive()
    bench.proxy.answer(f"PUT .*{what}", "200 OK", INTERNAL, times=4)  # more than boto3 tries by itself
    bench.commit(archive, article())
    assert bench.proxy.answered == 4
    [record] = commit_records(bench.store, bench.location)
    for part in record.objects:
        assert len(bench.store.get(bench.location.key(part.key))) == part.bytes
    archive.state.close()


@pytest.mark.parametrize("body", [INTERNAL, "<Error><Code>SlowDown</Code></Error>", f"\n{INTERNAL}"])
def test_a_get_that_is_answered_200_with_an_error_is_an_outage_and_no_damage(bench: Bench, body: str) -> None:
    archive = bench.archive()
    bench.commit(archive, article())
    bench.proxy.answer(r"GET .*000001\.json", "200 OK", body)
    with pytest.raises(Outage):
        list(commit_records(bench.store, bench.location))
    assert len(list(commit_records(bench.store, bench.location))) == 1
    archive.state.close()


def test_a_list_that_is_answered_200_with_an_error_is_not_an_empty_bucket(bench: Bench) -> None:
    bench.store.put(bench.location.key("runs/x"), b"x")
    bench.proxy.answer("GET .*list-type", "200 OK", INTERNAL, times=4)
    with pytest.raises(Outage):
        list(bench.store.list(bench.location.key("")))
    assert len(list(bench.store.list(bench.location.key("runs/")))) == 1


_TRUNCATED = EMPTY_LIST.replace("false", "true")


@pytest.mark.parametrize(
    "body",
    [
        "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><title>Please log in</title></html>",
        _TRUNCATED,
        _TRUNCATED.replace("</List", "<NextContinuationToken>again</NextContinuationToken></List"),
    ],
    ids=["a login page", "no token", "the same token for ever"],
)
def test_a_list_that_no_s3_server_gives_is_not_taken_for_one(bench: Bench, body: str) -> None:
    bench.proxy.answer("GET .*list-type", "200 OK", body, times=9)
    with pytest.raises(Outage):
        list(bench.store.list(bench.location.key("runs/")))


def test_a_body_that_breaks_off_is_asked_for_again(bench: Bench) -> None:
    bench.store.put("whole", b"from one end to the other")
    bench.proxy.answer("GET .*whole", "200 OK", "from one", times=2, promised=25)
    assert bench.store.get("whole") == b"from one end to the other" and bench.proxy.answered == 2
    bench.proxy.answer("GET .*whole", "200 OK", "from one", times=9, promised=25)
    with pytest.raises(Outage):
        bench.store.get("whole")


@pytest.mark.parametrize("times", [1, 9], ids=["once", "each time"])
def test_a_whole_part_of_which_half_comes_is_not_recorded_as_lost(bench: Bench, times: int) -> None:
    """That would move it away, for good."""
    archive = bench.archive()
    bench.commit(archive, article())
    archive.state.close()
    bench.proxy.answer("GET .*articles/dt", "200 OK", "PAR1 and half of it", times=times)
    with pytest.raises(Outage) if times > 1 else nullcontext():
        record_losses(bench.store, bench.location)
    assert not losses(bench.store, bench.location)
    [record] = commit_records(bench.store, bench.location)
    assert all(bench.store.head(bench.location.key(part.key)) for part in record.objects)


LONGEST = "SELECT max(length(text)) FROM articles"


def test_a_query_over_a_store_that_is_away_or_refuses_is_not_a_wrong_query(bench: Bench) -> None:
    archive = bench.archive()
    bench.commit(archive, article())
    archive.state.close()
    for status, code, told in (("503 Busy", "SlowDown", Outage), ("403 Forbidden", "AccessDenied", AccessDenied)):
        bench.proxy.answer("(HEAD|GET) .*articles/dt", status, f"<Error><Code>{code}</Code></Error>", times=99)
        with pytest.raises(told):
            query(bench.store, bench.location, LONGEST)
        bench.proxy.mended()
    assert query(bench.store, bench.location, LONGEST)[1] == [(len(article().text),)]
    [part] = [part for record in commit_records(bench.store, bench.location) for part in record.objects
              if part.table is Table.ARTICLES]  # fmt: skip
    bench.store.put(bench.location.key(part.key), b"no Parquet")
    with pytest.raises(StateMismatch, match=f"{part.key} cannot be read: .*bucket check"):
        query(bench.store, bench.location, LONGEST)
    bench.store.delete(bench.location.key(part.key))
    with pytest.raises(StateMismatch, match=f"{part.key} is not there"):
        query(bench.store, bench.location, LONGEST)


def test_what_marks_a_folder_and_what_desktops_leave_is_nothing_of_ours(bench: Bench) -> None:
    for folder in ("runs", "undo", "forgotten", "lost", "articles"):
        for name in ("", ".DS_Store"):
            bench.store.put(bench.location.key(f"{folder}/{name}"), b"")
    assert [key for key, _ in bench.store.list(bench.location.key("undo/"))] == [bench.location.key("undo/.DS_Store")]
    assert not undone(bench.store, bench.location) and not takedowns(bench.store, bench.location)
    assert not losses(bench.store, bench.location) and not list(commit_records(bench.store, bench.location))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("403 Forbidden", "AccessDenied"),
        ("403 Forbidden", "InvalidAccessKeyId"),
        ("403 Forbidden", "SignatureDoesNotMatch"),
        ("400 Bad Request", "ExpiredToken"),
        ("400 Bad Request", "TokenRefreshRequired"),
    ],
)
def test_credentials_that_end_in_the_middle_end_the_run_and_lose_nothing(bench: Bench, status: str, code: str) -> None:
    archive = bench.archive()
    bench.commit(archive, article())
    bench.proxy.answer("PUT .*000002", status, f"<Error><Code>{code}</Code></Error>", times=1)
    with pytest.raises(AccessDenied, match=code):
        bench.commit(archive, article(OTHER, "https://a.example/hockey-102"))
    archive.state.close()
    after = bench.archive()
    after.recover()
    assert after.index.text(article().id) and after.ledger.counts() == {"done": 1}
    after.state.close()


def test_a_slow_store_is_waited_for(bench: Bench) -> None:
    archive = bench.archive()
    bench.proxy.slow_down(0.3)
    bench.commit(archive, article())
    assert len(list(commit_records(bench.store, bench.location))) == 1
    archive.state.close()


def test_a_listing_that_lags_hides_neither_what_is_known_nor_what_a_crash_left(bench: Bench) -> None:
    """Or the bucket would be taken for another, and the batch fetched and stored a second time."""
    archive = bench.archive()
    bench.commit(archive, article(OTHER, "https://a.example/hockey-102"))
    batch = bench.writer.batch([judge(article(), archive.index), reject()])
    archive.intend(RUN, batch)
    bench.writer.write(batch)
    archive.state.close()  # killed here: the commit record is written, the state does not know
    bench.proxy.answer("GET .*list-type.*runs", "200 OK", EMPTY_LIST, times=1)
    after = bench.archive()
    after.recover()
    assert bench.proxy.answered == 1
    assert isinstance(judge(article(), after.index), Unchanged)
    after.state.close()


def test_keys_that_may_not_delete_lock_no_later_run_out(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    archive = bench.archive()
    batch = bench.writer.batch([judge(article(), archive.index)])
    archive.intend(RUN, batch)
    bench.proxy.answer("PUT .*runs/", "403 Forbidden", DENIED)
    with pytest.raises(AccessDenied):
        bench.writer.write(batch)
    archive.state.close()
    bench.proxy.answer("DELETE ", "403 Forbidden", DENIED, times=1)
    for left in (1, 0):  # the second run's keys may delete
        after = bench.archive()
        after.recover()
        assert after.state.db.execute("SELECT COUNT(*) FROM intents").fetchone() == (left,)
        after.state.close()
    assert "until somebody does" in caplog.text
    assert [key for key, _ in bench.store.list(bench.location.key("articles/"))] == []


def test_a_bucket_that_was_emptied_or_altered_is_noticed_at_start(bench: Bench) -> None:
    archive = bench.archive()
    bench.commit(archive, article())
    bench.commit(archive, article(OTHER, "https://a.example/hockey-102"))
    archive.recover()
    archive.state.close()

    def start() -> None:
        after = bench.archive()
        try:
            after.recover()
        finally:
            after.state.close()

    key = bench.location.key(f"runs/{RUN}/000002.json")
    body = bench.store.get(key)
    bench.store.put(key, body.replace(b" ", b"  ", 1))
    with pytest.raises(StateMismatch, match=r"1 are others.*bucket rebuild"):
        start()
    bench.store.put(key, body)
    [part] = [key for key, _ in bench.store.list(bench.location.key("articles/")) if "000002" in key]
    stored = bench.store.get(part)
    bench.store.delete(part)
    with pytest.raises(StateMismatch, match="1 parts of the last batch"):
        start()
    bench.store.put(part, stored)
    start()
    for name, _ in list(bench.store.list(bench.location.key(""))):
        bench.store.delete(name)
    with pytest.raises(StateMismatch, match="2 of 2 commit records are gone"):
        start()


def test_who_leaves_before_all_objects_came_does_not_wait_for_those_under_way(bench: Bench) -> None:
    # Left in a circle of references, the garbage collector ends it in any thread, which may hold what others wait for.
    bench.store.put("a", b"a", content_type="text/plain")
    bench.proxy.slow_down(2)
    each = bench.store.get_each(["a", "a"], at_once=1)
    first = next(each)
    each.close()
    assert not first.done() and first.result() == b"a"
