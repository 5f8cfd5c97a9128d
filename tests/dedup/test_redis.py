"""The same index over datasketch's own Redis storage; needs redis-server and the `redis` client."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.judge import entry_of, judge
from newscrawl.dedup.storage import redis_parameters
from newscrawl.dedup.writer import IndexWriter
from newscrawl.errors import ConfigError
from newscrawl.items import Article, Duplicate, Unchanged
from newscrawl.sqlite import transaction
from tests.dedup.hindi_texts import article, story

needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None or find_spec("redis") is None,
    reason="redis-server and the Python package redis are not both installed",
)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    import redis

    try:
        for _ in range(100):
            try:
                redis.Redis(port=port).ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        else:
            pytest.fail("redis-server did not answer within 5 s")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


@needs_redis
def test_the_index_over_redis_decides_as_over_sqlite(redis_url: str, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    index = DedupIndex(db, redis=redis_url)
    texts = [story(1), story(1)[:6], story(2), story(2) + story(3, 4), story(4)]
    for committed in (False, True):
        for i, text in enumerate(texts):
            other = sqlite3.connect(":memory:", isolation_level=None)
            for known, over, address in ((index, db, redis_url), (DedupIndex(other), other, None)):
                verdict = judge(article(i, " ".join(text)), known)
                if committed or isinstance(verdict, Unchanged):
                    continue
                entries = [entry_of(verdict)]
                writer = IndexWriter(over, redis=address)
                with transaction(over):
                    writer.commit(entries)
                known.forget_pending(entries)
    copy = judge(article(9, " ".join(story(2)[:5])), index)
    assert isinstance(copy, Duplicate) and copy.duplicate_of == article(2, " ".join(story(2))).id
    assert isinstance(judge(article(10, " ".join(story(8))), index), Article)
    # Keys lie in Redis; SQLite holds one for each whole text.
    assert db.execute("SELECT COUNT(*) FROM fresh").fetchone() == db.execute("SELECT COUNT(*) FROM stories").fetchone()
    # A rebuilt (empty) state starts with an empty Redis.
    db.close()
    (tmp_path / "a.db").unlink()
    again = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    IndexWriter(again, redis=redis_url)
    fresh = DedupIndex(again, redis=redis_url)
    assert fresh.candidates(article(9, " ".join(story(2))).signature) == []


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis:///0", "redis://h/x"])
def test_a_bad_redis_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="redis://HOST:PORT/DB"):
        redis_parameters(url)
