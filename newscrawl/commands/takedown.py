"""`scrapy bucket forget`: a takedown, told before it is done."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from newscrawl.commands.opened import locked, opened
from newscrawl.config import Config
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from newscrawl.bucket.keys import Location
    from newscrawl.bucket.s3 import ObjectStore
    from newscrawl.bucket.takedowns import Takedown

# What else is needed is imported where it is, for each command imports this module.

# URLs that a takedown names before it is done.
_SHOWN = 10


def forget(config: Config, opts: argparse.Namespace, page: str | None) -> None:
    """Say what a takedown of a page, or of `opts.site`, takes away; with `opts.yes` do it."""
    with opened(config, write=opts.yes) as (store, location):
        with locked(config):
            if (wish := _asked(store, location, opts, page)) is None:
                return
            taken, stories = _take_down(config, store, location)
        changed = "1 story" if stories == 1 else f"{stories:,} stories"
        print(f"forgotten: {taken:,} rows, {changed} changed; recorded as forgotten/{wish.name}.json")
        # By a run, which has the lock itself.
        if founded := _found_anew(config):
            print(f"what is left of stories whose first article went: {founded:,} moved")


def _asked(store: ObjectStore, location: Location, opts: argparse.Namespace, page: str | None) -> Takedown | None:
    """The wish, recorded, when all that it takes away has been told; None where that was all that was asked for."""
    from newscrawl.archive.forget import look_for, record_wish, wish_of
    from newscrawl.bucket.takedowns import takedowns
    from newscrawl.tables.stories_table import has_stories, open_stories

    if has_stories(store, location):
        open_stories(store, location)  # refuses now rather than half-way where deltalake is not installed
    wish = wish_of(store, location, page=page, site=opts.site, reason=opts.reason)
    found = look_for(store, location, wish)
    rows = ", ".join(f"{number} of {table}" for table, number in sorted(found.rows.items())) or "no rows"
    if known := wish.name in takedowns(store, location):
        print(f"asked for since {wish.asked_at}: forgotten/{wish.name}.json")
    print(f"{'forgetting' if opts.yes else 'would forget'} {rows}, in {found.parts} parts of {location}")
    for url in sorted(found.urls)[:_SHOWN]:
        print(printable(f"  {url}"))
    if len(found.urls) > _SHOWN:
        print(f"  and {len(found.urls) - _SHOWN} URLs more")
    if not opts.yes:
        if found.rows:
            print("nothing was changed: --yes does it, and nothing brings it back")
        elif not known:
            print("nothing was changed: --yes keeps it from being stored from now on")
        return None
    return record_wish(store, location, wish, found)


def _take_down(config: Config, store: ObjectStore, location: Location) -> tuple[int, int]:
    """Have bucket, stories table and state obey what is recorded; returns rows taken out, and stories changed."""
    from newscrawl.archive.consistency import rebuild
    from newscrawl.archive.forget import Forgotten
    from newscrawl.archive.opening import open_archive
    from newscrawl.bucket.takedowns import takedowns
    from newscrawl.run.run_page import PAGE
    from newscrawl.run.span_page import SPAN_PAGE
    from newscrawl.tables.compact import take_out

    for page in (PAGE, SPAN_PAGE):  # they name pages, and tell stories
        (config.state_dir / page).unlink(missing_ok=True)
    forgotten = Forgotten(takedowns(store, location).values())
    # The state holds titles and texts, too.
    done = rebuild(store, location, config.state_dir, lambda: open_archive(config, store, location))
    return done.forgotten, take_out(store, location, forgotten.ids, forgotten.sites)


def _found_anew(config: Config) -> int:
    from newscrawl.run.joining import found_anew
    from newscrawl.run.run import Run

    run = Run.open(config)
    try:
        return found_anew(run)
    finally:
        run.close()
