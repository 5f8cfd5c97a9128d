"""What the index keeps of an article, and the short forms in which the database holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.hashes import band_keys, hash64, signed
from newscrawl.items import Move, Signature

# Seed of the key of a whole MinHash (beside those of the bands): the same text again is found even when
# every other key of it is frequent.
WHOLE = 255
# 32 hexadecimal digits.
_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index keeps of one article version.

    `story_id`: the id of its story's anchor, its own where it founds one. `told_at`: when it says that it was
    published, else when it was fetched. `fixed`: its collapse was undone by hand, so it stays a story of its own.
    `moves`: what its coming changed.
    """

    article_id: str
    story_id: str
    url_key: str
    fetched_at: datetime
    told_at: datetime
    signature: Signature
    text: str
    fixed: bool = False
    moves: tuple[Move, ...] = ()


# Columns of the table `articles` behind its number, as `article_row` gives them.
ArticleRow = tuple[bytes | str, bytes | str | None, int, int, int, int, int]


def article_row(e: Entry) -> ArticleRow:
    """An entry's row of the table `articles`: id, story (None: its own), URL, told, fetched, keys, fixed."""
    return (
        short_id(e.article_id),
        None if e.story_id == e.article_id else short_id(e.story_id),
        hash64(e.url_key.encode()),
        int(e.told_at.timestamp()),
        int(e.fetched_at.timestamp()),
        len(e.signature.keys),
        int(e.fixed),
    )


def whole_key(values: NDArray[np.uint32]) -> int:
    """The key under which articles with these very values of a MinHash lie."""
    return hash64(values.tobytes(), WHOLE)


def posting_keys(signature: Signature) -> list[int]:
    """All keys of an article's postings: that of the whole MinHash, those of its bands, those of its windows."""
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
