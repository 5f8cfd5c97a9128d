"""Four ways to read a page's story, each as clean lines; where they agree the text is sure (`choose`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import regex
import trafilatura
from trafilatura.settings import Document

from newscrawl.extraction.prune.layout import HEADINGS, MANY_ELEMENTS, holds_text_only, smooth
from newscrawl.extraction.prune.measure import Measure
from newscrawl.extraction.prune.prune import parse
from newscrawl.text import hindi
from newscrawl.text.depth import FromAbove

# Lines of trafilatura's answer: everything that is a block of its own in its body.
_LINE_TAGS = ("p", "head", "item", "quote", "row", "ab", "code")
_TEXT_BLOCKS = frozenset(("p", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "dd", "tr", "td"))
_HOLDERS = frozenset(("blockquote", "li", "dd"))
# Where trafilatura finds no story it gives all text of the page as one piece: a line of so many characters, and so
# much longer than the page's longest block, is no paragraph. 1.5 leaves room for blocks that run together.
_PIECE_CHARS, _PIECE_FACTOR = 750, 1.5
_HEADING_CLASS = regex.compile(r"(?<![A-Za-z0-9])(?:h[2-6]|sub-?_?head(?:ing)?|heading)(?![a-z0-9])", regex.I)
_DIGITS = regex.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page read in four ways; what only pages in doubt need is read when asked for."""

    pruned: list[str]
    densest: list[str]
    subheads: frozenset[str]  # lines of the densest box that its markup calls headings
    alike: Callable[[], list[str]]
    whole: Callable[[], list[str]]
    blocks: Callable[[], list[str]] = list  # the pruned tree's, all of them
    items: frozenset[str] = frozenset()  # lines of the densest box that are items of lists, without a link
    longest: int = 0  # characters of the page's longest block

    def parted(self, lines: list[str]) -> bool:
        """Whether lines are paragraphs, and not all text of the page in one piece."""
        return max(map(len, lines), default=0) <= max(_PIECE_CHARS, _PIECE_FACTOR * self.longest)


def read(tree: Any, measure: Measure, html: str, url: str, cards: Iterable[Any] = ()) -> Candidates:
    """Read a page from its pruned tree, with its measure, and from `html` as served; `cards`: teasers that were pruned,
    which the page as served has again.
    """
    lines, subheads, items = densest(tree, measure)
    found = Candidates(
        pruned=pruned(tree, url),
        densest=lines,
        subheads=subheads,
        alike=lambda: alike(tree, measure),
        whole=lambda: _without(whole(html, url, crowded=measure.elements > MANY_ELEMENTS), cards),
        blocks=lambda: [line for _, lines in _blocks(tree.iter(*_TEXT_BLOCKS)) for line in lines],
        items=items,
        longest=measure.longest,
    )
    return found if found.parted(found.pruned) else replace(found, pruned=[])


def pruned(tree: Any, url: str) -> list[str]:
    """trafilatura on a pruned tree, of which it makes a copy.

    `fast=True` skips its comparison with readability and justext, which is for pages in doubt (`whole`).
    `deduplicate` stays off: it keeps state between pages and its notion of a word drops Devanagari.
    """
    return _trafilatura(tree, url, fast=True)


def whole(html: str, url: str, *, crowded: bool = False) -> list[str]:
    """trafilatura with all its own fallbacks on the page as served; `crowded`: it may have more elements in one than
    trafilatura can bear."""
    if not crowded or (tree := parse(html)) is None:
        return _trafilatura(html, url, fast=False)
    smooth(tree)
    return _trafilatura(tree, url, fast=False)


def _without(lines: list[str], boxes: Iterable[Any]) -> list[str]:
    """Lines that are no block of some boxes."""
    blocks = (found for box in boxes for _, found in _blocks(box.iter(*_TEXT_BLOCKS, "div")))
    told = {line for found in blocks for line in found}
    return [line for line in lines if line not in told] if told else lines


def densest(tree: Any, measure: Measure) -> tuple[list[str], frozenset[str], frozenset[str]]:
    """The text blocks of the innermost box that holds most of the page's running text; which are headings, and which
    are items without a link."""
    found: list[str] = []
    subheads: set[str] = set()
    items: set[str] = set()
    for e, lines in _blocks(
        e for e in measure.densest(tree).iter(*_TEXT_BLOCKS, "div") if e.tag != "div" or _is_heading(e)
    ):
        found += lines
        if _is_heading(e):
            subheads.update(lines)
        elif e.tag == "li" and next(e.iter("a"), None) is None:
            items.update(lines)
    return found, frozenset(subheads), frozenset(items)


def alike(tree: Any, measure: Measure) -> list[str]:
    """The text blocks from the first to the last that stands where most running text stands.

    A place is the tags and classes of the two boxes around a block: a story's paragraphs share it, whether one box
    holds them all or each has a box of its own.
    """
    places: dict[tuple[str, ...], list[Any]] = {}
    for e in tree.iter(*_TEXT_BLOCKS, "div", "section", "article"):
        if measure.prose.get(e, 0) and not any(measure.prose.get(child, 0) for child in e):
            places.setdefault(_place(e), []).append(e)
    if not places:
        return []
    story = max(places.values(), key=lambda blocks: sum(measure.prose[e] for e in blocks))
    order = {e: i for i, e in enumerate(tree.iter())}
    first, last = order[story[0]], max(order[e] for e in story[-1].iter())
    blocks = (e for e in tree.iter(*_TEXT_BLOCKS, "div") if first <= order[e] <= last)
    told = (e for e in blocks if e.tag != "div" or (holds_text_only(e) and not measure.linkish(e)))
    return [line for _, lines in _blocks(told) for line in lines]


def _is_heading(e: Any) -> bool:
    """Whether markup calls a block a heading: by its tag, or a div by its class ("article-h2")."""
    if e.tag == "div":
        return _HEADING_CLASS.search(e.get("class") or "") is not None and holds_text_only(e)
    return e.tag in HEADINGS


def _place(e: Any) -> tuple[str, ...]:
    return tuple(f"{up.tag} {_DIGITS.sub('', up.get('class') or '')}" for up in islice(e.iterancestors(), 2))


def _blocks(blocks: Iterable[Any]) -> Iterator[tuple[Any, list[str]]]:
    """Blocks with their clean lines, in order; a block inside one that was taken is part of it."""
    taken = FromAbove(False)  # whether an element stands in a block that was taken, or is one
    for e in blocks:
        if e.tag in _HOLDERS and e.find(".//p") is not None:
            continue  # its paragraphs are lines of their own
        if e.tag in ("tr", "td") and e.find(".//tr") is not None:
            continue  # and so are the rows of a table in a table
        if taken.of(e.getparent()):
            continue
        taken.give(e, True)
        # A row of figures is a line, as in trafilatura's answer.
        parts = e.iter("td", "th") if e.tag == "tr" else [e]
        told = ", ".join(text for part in parts if (text := "".join(part.itertext())).strip())
        yield e, [line for line in hindi.clean(told.replace("\n", " ")).split("\n") if line]


def _trafilatura(page: Any, url: str, *, fast: bool) -> list[str]:
    try:
        document = trafilatura.bare_extraction(
            page,
            url=url,
            fast=fast,
            include_comments=False,
            include_tables=True,
            with_metadata=False,
            deduplicate=False,
        )
    except RecursionError:
        return []  # lists in lists, deeper than it follows; the densest box is read otherwise
    body = document.body if isinstance(document, Document) else None
    return [] if body is None else _lines_of(body)


def _lines_of(body: Any) -> list[str]:
    """Trafilatura's body as clean lines: one a paragraph, heading, list item or table row."""
    lines: list[str] = []
    current: list[str] = []

    def flush() -> None:
        if current:
            lines.extend(line for line in hindi.clean("".join(current)).split("\n") if line)
            current.clear()

    # No recursion: lists in lists may be nested deeper than Python goes.
    todo: list[tuple[Any, bool, bool]] = [(body, False, False)]
    while todo:
        e, in_cell, ended = todo.pop()
        own = e.tag in _LINE_TAGS and not in_cell  # a cell's paragraphs are part of its row
        if own:
            flush()
        if ended:
            if e is not body:
                current.append(_flat(e.tail))
            continue
        if e.tag == "lb":
            current.append("\n")
        elif e.tag == "cell" and any(map(str.strip, current)):
            current.append(", ")
        current.append(_flat(e.text))
        todo.append((e, in_cell, True))
        todo += [(child, in_cell or e.tag == "cell", False) for child in reversed(e)]
    flush()
    return lines


def _flat(text: str | None) -> str:
    return text.replace("\n", " ") if text else ""
