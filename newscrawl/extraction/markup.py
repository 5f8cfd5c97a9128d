"""The page's tree before trafilatura sees it: what can be told from markup is pruned here.

Text alone cannot tell a related headline from a sentence; the tree can: it is a link, it stands in a box whose
class says so, it stands before the headline. Every rule is guarded by the page's prose (`Measure`): an element
that holds a good part of the page's running text is never pruned, whatever its class says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex
import trafilatura
from lxml import etree

from newscrawl.extraction import layout, phrases
from newscrawl.extraction.cards import TEASER_CHARS, drop_cards
from newscrawl.extraction.layout import BLOCKS as _BLOCKS
from newscrawl.extraction.layout import length
from newscrawl.extraction.measure import HEADLINE_CHARS, PROSE_CHARS, Measure

# Elements without running text of a story.
_NO_TEXT = (
    "script", "style", "noscript", "template", "svg", "iframe", "button", "select", "textarea", "object", "embed",
    "video", "audio", "canvas", "map", "dialog", "amp-ad", "amp-embed", "amp-sidebar", "amp-analytics", "figcaption",
    "amp-story-player", "amp-list", "amp-consent", "amp-sticky-ad", "amp-social-share",
)  # fmt: skip
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

# Class and id words of boxes that are not the story. Long words match anywhere (relatedNews, td_related),
# short ones only between separators or at a capital (`ad`, `tags`, but not `shadow`, `heritage`).
_JUNK_ANYWHERE = regex.compile(
    r"related|also-?_?read|read-?_?also|alsoread|readmore|read-more|nextread|recommend|newsletter|breadcrumb|taboola|"
    r"outbrain|trending|most-?_?read|most-?_?popular|more-?_?stories|more-?_?news|more-?_?like|top-?_?stor|latest-?_?news|"
    r"app-?_?(?:promo|download|banner)|download-?_?app|whats-?_?app|telegram|google-?_?news|google_follow|yarpp|jp-relatedposts|"
    r"sharedaddy|addtoany|addthis|sharethis|share-?_?(?:bar|box|icon|button|link|this)|social-?_?(?:share|icon|media|link|bar)|"
    r"author-?_?(?:box|bio|info|desc|detail|card)|advert|sponsor|paywall|subscribe|photo-?_?credit|image-?_?credit|"
    r"img-?_?caption|image-?_?caption|wp-caption-text|wp-element-caption|most-?viewed|disclaimer|disqus|fb-comments|"
    r"comment-?_?(?:list|form|box|section|area)|key-?_?points|high-?_?lights|khas-?_?ba|you-?_?may|relative-?news|story-?_?tags|tags?-?_?(?:list|box|cloud)|"
    r"twitter-tweet|instagram-media|fb-post|tiktok-embed|inline-?_?(?:story|link|promo|related)|breaking-?_?news|live-?_?tv|back-?_?to-?_?top|exit-mobile|reading-?_?time",
    regex.I,
)
_JUNK_WORD = regex.compile(
    r"(?<![A-Za-z])(?:ads?|adv|tags|keywords|share|shares|sharing|social|follow|followus|caption|captions|cap|credit|credits|byline|promo|"
    r"promos|poll|quiz|widget|sidebar|ticker|comments|crumb|crumbs|pagination|pager|popup|modal|toast|cookie|menu|navbar|"
    r"rhs|subscription|signup|login)(?![a-z])",
    regex.I,
)
_SUMMARY_CLASS = regex.compile(
    r"summary|synopsis|excerpt|standfirst|strap|sub-?_?(?:head|title)|deck?\b|short-?_?desc|summery|highlight|saar",
    regex.I,
)
_HIDDEN = regex.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", regex.I)

# A page of which this share of prose stands in cards is a listing.
_LISTING_SHARE = 0.75
# So much prose before the headline is a stray teaser or notice; more, and the headline is not where it seems.
_STRAY_SHARE = 0.2


def parse(html: str) -> Any | None:
    """Parse decoded HTML into an lxml tree, or None where there is no element at all."""
    return trafilatura.load_html(html)


def drop(e: Any) -> None:
    """Take an element out of its tree; the text behind it stays."""
    if e.getparent() is not None:
        e.drop_tree()


def text_of(e: Any) -> str:
    """All text below an element, spaces tidied."""
    return " ".join(" ".join(e.itertext()).split())


@dataclass(frozen=True, slots=True)
class Pruned:
    """A pruned tree, with what was seen while pruning."""

    tree: Any
    listing: bool  # nearly all of the page's prose stood in teaser cards
    cards: bool  # there were teaser cards
    summary: str | None  # the summary printed as a heading between headline and story


def prune(tree: Any, *, title: str | None, summary: str | None) -> Pruned:
    """Take what is not the story out of `tree`, in place."""
    etree.strip_elements(tree, etree.Comment, etree.ProcessingInstruction, *_NO_TEXT, with_tail=False)
    layout.unfold(tree)
    measure = Measure(tree)
    _name_paragraphs(tree, measure)
    headline = headline_element(tree, title)
    kept = set(headline.iterancestors()) if headline is not None else set()
    carded = drop_cards(tree, measure, kept)
    _drop_boxes(tree, measure, kept)
    _drop_teasers(tree, measure, kept)
    _drop_links(tree, measure, headline)
    _drop_also_read(tree, measure)
    if summary:
        _drop_summary(tree, summary, measure)
    printed = _drop_before_story(headline, measure) if headline is not None else None
    return Pruned(tree, carded >= _LISTING_SHARE * measure.total, carded > 0, printed)


# -- boxes and links -----------------------------------------------------------------------------------


def _name_paragraphs(tree: Any, measure: Measure) -> None:
    """Running text in a bare div is a paragraph, and so is its short twin beside it: trafilatura trusts the tag."""
    for e in list(tree.iter("div")):
        if measure.prose.get(e, 0) and _holds_text_only(e):
            e.tag = "p"
            for twin in (*e.itersiblings(preceding=True), *e.itersiblings()):
                if (
                    twin.tag == "div"
                    and twin.get("class") == e.get("class")
                    and measure.unlinked(twin)
                    and _holds_text_only(twin)
                ):
                    twin.tag = "p"


def _holds_text_only(e: Any) -> bool:
    return not any(child.tag in _BLOCKS for child in e)


@lru_cache(maxsize=20_000)  # a site repeats its class names on every page
def _names_junk(named: str) -> bool:
    return _JUNK_ANYWHERE.search(named) is not None or _JUNK_WORD.search(named) is not None


def _drop_boxes(tree: Any, measure: Measure, kept: set[Any]) -> None:
    for e in list(tree.iter()):
        if e in kept or e.tag in ("html", "body", "a") or e.getparent() is None:
            continue
        named = f"{e.get('class', '')} {e.get('id', '')}"
        junk = (
            e.tag in ("nav", "footer", "aside", "form")
            or (e.tag in _BLOCKS and len(named) > 1 and _names_junk(named))
            or (e.get("style") and _HIDDEN.search(e.get("style")))
            or e.get("role") in ("navigation", "complementary", "contentinfo")
        )
        if junk and measure.dispensable(e):
            drop(e)


def _drop_links(tree: Any, measure: Measure, headline: Any) -> None:
    """Lists of links, and paragraphs, headings and list items that are one headline-long link."""
    for e in list(tree.iter("ul", "ol", "p", "li", "div", "h2", "h3", "h4", "h5", "h6")):
        if e is headline or e.getparent() is None or not measure.linkish(e):
            continue
        if e.tag in ("ul", "ol", "div") or measure.chars.get(e, 0) >= HEADLINE_CHARS:
            if e.tag == "div" and measure.chars.get(e, 0) < HEADLINE_CHARS and _inside_text(e):
                continue
            drop(e)


def _inside_text(e: Any) -> bool:
    parent = e.getparent()
    return parent is not None and (length(parent.text) > 0 or length(e.tail) > 0)


def _drop_also_read(tree: Any, measure: Measure) -> None:
    """ "Also read: <a>headline</a>" inside a paragraph: the label and the link go, the sentence before stays.

    A paragraph that ends in a link "read the full story" is a teaser: it goes whole.
    """
    for link in list(tree.iter("a")):
        if link.getparent() is None:
            continue
        text = text_of(link)
        if phrases.continues(text):
            paragraph = next((e for e in link.iterancestors("p", "li", "div")), None)
            if (
                paragraph is not None
                and measure.chars.get(paragraph, 0) <= TEASER_CHARS
                and measure.dispensable(paragraph)
            ):
                drop(paragraph)
            else:
                drop(link)
            continue
        if phrases.leads_in(text):
            drop(link)
            continue
        e, holder, attribute = _text_before(link)
        before = getattr(holder, attribute) if holder is not None else None
        if before and (cut := phrases.cut_label(before)) is not None:
            setattr(holder, attribute, cut)
            drop(e)


def _text_before(link: Any) -> tuple[Any, Any, str]:
    """The text directly before `link`: (the outermost inline element that begins with it, holder, attribute)."""
    e = link
    while True:
        before, parent = e.getprevious(), e.getparent()
        if before is not None:
            if length(before.tail):
                return e, before, "tail"
            if before.tag in ("br",) or before.tag in _BLOCKS:
                return e, None, "text"
            if before.tag == "a":
                return e, None, "text"
            last = before
            while len(last) and not length(last[-1].tail):
                last = last[-1]
            if len(last):
                return e, last[-1], "tail"
            return e, last, "text"
        if parent is None:
            return e, None, "text"
        if length(parent.text):
            return e, parent, "text"
        if parent.tag in _BLOCKS:
            return e, None, "text"
        e = parent


def _drop_teasers(tree: Any, measure: Measure, kept: set[Any]) -> None:
    """A heading such as "Latest News", and what follows it in its box."""
    for e in list(tree.iter("h2", "h3", "h4", "h5", "h6", "b", "strong", "div", "span", "p")):
        if e.getparent() is None or measure.chars.get(e, 0) > 60 or not phrases.heads_teasers(text_of(e)):
            continue
        box = e
        while (parent := box.getparent()) is not None and parent not in kept and parent.tag != "body":
            if measure.chars.get(parent, 0) > measure.chars.get(e, 0) + 3:
                break
            box = parent
        behind = list(box.itersiblings())
        if behind and _tells(behind[0], measure):
            continue  # the text will tell what follows (boilerplate.strip)
        for sibling in behind:
            if not measure.dispensable(sibling) or sibling in kept:
                break
            if _tells(sibling, measure):
                break  # the story goes on
            drop(sibling)
        drop(box)


def _tells(e: Any, measure: Measure) -> bool:
    """Whether an element is a paragraph or a subhead of a story: teasers hold links."""
    if e.tag in _HEADINGS:
        return not measure.linkish(e) and not phrases.heads_teasers(text_of(e))
    running = e.tag == "p" and measure.prose.get(e, 0) > 0 and not measure.links.get(e, 0)
    return running and not text_of(e).endswith(("...", "…", "…]", "...]"))


# -- headline and summary ------------------------------------------------------------------------------


def headline_element(tree: Any, title: str | None) -> Any:
    """The element that prints the headline: the h1 that says the title, else the first element that does."""
    wanted = phrases.squeeze(title) if title else ""
    if not wanted:
        return None
    for h1 in tree.iter("h1"):
        got = phrases.squeeze("".join(h1.itertext()))
        if got and (got == wanted or (len(got) > 15 and (got in wanted or wanted in got))):
            return h1
    length = len(str(title))
    for e in tree.iter("h2", "h3", "td", "div", "p", "font", "span", "b", "strong"):
        text = e.text_content() if len(e) < 4 else ""
        if abs(len(text.strip()) - length) <= 5 and phrases.squeeze(text) == wanted:
            return e
    return None


def _drop_before_story(headline: Any, measure: Measure) -> str | None:
    """Drop the headline, what stands before it, and headings and lists between it and the story.

    Before the headline only where nearly all prose stands behind it. Returns the summary that some sites print
    behind the headline: a long heading, or a box of a telling class.
    """
    before = [e for up in _lineage(headline) for e in up.itersiblings(preceding=True)]
    if sum(measure.prose.get(e, 0) for e in before if e.getparent() is not None) <= _STRAY_SHARE * measure.total:
        for e in before:
            if e.tag != "head":
                e.tail = None
                drop(e)
    summary = None
    for e in list(_following(headline)):
        if e.getparent() is None:
            continue
        if (
            e.tag in _BLOCKS
            and _SUMMARY_CLASS.search(e.get("class", ""))
            and measure.prose.get(e, 0) > 0
            and measure.dispensable(e)
        ):
            summary = summary or text_of(e)
            drop(e)
            continue
        if e.tag == "p" and measure.prose.get(e, 0):
            break
        if e.tag in ("ul", "ol") and measure.dispensable(e):
            drop(e)  # key points and share buttons: the story tells it again
        elif e.tag in _HEADINGS and measure.chars.get(e, 0) >= HEADLINE_CHARS:
            summary = summary or (text_of(e) if measure.chars.get(e, 0) >= PROSE_CHARS else None)
            drop(e)
    drop(headline)
    return summary


def _following(e: Any) -> Iterator[Any]:
    for up in _lineage(e):
        for sibling in up.itersiblings():
            yield from sibling.iter()


def _lineage(e: Any) -> Iterator[Any]:
    while e is not None and e.tag not in ("body", "html"):
        yield e
        e = e.getparent()


def _drop_summary(tree: Any, summary: str, measure: Measure) -> None:
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
