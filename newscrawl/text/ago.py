"""How long ago a page says that its story appeared: "2 घंटे पहले", "35 minutes ago"."""

from __future__ import annotations

from datetime import datetime, timedelta

import regex

from newscrawl.text.dates import Moment, plain

_UNITS = {"मिनट": 1, "मिनिट": 1, "minute": 1, "min": 1, "घंटे": 60, "घंटा": 60, "घंटों": 60, "घण्टे": 60, "घण्टा": 60,
          "hour": 60, "hr": 60}  # fmt: skip
# The whole of a line, for within one a story tells what happened when. Of an update it says nothing of the story.
_AGO = regex.compile(
    r"(?:(?:प्रकाशित|पोस्ट किया गया|published|posted)\s?[:–-]?\s?)?"
    rf"(\d{{1,2}})\s?({'|'.join(sorted(_UNITS, key=len, reverse=True))})s?\s(?:पहले|पूर्व|ago)",
    regex.IGNORECASE,
)


def ago(line: str, now: datetime) -> Moment | None:
    """The time that a printed line tells by minutes or hours before `now`; None where it is no such line.

    Exact to the unit that it counts in. Days are not read: which one is meant, midnight or the clock decides.
    """
    found = _AGO.fullmatch(plain(line))
    if found is None:
        return None
    minutes = int(found[1]) * _UNITS[found[2].casefold()]
    return Moment((now - timedelta(minutes=minutes)).replace(second=0, microsecond=0), True, True)
