"""Invented sets of more than two articles, pages with two texts, and templates: `python -m benchmarks.dedup unseen`.

Everything goes through the real judge and index, events through the real linking, at the hours that the sets say.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.clusters import bcubed, pairwise
from benchmarks.dedup_quality import article, figures, read_jsonl, stories_of
from benchmarks.event_links import linked
from newscrawl.demo.truth import truth_of
from newscrawl.demo.web import DemoWeb
from newscrawl.items import Article
from newscrawl.tables.events import Told, event_words

console = Console()
_NOW = datetime(2026, 11, 14, tzinfo=UTC)
_DAY = 20_000
_CROWD, _DAYS = 300, 5
# All orders of so many articles, else so many shuffles.
_ORDERS = 24

Row = Mapping[str, Any]


def unseen(path: Path, half: str, *, details: bool) -> None:
    """Print the figures of one half, or of "C" and "D", what came later; `details`: and what is wrong."""
    rows = [row for row in read_jsonl(path) if row["half"] == half]
    of = {name: [row for row in rows if row["set"] == name] for name in dict.fromkeys(row["set"] for row in rows)}
    if "events" in of:
        _events(of["events"], details=details)
    if "templates" in of:
        _templates_linked(of["templates"], details=details)
    if "sequences" in of:
        _sequences(of["sequences"], details=details)
    for name in (name for name in ("pages", "templates", "copies") if name in of):
        found = [(row, *_pair(row, one_page=name == "pages")) for row in of[name]]
        scores = figures((row["label"] == "one", hit) for row, *hits in found for hit in hits)
        wrong = [row for row, *hits in found if any(hit != (row["label"] == "one") for hit in hits)]
        apart = sum(row["label"] == "two" for row in of[name])
        joined = sum(row["label"] == "two" for row in wrong)
        console.print(
            f"{name}: {len(found)}, precision, recall, F1 {scores[0]:.3f} {scores[1]:.3f} {scores[2]:.3f};"
            f" {joined} of {apart} joined wrongly, {len(wrong) - joined} of {len(found) - apart} missed"
        )
        for row in wrong if details else ():
            console.print(f"  {row['label']} {row['id']} {row['kind']}")


def _events(groups: Sequence[Row], *, details: bool) -> None:
    for size in (0, _CROWD):
        told, truth = [], {}
        for group in groups:
            for n, story in enumerate(group["stories"]):
                name = f"{group['id']}-{n}"
                truth[name] = f"{group['id']}{story['event']}"
                words = event_words(story["title"], story["text"])
                told.append(Told(name, _DAY + story["hours"] / 24, words, None))
        others = _crowd(size)
        events = linked([*told, *others])
        found = {name: events[name] for name in truth}
        pairs, cubed = pairwise(truth, found), bcubed(truth, found)
        near = [group for group in groups if len({s["event"] for s in group["stories"]}) > 1]
        joined = [g for g in near if len({found[f"{g['id']}-{n}"] for n in range(len(g["stories"]))}) == 1]
        strange = sum(found[a] == found[b] and a[:3] != b[:3] for a, b in itertools.combinations(found, 2))
        in_crowd = {events[story.story_id] for story in others}
        lost = sum(event in in_crowd for event in found.values())
        console.print(
            f"events: {len(groups) - len(near)} and {len(near)} near misses, {size} others:"
            f" pairs P {pairs.precision:.3f} R {pairs.recall:.3f}, BCubed {cubed.precision:.3f} {cubed.recall:.3f}"
            f" {cubed.f1:.3f}; {len(joined)} near misses linked, {strange} pairs of two groups, {lost} with the others"
        )
        if details:
            for group in joined:
                console.print(f"  linked: {group['id']} {group['kind']}")
            for group in groups:
                names = [f"{group['id']}-{n}" for n in range(len(group["stories"]))]
                if group not in near and len({found[n] for n in names}) > 1:
                    console.print(f"  apart: {group['id']} {group['kind']}: {[found[n] for n in names]}")


def _templates_linked(rows: Sequence[Row], *, details: bool) -> None:
    told = [
        Told(f"{row['id']}-{n}", _DAY + hours / 24, event_words(title, text), None)
        for row in rows
        for n, (hours, title, text) in enumerate(zip(row["hours"], row["titles"], row["texts"], strict=True))
    ]
    events = linked([*told, *_crowd(_CROWD)])
    joined = [row for row in rows if events[f"{row['id']}-0"] == events[f"{row['id']}-1"]]
    console.print(f"templates: {len(joined)} of {len(rows)} linked as one event, {_CROWD} others")
    for row in joined if details else ():
        console.print(f"  linked: {row['id']} {row['kind']}")


def _crowd(size: int) -> list[Told]:
    pages: Any = truth_of(DemoWeb.generate(seed=1))["pages"]
    stories = {page["story"]: page for page in pages if page["expect"] == "article" and page["story"]}
    chance = random.Random(1)
    return [
        Told(name, _DAY + chance.uniform(0, _DAYS), event_words(page["title"], "\n".join(page["body"])), None)
        for name, page in chance.sample(sorted(stories.items()), min(size, len(stories)))
    ]


def _at(name: str, given: Row, hours: float, url: str | None = None) -> Article:
    made = article(name, given["text"], given["title"])
    at = _NOW + timedelta(hours=hours)
    page = f"https://{given.get('site', 'benchmark')}.example/{url or name}"
    return replace(
        made,
        id=hashlib.sha256(f"{page} {made.title} {made.text}".encode()).hexdigest()[:32],
        url=page,
        canonical_url=page,
        published_at=at,
        fetched_at=at + timedelta(minutes=20),
    )


def _sequences(rows: Sequence[Row], *, details: bool) -> None:
    right = steady = 0
    for row in rows:
        given = [(str(n), _at(str(n), a, a["hours"], a["url"])) for n, a in enumerate(row["articles"])]
        truth = _partition({str(n): a["story"] for n, a in enumerate(row["articles"])})
        orders: Iterable[Sequence[tuple[str, Article]]] = itertools.permutations(given)
        if len(given) > 4:
            orders = [random.Random(n).sample(given, len(given)) for n in range(_ORDERS)]
        found = {_partition(stories_of(order)[0]) for order in orders}
        steady += len(found) == 1
        right += found == {truth}
        if details and found != {truth}:
            console.print(f"  {row['id']} {row['kind']}: {len(found)} answer(s)")
            for answer in found - {truth}:
                console.print(f"    {sorted(map(sorted, answer))} for {sorted(map(sorted, truth))}")
    console.print(f"sequences: {len(rows)}, one answer in every order {steady}, the right one {right}")


def _partition(found: Mapping[str, str]) -> frozenset[frozenset[str]]:
    stories: dict[str, set[str]] = {}
    for name, story in found.items():
        stories.setdefault(story, set()).add(name)
    return frozenset(map(frozenset, stories.values()))


def _pair(row: Row, *, one_page: bool) -> tuple[bool, ...]:
    """Whether the two texts become one story, in either order; a page's texts come in one."""
    titles = row.get("titles") or ("शीर्षक", "शीर्षक")
    a, b = (
        (n, _at(n, {"text": text, "title": title}, hours, "page" if one_page else None))
        for n, text, title, hours in zip("ab", row["texts"], titles, row["hours"], strict=True)
    )
    return tuple(len(set(stories_of(order)[0].values())) == 1 for order in ([(a, b)] if one_page else [(a, b), (b, a)]))
