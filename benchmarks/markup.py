"""The same stories under other markup: `python -m benchmarks.markup [--every N]`.

Each page is changed in ways that a CMS may choose and that leave every word where it was: paragraphs as divs, a page
builder's sections, no classes, a layout table. What a change costs in word F1, ours and trafilatura's, says how much
the reading hangs on the markup that its rules were written on; nothing is fitted on these figures. Pages are the
project's fixtures, and with `NEWSCRAWL_SHARED` the public sets. (Metamorphic testing: Chen et al., "Metamorphic
testing: a review of challenges and opportunities", 2018.)
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree
from rich.console import Console
from rich.table import Table

from benchmarks import corpora
from benchmarks.quality import FIXTURES, PUBLIC
from newscrawl.extraction.decode import decode
from newscrawl.items import Article

# Characters of a block and of a paragraph that are told from others by the gold text.
_BLOCK_CHARS, _PARAGRAPH_CHARS, _PARAGRAPHS = 25, 60, 3
# The story's box holds so much of its paragraphs.
_BOX_SHARE = 0.9
# A page that loses so much is named.
_LOST = 0.1


@dataclass(frozen=True, slots=True)
class Story:
    """A page's tree, the blocks that the gold text has, its paragraphs among them, and the box around most of these."""

    tree: Any
    blocks: list[Any]
    paragraphs: list[Any]
    box: Any


def story_of(html: str, gold: str) -> Story | None:
    """A parsed page with its story, by the gold text; None where too little of it is found in blocks of its own."""
    tree: Any = lxml.html.document_fromstring(
        html.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
    )
    wanted = _squeezed(gold)
    blocks = [
        e
        for e in tree.iter("p", "h2", "h3", "h4", "li", "blockquote", "div")
        if len(said := _squeezed(str(e.text_content()))) >= _BLOCK_CHARS
        and said in wanted
        and next(e.iterdescendants("p", "div", "ul", "li", "h2", "h3"), None) is None
    ]
    paragraphs = [e for e in blocks if len(_squeezed(str(e.text_content()))) >= _PARAGRAPH_CHARS]
    if len(paragraphs) < _PARAGRAPHS:
        return None
    box = paragraphs[0].getparent()
    while sum(box in e.iterancestors() for e in paragraphs) < _BOX_SHARE * len(paragraphs):
        box = box.getparent()
    return Story(tree, blocks, paragraphs, box)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _around(e: Any, box: Any) -> None:
    """Put a block into a box of its own, where it stood; what follows it stays behind both."""
    box.tail, e.tail = e.tail, None
    e.addprevious(box)
    (box if not len(box) else box[0]).append(e)


def _subheads_first(story: Story) -> None:
    for e in story.box.iter("h2", "h3"):
        e.tag = "h1"


def _sections(story: Story) -> None:
    blocks = list(story.box)
    for start in range(0, len(blocks), 3):
        section = etree.Element("div", {"class": "et_pb_section et_section_regular"})
        row = etree.SubElement(section, "div", {"class": "et_pb_row"})
        blocks[start].addprevious(section)
        for e in blocks[start : start + 3]:
            row.append(e)


def _widgets(story: Story) -> None:
    for number, e in enumerate(list(story.box)):
        name = f"elementor-element-{number:07x} elementor-widget elementor-widget-text-editor"
        widget = etree.Element("div", {"class": f"elementor-element {name}", "data-id": f"{number:07x}"})
        etree.SubElement(widget, "div", {"class": "elementor-widget-container"})
        _around(e, widget)


def _divs_for_paragraphs(story: Story) -> None:
    for e in story.blocks:
        if e.tag == "p":
            e.tag = "div"
            e.attrib.clear()


def _line_breaks(story: Story) -> None:
    for e in story.blocks:
        if e.tag == "p":
            e.tag, tail, e.tail = "span", e.tail, None
            e.attrib.clear()
            first, second = etree.Element("br"), etree.Element("br")
            e.addnext(first)
            first.addnext(second)
            second.tail = tail


def _no_classes(story: Story) -> None:
    for e in story.tree.iter(etree.Element):
        for name in [n for n in e.attrib if n in ("class", "id", "role") or n.startswith(("data-", "aria-"))]:
            del e.attrib[name]


def _hashed_classes(story: Story) -> None:
    for e in story.tree.iter(etree.Element):
        names = (e.get("class") or "").split()
        if names:
            e.set("class", " ".join("css-" + hashlib.sha256(name.encode()).hexdigest()[:6] for name in names))
        e.attrib.pop("id", None)


def _all_in(story: Story, outer: Any, inner: Any) -> None:
    body = story.tree.find("body")
    for e in list(body) if body is not None else ():
        inner.append(e)
    if body is not None:
        body.append(outer)


def _form(story: Story) -> None:
    form = etree.Element("form", {"id": "aspnetForm", "method": "post", "action": "./Page.aspx"})
    _all_in(story, form, form)


def _layout_table(story: Story) -> None:
    table = etree.Element("table")
    _all_in(story, table, etree.SubElement(etree.SubElement(table, "tr"), "td"))


def _boxed(story: Story) -> None:
    for e in story.blocks:
        _around(e, etree.Element("div", {"class": "block"}))


def _own_elements(story: Story) -> None:
    for e in story.blocks:
        _around(e, etree.Element("story-block"))


def _no_landmarks(story: Story) -> None:
    for e in story.tree.iter("article", "section", "main", "aside", "nav", "header", "footer"):
        e.tag = "div"


def _parted(story: Story) -> None:
    blocks = list(story.box)
    parts = [etree.SubElement(story.box, "div", {"class": "story-part"}) for _ in range(2)]
    for number, e in enumerate(blocks):
        parts[2 * number // len(blocks)].append(e)


def _fonts(story: Story) -> None:
    for e in story.paragraphs:
        font = etree.Element("font", {"size": "3"})
        font.text, e.text = e.text, None
        for child in list(e):
            font.append(child)
        e.append(font)


def _drop_caps(story: Story) -> None:
    for e in story.paragraphs:
        e.set("class", "has-drop-cap paragraph-sidebar--none widget")


def _also_read(story: Story) -> None:
    for number, e in enumerate(story.paragraphs[:-1:2]):
        teaser = etree.Element("p")
        teaser.text, teaser.tail, e.tail = "ये भी पढ़ें: ", e.tail, None
        link = etree.SubElement(teaser, "a", {"href": f"/dusri-khabar-{number}.html"})
        link.text = f"पड़ोस के शहर में मेले की तैयारी पूरी, इस बार झूले {number} ज्यादा"
        e.addnext(teaser)


CHANGES: dict[str, Callable[[Story], None]] = {
    "as parsed": lambda story: None,
    "subheads of the first level": _subheads_first,
    "a page builder's sections": _sections,
    "a page builder's widgets": _widgets,
    "divs for paragraphs": _divs_for_paragraphs,
    "line breaks for paragraphs": _line_breaks,
    "no classes": _no_classes,
    "hashed classes": _hashed_classes,
    "all in a form": _form,
    "all in a table": _layout_table,
    "each block in a box": _boxed,
    "each in an element of its own": _own_elements,
    "no landmarks": _no_landmarks,
    "in two parts": _parted,
    "fonts": _fonts,
    "classes of other things": _drop_caps,
    "also-read lines added": _also_read,
}


def changed(page: corpora.GoldPage, change: str) -> corpora.GoldPage | None:
    """A page under other markup; None where its story cannot be told by the gold text."""
    story = story_of(decode(page.html, None), page.right[0])
    if story is None:
        return None
    CHANGES[change](story)
    html: bytes = etree.tostring(story.tree, encoding="utf-8", method="html")
    return replace(page, html=b"<!DOCTYPE html>\n" + html)


def scores(page: corpora.GoldPage, language: str) -> dict[str, tuple[float, float]]:
    """Word F1 by change, ours and trafilatura's."""
    found = {}
    for name in CHANGES:
        if (other := changed(page, name)) is None:
            return {}
        told = corpora.extracted(other, language)
        text = told.text if isinstance(told, Article) else ""
        with corpora.quiet():
            found[name] = page.f1(text), page.f1(corpora.trafilatura_text(other.html, page.url))
    return found


def _scores(job: tuple[corpora.GoldPage, str]) -> dict[str, tuple[float, float]]:
    return scores(*job)


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="of the public pages each so many")
    options = parser.parse_args()
    jobs = [(page, "hi") for page in corpora.pages(FIXTURES) if page.right]
    if shared := os.environ.get("NEWSCRAWL_SHARED"):
        for name in PUBLIC:
            pages = [page for page in corpora.pages(Path(shared) / "extraction" / name) if page.right]
            jobs += [(page, corpora.ANY) for page in pages[:: options.every]]
    with ProcessPoolExecutor() as processes:
        found = [one for one in processes.map(_scores, jobs, chunksize=4) if one]
    _print(found)


def _print(found: Sequence[dict[str, tuple[float, float]]]) -> None:
    table = Table("change of markup", "newscrawl", "trafilatura", f"lost {_LOST} and more: ours", "trafilatura's")
    for name in CHANGES:
        means = [statistics.fmean(one[name][who] for one in found) for who in (0, 1)]
        lost = [sum(one[name][who] < one["as parsed"][who] - _LOST for one in found) for who in (0, 1)]
        table.add_row(name, *(f"{mean:.3f}" for mean in means), *map(str, lost))
    Console(width=110).print(f"{len(found)} pages whose story is told by the gold text", table)


if __name__ == "__main__":
    main()
