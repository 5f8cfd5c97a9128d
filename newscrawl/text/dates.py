"""Dates as Hindi pages, feeds and sitemaps write them, for machines and for people: the one reader for all of them.

What no news page can mean is no date: a year before 1995 (1970, 0001: a default of some CMS), 9999, more than a day
ahead of now, a zone that no place has (`+25:00`). The story that bears it is kept, undated.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

import regex

from newscrawl.text.clock import FURTHEST, IST, LETTER, TIME, WEEKDAY, hour_of, zone_of

__all__ = ["IST", "MONTHS", "Moment", "believable", "date_in_url", "find_date", "parse_date"]

# The Hindi news web is younger than this.
_FIRST_YEAR = 1995
# A date further ahead than a wrong clock explains is an event's, not the story's.
_AHEAD = timedelta(days=1)
# A line that dates a story is short; a date that comes later in a text is not the story's.
_LONGEST = 1000
# Matches of one pattern that are looked at: a line with more figures than this is no date line.
_TRIES = 4

# The names of the twelve months: in English, in Hindi, short ones behind the long.
MONTHS = (
    ("january jan", "जनवरी जन"), ("february feb", "फरवरी फर फेब्रुअरी"), ("march mar", "मार्च"),
    ("april apr", "अप्रैल अप्रेल अप्र"), ("may", "मई"), ("june jun", "जून"), ("july jul", "जुलाई जुल जुला"),
    ("august aug", "अगस्त अग"), ("september sept sep", "सितंबर सितम्बर सित सितं सेप्टेंबर"),
    ("october oct", "अक्टूबर अक्तूबर अक्टू अक्तू अक्ट"), ("november nov", "नवंबर नवम्बर नव नवं"),
    ("december dec", "दिसंबर दिसम्बर दिस दिसं"),
)  # fmt: skip
_MONTHS_A_YEAR = len(MONTHS)
_MONTH = {name: i + 1 for i, names in enumerate(MONTHS) for name in " ".join(names).split()}
_MON = f"(?P<mon>{'|'.join(sorted(map(regex.escape, _MONTH), key=len, reverse=True))})(?!{LETTER})"
# Digits of Devanagari, its abbreviation sign, the nukta; marks of direction and joiners mean nothing here.
_PLAIN = str.maketrans(
    {chr(0x0966 + d): str(d) for d in range(10)}
    | {"॰": ".", "\u093c": None, "\u2212": "-"}
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff")
)

_BEFORE = rf"(?<!\d|{LETTER})"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<y>\d{4})(?!\d)"
# Of two figures only where nothing else can be meant: "24 Nov 26 people" is no year.
_SHORT_YEAR = r"(?P<y>\d\d)(?=\s*$|\s?[,|)(]|[\s,]{1,2}\d{1,2}[:.]\d\d)"
_BETWEEN = (
    rf"[\s,|T/–—•·(@:-]{{0,4}}(?:{WEEKDAY}[\s,|]{{0,3}})?(?:(?:को|पर|at|on|के|की|समय|time)(?!{LETTER}))?[\s,|:-]{{0,3}}"
)
# Figures that end a time of day are no day: "10:24 November 20".
_BEFORE_DATE = rf"(?<!\d|{LETTER}|\d:)"
_DATES = (
    rf"{_YEAR}(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})(?!\d)",
    rf"{_YEAR}[\s-]{_MON}[\s-]{_DAY}(?!\d)",
    rf"{_DAY}[\s,./-]{{0,3}}(?:of\s)?{_MON}[.,/\s'’-]{{0,3}}(?:{_YEAR}|{_SHORT_YEAR})",
    rf"{_MON}\.?[\s-]{_DAY}[,\s-]{{1,3}}{_YEAR}",
    # Day first: nobody in India writes the month first in figures. Machines do, of another country's settings: where
    # there is no such month, it is the day (`_moment`).
    rf"(?P<d>\d{{1,2}})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?:{_YEAR}|{_SHORT_YEAR})",
)
_PATTERNS = [regex.compile(f"{_BEFORE_DATE}{date}(?:{_BETWEEN}{TIME})?", regex.I) for date in _DATES]
_TIME_BEFORE = regex.compile(rf"{_BEFORE}{TIME}[\s,|/–—)-]{{0,3}}(?:(?:on|को)\s)?(?:{WEEKDAY}[\s,]{{0,2}})?$", regex.I)
_BEFORE_CHARS = 60
# The day's name before a date, and how the days' names begin, from Monday on.
_DAY_BEFORE = regex.compile(rf"({WEEKDAY})[\s,|]{{1,3}}$", regex.I)
_DAYS = ("mon सोम", "tue मंगल", "wed बुध", "thu गुरु बृहस्पति वीर", "fri शुक्र", "sat शनि", "sun रवि इत")
# date(1), asctime, Twitter: "Mon Sep 04 16:20:35 IST 2023", "... 16:20:35 2023", "... 16:20:35 +0530 2023"
_UNIX = regex.compile(
    rf"{_MON}\s(?P<d>\d{{1,2}})\s(?P<time>\d\d:\d\d:\d\d)\s(?P<zone>[a-z]{{2,5}}|(?:gmt|utc)?[+-]\d\d:?\d\d)?\s?{_YEAR}",
    regex.I,
)
# 20261125, 20261125T1000, 20261125100000; figures alone, or they are a number of something.
_COMPACT = regex.compile(r"(\d{4})(\d\d)(\d\d)(?:[T\s]?(\d\d):?(\d\d)(?::?(\d\d))?\s?(Z|[+-]\d\d:?\d\d)?)?", regex.I)
_ISO = regex.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{3}(?:\d{3})?)?)?(?:Z|[+-]\d\d:[0-5]\d)?)?")
_DAY_CHARS = len("2026-11-25")
_EPOCH = regex.compile(r"(?:@|/Date\()?(\d{9,10}|\d{12,13})(?:\.\d{1,9}|(?:[+-]\d{4})?\)/)?")
_MILLISECONDS = 12  # figures from which an epoch counts them
_URL_DATE = regex.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<sep>[-/_]?)(?P<m>\d\d)(?P=sep)(?P<d>\d\d)(?!\d)"
    r"|(?<!\d)(?P<d>\d\d)(?P<sep>[-/_])(?P<m>\d\d)(?P=sep)(?P<y>20\d\d)(?!\d)"
    # /2026/11/4/, /2026/nov/04/: as folders
    r"|/(?P<y>20\d\d)/(?P<m>\d{1,2})/(?P<d>\d{1,2})(?=/)"
    rf"|/(?P<y>20\d\d)/(?P<mon>{'|'.join(name for name in _MONTH if name.isascii())})/(?P<d>\d{{1,2}})(?=/)",
    regex.IGNORECASE,
)


class Moment(NamedTuple):
    """A date that was read, in UTC; whether a time of day stood with it (else midnight) and a zone (else IST)."""

    when: datetime
    timed: bool
    zoned: bool


def believable(when: datetime, now: datetime) -> bool:
    """Whether a story of this date can have been published by `now`, give or take a wrong clock."""
    return when.year >= _FIRST_YEAR and when <= now + _AHEAD


def find_date(text: str | None, now: datetime | None = None) -> Moment | None:
    """The first believable date in `text`; `now` is the clock's unless given.

    English and Hindi month names, Devanagari digits, ISO 8601, RFC 822, date(1), JavaScript's, day-first figures, epoch
    seconds and milliseconds; times by the clock or by the part of the day; IST where no zone is given. None where
    there is none. Never raises.
    """
    if not text or not (text := plain(text)):
        return None
    now = now or datetime.now(UTC)
    if text.isascii() and (found := _machine(text, now) or _figures(text, now)):
        return found
    text = _UNIX.sub(r"\g<d> \g<mon> \g<y> \g<time> \g<zone>", text)
    matches = [match for p in _PATTERNS for match in islice(p.finditer(text), _TRIES)]
    for match in sorted(matches, key=lambda m: m.start()):
        if moment := _read(match, now):
            return moment
    return None


def parse_date(value: str | None, now: datetime | None = None) -> datetime | None:
    """The date in `value`, in UTC; None when there is none. See `find_date`."""
    found = find_date(value, now)
    return found.when if found else None


def date_in_url(url: str, now: datetime | None = None) -> Moment | None:
    """The day that a URL's path holds (/2026/11/25/, /2026/nov/25/, -20261125.html), the last resort for a page."""
    try:
        path = urlsplit(url).path[:_LONGEST]
    except ValueError:
        return None
    now = now or datetime.now(UTC)
    return next((moment for match in _URL_DATE.finditer(path) if (moment := _moment(match.groupdict(), now))), None)


def plain(text: str) -> str:
    """A line as the patterns of dates expect it: single spaces, figures of ASCII, without marks that mean nothing."""
    text = " ".join(text[: 4 * _LONGEST].split())[:_LONGEST]
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_PLAIN)


def _machine(text: str, now: datetime) -> Moment | None:
    """ISO 8601 whole, as nearly every sitemap has it: a tenth of the time of looking for it."""
    if not _ISO.fullmatch(text):
        return None
    try:
        when = datetime.fromisoformat(text).replace(microsecond=0)
        zoned = when.tzinfo is not None
        moment = Moment((when if zoned else when.replace(tzinfo=IST)).astimezone(UTC), len(text) > _DAY_CHARS, zoned)
    except (ValueError, OverflowError):
        return None
    is_place = abs(when.utcoffset() or timedelta()) <= FURTHEST
    return moment if is_place and believable(moment.when, now) else None


def _figures(text: str, now: datetime) -> Moment | None:
    """A value that is figures alone."""
    if epoch := _EPOCH.fullmatch(text):
        seconds = int(epoch[1]) / (1000 if len(epoch[1]) >= _MILLISECONDS else 1)
        when = datetime.fromtimestamp(seconds, UTC)
        return Moment(when, True, True) if believable(when, now) else None
    if compact := _COMPACT.fullmatch(text):
        names = ("y", "m", "d", "h", "mi", "s", "zone")
        return _moment(dict(zip(names, compact.groups(), strict=True)), now)
    return None


def _read(match: regex.Match[str], now: datetime) -> Moment | None:
    part = match.groupdict()
    ahead = match.string[max(0, match.start() - _BEFORE_CHARS) : match.start()]
    if part["h"] is None and (before := _TIME_BEFORE.search(ahead)):
        part |= before.groupdict()
    if part.get("m") and len(part["y"] or "") > 2 and (named := _DAY_BEFORE.search(ahead)):
        part = _by_weekday(part, named[1].lower())
    if len(part["y"] or "") == 2 and _ambiguous(part, now):
        return None
    return _moment(part, now)


def _by_weekday(part: dict[str, str | None], named: str) -> dict[str, str | None]:
    """Figures with the month first where only then the day has the name that it is given, as Drupal prints them."""
    months_first = part | {"d": part["m"], "m": part["d"]}
    days = []
    for one in (part, months_first):
        try:
            days.append(_DAYS[date(int(one["y"] or 0), int(one["m"] or 0), int(one["d"] or 0)).weekday()])
        except ValueError:
            return part
    day_first, month_first = (named.startswith(tuple(names.split())) for names in days)
    return months_first if month_first and not day_first else part


def _ambiguous(part: dict[str, str | None], now: datetime) -> bool:
    # 05-11-26: the fifth of November, or ISO's habit without the century. Slashes and dots are day first.
    return part.get("sep") == "-" and _moment({"y": part["d"], "m": part["m"], "d": part["y"]}, now) is not None


def _moment(part: dict[str, str | None], now: datetime) -> Moment | None:
    figure, year = part.get("m"), int(part["y"] or 0)
    # Folded as the pattern folds: to it "auguſt" is August, to `lower` it is not.
    month = int(figure) if figure else _MONTH[str(part.get("mon")).casefold()]
    day_figure = int(part["d"] or 0)
    if day_figure <= _MONTHS_A_YEAR < month and len(part["y"] or "") > 2:
        month, day_figure = day_figure, month
    year += 2000 if len(part["y"] or "") == 2 else 0
    # Before anything is computed: at the ends of the calendar it overflows.
    if not _FIRST_YEAR <= year <= now.year + 1:
        return None
    zone = zone_of(part.get("zone"))
    if zone is None:
        return None
    hour = hour_of(int(part.get("h") or 0), part.get("part"), part.get("half"))
    second = min(int(part.get("s") or 0), 59)  # a leap second
    try:
        day = datetime(year, month, day_figure, tzinfo=zone)
        when = day + timedelta(hours=hour, minutes=int(part.get("mi") or 0), seconds=second)
    except ValueError:
        return None
    moment = Moment(when.astimezone(UTC), part.get("h") is not None, bool(part.get("zone")))
    return moment if believable(moment.when, now) else None
