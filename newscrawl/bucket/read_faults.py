"""What is wrong with an object that Arrow, DuckDB or Delta could not read.

They say it in words of their own, some as if the question were at fault: the store itself is asked again.
"""

from __future__ import annotations

import re

from newscrawl.bucket.keys import ROLLUP_FOLDER, STORIES_FOLDER, Location, Table
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import Outage
from newscrawl.errors import NewscrawlError, StateMismatch, command

_FOLDERS = "|".join([*(f"{table}/dt=" for table in Table), ROLLUP_FOLDER, f"{STORIES_FOLDER}day="])
_OBJECT = re.compile(rf"(?:{_FOLDERS})[\w=./-]+?\.parquet", re.ASCII)
# How Arrow, and the object store of Delta's, begin what an S3 server said.
_OF_S3 = ("AWS Error", "Generic S3 error")


def read_fault(store: ObjectStore, location: Location, error: BaseException) -> NewscrawlError | None:
    """The failure as one of ours; None where its words name no object of the archive."""
    words = str(error)
    named = (found[0] for found in _OBJECT.finditer(words) if location.key(found[0]) in words)
    path = next(named, None)
    if path is None:
        return None
    name = f"s3://{location.bucket}/{location.key(path)}"
    try:
        found = store.head(location.key(path))
    except NewscrawlError as told:
        return told
    if found is not None and is_of_s3(error):
        return Outage(f"{name} could not be read: {first_line(error)}; try again")
    is_there = "cannot be read" if found is not None else "is not there"
    if path.startswith(STORIES_FOLDER):
        return StateMismatch(f"{name} {is_there}: {remake_stories(location)}")
    return StateMismatch(f"{name} {is_there}: `{command('bucket check')}` says what is wrong, and what mends it")


def is_of_s3(error: BaseException) -> bool:
    """Whether a failure is that of a request, and says nothing of what was asked for."""
    return any(said in str(error) for said in _OF_S3)


def remake_stories(location: Location) -> str:
    """The mend of a stories table that cannot be read, in words."""
    folder = f"s3://{location.bucket}/{location.key(STORIES_FOLDER)}"
    return f"delete what lies below {folder}, and `{command('bucket compact')}` makes the table anew"


def first_line(error: BaseException) -> str:
    """What an error says first, without where in its own source it was raised."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].split(". Detail:")[0]
