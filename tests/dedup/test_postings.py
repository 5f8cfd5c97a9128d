"""Postings: whatever was inserted, swept, expired or loaded in bulk, a look-up finds the newest live stories."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.dedup import postings as module
from newscrawl.dedup.postings import FREQUENT_KEY, LOWEST_KEY, Postings

# Few enough that keys meet, and with the ends of the range.
KEYS = [LOWEST_KEY, -5, 0, 1, *range(1 << 40, (1 << 40) + 40), (1 << 63) - 1]
ROUND = st.tuples(
    st.lists(st.lists(st.sampled_from(KEYS), max_size=12), max_size=30), st.integers(0, 40), st.booleans()
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_BLOCK_ROWS", 4), ("_STRETCH", 2), ("_FRESH_ROWS", 10), ("_FRESH_SHARE", 0.1)):
        monkeypatch.setattr(module, name, value)


@settings(max_examples=100, deadline=None)
@given(loaded=st.lists(st.lists(st.sampled_from(KEYS), max_size=12), max_size=60), rounds=st.lists(ROUND, max_size=8))
def test_a_lookup_finds_the_newest_live_stories_of_a_key(
    loaded: list[list[int]], rounds: list[tuple[list[list[int]], int, bool]]
) -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    postings, story = Postings(db), 0
    truth: dict[int, list[int]] = defaultdict(list)

    def number(stories: list[list[int]]) -> list[tuple[int, int]]:
        nonlocal story
        rows = []
        for keys in stories:
            story += 1
            for key in set(keys):
                truth[key].append(story)
                rows.append((key, story))
        return rows

    rows = np.array(sorted(number(loaded)), np.int64).reshape(-1, 2)
    postings.append(rows[:, 0], rows[:, 1].astype(np.int32))
    for stories, expired, reopened in rounds:
        postings.insert(number(stories))
        postings.live_from = min(postings.live_from + expired, story)
        postings.sweep(most=8)
        if reopened:
            live_from, postings = postings.live_from, Postings(db)
            postings.live_from = live_from
        for key in KEYS:
            newest = truth[key][-FREQUENT_KEY:][::-1]
            assert postings.get(key) == [n for n in newest if n >= postings.live_from]
        live = {(k, n) for k, n in postings.rows() if n >= postings.live_from}
        assert live == {(k, n) for k in KEYS for n in truth[k][-FREQUENT_KEY:] if n >= postings.live_from}


def test_sweeps_leave_little_fresh_and_blocks_in_order_without_expired_rows() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    postings = Postings(db)
    for story in range(1, 400):
        postings.insert((key, story) for key in KEYS[story % 5 :: 7])
        postings.sweep()
    assert db.execute("SELECT COUNT(*) FROM fresh").fetchone()[0] <= 0.1 * len(KEYS) * FREQUENT_KEY
    postings.live_from = 395
    for _ in range(100):
        postings.insert([(7, postings.live_from + 100)])
        db.execute("UPDATE postings_state SET value = 1000 WHERE name = 'fresh'")
        postings.sweep(most=1)
    blocks = [block for (block,) in db.execute("SELECT rows FROM blocks ORDER BY first")]
    keys = [key for block in blocks for key in module._keys(block).tolist()]
    stories = [n for block in blocks for n in module._stories(block).tolist()]
    assert keys == sorted(keys) and len(keys) > 3
    assert min(stories) >= 395


def test_a_block_of_full_size_and_its_number_fill_a_page_and_no_more() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    postings = Postings(db)
    keys = np.arange(1 << 61, (1 << 61) + 3380, dtype=np.int64)
    module._BLOCK_ROWS = 338
    postings.append(keys, np.arange(3380, dtype=np.int32))
    leaves = db.execute(
        "SELECT COUNT(*), MIN(payload) FROM dbstat WHERE name = 'blocks' AND pagetype = 'leaf'"
    ).fetchone()
    over = db.execute("SELECT COUNT(*) FROM dbstat WHERE name = 'blocks' AND pagetype = 'overflow'").fetchone()
    assert leaves[0] == 10 and over == (0,)


def test_a_key_is_found_behind_bytes_that_look_like_it() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    postings = Postings(db)
    # The upper half of the one and the lower half of the next are the third, which stands behind them.
    keys = [0x01020304_00000000, 0x01020305_0A0B0C0D, 0x0A0B0C0D_01020304]
    postings.append(np.array([*keys, keys[-1]], np.int64), np.array([7, 8, 9, 10], np.int32))
    assert [postings.get(key) for key in keys] == [[7], [8], [10, 9]]
    assert postings.get(0x0A0B0C0D_01020305) == []
