"""Dates as Hindi pages write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from dateutil import parser

# Hindi papers print Indian Standard Time; a time without a zone is taken for it.
IST = timezone(timedelta(hours=5, minutes=30), "IST")


def parse_date(value: str | None) -> datetime | None:
    """Read a machine-readable date; None when it is none. The result is in UTC."""
    if not value:
        return None
    try:
        when: datetime = parser.parse(value)
    except (ValueError, OverflowError):
        return None  # another source of the page may have one
    return (when if when.tzinfo else when.replace(tzinfo=IST)).astimezone(UTC)
