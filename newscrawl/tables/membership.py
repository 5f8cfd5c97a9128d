"""Which articles make a story: pure functions over what is stored of each article, without its text.

A member is a dict with the fields of `stories_table.MEMBER`. An article's place is what its row says, else its last
move, else, since its collapse was undone by hand, a story of its own (as `current` of `bucket/query.py` has it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

Member = dict[str, Any]

# Kinds of page whose text is not told as a story is: the best text is one of these only where a story has no other.
_LESS = frozenset({"liveblog", "gallery", "video"})
# Below it the ways of reading the page disagree: the default of NEWSCRAWL_DOUBTFUL_BELOW.
_DOUBTFUL = 0.5
# What is longer than the anchor by more than this is likely to hold more than the story: a round-up, another story.
_LONGER = 1.5


@dataclass(slots=True)
class Stories:
    """Stories that change, by id: their members by article id, and when each changed last."""

    members: dict[str, dict[str, Member]] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    _story_of: dict[str, str] = field(default_factory=dict)

    def load(self, story_id: str, members: Iterable[Member], changed_at: datetime) -> None:
        """A story as the table has it."""
        for member in members:
            self._put(story_id, member)
        self._touch(story_id, changed_at)

    def knows(self, article_id: str) -> bool:
        """Whether an article's place is known here."""
        return article_id in self._story_of

    def add(self, story_id: str, member: Member) -> None:
        """A row that was stored. A row that is known already changes nothing."""
        if not self.knows(member["id"]):
            self._put(story_id, member)
            self._touch(story_id, member["fetched_at"])

    def move(self, move: Mapping[str, Any]) -> None:
        """A row of `moves`; of two for one article the later counts, and one for a lost article changes nothing."""
        placed = self._placed_at(move["id"])
        if placed is None or placed < move["moved_at"]:
            self._place(move["id"], move["story_id"], move["moved_at"], move)

    def undo(self, article_id: str, undone_at: datetime) -> None:
        """A collapse that was undone. Who calls it hands `move` nothing of this article."""
        if self._placed_at(article_id) != undone_at:
            self._place(article_id, article_id, undone_at, {})

    def remove(self, article_id: str, removed_at: datetime) -> None:
        """An article whose row is no more."""
        story_id = self._story_of.pop(article_id, None)
        if story_id is not None:
            del self.members[story_id][article_id]
            self._touch(story_id, removed_at)

    def _placed_at(self, article_id: str) -> datetime | None:
        story_id = self._story_of.get(article_id)
        placed: datetime | None = None if story_id is None else self.members[story_id][article_id]["placed_at"]
        return placed

    def _place(self, article_id: str, story_id: str, at: datetime, scores: Mapping[str, Any]) -> None:
        before = self._story_of.get(article_id)
        if before is None:
            return
        member = self.members[before].pop(article_id)
        said = {name: scores.get(name) for name in ("relation", "jaccard", "containment")}
        self._put(story_id, member | said | {"placed_at": at})
        self._touch(before, at)
        self._touch(story_id, at)

    def _put(self, story_id: str, member: Member) -> None:
        self.members.setdefault(story_id, {})[member["id"]] = member
        self._story_of[member["id"]] = story_id

    def _touch(self, story_id: str, at: datetime) -> None:
        self.members.setdefault(story_id, {})
        self.changed_at[story_id] = max(at, self.changed_at.get(story_id, at))


def summary(story_id: str, members: Mapping[str, Member], changed_at: datetime) -> dict[str, Any]:
    """A story's row but for what its best text says. It has members."""
    ordered = sorted(members.values(), key=lambda m: (m["id"] != story_id, m["fetched_at"], m["id"]))
    first = min(_told_at(member) for member in ordered)
    revisions = [member["id"] for member in ordered if member["relation"] == "revision"]
    return {
        "story_id": story_id,
        "day": _day(first),
        "first_published_at": first,
        "last_changed_at": changed_at,
        "copies": len(ordered) - 1 - len(revisions) if story_id in members else len(ordered) - len(revisions),
        "sites": sorted({member["site"] for member in ordered}),
        "revisions": revisions,
        "members": ordered,
        "best_id": best(story_id, members)["id"],
    }


def best(story_id: str, members: Mapping[str, Member]) -> Member:
    """The member whose text tells the story best; documented in `docs/bucket-contract.md`.

    A page that tells it as a story before a live blog, gallery or video; a sure text before a doubtful one; one that is
    not much longer than the anchor's before one that is; the longest; of equals the anchor, then that fetched last. Of
    one answer that was read more than once, by newer extractions, only the last reading counts.
    """
    anchor = members.get(story_id)
    read_last: dict[tuple[str, datetime], Member] = {}
    for member in sorted(members.values(), key=_stored_at):
        read_last[member["url"], member["fetched_at"]] = member

    def rank(member: Member) -> tuple[Any, ...]:
        return (
            member["kind"] not in _LESS,
            member["confidence"] is None or member["confidence"] >= _DOUBTFUL,
            anchor is None or member["word_count"] <= _LONGER * anchor["word_count"],
            member["word_count"],
            member is anchor,
            member["fetched_at"],
            member["id"],
        )

    return max(read_last.values(), key=rank)


def _stored_at(member: Member) -> str:
    # The names of parts sort by time.
    return str(member["part"]).rpartition("/")[2]


def _told_at(member: Member) -> datetime:
    told: datetime = member["published_at"] or member["fetched_at"]
    return told


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
