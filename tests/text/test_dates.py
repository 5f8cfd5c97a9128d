# ruff: noqa: E501  # tables of Hindi dates read better whole
"""Dates: one reader for pages, feeds and sitemaps. The kinds: a zone that is misread or not said, figures in Indian order,
a clock of twelve, a CMS's default or overflow in place of a date, a text made to hang or crash the reader."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.text.ago import ago
from newscrawl.text.dates import IST, date_in_url, find_date, parse_date

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in India."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=IST)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 24 Nov 2026 16:00:00 IST", "Tue Nov 24 16:00:00 IST 2026", "Tue Nov 24 16:00:00 +0530 2026",
        "Tue, 24 Nov 2026 16:00:00+5:30", "Tue, 24 Nov 2026 16:00:00 +5:30", "2026-11-24 10:30:00+00",
        "2026-11-24T16:00:00+0530", "2026-11-24T16:00:00.123456+05:30", "2026-11-24T10:30:00,5Z",
        "Tue Nov 24 2026 16:00:00 GMT+0530 (India Standard Time)", "24 Nov 2026 16:00 GMT+05:30",
        "24 Nov 2026 16:00 UTC+5:30", "24 Nov 2026 16:00 UTC +5:30", "2026-11-24T16:00:00 Asia/Kolkata",
        "2026-11-24T16:00:00+05:30[Asia/Calcutta]", "Published: Nov 24, 2026, 16:00 (IST)", "Nov 24, 2026 04:00:PM IST",
        "24-Nov-26 16:00:00 IST", "Tuesday, 24-Nov-26 10:30:00 GMT", "04:00 PM IST, 24 Nov 2026", "1795516200",
        "1795516200000", "/Date(1795516200000)/", "/Date(1795516200000+0530)/", "20261124T103000Z", "2026-11-24 02:30:00 PST",
        "24 नवंबर 2026, शाम 4 बजे भारतीय समयानुसार",
    ],
)  # fmt: skip
def test_a_time_with_a_zone_is_that_time(text: str) -> None:
    assert find_date(text, NOW) == (at(24, 16), True, True)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("Tue Nov 24 16:00:00 2026", at(24, 16)), ("24-11-2026 16:00:00", at(24, 16)), ("2026/11/24 16:00:00", at(24, 16)),
        ("24/11/2026 4 PM", at(24, 16)), ("24 नवंबर 2026, शाम 4 बजे", at(24, 16)), ("२४ नवंबर २०२६ को शाम ४ बजे", at(24, 16)),
        ("24 नवंबर 2026, मंगलवार, शाम 4:00 बजे", at(24, 16)), ("शाम 4 बजे, 24 नवंबर 2026", at(24, 16)),
        ("24 नवंबर 2026 शाम 4 बजकर 30 मिनट", at(24, 16, 30)), ("24 नवंबर 2026 / 10:15 AM", at(24, 10, 15)),
        ("24 नवंबर 2026 | 10.15 बजे", at(24, 10, 15)), ("24 नवंबर 2026 दोपहर 11:30", at(24, 11, 30)),
        ("24 नवंबर 2026 दोपहर 12:30", at(24, 12, 30)), ("24 नवंबर 2026 दोपहर 1:30 बजे", at(24, 13, 30)),
        ("24 नवंबर 2026 रात 12:30 बजे", at(24, 0, 30)), ("24 नवंबर 2026 देर रात 1 बजे", at(24, 1)),
        ("24 नवंबर 2026 रात 10 बजे", at(24, 22)), ("24 नवंबर 2026 को तड़के 4 बजे", at(24, 4)),
        ("24 नवंबर 2026 12:15 एएम", at(24, 0, 15)), ("24 नवंबर 2026 04:15 पी.एम.", at(24, 16, 15)),
        # The day's name tells which figure is the month where both may be.
        ("Fri, 11/06/2026 - 16:00", at(6, 16)), ("शुक्रवार, 06/11/2026", at(6)), ("शुक्र, 11/06/2026 - 16:00", at(6, 16)), ("Wed 06/11/2026", at(6)),
        ("24.11.26 16:00", at(24, 16)), ("11/24/2026 4:00:00 PM", at(24, 16)), ("Tue, 11/24/2026 - 16:00", at(24, 16)), ("24/11/26", at(24)), ("24 Nov '26", at(24)), ("24th of November 2026", at(24)),
        ("24/Nov/2026", at(24)), ("24/नवंबर/2026 16:00", at(24, 16)), ("24 नवंबर 2026 की रात 10 बजे", at(24, 22)), ("Date - 24.11.2026 / Time - 4:00 PM", at(24, 16)),
        ("2026-Nov-24", at(24)), ("Nov-24-2026 16:00", at(24, 16)), ("20261124 16:00:00", at(24, 16)), ("20261124", at(24)), ("20261124160000", at(24, 16)), ("2026-11-24T24:00:00", at(25)),
        # What ends a time of day is no day.
        ("09:24 November 20, 2026", at(20, 9, 24)), ("16:24 नवंबर 20, 2026", at(20, 16, 24)), ("9:24:11 November 20, 2026", at(20, 9, 24, 11)),
        ("2026-11-24T15:59:60", at(24, 15, 59, 59)), ("प्रकाशित\u200b:\u00a024\u202fनवंबर 2026", at(24)),
    ],
)  # fmt: skip
def test_a_time_without_a_zone_is_indias_and_marked(text: str, when: datetime) -> None:
    found = find_date(text, NOW)
    assert found is not None and (found.when, found.zoned) == (when, False)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01", "-0001-11-30T00:00:00+00:00", "0000-00-00 00:00:00", "1970-01-01T05:30:00+05:30", "0", "1994-12-31",
        "9999-12-31T23:59:59-05:00", "2026-11-27", "2087-11-24", "4102444800", "99999999999", "2026-11-24T10:00:00+25:00",
        "2026-11-24T10:00:00+05:75", "2026-13-24", "31 नवंबर 2026", "13/24/2026", "11/24/26", "05-11-26", "24 Nov 26 people", "2026-11",
        "24 नवंबर", "शाम 4 बजे", "²⁰²⁶-11-24", "",
    ],
)  # fmt: skip
def test_what_no_story_can_be_of_is_no_date(text: str) -> None:
    """Defaults and overflows of CMSes, a zone that no place has, figures that can be read in two ways."""
    assert find_date(text, NOW) is None


def test_a_date_of_tomorrow_is_a_wrong_clock_and_a_later_one_an_event() -> None:
    assert parse_date("2026-11-26T11:29:00+05:30", NOW) and not parse_date("2026-11-26T11:31:00+05:30", NOW)


def test_the_first_believable_date_is_meant() -> None:
    assert parse_date("0000-00-00 00:00:00 | 24 नवंबर 2026", NOW) == at(24)


@pytest.mark.parametrize(
    ("url", "when"),
    [
        ("https://a.example/2026/11/24/khabar/", at(24)), ("https://a.example/khabar-20261124.html", at(24)),
        ("https://a.example/2026-11-24/khabar", at(24)), ("https://a.example/24-11-2026/khabar", at(24)),
        ("https://a.example/2026/11/4/khabar", at(4)), ("https://a.example/desh/2026/nov/04/khabar", at(4)),
        ("https://a.example/2026/11/4", None), ("https://a.example/khabar-2026112412", None), ("https://a.example/2087/11/24/", None),
        ("https://a.example/khabar?d=2026-11-24", None), ("https://a.example/2026/11/", None), ("http://[", None),
    ],
)  # fmt: skip
def test_a_url_may_hold_the_day(url: str, when: datetime | None) -> None:
    found = date_in_url(url, NOW)
    assert (found.when if found else None) == when


def test_letters_that_a_pattern_takes_for_others_name_a_month_too() -> None:
    """To a pattern that knows no case a long s is an s, and a Kelvin sign a k."""
    when = datetime(2026, 8, 20, tzinfo=IST)
    assert parse_date("20 auguſt 2026", NOW) == when
    assert parse_date("Thu auguſt 20 00:00:00 IST 2026", NOW) == when


_PIECES = st.sampled_from(
    ["24", "11", "2026", "26", "-", "/", ".", ":", " ", "T", "Z", "+", "+25:00", "नवंबर", "Nov", "शाम", "रात", "बजे", "AM",
     "पीएम", "IST", "GMT", "UTC", "(", "बजकर", "मिनट", "मंगलवार", "9999", "0000", "१", "99", ",", "को", "Asia/Kolkata", "'", "ſep", "auguſt", "²"]
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=16).map("".join), st.from_regex(r"\d{1,19}(\.\d+)?")))
def test_no_text_raises_and_no_date_is_ahead(text: str) -> None:
    for found in (find_date(text, NOW), date_in_url(f"https://a.example/{text}", NOW)):
        assert found is None or (found.when.year >= 1994 and found.when <= NOW + timedelta(days=1))


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
# hypothesis wants bounds without a zone.
@given(st.datetimes(datetime(1995, 1, 2), datetime(2026, 11, 24)), st.timezones())  # noqa: DTZ001
def test_a_machines_date_comes_back(naive: datetime, zone: object) -> None:
    """What a machine prints, with any zone there is (whole minutes: older ones had seconds), is read as it was meant."""
    when = naive.replace(microsecond=0, tzinfo=zone)  # type: ignore[arg-type]
    assert parse_date(when.isoformat(), NOW) == when


@pytest.mark.parametrize(
    ("line", "minutes"),
    [
        ("2 घंटे पहले", 120), ("३५ मिनट पहले", 35), ("प्रकाशित: 1 घंटा पहले", 60), ("3 hours ago", 180), ("Posted 5 mins ago", 5),
        ("2 घण्टे पूर्व", 120), ("2 घंटे पहले हुए हादसे में", None), ("Updated 2 hours ago", None), ("2 दिन पहले", None), ("", None),
    ],
)  # fmt: skip
def test_a_line_may_tell_how_long_ago_it_was(line: str, minutes: int | None) -> None:
    found = ago(line, NOW)
    assert (found and found.when) == (None if minutes is None else NOW - timedelta(minutes=minutes))
