"""A second opinion on where the story is: the box that holds most of the page's running text.

Asked where trafilatura answers with too little: on short stories it falls back to the whole page's text in one
piece, and a class name that it takes for the story's ("text", "entry") can lead it into the wrong box.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from newscrawl.extraction.measure import Measure
from newscrawl.text import hindi

# A child with this share of its parent's prose is where the story goes on; less, and the story is parted over several.
_DOMINANT_SHARE = 0.85
_TEXT_BLOCKS = frozenset(("p", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "dd", "td"))


def mark(tree: Any) -> tuple[Any, int]:
    """Find the densest box and make it an `article`, so that trafilatura looks there; its prose in characters.

    Where a theme's class names say more clearly where the story is, trafilatura follows those.
    """
    measure = Measure(tree)
    box = tree.find("body") if tree.find("body") is not None else tree
    while True:
        best = max(box, key=lambda e: measure.prose.get(e, 0), default=None)
        if (
            best is None
            or best.tag == "p"
            or measure.prose.get(best, 0) < _DOMINANT_SHARE * max(1, measure.prose.get(box, 0))
        ):
            break
        box = best
    if box.tag in ("div", "section", "main", "center", "form"):
        box.tag = "article"
    elif box.tag == "body":
        article = etree.Element("article")
        article.text, box.text = box.text, None
        article.extend(list(box))
        box.append(article)
        return article, measure.prose.get(box, 0)
    return box, measure.prose.get(box, 0)


def lines(box: Any) -> list[str]:
    """The text blocks of a box as clean lines, in order."""
    found: list[str] = []
    for e in box.iter(*_TEXT_BLOCKS):
        if any(up.tag in _TEXT_BLOCKS for up in e.iterancestors() if up is not box and up.tag != "blockquote"):
            continue
        if e.tag == "blockquote" and e.find(".//p") is not None:
            continue
        found.extend(line for line in hindi.clean("".join(e.itertext()).replace("\n", " ")).split("\n") if line)
    return found
