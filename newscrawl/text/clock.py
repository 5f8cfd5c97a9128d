"""The time of day in a date: clock figures, parts of the day as Hindi names them, zones."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import regex

# Hindi papers print Indian Standard Time; a time without a zone is taken for it.
IST = timezone(timedelta(hours=5, minutes=30), "IST")

# A letter with its signs: what must not stand next to a word that is meant whole.
LETTER = r"[\p{L}\p{M}]"
WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|"
    rf"(?:सोम|मंगल|बुध|गुरु|बृहस्पति|वीर|शुक्र|शनि|रवि|इत)(?:वार)?)(?!{LETTER})"
)

_MORNING = ("सुबह", "सवेरे", "प्रातः", "प्रात", "तडके", "भोर", "पूर्वाह्न")
_AFTERNOON = ("दोपहर बाद", "अपराह्न", "शाम", "सायं", "संध्या")
_NOON, _NIGHT = "दोपहर", ("देर रात", "आधी रात", "रात")
_PARTS = "|".join(sorted((*_MORNING, *_AFTERNOON, _NOON, *_NIGHT), key=len, reverse=True))
_PM = regex.compile(r"p|पी|अपराह्न", regex.I)
_HALF = rf"(?P<half>[ap]\.?\s?m(?!{LETTER})\.?|(?:ए|पी)\.?\s?एम(?!{LETTER})\.?|पूर्वाह्न|अपराह्न)"

# Hours from UTC by name. IST is India's here, never Israel's or Ireland's.
_NAMED = {
    "z": 0.0, "utc": 0.0, "gmt": 0.0, "ut": 0.0, "ist": 5.5, "india standard time": 5.5, "indian standard time": 5.5,
    "asia/kolkata": 5.5, "asia/calcutta": 5.5, "भारतीय समयानुसार": 5.5, "भारतीय मानक समय": 5.5, "भारतीय समय": 5.5,
    "npt": 5.75, "pkt": 5.0, "sgt": 8.0, "cet": 1.0, "cest": 2.0, "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0,
    "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
}  # fmt: skip
_NAMES = "|".join(sorted(map(regex.escape, _NAMED), key=len, reverse=True))
# +05:30, +0530, +5:30; +05 and +5 only where nothing stands between, or after UTC: "10:00 - 11" is a span of hours.
_OFFSET = r"(?:(?:utc|gmt)\s?[+-]\s?\d{1,2}(?::?\d\d)?|\s?[+-]\d{1,2}:?\d\d|[+-]\d\d)(?![\d:])"
_ZONE = rf"(?:(?P<zone>{_OFFSET})|\s?[(\[]?\s?(?:(?P<zone>{_OFFSET})|(?P<zone>{_NAMES})(?!{LETTER}|\d)))?"
_FIGURES = regex.compile(r"([+-])\s?(\d{1,2}?):?(\d\d)?$")
# No place is further from UTC (Kiribati, +14).
FURTHEST = timedelta(hours=14)

_OCLOCK = r"(?:बजे|hrs?(?![a-z])|hours(?![a-z]))"
# With minutes, or an hour alone where a word says that it is one. Spaces are single, and every repeat is bounded.
TIME = (
    rf"(?:(?P<part>{_PARTS})(?:\s(?:को|के|करीब))?\s?)?"
    r"(?P<h>[01]?\d|2[0-4])"
    r"(?:[:.](?P<mi>[0-5]\d)(?:[:.](?P<s>[0-6]\d)(?:[.,]\d{1,9})?)?(?!\d)"
    r"|\sबजकर\s(?P<mi>[0-5]?\d)\sमिनट"
    rf"|(?=[\s:]?(?:{_HALF.replace('?P<half>', '?:')}|{_OCLOCK})))"
    rf"(?:[\s:]?{_HALF})?(?:\s?{_OCLOCK})?{_ZONE}"
)


def hour_of(hour: int, part: str | None, half: str | None) -> int:
    """The hour of the day, 0 to 24: of a clock of twelve by its half (AM, PM) or the part of the day (शाम, रात)."""
    if half:
        if _PM.match(half):
            return hour + 12 if hour < 12 else hour
        return 0 if hour == 12 else hour
    if part in _AFTERNOON:
        return hour + 12 if hour < 12 else hour
    if part == _NOON:
        # It begins before noon: दोपहर 11:30 is no midnight.
        return hour + 12 if hour <= 6 else hour
    if part in _NIGHT:
        # "रात 2 बजे" is two in the morning.
        return 0 if hour == 12 else hour + 12 if 6 <= hour < 12 else hour
    return 0 if part in _MORNING and hour == 12 else hour


def zone_of(name: str | None) -> timezone | None:
    """The zone that a date names, IST where it names none; None where there is no such zone."""
    if not name:
        return IST
    name = name.strip().lower()
    if name in _NAMED:
        hours = _NAMED[name]
        return UTC if hours == 0 else IST if hours == 5.5 else timezone(timedelta(hours=hours))
    found = _FIGURES.search(name)
    if not found:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if offset > FURTHEST or minutes > 59:
        return None
    return timezone(offset if found[1] == "+" else -offset)
