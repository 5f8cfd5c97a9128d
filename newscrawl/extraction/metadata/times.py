"""When a story was published and changed last: what head, marks and print say of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import regex

from newscrawl.extraction.elements import Elements
from newscrawl.extraction.metadata import below_headline, linked_data
from newscrawl.extraction.metadata.said import Heard, Said
from newscrawl.extraction.prune import boxes
from newscrawl.extraction.prune.layout import beginning_of, lineage, text_of
from newscrawl.extraction.prune.measure import HEADLINE_CHARS
from newscrawl.items import Page
from newscrawl.text.ago import ago
from newscrawl.text.dates import IST, date_in_url, find_date

PUBLISHED = (
    "article:published_time", "article:published_date", "article:published", "datepublished", "og:published_time",
    "publish-date", "publish_date", "published_date", "published-date", "publishdate", "pubdate", "date_published",
    "og:article:published_time", "dc.date.issued", "dcterms.created", "dcterms.date", "parsely-pub-date",
    "sailthru.date", "cxenseparse:recs:publishtime", "article_date_original", "date",
)  # fmt: skip
MODIFIED = (
    "article:modified_time", "article:modified_date", "og:article:modified_time", "datemodified", "og:updated_time",
    "og:modified_time", "last-modified", "lastmod", "modified_date", "article:modified", "dcterms.modified",
)  # fmt: skip
HINT = "the feed or sitemap"
_UPDATED_LABEL = regex.compile(r"updat|modif|अपडेट|संशोधित", regex.I)
_PUBLISHED_LABEL = regex.compile(r"publish|posted|प्रकाशित|पब्लिश", regex.I)
_RELEASED = regex.compile(rf"{_PUBLISHED_LABEL.pattern}|दिनांक|तारीख|\bdate", regex.I)
# Posts in a story are few.
_TIMES = 10
# A teaser's date is in a box with its link, at most so many boxes up; of so many links one is long.
_TEASER_BOXES, _TEASER_LINKS = 3, 5
# How far above the headline its date may stand, and how long that line is.
_ABOVE_BOXES, _ABOVE_CHARS = 3, 60
# A line may hold both dates, each behind its label.
_LABELS = regex.compile(rf"(?={_UPDATED_LABEL.pattern}|{_PUBLISHED_LABEL.pattern})", regex.I)


def date_text(value: Any) -> str | None:
    """A date as JSON-LD gives it: a string, a number, a node or a list of them."""
    if isinstance(value, list):
        value = next((v for v in value if v), None)
    if isinstance(value, dict):
        value = value.get("@value")
    # Some CMSes print epoch seconds or milliseconds there, as a number.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else linked_data.text_of(value)


def first_time(page: Page, values: list[Said]) -> Heard:
    """The first date of `values` that has a time of day, else the first date."""
    said = []
    for source, value, refused in values:
        if refused:
            said.append(Said(source, value, refused))
        elif value:
            moment = find_date(value, page.fetched_at)
            said.append(Said(source, moment) if moment else Said(source, value, "is no date that can be believed"))
    found = [one for one in said if one.refused is None]
    if not found:
        return Heard(said=tuple(said))
    day = found[0]
    best = next((f for f in found if f.value.timed and _same_day(f.value.when, day.value.when)), day)
    return Heard(best.value, best.source, tuple(said))


def undated(page: Page, place: Any, near: list[str], below: list[Said], published: Heard, *, whole: bool) -> Heard:
    """What others say: the feed or sitemap, else the address, the story's dateline, a time element below, or how long
    ago it was. `place`: the element of the headline."""
    hint = page.hint.published_at
    if published.source is not None and not whole:
        return published
    published = published.or_else([Said(HINT, hint)] if hint else [])
    if published.source is not None and not whole:
        return published
    day = date_in_url(page.url, page.fetched_at)
    published = published.or_else([Said("the address", day)] if day else [])
    if published.source is None and place is not None:
        published = published.or_else(first_time(page, [Said("dateline", below_headline.dateline(place))]).said)
    published = published.or_else(first_time(page, below).said)
    if published.source is not None and not whole:
        return published
    past = ((line, moment) for line in near if (moment := ago(line, page.fetched_at)))
    return published.or_else([Said(f"printed near the headline: {line}", moment) for line, moment in past])


def _same_day(a: datetime, b: datetime) -> bool:
    return a.astimezone(IST).date() == b.astimezone(IST).date()


def machine_times(elements: Elements, name: str) -> list[Said]:
    """What `itemprop` attributes and hAtom's classes say."""
    values = [
        Said(f"itemprop {name}", str(v))
        for e in elements.of_property(name)
        for v in (e.get("datetime"), e.get("content"), e.get("title"), e.text)
        if v
    ]
    if not values and name == "datePublished":  # hAtom, as Blogger prints it
        dated = (e for e in elements.tagged("abbr") if "published" in (e.get("class") or "").split())
        return [Said("abbr published", e.get("title")) for e in dated if e.get("title")]
    return values


def bare_times(place: Any, near: list[str]) -> tuple[list[Said], list[Said], list[Said]]:
    """The first time element behind the headline or in its header: beside it, or below, unless something else is dated
    by it there; last the one beside it that says when the story was changed."""
    beside, below, changed = list[Said](), list[Said](), list[Said]()
    headers = dict.fromkeys(place.iterancestors("header"))
    # The outermost header holds what the others do; XPath would go through each.
    in_header = (e for e in next(reversed(headers)).iter("time") if "datetime" in e.attrib) if headers else ()
    for e, dates in (dict.fromkeys(islice(in_header, 1)) | dict(_times_behind(place))).items():
        e, updated = _pair(e)
        text = " ".join(" ".join(e.itertext()).split())
        printed = not text or any(text in line or line in text or e.get("datetime") in line for line in near)
        if printed or not headers.keys().isdisjoint(e.iterancestors("header")):
            beside.append(Said("time element near the headline", e.get("datetime")))
            changed += [Said("time element updated", updated.get("datetime"))] if updated is not None else []
        else:
            below.append(Said("time element below", e.get("datetime"), dates and f"dates {dates}"))
    return beside, below, changed


def _times_behind(headline: Any) -> Iterator[tuple[Any, str | None]]:
    """The first time element behind the headline, and what else it dates; where it does, the next ones up to the
    story's."""
    for e in headline.xpath("(following::time[@datetime])[position() <= $most]", most=_TIMES):
        dates = _dates_another(e, headline)
        yield e, dates
        if dates is None:
            return


def _dates_another(time: Any, headline: Any) -> str | None:
    """What a time element below the headline stands in, where that is not the story."""
    around = dict.fromkeys(headline.iterancestors())
    for at, up in enumerate(up for up in time.iterancestors() if up not in around):
        if up.tag in ("blockquote", "article"):
            return "a post that is quoted" if up.tag == "blockquote" else "another article"
        if boxes.names_comments(up):
            return "a comment"
        if at < _TEASER_BOXES and any(len(text_of(a)) >= HEADLINE_CHARS for a in islice(up.iter("a"), _TEASER_LINKS)):
            return "another page, whose link stands there"
    return None


def _pair(e: Any) -> tuple[Any, Any]:
    """Of two time elements that stand side by side, as themes of WordPress print them: the publication's and the
    change's, in either order."""
    for other in (e.getnext(), e.getprevious()):
        if other is not None and other.tag == "time" and other.get("datetime"):
            classes = [(t.get("class") or "").split() for t in (e, other)]
            marked = ["published" in names for names in classes]
            if marked == [True, False] and "updated" in classes[1]:
                return e, other
            if marked == [False, True] and "updated" in classes[0]:
                return other, e
    return e, None


def _by_label(near: list[str]) -> list[str]:
    """The lines, cut before the labels of dates where they hold several; first those labelled as the publication's."""
    pieces = list[str]()
    for line in near:
        parts = [part for part in _LABELS.split(line) if regex.search(r"\d", part)]
        pieces += parts if len(parts) > 1 else [line]
    return sorted(pieces, key=lambda piece: _PUBLISHED_LABEL.search(piece) is None)


def _above(place: Any) -> tuple[str, Any]:
    """The short line right above the headline, and the element that prints it."""
    for up in islice(lineage(place), _ABOVE_BOXES):
        for e in up.itersiblings(preceding=True):
            if isinstance(e.tag, str) and (text := beginning_of(e, _ABOVE_CHARS)):
                return (text, e) if len(text) <= _ABOVE_CHARS else ("", None)
    return "", None


def _dated_above(place: Any) -> str:
    """What dates the story right above its headline: a line that says so, or a time element in its own article; any
    other date may be the day of the fetch."""
    line, e = _above(place)
    if e is None or _RELEASED.search(line):
        return line
    time = next(e.iter("time"), None)
    if time is None or next(time.iterancestors("article"), None) is None:
        return ""
    return time.get("datetime") or line


def printed(page: Page, place: Any, near: list[str], published: Heard, modified: Heard) -> tuple[Heard, Heard]:
    """Add what is printed near the headline, at `place`: a date where none was given, a time where only a day was."""
    for line in _by_label(near):
        found = find_date(line, page.fetched_at)
        if found is None:
            continue
        updated = _UPDATED_LABEL.search(line) is not None
        said = Said(f"printed near the headline: {line}", found)
        if updated:
            modified = modified.or_else([said])
        if not updated or published.source is None:
            when = published.value.when if published.source is not None else None
            midnight = when is not None and when.astimezone(IST).time().isoformat() == "00:00:00"
            if when is None or (midnight and found.timed and _same_day(found.when, when)):
                published = Heard(found, said.source, (*published.said, said))
            else:
                published = published.or_else([said])
    # An office prints number and date of a release above its headline.
    if place is not None and published.source is None and (line := _dated_above(place)):
        found = find_date(line, page.fetched_at)
        published = published.or_else([Said(f"printed above the headline: {line}", found)] if found else [])
    # Some print above the headline when it was published, and below the story when it was changed.
    if place is not None and published.source is not None and published.value is modified.value:
        line, _ = _above(place)
        found = find_date(line, page.fetched_at)
        if found is not None and found.when <= modified.value.when:
            said = Said(f"printed above the headline: {line}", found)
            published = Heard(found, said.source, (*published.said, said))
    return published, modified
