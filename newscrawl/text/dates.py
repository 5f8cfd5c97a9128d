"""Dates as Hindi pages write them, for machines and for people."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import regex

# Hindi papers print Indian Standard Time; a time without a zone is taken for it.
IST = timezone(timedelta(hours=5, minutes=30), "IST")
# The Hindi news web is younger than this; an older "date" is a default of some CMS (1970) or a misreading.
_FIRST_YEAR = 1995

_MONTHS = (
    ("january jan", "जनवरी जन"), ("february feb", "फरवरी फर फेब्रुअरी"), ("march mar", "मार्च"),
    ("april apr", "अप्रैल अप्रेल अप्र"), ("may", "मई"), ("june jun", "जून"), ("july jul", "जुलाई जुल जुला"),
    ("august aug", "अगस्त अग"), ("september sept sep", "सितंबर सितम्बर सित सितं सेप्टेंबर"),
    ("october oct", "अक्टूबर अक्तूबर अक्टू अक्तू अक्ट"), ("november nov", "नवंबर नवम्बर नव नवं"),
    ("december dec", "दिसंबर दिसम्बर दिस दिसं"),
)  # fmt: skip
_MONTH = {name: i + 1 for i, names in enumerate(_MONTHS) for name in " ".join(names).split()}
_MONTH_NAMES = "|".join(sorted(map(regex.escape, _MONTH), key=len, reverse=True))
_DIGITS = str.maketrans({chr(0x0966 + d): str(d) for d in range(10)} | {"॰": ".", "\u093c": None, "\u00a0": " "})

_BEFORE = r"(?<![\d\p{L}\p{M}])"
_TIME = (
    r"(?:[\s,|T\-–(@:]*(?:को|पर|at|on|के|समय|time)?[\s,|]*(?P<part>सुबह|दोपहर|शाम|रात|पूर्वाह्न|अपराह्न)?\s*"
    r"(?P<h>\d{1,2})[:.](?P<mi>\d\d)(?::(?P<s>\d\d)(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?|एएम|पीएम|पूर्वाह्न|अपराह्न)?\s*(?:बजे)?\s*(?P<zone>z\b|utc|gmt|ist|[+-]\d\d:?\d\d)?(?![\d]))?"
)
_PATTERNS = [
    regex.compile(_BEFORE + body + _TIME, regex.I)
    for body in (
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s,.-]{{0,3}}(?P<mon>{_MONTH_NAMES})[.,\s'’-]{{1,3}}(?P<y>\d{{4}})(?!\d)",
        rf"(?P<mon>{_MONTH_NAMES})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[,\s]{{1,3}}(?P<y>\d{{4}})(?!\d)",
        # Day first: nobody in India writes the month first in figures.
        r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})(?!\d)",
    )
]
# date(1) order: "Mon Sep 04 16:20:35 IST 2023"
_UNIX = regex.compile(
    rf"(?P<mon>{_MONTH_NAMES})\s+(?P<d>\d{{1,2}})\s+(?P<time>\d\d:\d\d:\d\d)\s+(?P<zone>ist|utc|gmt)\s+(?P<y>\d{{4}})",
    regex.I,
)


class Moment(NamedTuple):
    """A date that was read, in UTC; whether a time of day stood with it (else midnight) and a zone (else IST)."""

    when: datetime
    timed: bool
    zoned: bool


def find_date(text: str | None) -> Moment | None:
    """The first date in `text`.

    English and Hindi month names, Devanagari digits, ISO 8601, RFC 822, day-first figures; IST where no
    zone is given. None where there is no date.
    """
    if not text:
        return None
    text = unicodedata.normalize("NFC", text).translate(_DIGITS)
    text = _UNIX.sub(r"\g<d> \g<mon> \g<y> \g<time> \g<zone>", text)
    found = [match for p in _PATTERNS if (match := p.search(text))]
    for match in sorted(found, key=lambda m: m.start()):
        if when := _read(match.groupdict()):
            return when
    return None


def parse_date(value: str | None) -> datetime | None:
    """The date in `value`, in UTC; None when there is none. See `find_date`."""
    found = find_date(value)
    return found.when if found else None


def _read(part: dict[str, str | None]) -> Moment | None:
    figure = part.get("m")
    month = int(figure) if figure else _MONTH[str(part["mon"]).lower()]
    hour, timed = int(part["h"] or 0), part["h"] is not None
    half = (part["half"] or part["part"] or "").lower()
    if half and (half[0] == "p" or half in ("पीएम", "अपराह्न", "शाम", "दोपहर", "रात")) and hour < 12:
        # "रात 2 बजे" is two in the morning.
        hour += 0 if half == "रात" and hour < 6 else 12
    elif half and hour == 12 and half not in ("दोपहर", "अपराह्न") and half[0] != "p" and half != "पीएम":
        hour = 0
    try:
        when = datetime(
            int(str(part["y"])),
            month,
            int(str(part["d"])),
            hour,
            int(part["mi"] or 0),
            int(part["s"] or 0),
            tzinfo=_zone(part["zone"]),
        )
    except ValueError:
        return None
    return Moment(when.astimezone(UTC), timed, bool(part["zone"])) if when.year >= _FIRST_YEAR else None


def _zone(name: str | None) -> timezone:
    if not name or name.lower() == "ist":
        return IST
    if name.lower() in ("z", "utc", "gmt"):
        return UTC
    digits = name[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset if name[0] == "+" else -offset)
