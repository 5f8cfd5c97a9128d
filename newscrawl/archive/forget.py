"""Takedowns: what is forgotten leaves every object of the bucket, and is never asked for again.

First the wish is recorded (`bucket/takedowns.py`), then the bucket is made to obey all wishes that are recorded. That
may be done as often as one likes: what a process that was killed left undone, the next one does.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from newscrawl.bucket.check import orphans
from newscrawl.bucket.keys import LOST_FOLDER, RAW_TABLES, Location, Table, page_key, run_key, undo_key
from newscrawl.bucket.losses import losses
from newscrawl.bucket.reader import stored_records
from newscrawl.bucket.rewriting import rewrite
from newscrawl.bucket.rolling import Rolled
from newscrawl.bucket.row_names import NAMES, URLS, row_names
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.bucket.takedowns import Takedown, takedowns, write_takedown
from newscrawl.doing import counted
from newscrawl.errors import ConfigError
from newscrawl.text.urls import twin_of, url_digest, web_url


class Forgotten:
    """Which pages may not be kept, by all wishes together."""

    def __init__(self, wishes: Iterable[Takedown]) -> None:
        wishes = list(wishes)
        self.sites = frozenset(wish.site for wish in wishes if wish.site)
        self.urls = frozenset(url for wish in wishes for url in wish.urls)
        self.ids = frozenset(name for wish in wishes for name in wish.ids)

    def covers(self, url: str, site: str) -> bool:
        """Whether a page may be neither fetched nor kept."""
        return site in self.sites or (bool(self.urls) and not self.urls.isdisjoint(_digests(url)))

    def rows(self, data: pa.Table) -> pa.Array:
        """Of rows of any table, which must go."""
        gone = [False] * data.num_rows
        columns = {name: data[name].to_pylist() for name in NAMES if name in data.column_names}
        for number in range(data.num_rows):
            site = columns["site"][number] if "site" in columns else ""
            gone[number] = ("id" in columns and columns["id"][number] in self.ids) or any(
                self.covers(columns[name][number], site) for name in URLS if name in columns
            )
        return pa.array(gone, pa.bool_())


@dataclass(slots=True)
class Found:
    """What a wish takes away: rows by table, and what they are known by."""

    rows: Counter[Table] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    parts: int = 0


def look_for(store: ObjectStore, location: Location, wish: Takedown) -> Found:
    """What the bucket has of a wish, a part in memory at a time. Reads the whole archive, and again as long as what is
    found has addresses that nobody looked for: a page is known by another with each version."""
    while True:
        found = _found(store, location, Forgotten([wish]))
        wider = _with(wish, found)
        if wider == wish:
            return found
        wish = wider


def _found(store: ObjectStore, location: Location, forgotten: Forgotten) -> Found:
    found = Found()
    for _, table, data in _parts(store, location):
        hit = data.filter(forgotten.rows(data))
        if hit.num_rows:
            found.parts += 1
            found.rows[table] += hit.num_rows
            if "id" in hit.column_names:
                found.ids.update(hit["id"].to_pylist())
            for name in URLS:
                if name in hit.column_names:
                    found.urls.update(hit[name].to_pylist())
    return found


def wish_of(
    store: ObjectStore, location: Location, *, page: str | None, site: str | None, reason: str | None
) -> Takedown:
    """The wish for a page, by URL or article id, or for a site; the recorded one where it was asked for before.

    An id stands for its page: all versions that were fetched of it, and the address. Raises `ConfigError` where no
    article has the id, and where what is named is no address: nothing would go, and its record would say that it did.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if site is not None:
        wish = Takedown(name=f"site-{site}", site=site, asked_at=now, reason=reason)
        return takedowns(store, location).get(wish.name, wish)
    assert page is not None
    digests = _digests(_address(page)) if "/" in page else ()
    for known in takedowns(store, location).values():
        if page in known.ids or set(digests) & set(known.urls):
            return known
    if digests:
        return Takedown(name=f"page-{digests[0][:16]}", urls=tuple(sorted(set(digests))), asked_at=now, reason=reason)
    wish = Takedown(name=f"page-{hashlib.sha256(page.encode()).hexdigest()[:16]}", ids=(page,), asked_at=now)
    found = look_for(store, location, wish)
    if not found.urls:
        raise ConfigError(f"{page}: no article in {location} has this id; name the page by its URL")
    return replace(_with(wish, found), reason=reason)


def _digests(url: str) -> tuple[str, str]:
    """What names a page where its address may not stand: its own, and that under which it and its twins on www., m. and
    amp. are one page."""
    return url_digest(url), url_digest(f"https://{twin_of(url)}")  # without a scheme all keys are one


def _address(page: str) -> str:
    """The URL that is meant, with or without its scheme. Raises `ConfigError` where it is none."""
    said = page.strip()
    bare = "" if "://" in said else f"https://{said.removeprefix('//')}"
    if url := web_url(said) or web_url(bare):
        return url
    raise ConfigError(f"{page!r} is no address of a page: write it as https://www.example.org/story-1")


def record_wish(store: ObjectStore, location: Location, wish: Takedown, found: Found) -> Takedown:
    """Store a wish, with all that its pages are known by."""
    wish = _with(wish, found)
    write_takedown(store, location, wish)
    return wish


def _with(wish: Takedown, found: Found) -> Takedown:
    """A wish with all that its pages are known by: of a site its name says that."""
    if wish.site is not None:
        return wish
    urls = {*wish.urls, *(digest for url in found.urls for digest in _digests(url))}
    return replace(wish, urls=tuple(sorted(urls)), ids=tuple(sorted({*wish.ids, *found.ids})))


def obey(store: ObjectStore, location: Location) -> int:
    """Take out of the bucket what was ever asked to be forgotten; returns how many rows went this time.

    The caller holds the lock object. The parts come last: what they say names the rest.
    """
    wishes = takedowns(store, location)
    if not wishes:
        return 0
    forgotten = Forgotten(wishes.values())
    urls: set[str] = set()
    answered: set[str] = set()
    ids = set(forgotten.ids)
    of_runs: set[str] = set()
    for run_id, _, data in _parts(store, location):
        hit = data.filter(forgotten.rows(data))
        if hit.num_rows:
            of_runs.add(run_id)
        urls.update(url for name in URLS if name in hit.column_names for url in hit[name].to_pylist())
        answered.update(hit["url"].to_pylist() if "url" in hit.column_names else ())
        ids.update(hit["id"].to_pylist() if "id" in hit.column_names else ())
    for name in ids:
        store.delete(location.key(undo_key(name)))
    records = list(stored_records(store, location))
    lost = losses(store, location).keys()
    for run_id in sorted({record.run_id for record in records}):
        _clear_report(store, location, run_id, urls)
    # They tell stories; of what is lost nobody knows which.
    of_runs |= {record.run_id for record in records if any(part.key in lost for part in record.objects)}
    for run_id in sorted(of_runs):
        store.delete(location.key(page_key(run_id)))
    _clear_aside(store, location, forgotten)
    for path, _ in orphans(store, location, records):
        _clear(store, location.key(path), forgotten)
    known = Takedown(name="", asked_at="", ids=tuple(ids))
    gone = Forgotten([*wishes.values(), known])
    # The raw archive knows no ids, and its index no site; what a page names as canonical may be another site's.
    asked = Takedown(name="", asked_at="", urls=tuple(map(url_digest, answered)))
    of_raw = Forgotten([*wishes.values(), asked])

    def goes(table: Table, data: pa.Table) -> pa.Array:
        return (of_raw if table in RAW_TABLES else gone).rows(data)

    rolled = Rolled(store, location)
    for record in records:
        # Its rows are in no part that could be written anew.
        if any(part.key in lost for part in record.objects):
            rolled.drop(record)
    rewritten = counted(records, "writing batches anew")
    taken = sum(rewrite(store, location, record, lost, goes, rolled.drop) for record in rewritten)
    rolled.sweep()
    return taken


def _parts(store: ObjectStore, location: Location) -> Iterator[tuple[str, Table, pa.Table]]:
    """What names each row of the archive, part by part, with its run; of a part that is not there, nothing."""
    for record in counted(list(stored_records(store, location)), "looking through batches"):
        for part in record.objects:
            try:
                body = store.get(location.key(part.key))
            except ObjectMissing:
                continue
            yield record.run_id, part.table, row_names(part.table, body)


def _clear_report(store: ObjectStore, location: Location, run_id: str, urls: Collection[str]) -> None:
    key = location.key(run_key(run_id))
    try:
        body = store.get(key)
    except ObjectMissing:
        return
    try:
        document = json.loads(body)
        pages = document.get("doubtful_pages", {})
        kept = {url: value for url, value in pages.items() if url not in urls}
    except (ValueError, AttributeError, RecursionError):
        # Torn, or another writer's: it must not hold up a takedown, nor outlive it with what is to go.
        if any(url.encode() in body for url in urls):
            store.delete(key)
        return
    if len(kept) < len(pages):
        body = json.dumps(document | {"doubtful_pages": kept}, sort_keys=True, indent=1, ensure_ascii=False).encode()
        store.put(key, body, content_type="application/json")


def _clear_aside(store: ObjectStore, location: Location, forgotten: Forgotten) -> None:
    """What lay in the place of a lost part is whatever somebody put there: a part of ours, as a rule."""
    for key, _ in list(store.list(location.key(LOST_FOLDER))):
        if not key.endswith(".json"):
            _clear(store, key, forgotten)


def _clear(store: ObjectStore, key: str, forgotten: Forgotten) -> None:
    """Delete an object that nothing names, where it holds what must go or cannot be read."""
    try:
        table = next((table for table in RAW_TABLES if key.endswith(table.suffix)), Table.ARTICLES)
        hit = pc.any(forgotten.rows(row_names(table, store.get(key)))).as_py()
    except (ValueError, OSError):
        hit = True
    if hit:
        store.delete(key)
