"""What the servers answered, as WARC records, each a gzip member of its own, with an index (CDXJ) beside them.

One page of a crawl is its `response` records, a story's first page first, and behind them a `metadata` record with
what discovery and the site list told of it: with that the page can be read again as it was read then. Bodies are as
extraction got them, without the compression they were sent in; as in Common Crawl's files, the headers that thereby
became untrue go by the name `X-Crawler-...`.
"""

from __future__ import annotations

import io
import json
import uuid
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from newscrawl.items import Headers, Hint, LaterPage, Page, RawEntry, RawPage

_VERSION = "WARC/1.1"
# They say how the body was sent, which is not how it lies here.
_AS_SENT = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_VISIBLE = "".join(map(chr, range(0x20, 0x7F)))
_FIELDS = ("discovered_url", "site", "language", "announced", "named")


@dataclass(frozen=True, slots=True)
class Held:
    """One page of a WARC file: what `RawPage` has of it, and the page as it was fetched."""

    raw: RawPage
    page: Page

    @property
    def urls(self) -> tuple[str, ...]:
        """Every address that it is known by."""
        return (self.page.discovered_url, *(entry.url for entry in self.raw.entries))


def raw_page(page: Page) -> RawPage:
    """The records of an answered page; compresses it, which takes a fifth of the time of its extraction."""
    from warcio.warcwriter import WARCWriter  # here: a crawl without a raw archive does not load it

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=_VERSION)
    entries = []
    first = LaterPage(url=page.url, body=page.body, content_type=page.content_type, headers=page.headers)
    for part in (first, *page.later):
        record = writer.create_warc_record(
            part.url,
            "response",
            io.BytesIO(part.body),
            len(part.body),
            warc_headers_dict=_named("response", part.url, page.fetched_at),
            http_headers=_http_headers(page.status or 200, part),
        )
        start = out.tell()
        writer.write_record(record)
        entries.append(_entry(record, start, out.tell() - start))
    # In ASCII: a lone surrogate, which a title may hold, has no other form.
    told = json.dumps(_told(page), sort_keys=True).encode()
    about = {"WARC-Concurrent-To": _record_id("response", page.url, page.fetched_at)}
    writer.write_record(
        writer.create_warc_record(
            page.url,
            "metadata",
            io.BytesIO(told),
            len(told),
            warc_content_type="application/json",
            warc_headers_dict=_named("metadata", page.url, page.fetched_at) | about,
        )
    )
    return RawPage(body=out.getvalue(), entries=tuple(entries))


def warc_file(name: str, run_id: str, software: str, pages: Iterable[RawPage]) -> tuple[bytes, list[RawEntry]]:
    """A whole WARC file of pages fetched in one run, with a `warcinfo` record first, and its answers by offset.

    No time goes in but those of the pages: the same pages give the same bytes.
    """
    from warcio.warcwriter import WARCWriter

    pages = list(pages)
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=_VERSION)
    fields = {"software": software, "format": "WARC File Format 1.1", "isPartOf": run_id, "robots": "obey"}
    info = "".join(f"{field}: {value}\r\n" for field, value in fields.items()).encode()
    since = min(entry.at for page in pages for entry in page.entries)
    headers = _named("warcinfo", name, since) | {"WARC-Filename": name}
    writer.write_record(
        writer.create_warc_record("", "warcinfo", io.BytesIO(info), len(info), warc_headers_dict=headers)
    )
    entries = []
    for page in pages:
        start = out.tell()
        out.write(page.body)
        entries += [replace(entry, offset=start + entry.offset) for entry in page.entries]
    return out.getvalue(), entries


def cdxj(name: str, entries: Iterable[RawEntry]) -> bytes:
    """The index of a WARC file, a line an answer, sorted: SURT of the URL, its time in UTC, the rest as JSON."""
    with warnings.catch_warnings():
        # Its regular expressions, as Python compiles them for the first time.
        warnings.simplefilter("ignore")
        from surt import surt

    lines = []
    for e in entries:
        mime = {"mime": e.mime} if e.mime else {}
        said = {"url": e.url} | mime | {"status": e.status, "digest": e.digest}
        said |= {"length": str(e.length), "offset": str(e.offset), "filename": name}
        lines.append(f"{surt(e.url)} {e.at:%Y%m%d%H%M%S} {json.dumps(said, ensure_ascii=False)}\n")
    return "".join(sorted(lines)).encode()


def cdxj_lines(body: bytes) -> Iterator[dict[str, str]]:
    """What an index says of each answer. Raises `ValueError` where it is none."""
    for line in body.decode().splitlines():
        yield json.loads(line.split(" ", 2)[2])


def held(body: bytes) -> Iterator[Held]:
    """The pages of a WARC file of ours, one in memory at a time. Raises `ValueError` where it is none."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    records = ArchiveIterator(io.BytesIO(body))
    answers: list[LaterPage] = []
    entries: list[RawEntry] = []
    start = 0
    try:
        for record in records:
            content = record.content_stream().read()
            offset, length = records.get_record_offset(), records.get_record_length()
            if record.rec_type == "response":
                if not entries:
                    start = offset
                entries.append(_entry(record, offset - start, length))
                headers = tuple(record.http_headers.headers)
                kind = record.http_headers.get_header("Content-Type")
                answers.append(LaterPage(url=entries[-1].url, body=content, content_type=kind, headers=headers))
            elif record.rec_type == "metadata":
                raw = RawPage(body=body[start : offset + length], entries=tuple(entries))
                yield Held(raw, _page(json.loads(content), raw.entries[0], answers))
                answers, entries = [], []
    except (ArchiveLoadFailed, AttributeError, IndexError, KeyError, TypeError) as e:
        raise ValueError(f"no WARC file of ours: {e!r}") from e


def torn(body: bytes) -> str | None:
    """Why a WARC file of ours cannot be read to its end; None where it can."""
    try:
        deque(held(body), 0)
    except ValueError as e:
        return str(e)
    return None


def only(body: bytes, kept: Sequence[bool]) -> tuple[bytes, list[RawEntry]]:
    """A WARC file of ours with some of its pages only, a bool each, and the answers left in it, by offset; empty where
    none is."""
    out: list[bytes] = []
    entries: list[RawEntry] = []
    at = 0
    for number, found in enumerate(held(body)):
        if number == 0:
            # What stands before the first page says nothing of any.
            out.append(body[: body.index(found.raw.body)])
            at = len(out[0])
        if kept[number]:
            entries += [replace(entry, offset=at + entry.offset) for entry in found.raw.entries]
            out.append(found.raw.body)
            at += len(found.raw.body)
    return (b"".join(out) if entries else b""), entries


def _page(told: dict[str, Any], entry: RawEntry, answers: list[LaterPage]) -> Page:
    hint = told["hint"]
    times = {name: _time(hint[name]) for name in ("published_at", "modified_at")}
    first, *later = answers
    return Page(
        **{name: told[name] for name in _FIELDS},
        url=first.url,
        fetched_at=datetime.fromisoformat(told["fetched_at"]),
        status=int(entry.status),
        body=first.body,
        content_type=first.content_type,
        headers=first.headers,
        hint=Hint(title=hint["title"], zone_assumed=hint["zone_assumed"], **times),
        reservations=tuple(told["reservations"]),
        own_address=told.get("own_address", False),  # records of before lack it
        later=tuple(later),
    )


def _told(page: Page) -> dict[str, Any]:
    hint = page.hint
    return {name: getattr(page, name) for name in _FIELDS} | {
        "fetched_at": page.fetched_at.isoformat(),
        "reservations": list(page.reservations),
        "own_address": page.own_address,
        "hint": {
            "title": hint.title,
            "published_at": hint.published_at and hint.published_at.isoformat(),
            "zone_assumed": hint.zone_assumed,
            "modified_at": hint.modified_at and hint.modified_at.isoformat(),
        },
    }


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _record_id(kind: str, url: str, at: datetime) -> str:
    return f"<{uuid.uuid5(uuid.NAMESPACE_URL, f'{url} {at.isoformat()} {kind}').urn}>"


def _named(kind: str, url: str, at: datetime) -> dict[str, str]:
    date = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"WARC-Record-ID": _record_id(kind, url, at), "WARC-Date": date}


def _http_headers(status: int, part: LaterPage) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    sent: Headers = part.headers or ()
    headers = [(_line(f"X-Crawler-{name}" if name.lower() in _AS_SENT else name), _line(value)) for name, value in sent]
    headers.append(("Content-Length", str(len(part.body))))
    return StatusAndHeaders(f"{status} {phrase}", headers, protocol="HTTP/1.1")


def _line(said: str) -> str:
    """A header's name or value in visible ASCII: anything else, line breaks above all, as its percent code."""
    return quote(said, safe=_VISIBLE)


def _entry(record: Any, offset: int, length: int) -> RawEntry:
    headers = record.rec_headers
    kind = record.http_headers.get_header("Content-Type") or ""
    return RawEntry(
        url=headers.get_header("WARC-Target-URI"),
        at=datetime.fromisoformat(headers.get_header("WARC-Date")),
        mime=kind.partition(";")[0].strip(),
        status=record.http_headers.get_statuscode(),
        digest=headers.get_header("WARC-Payload-Digest"),
        offset=offset,
        length=length,
    )
