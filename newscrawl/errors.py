"""The failures a person can mend, each with the exit code of its class.

An error here carries one line: what is wrong, where, and the mend. Commands print that line and exit
with `exit_code`; `docs/exit-codes.md` documents every code.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

# The name of the command that an installed newscrawl has.
INSTALLED = "newscrawl"
# What ends a run that nobody wished to be short, by the reason that Scrapy gives.
STOPS = {
    "shutdown": "a signal",
    "memusage_exceeded": "MEMUSAGE_LIMIT_MB",
    "closespider_errorcount": "CLOSESPIDER_ERRORCOUNT",
}
# Variables that say which archive a command is about.
_ARCHIVE = ("SCRAPY_PROJECT", "NEWSCRAWL_STATE_DIR", "NEWSCRAWL_BUCKET")


def program() -> str:
    """What the user types before a command's name: `newscrawl` where that started the process, else `scrapy`."""
    return INSTALLED if Path(sys.argv[0]).name == INSTALLED else "scrapy"


def command(words: str, start: str | None = None) -> str:
    """One of our commands, to paste into the shell that started this process: with what of the environment says which
    archive is meant. `start`: what stands for `program()`."""
    environment = [f"{name}={shlex.quote(os.environ[name])}" for name in _ARCHIVE if os.environ.get(name)]
    return " ".join([*environment, start or program(), words])


class NewscrawlError(Exception):
    """A failure with a known mend. `str(error)` is the one line to show; `exit_code` is the process's."""

    exit_code = 1


class ConfigError(NewscrawlError):
    """A setting, an argument or a sites file is wrong; nothing was fetched."""

    exit_code = 2


class BucketMissing(NewscrawlError):
    """The bucket does not exist (404 NoSuchBucket). newscrawl creates only the embedded server's own."""

    exit_code = 3


class AccessDenied(NewscrawlError):
    """The endpoint answered, and refused the credentials (401, 403) or found none to send."""

    exit_code = 4


class EndpointUnreachable(NewscrawlError):
    """No S3 server answered at start: wrong address, server down, or the embedded server did not come up."""

    exit_code = 5


class StorageOutage(NewscrawlError):
    """S3 stayed away during the run for longer than the setting allows; uncommitted pages stay pending."""

    exit_code = 6


class StateLocked(NewscrawlError):
    """Another run holds the state directory."""

    exit_code = 7


class StateMismatch(NewscrawlError):
    """Ledger or index were made by other settings or versions; `scrapy bucket rebuild` mends it."""

    exit_code = 8


class FunnelMismatch(NewscrawlError):
    """The rows committed do not sum to the pages fetched: a bug, reported instead of hidden."""

    exit_code = 9


class NothingDiscovered(NewscrawlError):
    """Every feed, sitemap and section failed: the network or the site list is wrong, not the news quiet."""

    exit_code = 10


class Stopped(NewscrawlError):
    """A signal, or a bound on memory or errors, ended the run early. What is not committed stays pending."""

    exit_code = 11


class BucketDamaged(NewscrawlError):
    """`scrapy bucket check` found bucket or state in disagreement; each finding is a line of its own."""

    exit_code = 12


class StateUnwritable(NewscrawlError):
    """The state directory could not be written during the run: disk full, read-only, an I/O error."""

    exit_code = 13


class WorkersBroken(NewscrawlError):
    """Worker processes do not start or do not last: memory is short. What is not committed stays pending."""

    exit_code = 14


class Alarmed(NewscrawlError):
    """The run came to its end, and is not like those before it: a site, its sources or the store broke."""

    exit_code = 15


class SitesFailed(NewscrawlError):
    """`scrapy sites check` found sites of which no fresh article in their language comes; each is named before."""

    exit_code = 16


class LeaseLost(NewscrawlError):
    """Another run has the shard, or this one could not say in time that it still has it."""

    exit_code = 17


class FeedLost(NewscrawlError):
    """The run came to its end, and a feed of -o, -O or FEEDS lacks what it fetched; the bucket has it."""

    exit_code = 18


def last_line(failure: NewscrawlError | None, committed: int = 0) -> str:
    """The last line of a run: its exit code's meaning in words. `committed`: pages that are in the bucket."""
    if failure is None:
        return "finished: everything that was fetched is committed (exit code 0)"
    if isinstance(failure, Alarmed | FeedLost):
        return (
            f"finished: everything that was fetched is committed, and something broke: {failure}"
            f" (exit code {failure.exit_code})"
        )
    kept = f"; {committed} pages are committed, the others stay pending" if committed else ""
    outcome = "stopped" if isinstance(failure, Stopped) else "failed"
    return f"{outcome}: {failure}{kept} (exit code {failure.exit_code})"
