"""What the index keeps of an article, and the short forms in which the database holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.lsh import band_keys, hash64, signed
from newscrawl.items import Signature

# Seed of the key of a whole MinHash (beside those of the bands): the same text again is found even when
# every other key of it is frequent.
WHOLE = 255
# 32 hexadecimal digits.
_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index keeps of one article version. `anchor_text` only for the founder of a story."""

    article_id: str
    story_id: str
    url_key: str
    fetched_at: datetime
    signature: Signature
    anchor_text: str | None


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A known version of a page; the newest sorts last. `fetched_at` in seconds since 1970, UTC."""

    fetched_at: int
    article_id: str
    story_id: str


def version_row(e: Entry) -> tuple[int, bytes | str, bytes | str | None, int]:
    """An entry's row of the table `versions`; the story is left out when the article founded it."""
    story = None if e.story_id == e.article_id else short_id(e.story_id)
    return (
        hash64(e.url_key.encode()),
        short_id(e.article_id),
        story,
        int(e.fetched_at.timestamp()),
    )


def whole_key(values: NDArray[np.uint32]) -> int:
    """The key under which stories with these very values of a MinHash lie."""
    return hash64(values.tobytes(), WHOLE)


def posting_keys(signature: Signature) -> list[int]:
    """All keys of a story's postings: that of the whole MinHash, those of its bands, those of its windows."""
    values = np.frombuffer(signature.minhash, "<u4")
    return [whole_key(values), *band_keys(values), *map(signed, signature.keys)]


def short_id(article_id: str) -> bytes | str:
    """Ids are 32 hexadecimal digits: half of that in the database."""
    try:
        packed = bytes.fromhex(article_id)
    except ValueError:
        return article_id
    return packed if packed.hex() == article_id else article_id


def id_hash(stored: bytes | str) -> int:
    """64 bits of an id as `short_id` packed it, signed: all that is kept of one that has left the window."""
    packed = stored if isinstance(stored, bytes) else stored.encode()
    return int.from_bytes(packed[:8], "little", signed=True) if len(packed) == _ID_BYTES else hash64(packed)


def text_id(stored: bytes | str) -> str:
    """The id that `short_id` packed."""
    return stored.hex() if isinstance(stored, bytes) else stored
