"""Whether this state, this bucket and this clock belong together: looked at when a run starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from newscrawl.bucket.keys import RUNS_FOLDER, Location, commit_key, parse_commit_key
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.rollup import Named, RollUp, committed, listed_records, listing_start, load
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.errors import StateMismatch, command
from newscrawl.state.database import State

# Records that a listing lacks and that are asked for one by one: more than a lagging listing lacks.
_ASKED = 20
# A clock that is behind: two machines may differ by a zone.
BEHIND = timedelta(days=1)
# A clock that is ahead, or an archive that rested so long: the default window of the dedup index. Further ahead a wrong
# clock would have the index forget what it knows.
AHEAD = timedelta(days=90)

# Commit records that a state does not know, from which on the roll-up is read for them: below, their parts are few.
_MANY = 50
# Keys of older runs that a start looks through, a page of a listing: in turns, so that in a year of hourly runs each
# is looked at once a day.
_OLDER_KEYS = 1_000
_LOOKED_UNTIL = "runs_looked_until"


@dataclass(frozen=True, slots=True)
class Listed:
    """What a start looks at. `there`: commit records that were listed, with their sizes in bytes; `seen`: of those that
    the state knows, what the listings cover; `roll_up`: where many others may be read from."""

    seen: Mapping[Named, int]
    there: dict[Named, int]
    roll_up: RollUp | None = None


def look(state: State, store: ObjectStore, location: Location, seen: Mapping[Named, int]) -> Listed:
    """List the commit records that came since and, of those before, a stretch: the next one each time.

    So a start costs the same after ten runs and after ten thousand; what was lost or came late long ago is found some
    starts later.
    """
    after = listing_start(seen, datetime.now(UTC))
    if not after:
        roll_up, there = committed(store, location)
        return Listed(seen, there, roll_up)
    there = listed_records(store, location, after)
    begin = state.get(_LOOKED_UNTIL) or RUNS_FOLDER
    if begin >= after:
        begin = RUNS_FOLDER
    keys = list(islice(store.list(location.key(RUNS_FOLDER), location.key(begin)), _OLDER_KEYS))
    end = location.relative(keys[-1][0]) if len(keys) == _OLDER_KEYS else after
    state.put(_LOOKED_UNTIL, end)
    there |= {named: size for key, size in keys if (named := parse_commit_key(location.relative(key)))}
    covered = {named: size for named, size in seen.items() if (key := commit_key(*named)) > after or begin < key <= end}
    if len(there.keys() - seen.keys()) < _MANY:
        return Listed(covered, there)
    roll_up = load(store, location)
    return Listed(covered, there, roll_up if roll_up.agrees(there, after) else None)


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
