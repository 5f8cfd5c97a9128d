"""Numbers that come from outside, where anything may stand in the place of a number."""

from __future__ import annotations

# No count, date or number of a story has so many.
_LONGEST = 100


def whole(figures: str) -> int | None:
    """The whole number that a JSON document writes (`json.loads(..., parse_int=whole)`); None where it has more figures
    than a number means, for of more than 4,300 Python makes none, and raises, which would cost the document."""
    return int(figures) if len(figures) <= _LONGEST else None
