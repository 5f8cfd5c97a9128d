"""Which candidate is the story: the one that the others agree with most.

Agreement is F1 over multisets of words. Two ways of reading that know nothing of each other, trafilatura on the
pruned tree and the densest box, agree on nine pages of ten; then the first is right, and nothing else is read. Where
they do not, the page is in doubt: trafilatura reads the page as served, too, and the medoid of all candidates is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import chain

from newscrawl.extraction.candidates.candidates import Candidates
from newscrawl.extraction.clean import phrases
from newscrawl.extraction.clean.boilerplate import SUBHEADS
from newscrawl.extraction.prune.measure import PROSE_CHARS
from newscrawl.text import hindi

# Measured over 711 pages (docs/extraction.md): where the two agree so far, F1 is 0.96 to 0.98 a set, as high as any
# candidate's; on the other pages trafilatura's own answer has 0.59 to 0.87.
SURE = 0.9
# An answer that holds more is preferred among such as agree alike: a part of a story agrees well with another part.
# Times the root of its size against the largest; both chosen leave-one-source-out, where all folds chose alike.
_SIZE_WEIGHT = 0.3
# JSON-LD articleBody votes from so many words on: shorter ones are summaries.
_BODY_WORDS = 60
# A page prints a story's beginning where its data have so many times as much, and of what it prints this share.
_BODY_TIMES, _BEGUN_SHARE = 2, 0.7


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lines of the story, by which candidate, and how far the candidates agree (0 to 1).

    `votes`: of each candidate that stood for choice, the others that were heard and how far each agrees with it.
    `scores`: by what one was taken, where they were in doubt.
    """

    lines: list[str]
    candidate: str
    agreement: float
    doubted: bool
    votes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)


def choose(
    read: Candidates,
    clean: Callable[[list[str]], list[str]],
    article_body: str | None,
    *,
    entries: bool = False,
    withheld: bool = False,
) -> Chosen:
    """Choose among the candidates, each cleaned by `clean`; `entries`: of a live blog.

    JSON-LD's `article_body` votes, and is the answer where no candidate has any text (its lines may run into one), or
    only a beginning of it; unless it is `withheld` from readers who do not pay.
    """
    chosen = _among(read, clean, article_body, entries=entries)
    if withheld or not article_body or len(article_body) < _BODY_TIMES * sum(map(len, chosen.lines)):
        return chosen
    told, body = _bag(chosen.lines, words=hindi.words), _bag([article_body], words=hindi.words)
    if body.total() < _BODY_WORDS or (told & body).total() < _BEGUN_SHARE * told.total():
        return chosen
    return replace(chosen, lines=article_body.split("\n"), candidate="articleBody")


def _among(
    read: Candidates, clean: Callable[[list[str]], list[str]], article_body: str | None, *, entries: bool
) -> Chosen:
    """The candidate that the others agree with most, or the first where it is sure."""
    subheads = {phrases.squeeze(line) for line in read.subheads if not phrases.labels(line)}
    bag_of = partial(_bag, words=cache(hindi.words))  # the candidates have most lines in common
    pruned = _with_subheads(clean(read.pruned), read.densest, subheads, leading=entries)
    # Before cleaning: both hold the same labels, and most pages go no further.
    agreement = _agreement(bag_of(read.pruned), bag_of(read.densest))
    if agreement >= SURE:
        if len(read.pruned) == 1 < len(read.densest):
            # Trafilatura found no story, and gives all text of the tree in one piece, which is short here.
            pruned = clean(read.blocks()) or pruned
        votes = {"pruned": {"densest": agreement}}
        return Chosen(_without_end(pruned, subheads), "pruned", agreement, doubted=False, votes=votes)
    densest, alike = clean(read.densest), clean(read.alike())
    # Of a page without an article box trafilatura leaves out lists, too: dates, posts and fees of a notice.
    pruned = _with_subheads(pruned, densest, {phrases.squeeze(line) for line in read.items}, leading=False)
    if entries and bag_of(densest).total() >= bag_of(pruned).total():
        # Each entry is a box, or an article, of its own: trafilatura takes the first for the story.
        votes = {"densest": {"pruned": agreement, "alike": _agreement(bag_of(densest), bag_of(alike))}}
        return Chosen(densest, "densest", max(votes["densest"].values()), doubted=True, votes=votes)
    served = read.whole()
    whole = clean(served)
    lines = {"restored": _restored(pruned, whole, densest), "whole": whole, "densest": densest, "alike": alike}
    bags = {name: bag_of(found) for name, found in lines.items()}
    voters = {"pruned": bag_of(pruned), "whole": bags["whole"], "densest": bags["densest"]}
    most = max(bag.total() for bag in bags.values())
    body = bag_of([article_body or ""])
    if not most:
        return Chosen((article_body or "").split("\n") if body else [], "articleBody", 0.0, doubted=True)
    if body.total() >= _BODY_WORDS:
        voters["articleBody"] = body
    agreed: dict[str, float] = {}
    votes = {}
    scores: dict[str, float] = {}
    if not read.parted(served) and any(bag for name, bag in bags.items() if name != "whole"):
        del bags["whole"]  # it votes, for its words are the page's; but nobody reads a page in one piece
    for name, bag in bags.items():
        if bag:
            # The restored answer is the pruned one and more: its own vote does not count.
            own = {"restored": "pruned"}.get(name, name)
            heard = {voter: _agreement(bag, vote) for voter, vote in voters.items() if voter != own and vote}
            votes[name] = heard
            agreed[name] = sum(heard.values()) / len(heard) if heard else 0.0
            scores[name] = agreed[name] + _SIZE_WEIGHT * (bag.total() / most) ** 0.5
    # The page's data and its print are two readings as well, and lists of teasers fool only the second.
    told = {name for name, heard in votes.items() if heard.get("articleBody", 0.0) >= SURE}
    if not told and "articleBody" in voters and (sure := _agreement(voters["pruned"], body)) >= SURE:
        votes["pruned"] = {"articleBody": sure}
        return Chosen(_without_end(pruned, subheads), "pruned", sure, doubted=True, votes=votes, scores=scores)
    best = max(told or scores, key=scores.__getitem__)
    return Chosen(_without_end(lines[best], subheads), best, agreed[best], doubted=True, votes=votes, scores=scores)


def _with_subheads(lines: list[str], densest: list[str], subheads: set[str], *, leading: bool) -> list[str]:
    """`lines` with the subheads, or items, that trafilatura leaves out of pages without an article box.

    One stands between two lines that were kept, or is the first of several; `leading`: or before the first.
    """
    keys = [phrases.squeeze(line) for line in densest]
    order = [phrases.squeeze(line) for line in lines]
    at = {key: number for number, key in enumerate(order)}
    before: dict[str, list[str]] = {}  # subheads by the kept line behind them
    first: tuple[str, list[str]] | None = None  # what stands before the first line, and that
    waiting: list[str] = []
    begun, following = leading, 0
    for key, line in zip(keys, densest, strict=True):
        wanted = order[following] if following < len(order) else ""
        if wanted and key not in at and key not in subheads and key.startswith(wanted):
            key = wanted  # breaks part it into lines
        if key in at:
            if begun and waiting:
                before.setdefault(key, waiting)
            elif waiting and not following:
                first = key, waiting
            begun, waiting, following = True, [], at[key] + 1
        elif key in subheads:
            waiting.append(line)
        elif len(line) >= PROSE_CHARS:
            begun, waiting = False, []
    if first is not None and len(before) >= SUBHEADS:
        before.setdefault(*first)
    found = []
    for line in lines:
        found += before.pop(phrases.squeeze(line), [])
        found.append(line)
    return found


def _without_end(lines: list[str], subheads: set[str]) -> list[str]:
    """A heading at the very end headed what was pruned."""
    end = len(lines)
    while end and not lines[end - 1].endswith("।") and phrases.squeeze(lines[end - 1]) in subheads:
        end -= 1
    return lines[:end] or lines


def _restored(pruned: list[str], whole: list[str], densest: list[str]) -> list[str]:
    """The pruned answer, with the lines that both others have and pruning took, where they stood in the densest box."""
    both = {phrases.squeeze(line) for line in whole} & {phrases.squeeze(line) for line in densest}
    at = {phrases.squeeze(line): i for i, line in enumerate(pruned)}
    restored, last = list(pruned), -1
    added = 0
    for line in densest:
        key = phrases.squeeze(line)
        if key in at:
            last = at[key] + added
        elif key in both:
            restored.insert(last + 1, line)
            last += 1
            added += 1
    return restored


def _bag(lines: list[str], words: Callable[[str], list[str]]) -> Counter[str]:
    return Counter(chain.from_iterable(map(words, lines)))


def _agreement(a: Counter[str], b: Counter[str]) -> float:
    return 2 * (a & b).total() / max(1, a.total() + b.total())
