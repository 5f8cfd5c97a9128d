"""Old layouts made plain: layout tables become boxes, text parted by line breaks becomes paragraphs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from lxml import etree

from newscrawl.text import hindi
from newscrawl.text.depth import FromAbove

BLOCKS = frozenset(
    [
        "p",
        "div",
        "td",
        "th",
        "li",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "nav",
        "blockquote",
        "ul",
        "ol",
        "dl",
        "dd",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "tbody",
        "thead",
        "tr",
        "body",
        "html",
        "form",
        "fieldset",
        "figure",
        "center",
        "pre",
        "address",
        "details",
        "summary",
    ]
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# What holds blocks and is none: a link, and what is told by its name.
_HOLDERS = BLOCKS | {"a", "head", "tfoot", "figcaption"}
_TEXT_HOLDERS = ("div", "td", "section", "article", "center", "blockquote", "p")
# Of preformatted text that is a poem.
_HINDI_SHARE = 0.5
# What no hand has written: so many elements in one. A page of news has a thousand in all; where there are no more than
# the second figure nobody looks for them, which takes a third of a millisecond.
_CROWDED: Any = etree.XPath("//*[*[1001]]")
MANY_ELEMENTS = 2_000
# A cell with more characters than this holds running text, not a figure or a name.
_CELL_CHARS = 400


def unfold(tree: Any) -> None:
    """Turn layout tables, and whatever holds blocks, into boxes and line breaks into paragraphs, in place. Data tables
    stay."""
    tables = list(tree.iter("table"))
    parts = _parts_of_tables(tree) if tables else {}
    for table in tables:
        if _lays_out(table):
            for e in (table, *parts.get(table, ())):
                e.tag = "div"
    for pre in outermost(list(tree.iter("pre"))):
        if hindi.devanagari_share("".join(pre.itertext())) >= _HINDI_SHARE:  # not a program
            _break_lines(pre)
    broken = {br.getparent() for br in tree.iter("br")}
    for e in list(tree.iter(*BLOCKS)):
        # A font around paragraphs, an element of the site's own, a button that was never closed.
        while (e := e.getparent()) is not None and e.tag not in _HOLDERS:
            e.tag = "div"
            broken.add(e)
    for e in [e for e in tree.iter(*_TEXT_HOLDERS) if e in broken]:
        if e.tag == "p":
            _split_paragraph(e)
        else:
            _break_into_paragraphs(e)


def smooth(tree: Any) -> None:
    """Take the elements of single words out of paragraphs, in place: those of a reader aloud, of a converter from PDF.

    trafilatura strips them and leaves a node of text for each, and looks back over all of these for each: ten seconds
    of 12,000 words. What is half of links stays as it is.
    """
    for e in _CROWDED(tree):
        text = "".join(e.itertext())
        if holds_text_only(e) and 2 * sum(len("".join(a.itertext())) for a in e.iter("a")) < len(text):
            for child in list(e):
                e.remove(child)
            e.text = text


def drop(e: Any) -> None:
    """Take an element out of its tree; the text behind it stays."""
    if e.getparent() is not None:
        e.drop_tree()


def text_of(e: Any) -> str:
    """All text below an element, spaces tidied."""
    return " ".join(" ".join(e.itertext()).split())


def beginning_of(e: Any, chars: int) -> str:
    """As `text_of`; of a text with more than so many characters the beginning, one more at the least."""
    words: list[str] = []
    size = -1
    for piece in e.itertext():
        for word in piece.split(None, chars):
            words.append(word)
            size += len(word) + 1
            if size > chars:
                return " ".join(words)
    return " ".join(words)


def following(e: Any) -> Iterator[Any]:
    """All elements behind one, in document order, without what it holds."""
    for up in lineage(e):
        for sibling in up.itersiblings():
            yield from sibling.iter()


def lineage(e: Any) -> Iterator[Any]:
    """An element and the boxes around it, up to the body."""
    while e is not None and e.tag not in ("body", "html"):
        yield e
        e = e.getparent()


def outermost(elements: Collection[Any]) -> list[Any]:
    """Those of some elements that stand in no other of them. Each element around them is looked at once."""
    inside = FromAbove(False)
    for e in elements:
        inside.give(e, True)
    return [e for e in elements if not inside.of(e.getparent())]


def holds_text_only(e: Any) -> bool:
    """Whether no child of an element is a block: it is a paragraph, a heading or a caption by itself."""
    return not any(child.tag in BLOCKS for child in e)


def length(text: str | None) -> int:
    """Characters of a text node without the white space around it."""
    return len(text.strip()) if text else 0


def _lays_out(table: Any) -> bool:
    """Whether a table is a page layout, not data: it nests tables or blocks, or a cell holds running text."""
    if table.find(".//th") is not None or table.find("caption") is not None:
        return False
    if table.find(".//table") is not None or table.find(".//h1") is not None or table.find(".//td/p[2]") is not None:
        return True
    cells = [length(" ".join(cell.itertext())) for cell in table.iter("td")]
    # One column, or a cell as long as several sentences.
    return max(cells, default=0) > _CELL_CHARS or len(cells) == len(table.findall(".//tr"))


def _parts_of_tables(tree: Any) -> dict[Any, list[Any]]:
    """The rows, cells and the like of each table, without those of the tables in it."""
    parts: dict[Any, list[Any]] = defaultdict(list)
    for e in tree.iter("tbody", "thead", "tfoot", "tr", "td"):
        parts[next(e.iterancestors("table"), None)].append(e)
    return parts


def _break_lines(pre: Any) -> None:
    """Preformatted text, which browsers show line by line, as a box with line breaks: a poem's verses."""
    pre.tag = "div"
    children = list(pre)
    pre.text, *lines = (pre.text or "").split("\n")
    for child, behind in zip([None, *children], [*children, None], strict=True):
        if child is not None:
            child.tail, *lines = (child.tail or "").split("\n")
        for line in lines:
            br = etree.Element("br")
            br.tail = line
            if behind is None:
                pre.append(br)
            else:
                behind.addprevious(br)


def _break_into_paragraphs(e: Any) -> None:
    """Text of a box parted by line breaks becomes paragraphs; single breaks, too: Hindi CMSes use both."""
    children = list(e)
    # Some editors make a div of a line among their breaks; a subhead before such a line is one, too.
    told: set[str | None] = set()
    for child in reversed(children):
        if child.tag == "div" and holds_text_only(child):
            if hindi.closes(text_of(child)):
                told.add(child.get("class"))
            if child.get("class") in told:
                child.tag = "p"
    run = etree.Element("p")
    run.text, e.text = e.text, None
    runs = [run]
    for child in children:
        e.remove(child)
        tail, child.tail = child.tail, None
        if child.tag == "br" or child.tag in BLOCKS:
            if child.tag != "br":
                runs.append(child)
            run = etree.Element("p")
            run.text = tail
            runs.append(run)
        else:
            run.append(child)
            child.tail = tail
    for part in runs:
        if part.tag != "p" or len(part) or length(part.text):
            e.append(part)


def _split_paragraph(e: Any) -> None:
    """A paragraph with double line breaks is several."""
    parent = e.getparent()
    breaks = [b for b in e.findall("br") if b.getnext() is not None and b.getnext().tag == "br" and not length(b.tail)]
    if parent is None or not breaks:
        return
    run = e
    tail, e.tail = e.tail, None
    for child in list(e):
        if child.tag == "br":
            text, child.tail = child.tail, None
            e.remove(child)
            behind = etree.Element("p")
            behind.text = text
            run.addnext(behind)
            run = behind
        elif run is not e:
            run.append(child)
    run.tail = tail
