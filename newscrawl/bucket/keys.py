"""Where things lie in the bucket: every key of contract version 1 is made here, and nowhere else."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from newscrawl.errors import ConfigError
from newscrawl.items import SCHEMA_VERSION

# Zero-padded so that keys sort as numbers do. A million batches of one run is centuries at one a minute
# of a run's usual hours; beyond it the number simply grows wider.
_SEQ_DIGITS = 6
# 24 random bits: two runs must start within the same second to meet at all.
_RUN_RANDOM_BYTES = 3
_RUN_STAMP, _RUN_STAMP_CHARS = "%Y%m%dT%H%M%SZ", 16

# Wider than AWS allows today (upper case, underscore): MinIO, Ceph and old AWS buckets have such names.
_BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]", re.ASCII)
# Keys stay ASCII: stores differ in how they sign and list anything else.
_PREFIX_SEGMENT = re.compile(r"[A-Za-z0-9!_.*'()=@+,-]+", re.ASCII)
_COMMIT_KEY = re.compile(rf"runs/(?P<run_id>[^/]+)/(?P<seq>[0-9]{{{_SEQ_DIGITS},}})\.json", re.ASCII)


class Table(StrEnum):
    """What a batch has parts of, Parquet tables and the raw archive; the value is the folder's name."""

    ARTICLES = "articles"
    DUPLICATES = "duplicates"
    REJECTS = "rejects"
    SIGNATURES = "signatures"
    MOVES = "moves"
    RAW = "raw"  # what the servers answered, WARC
    CDXJ = "cdxj"  # an index of it

    @property
    def suffix(self) -> str:
        """How the names of its parts end."""
        return {Table.RAW: ".warc.gz", Table.CDXJ: ".cdxj"}.get(self, ".parquet")


# The tables that are no tables: WARC files and their indexes.
RAW_TABLES = frozenset({Table.RAW, Table.CDXJ})
_PART_KEY = re.compile(
    rf"(?P<table>{'|'.join(Table)})/dt=\d{{4}}-\d\d-\d\d/"
    rf"(?P<run_id>\d{{8}}T\d{{6}}Z-[0-9a-f]+)-(?P<seq>[0-9]{{{_SEQ_DIGITS},}})(?P<suffix>\.[a-z.]+)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Location:
    """A bucket and the prefix under which everything of ours lies (`""`: the bucket's root)."""

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, url: str) -> Location:
        """Read `s3://bucket/prefix`. Raises `ConfigError` naming the value and the mend."""
        mend = "write s3://bucket or s3://bucket/prefix with ASCII letters, digits and -_. only"
        scheme, separator, rest = url.strip().partition("://")
        if scheme != "s3" or not separator:
            raise ConfigError(f"bucket {url!r} does not start with s3://: {mend}")
        bucket, _, prefix = rest.partition("/")
        if not _BUCKET_NAME.fullmatch(bucket):
            raise ConfigError(f"bucket {url!r} has the invalid bucket name {bucket!r}: {mend}")
        prefix = prefix.rstrip("/")
        for segment in prefix.split("/") if prefix else ():
            if segment in (".", "..") or not _PREFIX_SEGMENT.fullmatch(segment):
                raise ConfigError(f"bucket {url!r} has the invalid prefix part {segment!r}: {mend}")
        return cls(bucket, prefix)

    def key(self, relative: str) -> str:
        """The object key of a contract path."""
        return f"{self.prefix}/{relative}" if self.prefix else relative

    def relative(self, key: str) -> str:
        """The contract path of an object key below this location."""
        return key[len(self.prefix) + 1 :] if self.prefix else key

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}" if self.prefix else f"s3://{self.bucket}"


def new_run_id(now: datetime) -> str:
    """A fresh run id that sorts by time, such as `20261123T034700Z-9f3c1a`. `now` must be aware."""
    if now.tzinfo is None:
        raise ValueError("run ids are made from aware times: a naive one would sort wrongly")
    return f"{now.astimezone(UTC):{_RUN_STAMP}}-{secrets.token_hex(_RUN_RANDOM_BYTES)}"


def run_started(run_id: str) -> datetime | None:
    """When a run began, as its id says it; None where it is no id of ours."""
    try:
        return datetime.strptime(run_id[:_RUN_STAMP_CHARS], _RUN_STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def runs_since(moment: datetime) -> str:
    """Contract path behind which the runs that began from then on lie."""
    return f"runs/{moment.astimezone(UTC):{_RUN_STAMP}}"


def utc_day(moment: datetime) -> date:
    """The partition day of a fetch: its day in UTC."""
    return moment.astimezone(UTC).date()


def part_key(table: Table, dt: date, run_id: str, seq: int) -> str:
    """Contract path of the part of one batch for one table and day."""
    return f"{table.value}/dt={dt.isoformat()}/{run_id}-{seq:0{_SEQ_DIGITS}d}{table.suffix}"


def is_part_key(path: str) -> bool:
    """Whether a contract path is one that `part_key` makes; any other object below a table's folder is not ours."""
    match = _PART_KEY.fullmatch(path)
    return match is not None and match["suffix"] == Table(match["table"]).suffix


def parse_part_key(path: str) -> tuple[str, int]:
    """`(run_id, seq)` of the batch that stored a part of ours."""
    match = _PART_KEY.fullmatch(path)
    if match is None or not is_part_key(path):
        raise ValueError(f"{path} is no key of a part")
    return match["run_id"], int(match["seq"])


def commit_key(run_id: str, seq: int) -> str:
    """Contract path of a batch's commit record."""
    return f"runs/{run_id}/{seq:0{_SEQ_DIGITS}d}.json"


def parse_commit_key(path: str) -> tuple[str, int] | None:
    """`(run_id, seq)` of a commit record's contract path; None for anything else under `runs/`."""
    match = _COMMIT_KEY.fullmatch(path)
    return (match["run_id"], int(match["seq"])) if match else None


RUNS_FOLDER = "runs/"


def run_key(run_id: str) -> str:
    """Contract path of a finished run's report."""
    return f"runs/{run_id}/run.json"


def parse_run_key(path: str) -> str | None:
    """The run whose report lies at a contract path; None for anything else under `runs/`."""
    run_id = path.removeprefix(RUNS_FOLDER).partition("/")[0]
    return run_id if path == run_key(run_id) else None


def page_key(run_id: str) -> str:
    """Contract path of a finished run's report for people."""
    return f"runs/{run_id}/report.html"


UNDO_FOLDER = "undo/"


def undo_key(article_id: str) -> str:
    """Contract path of the record that undoes the collapse of an article."""
    return f"{UNDO_FOLDER}{article_id}.json"


LOST_FOLDER = "lost/"


def loss_key(part: str) -> str:
    """Contract path of the record that a committed part is lost."""
    return f"{LOST_FOLDER}{part}.json"


FORGOTTEN_FOLDER = "forgotten/"


def takedown_key(name: str) -> str:
    """Contract path of a takedown's record."""
    return f"{FORGOTTEN_FOLDER}{name}.json"


# A Delta Lake table, derived: `newscrawl/tables`.
STORIES_FOLDER = "stories/"
# Derived, too: many small batches in a few objects, see `bucket/rollup.py`.
ROLLUP_FOLDER = "rollup/"
ROLLUP_KEY = f"{ROLLUP_FOLDER}manifest.json"


def rolled_key(segment: str, name: str) -> str:
    """Contract path of an object of a segment of the roll-up."""
    return f"{ROLLUP_FOLDER}{segment}/{name}"


# The data card, for people and for machines.
CARD_KEY, CROISSANT_KEY = "README.md", "croissant.json"


# Held by whoever removes what no commit record names; see `mending.py`.
MENDING_KEY = "_lock/mending.json"
# Of who reads the raw archive again.
REEXTRACTING_KEY = "_lock/reextracting.json"

# Held by the owners of shards; see `leases.py`.
LEASES_FOLDER = "_lock/shards/"
# Of crawls that have all hosts; see `presence.py`.
CRAWLS_FOLDER = "_lock/crawls/"
_LEASE_KEY = re.compile(rf"{LEASES_FOLDER}(?P<count>\d+)/(?P<index>\d+)/(?P<token>\d+)\.json", re.ASCII)
# Zero-padded so that they sort as numbers do: more shards than hosts, more owners of one than hours of a century.
_SHARD_DIGITS, _TOKEN_DIGITS = 5, 8


def lease_key(index: int, count: int, token: int) -> str:
    """Contract path of the lease of a shard with this fencing token."""
    return f"{LEASES_FOLDER}{count:0{_SHARD_DIGITS}d}/{index:0{_SHARD_DIGITS}d}/{token:0{_TOKEN_DIGITS}d}.json"


def parse_lease_key(path: str) -> tuple[int, int, int] | None:
    """`(index, count, token)` of a lease's contract path; None for anything else."""
    match = _LEASE_KEY.fullmatch(path)
    return (int(match["index"]), int(match["count"]), int(match["token"])) if match else None


def crawl_key(run_id: str) -> str:
    """Contract path of the word of a run that it has all hosts."""
    return f"{CRAWLS_FOLDER}{run_id}.json"


def schema_key() -> str:
    """Contract path of the machine-readable schema."""
    return f"_schema/v{SCHEMA_VERSION}.json"
