"""The metadata, value by value: which source gave it, what the others say, and why they are not believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from newscrawl.extraction.metadata.said import Heard
from newscrawl.extraction.story import Steps
from newscrawl.items import Article, Reject
from newscrawl.text.dates import Moment


@dataclass(frozen=True, slots=True)
class Value:
    """A column's value and its source; `others`: source, value, and why it is not believed ("" where it agrees)."""

    name: str
    value: str | None
    source: str | None = None
    others: tuple[tuple[str, str, str], ...] = ()


def values(found: Steps, outcome: Article | Reject) -> list[Value]:
    """The columns that metadata fills."""
    told = [_value(name, heard) for name, heard in found.meta.heard.items()]
    told.append(_value("origin", found.origin))
    code = outcome.language if isinstance(outcome, Article) else None
    told.append(Value("language", code, "the words of the text; no label of the page is asked" if code else None))
    if zone := found.meta.zone_assumed:
        told.append(Value("zone_assumed", str(zone), "published_at was said without a zone: India's is taken"))
    if found.summary and found.meta.summary is None:
        told = [v if v.name != "summary" else Value("summary", found.summary, "printed with the story") for v in told]
    return told


def _value(name: str, heard: Heard) -> Value:
    value = _told(heard.value)
    if name == "tags":
        return Value(name, value, _named_by(heard))
    others: list[tuple[str, str, str]] = []
    behind = False
    for one in heard.said:
        if one.source == heard.source and one.value == heard.value and not behind:
            behind = True
            continue
        said = _told(one.value) or ""
        if one.refused:
            why = f"it {one.refused}" if not one.refused[0].isdigit() and " named" not in one.refused else one.refused
        elif said == value:
            why = ""
        elif isinstance(one.value, Moment) and not one.value.timed and not behind:
            why = "says the day alone"
        else:
            why = f"{heard.source} is believed before it" if heard.source else ""
        others.append((one.source, said, why))
    return Value(name, value, heard.source, tuple(dict.fromkeys(others)))


def _named_by(heard: Heard) -> str | None:
    """The sources of a value that is all that they name."""
    named: dict[str, list[str]] = {}
    for one in heard.said:
        named.setdefault(one.source, []).append(_told(one.value) or "-")
    return "; ".join(f"{source} ({', '.join(said)})" for source, said in named.items()) or None


def _told(value: Any) -> str | None:
    if isinstance(value, Moment):
        value = value.when
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or None
    return str(value) if value else None
