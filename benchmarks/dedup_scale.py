"""Near-duplicate index at scale: synthetic stories, bulk-loaded, then streamed; and signatures a second."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from datasketch import MinHash
from rich.console import Console
from rich.table import Table

from benchmarks.dedup_quality import article, read_jsonl
from newscrawl.dedup.bulk import BulkLoader
from newscrawl.dedup.entries import Entry
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.dedup.judge import entry_of, judge
from newscrawl.dedup.lsh import memory_lsh, minhash_of
from newscrawl.dedup.signature import (
    MAX_KEYS,
    NUM_PERM,
    SCHEME,
    SEED,
    minhash_values,
    shingle_set,
    signature,
)
from newscrawl.dedup.words import words_of_folded
from newscrawl.items import Article, Duplicate, Hint, Signature
from newscrawl.state.database import State
from newscrawl.state.ledger import Found, Ledger
from newscrawl.state.settled import settled_of
from newscrawl.state.sqlite import transaction
from newscrawl.text import hindi

console = Console()
# Rows of a commit, as NEWSCRAWL_BATCH_ROWS has it.
BATCH = 5_000
# Collisions as measured on 7,893 real stories of one broadcaster: 15 keys a story, one key in 40 of them
# also in another story, 4 of 100 stories a copy or version of an earlier one.
PHRASE_SHARE = 1 / 40
PHRASES = 200_000
COPY_SHARE = 0.04
_START = datetime(2026, 1, 1, tzinfo=UTC)


def stories(count: int, seed: int, first: int = 0) -> Iterator[list[Entry]]:
    """Batches of synthetic entries with the collisions above; the same seed gives the same stories."""
    rng = np.random.default_rng(seed)
    phrases = np.random.default_rng(0).integers(0, 1 << 64, PHRASES, dtype=np.uint64)
    previous: list[Entry] = []
    for start in range(first, first + count, BATCH):
        size = min(BATCH, first + count - start)
        values = rng.integers(0, 1 << 32, (size, NUM_PERM), dtype=np.uint32)
        lengths = np.clip(rng.normal(15, 5, size), 2, MAX_KEYS).astype(int)
        keys = rng.integers(0, 1 << 64, (size, MAX_KEYS), dtype=np.uint64)
        common = rng.random((size, MAX_KEYS)) < PHRASE_SHARE
        # Common phrases follow Zipf's law, as phrases of a language do.
        keys[common] = phrases[np.minimum(rng.zipf(1.2, int(common.sum())), PHRASES) - 1]
        copies = rng.random(size) < COPY_SHARE if previous else np.zeros(size, bool)
        batch = []
        for i in range(size):
            if copies[i]:
                other = previous[int(rng.integers(len(previous)))].signature
                kept = rng.random(NUM_PERM) < 0.8
                values[i] = np.where(kept, np.frombuffer(other.minhash, "<u4"), values[i])
                mine = other.keys[: len(other.keys) // 2] + tuple(keys[i, : lengths[i] // 2].tolist())
            else:
                mine = tuple(keys[i, : lengths[i]].tolist())
            mine = tuple(dict.fromkeys(mine))
            name = f"{start + i:032x}"
            batch.append(
                Entry(
                    article_id=name,
                    story_id=name,
                    url_key=f"site{(start + i) % 200}.example/news/{start + i}",
                    fetched_at=_START + timedelta(seconds=(start + i) // 100),
                    signature=Signature(minhash=values[i].tobytes(), keys=mine, shingles=250),
                    told_at=_START + timedelta(seconds=(start + i) // 100),
                    text="",
                )
            )
        yield batch
        previous = batch


def scale(size: int, streamed: int, directory: Path | None, peers: bool) -> None:
    """(c) `size` stories bulk-loaded, `streamed` more through query, insert and commit."""
    table = Table("index", "stories", "load/s", "stream/s", "found/query", "bytes on disk/story", "peak memory MB")
    with TemporaryDirectory(dir=directory) as folder:
        state = State(Path(folder))
        DedupIndex(state.db)
        loading, streaming = Clock(), Clock()
        with BulkLoader(state.db, Path(folder)) as loader:
            for batch in stories(size, seed=1):
                with loading:
                    loader.add(batch)
            with loading:
                loader.finish()
        console.print(
            f"loaded {size:,}: {loading.rate(size)}/s, peak memory {_peak():,.0f} MB,"
            f" {_disk(state) / size:,.0f} bytes a story"
        )
        gc.collect()
        loaded_peak = _peak()
        state.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        index, writer = DedupIndex(state.db), IndexWriter(state.writer)
        bytes_loaded = _disk(state) / size
        found, streamed_now, worst = 0, 0, 0.0
        for batch in stories(streamed, seed=2, first=size):
            with streaming:
                for entry in batch:
                    found += len(index.candidates(entry.signature))
                    index.add(entry)
                commit = time.perf_counter()
                with transaction(state.writer):
                    writer.commit(batch)
                writer.sweep()
                index.forget_pending(batch)
                worst = max(worst, time.perf_counter() - commit)
            streamed_now += len(batch)
            if streamed_now % 50_000 == 0:
                console.print(
                    f"streamed {streamed_now:,}: {streaming.rate(streamed_now)}/s, memory {_resident():,.0f} MB"
                )
        state.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        table.add_row(
            "newscrawl, SQLite",
            f"{size:,} + {streamed:,}",
            loading.rate(size),
            streaming.rate(streamed),
            f"{found / streamed:.2f}",
            f"{bytes_loaded:,.0f} loaded, {_disk(state) / (size + streamed):,.0f} after",
            f"{loaded_peak:,.0f} loaded, {_peak():,.0f} after",
        )
        console.print(table)
        console.print(f"longest commit {worst:.2f} s; by table, bytes a story: {_by_table(state, size + streamed)}")
        state.close()
    if peers:
        _peers(size)


def _peers(size: int) -> None:
    """datasketch's own storage over the same signatures: bands alone, nothing else is kept."""
    table = Table("bands alone", "stories", "query + insert/s", "memory MB")
    lsh, seconds, before = memory_lsh(NUM_PERM), 0.0, _resident()
    for batch in stories(size, seed=1):
        started = time.perf_counter()
        for entry in batch:
            minhash = minhash_of(entry.signature)
            lsh.query(minhash)
            lsh.insert(entry.article_id, minhash)
        seconds += time.perf_counter() - started
    table.add_row("datasketch dict", f"{size:,}", f"{size / seconds:,.0f}", f"{_resident() - before:,.0f}")
    console.print(table)


def state(path: Path) -> None:
    """(d) Bytes that the whole state database takes a story: every text of a collection, fetched once and committed."""
    articles = [article(d["id"], d["text"], d.get("title", "")) for d in read_jsonl(path)]
    with TemporaryDirectory() as folder:
        opened = State(Path(folder))
        index, writer, ledger = DedupIndex(opened.db), IndexWriter(opened.writer), Ledger(opened.db)
        outcomes = []
        for found in articles:
            # A title of the usual length; the feeds of the collection are not known.
            hint = Hint(title=found.text[:70], published_at=found.fetched_at)
            url = Found(url=found.url, site=found.site, source="https://benchmark.example/feed.xml", hint=hint)
            ledger.discover([url], found.fetched_at)
            outcomes.append(judge(found, index))
        with transaction(opened.writer):
            writer.commit([entry_of(o) for o in outcomes if isinstance(o, Article | Duplicate)])
            Ledger(opened.writer).settle(settled_of(o) for o in outcomes)
        writer.sweep()
        opened.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        stories = sum(isinstance(o, Article) for o in outcomes)
        table = Table("table or index", "bytes a story")
        rows = opened.db.execute("SELECT name, SUM(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC").fetchall()
        for name, size in rows:
            if size / stories >= 1:
                table.add_row(name, f"{size / stories:,.0f}")
        table.add_row("all", f"{sum(size for _, size in rows) / stories:,.0f}")
        console.print(table)
        console.print(f"{len(articles):,} texts, {stories:,} stories; one URL each")
        opened.close()


def signatures(path: Path) -> None:
    """(d) Signatures a second over a collection, beside datasketch's own update and rensa."""
    texts = [row["text"] for row in read_jsonl(path)][:3000]
    folded = [hindi.fold(text) for text in texts]
    grams = [_grams(text) for text in folded]

    def plain(shingles: list[bytes]) -> None:
        MinHash(num_perm=NUM_PERM, seed=SEED, scheme=SCHEME).update_batch(shingles)

    table = Table("step", "per second", title=f"{len(texts):,} texts, word 3-grams, 128 values")
    rows: list[tuple[str, float]] = [
        ("update_batch of ready shingles", _rate(plain, [[g.encode() for g in gs] for gs in grams])),
        ("folded text to MinHash, update_batch", _rate(lambda t: plain([g.encode() for g in _grams(t)]), folded)),
        ("folded text to MinHash, newscrawl", _rate(lambda t: minhash_values(shingle_set(words_of_folded(t))), folded)),
        ("folding alone (hindi.fold)", _rate(hindi.fold, texts)),
        ("text to MinHash and window keys, newscrawl", _rate(signature, texts)),
    ]
    with suppress(ImportError):  # benchmark-only peer, benchmarks/requirements-dedup.txt
        from rensa import RMinHash

        def rensa(shingles: list[str]) -> None:
            m = RMinHash(num_perm=NUM_PERM, seed=SEED)
            m.update(shingles)
            m.digest()

        rows.append(("ready shingles, rensa", _rate(rensa, grams)))
        rows.append(("folded text to MinHash, rensa", _rate(lambda t: rensa(_grams(t)), folded)))
    for name, rate in rows:
        table.add_row(name, f"{rate:,.0f}")
    console.print(table)


def _grams(folded: str) -> list[str]:
    words = hindi.words(folded)
    return [" ".join(g) for g in {*zip(words, words[1:], words[2:], strict=False)}]


def _rate(function: Callable[[Any], object], items: list[Any]) -> float:
    best = min(_timed(lambda: [function(item) for item in items]) for _ in range(3))
    return len(items) / best


def _timed(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


class Clock:
    """Seconds of wall and of CPU time inside `with` blocks: a shared machine shows in their difference."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def __exit__(self, *exc_info: object) -> None:
        self.wall += time.perf_counter() - self._started[0]
        self.cpu += time.process_time() - self._started[1]

    def rate(self, count: int) -> str:
        """`count` a second, by the wall and by the CPU."""
        return f"{count / self.wall:,.0f} ({count / self.cpu:,.0f} CPU)"


def _disk(state: State) -> float:
    pages, page_size = (state.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return float(pages * page_size)


def _by_table(state: State, count: int) -> str:
    sums: dict[str, float] = dict(state.db.execute("SELECT name, SUM(pgsize) FROM dbstat GROUP BY name"))
    return ", ".join(f"{name} {size / count:.0f}" for name, size in sorted(sums.items()) if size / count >= 0.5)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _resident() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
