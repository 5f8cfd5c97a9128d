"""Whether this state, this bucket and this clock belong together: looked at when a run starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from newscrawl.bucket.keys import Location, commit_key
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.errors import StateMismatch, command

# Records that a listing lacks and that are asked for one by one: more than a lagging listing lacks.
_ASKED = 20
# A clock that is behind: two machines may differ by a zone.
BEHIND = timedelta(days=1)
# A clock that is ahead, or an archive that rested so long: the default window of the dedup index. Further ahead a wrong
# clock would have the index forget what it knows.
AHEAD = timedelta(days=90)

Named = tuple[str, int]


def sizes_of(store: ObjectStore, location: Location, records: Iterable[Named]) -> dict[Named, int]:
    """The size in bytes of those commit records that exist, asked for by their keys."""
    found = {}
    for named in records:
        head = store.head(location.key(commit_key(*named)))
        if head is not None:
            found[named] = int(head["content-length"])
    return found


def refuse_other_bucket(
    store: ObjectStore, location: Location, seen: Mapping[Named, int], there: dict[Named, int]
) -> None:
    """Raise `StateMismatch` where commit records that the state has seen are gone or not what they were.

    Of the batch seen last, its parts are looked at, too: who empties a bucket by its folders begins with those.
    """
    missing = sorted(seen.keys() - there.keys(), reverse=True)
    there |= sizes_of(store, location, missing[:_ASKED])
    gone = [named for named in missing if named not in there]
    other = [named for named in seen.keys() & there.keys() if seen[named] != there[named]]
    lost = [] if gone or other or not seen else _lost_parts(store, location, max(seen))
    if not gone and not other and not lost:
        return
    example = commit_key(*gone[0]) if gone else lost[0] if lost else commit_key(*other[0])
    raise StateMismatch(
        f"{location} is not the bucket that this state knows: {len(gone)} of {len(seen)} commit records are gone, "
        f"{len(other)} are others, {len(lost)} parts of the last batch are lost (such as {example}): put them back, or "
        f"run `{command('bucket rebuild')}` to go on with what is there"
    )


def _lost_parts(store: ObjectStore, location: Location, named: Named) -> list[str]:
    lost = []
    for record in commit_records(store, location, named=[named]):
        for part in record.objects:
            head = store.head(location.key(part.key))
            if head is None or int(head["content-length"]) != part.bytes:
                lost.append(part.key)
    return lost


def refuse_clock(now: datetime, newest: datetime | None) -> None:
    """Raise `StateMismatch` where clock and archive's newest page differ as no pause between runs explains."""
    if newest is None or newest - BEHIND <= now <= newest + AHEAD:
        return
    raise StateMismatch(
        f"the clock says {now.isoformat(timespec='minutes')}, and the archive's newest page was fetched at "
        f"{newest.isoformat(timespec='minutes')}: correct the clock, or where it is right set NEWSCRAWL_TRUST_CLOCK=1 "
        "for one run"
    )
