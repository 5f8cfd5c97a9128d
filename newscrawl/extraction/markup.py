"""The page's tree before trafilatura sees it: what can be told from markup is pruned here.

Text alone cannot tell a related headline from a sentence; the tree can: it is a link, it stands in a box whose
class says so, it stands before the headline. Every rule is guarded by the page's prose (`_Measure`): an element
that holds a good part of the page's running text is never pruned, whatever its class says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import regex
import trafilatura
from lxml import etree

from newscrawl.extraction import phrases

# Elements without running text of a story.
_NO_TEXT = (
    "script", "style", "noscript", "template", "svg", "iframe", "button", "select", "textarea", "object", "embed",
    "video", "audio", "canvas", "map", "dialog", "amp-ad", "amp-embed", "amp-sidebar", "amp-analytics", "figcaption",
    "amp-story-player", "amp-list", "amp-consent", "amp-sticky-ad", "amp-social-share",
)  # fmt: skip
_BLOCKS = frozenset(
    "p div td th li section article main header footer aside nav blockquote ul ol dl dd dt h1 h2 h3 h4 h5 h6 "
    "table tbody thead tr body html form fieldset figure center pre address details summary".split()
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TEXT_HOLDERS = ("div", "td", "section", "article", "span", "font", "center", "blockquote", "p")

# Class and id words of boxes that are not the story. Long words match anywhere (relatedNews, td_related),
# short ones only between separators or at a capital (`ad`, `tags`, but not `shadow`, `heritage`).
_JUNK_ANYWHERE = regex.compile(
    r"related|also-?_?read|read-?_?also|alsoread|readmore|read-more|nextread|recommend|newsletter|breadcrumb|taboola|"
    r"outbrain|trending|most-?_?read|most-?_?popular|more-?_?stories|more-?_?news|more-?_?like|top-?_?stor|latest-?_?news|"
    r"app-?_?(?:promo|download|banner)|download-?_?app|whats-?_?app|telegram|google-?_?news|google_follow|yarpp|jp-relatedposts|"
    r"sharedaddy|addtoany|addthis|sharethis|share-?_?(?:bar|box|icon|button|link|this)|social-?_?(?:share|icon|media|link|bar)|"
    r"author-?_?(?:box|bio|info|desc|detail|card)|advert|sponsor|paywall|subscribe|photo-?_?credit|image-?_?credit|"
    r"img-?_?caption|image-?_?caption|wp-caption-text|wp-element-caption|most-?viewed|disclaimer|disqus|fb-comments|"
    r"comment-?_?(?:list|form|box|section|area)|key-?_?points|highlights|khas-?_?ba|you-?_?may|relative-?news|story-?_?tags|tags?-?_?(?:list|box|cloud)|"
    r"inline-?_?(?:story|link|promo|related)|breaking-?_?news|live-?_?tv|back-?_?to-?_?top|exit-mobile|reading-?_?time",
    regex.I,
)
_JUNK_WORD = regex.compile(
    r"(?<![A-Za-z])(?:ads?|adv|tags|keywords|share|shares|sharing|social|follow|followus|caption|captions|cap|credit|credits|byline|promo|"
    r"promos|poll|quiz|widget|sidebar|ticker|comments|crumb|crumbs|pagination|pager|popup|modal|toast|cookie|menu|navbar|"
    r"rhs|subscription|signup|login)(?![a-z])",
    regex.I,
)
_SUMMARY_CLASS = regex.compile(
    r"summary|synopsis|excerpt|standfirst|strap|sub-?_?(?:head|title)|deck?\b|short-?_?desc|intro|summery|highlight|saar",
    regex.I,
)
_HIDDEN = regex.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", regex.I)

# A block of this many characters outside links is running text (about 15 Hindi words), a headline is shorter.
_PROSE_CHARS = 80
# An element with this share of the page's prose is not pruned: a theme may well name its wrapper
# "content-with-sidebar". A box of teasers behind a story of one paragraph stays under it.
_GUARD_SHARE = 0.3
# A list or paragraph of this share of link text is navigation; 0.8 leaves room for bullets and dates.
_LINK_SHARE = 0.8
# Links of fewer characters in a paragraph of their own may be a place, a name, a product; headlines are longer.
_HEADLINE_CHARS = 25


def parse(html: str) -> Any | None:
    """Parse decoded HTML into an lxml tree, or None where there is no element at all."""
    return trafilatura.load_html(html)


class _Measure:
    """Characters, characters in links, and characters of prose below each element, in one pass."""

    def __init__(self, tree: Any) -> None:
        self.chars: dict[Any, int] = {}
        self.links: dict[Any, int] = {}
        self.prose: dict[Any, int] = {}
        own: dict[Any, tuple[int, int]] = {}  # text outside child blocks: (characters, of them in links)
        for e in reversed(list(tree.iter())):
            if not isinstance(e.tag, str):
                continue
            inner = linked = prose = 0
            direct = _length(e.text)
            direct_linked = 0
            for child in e:
                inner += self.chars.get(child, 0)
                linked += self.links.get(child, 0)
                prose += self.prose.get(child, 0)
                if child.tag not in _BLOCKS:
                    n, m = own.get(child, (0, 0))
                    direct += n
                    direct_linked += m
                inner += (tail := _length(child.tail))
                direct += tail
            inner += _length(e.text)
            if e.tag == "a":
                linked, direct_linked = inner, direct
            if e.tag in _BLOCKS and direct - direct_linked >= _PROSE_CHARS and direct_linked * 2 <= direct:
                prose += direct - direct_linked
            self.chars[e], self.links[e], self.prose[e] = inner, linked, prose
            own[e] = (direct, direct_linked)
        self.total = max(1, self.prose.get(tree, 0))

    def linkish(self, e: Any) -> bool:
        return self.links.get(e, 0) >= _LINK_SHARE * max(1, self.chars.get(e, 0))

    def dispensable(self, e: Any) -> bool:
        return self.prose.get(e, 0) <= _GUARD_SHARE * self.total


def _length(text: str | None) -> int:
    return len(text.strip()) if text else 0


def drop(e: Any) -> None:
    """Take an element out of its tree; the text behind it stays."""
    if e.getparent() is not None:
        e.drop_tree()


def text_of(e: Any) -> str:
    """All text below an element, spaces tidied."""
    return " ".join(" ".join(e.itertext()).split())


def prune(tree: Any, *, title: str | None, summary: str | None) -> Any:
    """Take what is not the story out of `tree`, in place, and return the element to extract from."""
    etree.strip_elements(tree, etree.Comment, etree.ProcessingInstruction, *_NO_TEXT, with_tail=False)
    for table in list(tree.iter("table")):
        if _lays_out(table):
            _unwrap_table(table)
    for e in [e for e in tree.iter(*_TEXT_HOLDERS) if e.find("br") is not None]:
        _break_into_paragraphs(e)
    measure = _Measure(tree)
    _name_paragraphs(tree, measure)
    headline = _headline(tree, title)
    kept = set(headline.iterancestors()) if headline is not None else set()
    _drop_boxes(tree, measure, kept)
    _drop_links(tree, measure, headline)
    _drop_also_read(tree)
    _drop_teasers(tree, measure, kept)
    if summary:
        _drop_summary(tree, summary, measure)
    if headline is not None:
        _drop_before(headline, measure)
    return tree


# -- layout --------------------------------------------------------------------------------------------


def _lays_out(table: Any) -> bool:
    """Whether a table is a page layout, not data: it nests tables or blocks, or a cell holds running text."""
    if table.find(".//th") is not None or table.find("caption") is not None:
        return False
    if (
        table.find(".//table") is not None
        or table.find(".//h1") is not None
        or table.find(".//p/following-sibling::p") is not None
    ):
        return True
    cells = [_length(" ".join(cell.itertext())) for cell in table.iter("td")]
    # One column, or a cell as long as several sentences.
    return max(cells, default=0) > 400 or len(cells) == len(table.findall(".//tr"))


def _unwrap_table(table: Any) -> None:
    for e in [table, *(e for e in table.iter("tbody", "thead", "tfoot", "tr", "td") if _owner(e) is table)]:
        e.tag = "div"


def _owner(e: Any) -> Any:
    return next(e.iterancestors("table"), None)


def _break_into_paragraphs(e: Any) -> None:
    """Text parted by line breaks becomes paragraphs; text with single breaks only, too: Hindi CMSes use both."""
    if any(child.tag in _BLOCKS for child in e) and e.tag in ("p", "span", "font"):
        return
    run: Any = None

    def start() -> Any:
        return etree.SubElement(e, "p") if e.tag != "p" and e.tag not in ("span", "font") else None

    if e.tag in ("p", "span", "font"):
        _split_inline(e)
        return
    children = list(e)
    text, e.text = e.text, None
    for child in children:
        e.remove(child)
    run = start()
    run.text = text
    for child in children:
        tail, child.tail = child.tail, None
        if child.tag == "br":
            run = start()
        elif child.tag in _BLOCKS:
            e.append(child)
            run = start()
        else:
            run.append(child)
            child.tail = tail
            continue
        run.text = tail
    for p in e.findall("p"):
        if len(p) == 0 and not _length(p.text) and p.getparent() is e:
            e.remove(p)


def _split_inline(e: Any) -> None:
    """A paragraph with double breaks is several: its breaks become siblings."""
    parent = e.getparent()
    breaks = [b for b in e.findall("br")]
    if (
        parent is None
        or e.tag != "p"
        or not any(b.getnext() is not None and b.getnext().tag == "br" and not _length(b.tail) for b in breaks)
    ):
        return
    tail, e.tail = e.tail, None
    children = list(e)
    at = parent.index(e)
    run = e
    for child in children:
        if child.tag == "br":
            e.remove(child) if child.getparent() is e else None
            fresh = etree.Element("p")
            fresh.text, child.tail = child.tail, None
            at += 1
            parent.insert(at, fresh)
            run = fresh
        elif run is not e:
            run.append(child)
    run.tail = tail


def _name_paragraphs(tree: Any, measure: _Measure) -> None:
    """Running text in a bare div is a paragraph: trafilatura trusts the tag."""
    for e in tree.iter("div"):
        if measure.prose.get(e, 0) and not any(child.tag in _BLOCKS for child in e):
            e.tag = "p"


# -- boxes and links -----------------------------------------------------------------------------------


def _drop_boxes(tree: Any, measure: _Measure, kept: set[Any]) -> None:
    for e in list(tree.iter()):
        if e in kept or e.tag in ("html", "body", "a") or e.getparent() is None:
            continue
        named = f"{e.get('class', '')} {e.get('id', '')}"
        junk = (
            e.tag in ("nav", "footer", "aside", "form")
            or (e.tag in _BLOCKS and len(named) > 1 and (_JUNK_ANYWHERE.search(named) or _JUNK_WORD.search(named)))
            or (e.get("style") and _HIDDEN.search(e.get("style")))
            or e.get("role") in ("navigation", "complementary", "contentinfo")
        )
        if junk and measure.dispensable(e):
            drop(e)


def _drop_links(tree: Any, measure: _Measure, headline: Any) -> None:
    """Lists of links, and paragraphs, headings and list items that are one headline-long link."""
    for e in list(tree.iter("ul", "ol", "p", "li", "div", "h2", "h3", "h4", "h5", "h6")):
        if e is headline or e.getparent() is None or not measure.linkish(e):
            continue
        if e.tag in ("ul", "ol", "div") or measure.chars.get(e, 0) >= _HEADLINE_CHARS:
            if e.tag == "div" and measure.chars.get(e, 0) < _HEADLINE_CHARS and _inside_text(e):
                continue
            drop(e)


def _inside_text(e: Any) -> bool:
    parent = e.getparent()
    return parent is not None and (_length(parent.text) > 0 or _length(e.tail) > 0)


def _drop_also_read(tree: Any) -> None:
    """ "Also read: <a>headline</a>" inside a paragraph: the label and the link go, the sentence before stays."""
    for link in list(tree.iter("a")):
        if link.getparent() is None:
            continue
        if phrases.leads_in(text_of(link)):
            drop(link)
            continue
        e, holder, attribute = _text_before(link)
        text = getattr(holder, attribute) if holder is not None else None
        if text and (cut := phrases.cut_label(text)) is not None:
            setattr(holder, attribute, cut)
            drop(e)


def _text_before(link: Any) -> tuple[Any, Any, str]:
    """The text directly before `link`: (the outermost inline element that begins with it, holder, attribute)."""
    e = link
    while True:
        before, parent = e.getprevious(), e.getparent()
        if before is not None:
            if _length(before.tail):
                return e, before, "tail"
            if before.tag in ("br",) or before.tag in _BLOCKS:
                return e, None, "text"
            if before.tag == "a":
                return e, None, "text"
            last = before
            while len(last) and not _length(last[-1].tail):
                last = last[-1]
            if len(last):
                return e, last[-1], "tail"
            return e, last, "text"
        if parent is None:
            return e, None, "text"
        if _length(parent.text):
            return e, parent, "text"
        if parent.tag in _BLOCKS:
            return e, None, "text"
        e = parent


def _drop_teasers(tree: Any, measure: _Measure, kept: set[Any]) -> None:
    """A heading such as "Latest News", and what follows it in its box."""
    for e in list(tree.iter("h2", "h3", "h4", "h5", "h6", "b", "strong", "div", "span", "p")):
        if e.getparent() is None or measure.chars.get(e, 0) > 60 or not phrases.heads_teasers(text_of(e)):
            continue
        box = e
        while (parent := box.getparent()) is not None and parent not in kept and parent.tag != "body":
            if measure.chars.get(parent, 0) > measure.chars.get(e, 0) + 3:
                break
            box = parent
        for sibling in list(box.itersiblings()):
            if not measure.dispensable(sibling) or sibling in kept:
                break
            if sibling.tag == "p" and measure.prose.get(sibling, 0) and not measure.links.get(sibling, 0):
                break  # the story goes on
            drop(sibling)
        drop(box)


# -- headline and summary ------------------------------------------------------------------------------


def _headline(tree: Any, title: str | None) -> Any:
    """The element that prints the headline: the h1 that says the title."""
    if not title:
        return None
    wanted = phrases.squeeze(title)
    for h1 in tree.iter("h1"):
        got = phrases.squeeze(text_of(h1))
        if got and (got == wanted or (len(got) > 15 and (got in wanted or wanted in got))):
            return h1
    return None


def _drop_before(headline: Any, measure: _Measure) -> None:
    """What stands before the headline is no story, where nearly all prose stands behind it."""
    before = [e for up in _lineage(headline) for e in up.itersiblings(preceding=True)]
    if sum(measure.prose.get(e, 0) for e in before if e.getparent() is not None) <= 0.2 * measure.total:
        for e in before:
            if e.tag not in ("head",):
                e.tail = None
                drop(e)
    drop(headline)


def _lineage(e: Any) -> Iterator[Any]:
    while e is not None and e.tag not in ("body", "html"):
        yield e
        e = e.getparent()


def _drop_summary(tree: Any, summary: str, measure: _Measure) -> None:
    """The summary printed above the story: a heading, a block of a telling class, or a lone paragraph."""
    wanted = phrases.squeeze(summary)[:120]
    if len(wanted) < 20:
        return
    for e in list(tree.iter("p", "h2", "h3", "h4", "div", "span", "strong")):
        if e.getparent() is None or not 0.5 * len(summary) <= measure.chars.get(e, 0) <= 2 * len(summary) + 60:
            continue
        if wanted not in phrases.squeeze(text_of(e)):
            continue
        named = f"{e.get('class', '')} {e.getparent().get('class', '')}"
        if e.tag in _HEADINGS or _SUMMARY_CLASS.search(named):
            drop(e)
