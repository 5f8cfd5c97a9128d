"""Where a ledger and one that was made anew from the bucket say different things of a URL."""

from __future__ import annotations

import sqlite3

from newscrawl.state import expired


def compared_urls(db: sqlite3.Connection, unchanged: int) -> list[str]:
    """One line a contradiction between `main` and the attached `rebuilt`; `unchanged`: pages that left no row.

    Both are read side by side in order of key: millions of URLs take no memory.
    """
    lines: list[str] = []
    retimed, surplus = _Some(), _Some()
    for key, url, state, fetched, mine, mine_fetched in db.execute(
        "SELECT r.key, r.url, r.state, r.fetched, o.state, o.fetched FROM rebuilt.urls r"
        " LEFT JOIN main.urls o ON o.key = r.key AND o.fetched IS NOT NULL"
        " WHERE r.fetched IS NOT NULL AND (o.state IS NOT r.state OR o.fetched IS NOT r.fetched)"
    ):
        if mine is None and expired.known_until(db, key) is not None:
            continue  # in the compact form, which has no state
        # An unchanged page left no row, only its time: later for a recheck, also behind one that failed; earlier for a
        # main page that its AMP page overtook in the workers.
        if mine == "done" and (state == "done" or mine_fetched > fetched):
            retimed.add(url)
        else:
            lines.append(f"ledger, {url}: {mine or 'unknown'}, the bucket says {state}")
    # An unchanged page may have been asked for, and have answered, under addresses that no row names.
    for (url,) in db.execute(
        "SELECT o.url FROM main.urls o LEFT JOIN rebuilt.urls r ON r.key = o.key AND r.fetched IS NOT NULL"
        " WHERE o.fetched IS NOT NULL AND r.key IS NULL"
    ):
        surplus.add(url)
    for (number,) in db.execute(
        "SELECT hash FROM main.expired EXCEPT SELECT key_hash(key) FROM rebuilt.urls WHERE fetched IS NOT NULL"
    ):
        surplus.add(f"one with the key's hash {number}")
    if retimed.count > 2 * unchanged:
        lines.append(f"ledger: {retimed.count} URLs fetched at other times than the bucket says, {retimed.example}")
    if surplus.count > 2 * unchanged:
        lines.append(f"ledger: {surplus.count} URLs fetched that the bucket does not hold, {surplus.example}")
    return lines


class _Some:
    """How many, and one of them."""

    def __init__(self) -> None:
        self.count, self.example = 0, ""

    def add(self, name: str) -> None:
        self.example = self.example or f"such as {name}"
        self.count += 1
