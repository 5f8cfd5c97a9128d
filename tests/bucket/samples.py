"""Outcomes to store, made for these tests."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from newscrawl.items import Article, Duplicate, Reason, Reject, Relation, Signature, Unchanged

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEADER = {"normaliser": 1, "shingle": "word-3", "num_perm": 128, "seed": 1, "library": "datasketch 2.0.0"}


def article(number: int = 1, **changes: Any) -> Article:
    """Story `number` of the made-up site `nadi`."""
    text = f"नदी पर नया पुल क्रमांक {number} बनकर तैयार है।\nलोग अब नाव के बिना पार जाते हैं।"
    made = Article(
        id=f"a{number:08d}",
        story_id=f"a{number:08d}",
        discovered_url=f"https://nadi.example/khabar/{number}?utm_source=feed",
        url=f"https://nadi.example/khabar/{number}",
        canonical_url=f"https://nadi.example/khabar/{number}",
        site="nadi",
        title=f"पुल क्रमांक {number} खुला",
        text=text,
        fetched_at=NOON,
        language="hi",
        word_count=len(text.split()),
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        signature=Signature(minhash=struct.pack("<4I", number, 2, 3, 2**32 - 1), keys=(number, 2**64 - 1), shingles=17),
        authors=("मीरा जोशी",),
        tags=("पुल", "नदी"),
        published_at=NOON.replace(hour=9),
    )
    return replace(made, **changes)


def duplicate(number: int, anchor: int, **changes: Any) -> Duplicate:
    """Story `number`, which fell to story `anchor`."""
    return Duplicate(
        article=article(number, story_id=f"a{anchor:08d}", **changes),
        duplicate_of=f"a{anchor:08d}",
        relation=Relation.NEAR,
        jaccard=0.8,
        containment=0.9,
    )


def reject(number: int = 1, **changes: Any) -> Reject:
    """A page that is gone."""
    made = Reject(
        url=f"https://nadi.example/gaya/{number}",
        site="nadi",
        fetched_at=NOON,
        reason=Reason.GONE,
        http_status=404,
    )
    return replace(made, **changes)


def unchanged(number: int = 1) -> Unchanged:
    """A recheck of story `number` that found the same text."""
    url = f"https://nadi.example/khabar/{number}"
    return Unchanged(discovered_url=url, url=url, site="nadi", fetched_at=NOON, article_id=f"a{number:08d}")
