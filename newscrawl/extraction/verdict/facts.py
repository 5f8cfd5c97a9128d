"""What a page says of its own kind, in its head and its address, read before anything is pruned."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.elements import Elements

# schema.org types of a page that is one article; a DiscussionForumPosting is none, whatever its name ends in.
_ARTICLE_TYPES = regex.compile(r"^(?:\w*Article|BlogPosting|LiveBlogPosting|Report|Review)$", regex.IGNORECASE)
# Types and og:types of pages that are something else, where no article is named beside them.
_OTHER_TYPES = frozenset(
    (
        "Product", "ProductGroup", "OfferCatalog", "CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage",
        "DiscussionForumPosting", "QAPage", "AboutPage", "ContactPage", "Course", "EducationalOccupationalProgram",
        "JobPosting", "Event", "SoftwareApplication",
    )
)  # fmt: skip
_OTHER_OG = ("product", "profile")
_LISTING_PATH = regex.compile(
    r"/(?:tags?|topics|authors?|writers?|search(?:-results?)?)(?:/[^/]*){0,2}/?$|/page/\d+/?$"
    r"|/(?:videos?|photos?|web-?stories|live-?tv)/?$",
    regex.I,
)
# Sites file stories under these, too.
_SECTION_PATH = regex.compile(
    r"/(?:topic|category|categories|archives?|weather|mausam|e-?paper|live-?scores?)(?:/[^/]*){0,2}/?$|"
    r"/web-?stories/[^/]*/?$",
    regex.I,
)
# Where papers show their pages as they are printed.
_PRINT_HOSTS, _PRINT_PATHS = ("epaper.", "e-paper."), ("/epaper/", "/e-paper/")
# Pages of the site about itself, by the last part of their address.
_STATIC_PATH = regex.compile(
    r"/(?:about(?:-?us)?|contact(?:-?us)?|privacy(?:-?policy)?|terms(?:-.*)?|disclaimer|advertise(?:-.*)?|careers?|"
    r"cookie-?policy|sitemap|login|register|subscribe|grievance(?:-.*)?|feedback|faqs?)(?:\.\w+)?/?$",
    regex.I,
)
# And by their headline or <title>, where the address has words of the language.
_STATIC_TITLES = frozenset(
    map(
        phrases.key,
        (
            "निजता नीति", "गोपनीयता नीति", "हमारे बारे में", "संपर्क करें", "हमसे संपर्क करें", "नियम और शर्तें", "उपयोग की शर्तें",
            "अस्वीकरण", "विज्ञापन दें", "शिकायत निवारण", "कुकी नीति", "Privacy Policy", "About Us", "Contact Us",
            "Terms and Conditions", "Terms of Use", "Disclaimer", "Cookie Policy", "Advertise with us", "नियम व शर्तें",
            "हमारे साथ विज्ञापन दें", "साइटमैप", "संपादकीय नीति", "संपादकीय आचार संहिता", "सुधार नीति", "Careers", "Sitemap",
            "Editorial Policy", "Ethics Policy", "Code of Ethics", "Corrections Policy", "Fact Checking Policy",
        ),
    )
)  # fmt: skip
_TITLE_PARTS = regex.compile(r"[|»]|\s[-–—]\s")
# An address that names one story: four words, or a number of four digits and more that is no year.
_STORY_WORDS = 4
# In a section's folder three words tell it from a section below.
_SECTION_WORDS = 3
_NUMBER = regex.compile(r"\d{5,}|(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{4}(?!\d)")

# Kinds by type, then by address, then by what holds the text; the first that fits.
_LIVE, _GALLERY, _VIDEO, _OPINION = "liveblog", "gallery", "video", "opinion"
_KIND_OF_TYPE = {
    "LiveBlogPosting": _LIVE, "ImageGallery": _GALLERY, "MediaGallery": _GALLERY, "OpinionNewsArticle": _OPINION,
}  # fmt: skip
_KIND_OF_PATH = (
    (
        regex.compile(r"/live-?(?:blogs?|updates?)(?:/|$)|-live-?(?:blog|updates?|news|score)(?:-|/|$|\.)", regex.I),
        _LIVE,
    ),
    (regex.compile(r"/(?:photo-?(?:gallery|story)?s?|gallery|pictures|web-?stories)/", regex.I), _GALLERY),
    (regex.compile(r"/videos?/", regex.I), _VIDEO),
    (regex.compile(r"/(?:opinion|editorials?|columns?|sampadkiya|vichar)/", regex.I), _OPINION),
)  # fmt: skip
# A word of a slug like any other ("live-streaming"): only where the headline has it as a label, too.
_LIVE_SLUG = regex.compile(r"-live(?:-|/|$|\.)", regex.I)
_LIVE_LABEL = regex.compile(r"(?<![\p{L}\p{M}])(?:LIVE|Live|लाइव)(?:\s*[:：|–-]|$)|^(?:LIVE|Live|लाइव)\s")
_LIVE_UPDATES = regex.compile(
    r"(?<![\p{L}\p{M}])(?:live|लाइव)\s(?:blog|updates?|ब्लॉग|अपडेट(?:्स)?)(?:\s*[:：|–-]|$)", regex.I
)
# What holds the entries of a live blog has some; a teaser's badge or the tag of a post has the word as well.
_LIVE_BOX = regex.compile(r"(?<!\S)(?!tag-|category-)(?:\S*(?:-|__))?live-?blog")
_LIVE_ENTRIES = 3
# Sections of opinions, as papers call them.
_OPINION_SECTIONS = "संपादकीय सम्पादकीय विचार ओपिनियन नजरिया ब्लॉग अभिमत दृष्टिकोण opinion opinions editorial"
_OPINIONS = frozenset(map(phrases.key, _OPINION_SECTIONS.split()))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the markup and the address say of the page's kind."""

    title: str  # <title> and headings of the first level
    kind: str  # article, liveblog, gallery, video, opinion
    article: bool  # JSON-LD, og:type with a time, a feed, a news sitemap or the site's own pattern says that it is one
    calls_article: bool  # og:type says so, which CMSes print on lists as well
    website: bool  # og:type says "website"
    other: bool  # it says that it is a product, a list, a profile ...
    media: bool  # the page calls itself a video or a gallery, and no article
    password: bool  # there is a password field
    address: str | None  # why the address is none of a story, if so
    story_address: bool  # the address names one story


def facts(
    elements: Elements,
    url: str,
    types: frozenset[str],
    *,
    title: str | None,
    section: str | None,
    dated: bool,
    announced: bool = False,
    named: bool = False,
) -> Facts:
    """Read the facts.

    `types`: the page's JSON-LD types; `title`: its headline; `section`: where it stands; `dated`: its head says when it
    was published; `announced`: a feed or a news sitemap named this address as an article; `named`: the site's entry
    does, and has the last word.
    """
    kinds = (e for e in elements.tagged("meta") if "og:type" in (e.get("property"), e.get("name")))
    og = {(e.get("content") or "").strip().lower() for e in kinds}
    by_type = any(_ARTICLE_TYPES.search(t) for t in types)
    article = by_type or announced or named or ("article" in og and dated)
    heads = [
        next((e.text or "" for e in elements.tagged("title")), ""),
        *(" ".join(h.itertext()) for h in elements.tagged("h1")),
    ]
    og_video = any(v.startswith("video") for v in og)
    return Facts(
        title=" | ".join(" ".join(h.split()) for h in heads),
        kind=_kind(
            elements,
            url,
            types,
            [title or "", *heads[1:]],
            section,
            video=(og_video or "VideoObject" in types) and not by_type,
        ),
        article=article,
        calls_article="article" in og,
        website="website" in og,
        other=bool(types & _OTHER_TYPES) or any(v.startswith(_OTHER_OG) for v in og),
        media=og_video or (not by_type and "article" not in og and bool(types & {"VideoObject", "ImageGallery"})),
        password=any(e.get("type") == "password" for e in elements.tagged("input")),
        address=None if named else _refused(url, [title or "", heads[0]], by_type, article=article or "article" in og),
        story_address=_names_story(url),
    )


def _kind(
    elements: Elements, url: str, types: frozenset[str], titles: list[str], section: str | None, *, video: bool
) -> str:
    if (found := next((_KIND_OF_TYPE[t] for t in sorted(types) if t in _KIND_OF_TYPE), None)) is not None:
        return found
    if video:
        return _VIDEO
    path = urlsplit(url).path
    if (found := next((kind for pattern, kind in _KIND_OF_PATH if pattern.search(path)), None)) is not None:
        return found
    if _calls_itself_live(path, titles) or any(
        "blog" in names and _is_live_box(names, e) for names, e in elements.classed
    ):
        return _LIVE
    return _OPINION if section and phrases.key(section) in _OPINIONS else "article"


def _calls_itself_live(path: str, titles: list[str]) -> bool:
    lines = [" ".join(title.split()) for title in titles]
    labelled = _LIVE_SLUG.search(path) is not None and any(map(_LIVE_LABEL.search, lines))
    return labelled or any(map(_LIVE_UPDATES.search, lines))


def _is_live_box(names: str, e: Any) -> bool:
    if _LIVE_BOX.search(names) is None:
        return False
    return len(list(islice(e.iterdescendants("p"), _LIVE_ENTRIES))) == _LIVE_ENTRIES


def _refused(url: str, titles: list[str], by_type: bool, *, article: bool) -> str | None:
    """Why the address, or a headline that names the page's place in the site, is none of a story."""
    # CMSes print og:type and times on every page, some feeds tell of lists: JSON-LD alone overrules the address.
    # Plugins print it on pages as well as on posts: it overrules no headline that only the site's own pages have.
    return (None if by_type else _address(url, article=article)) or _static_title(titles)


def _address(url: str, *, article: bool) -> str | None:
    parts = urlsplit(url)
    if parts.netloc and parts.path in ("", "/") and not parts.query:
        return "home page"
    if parts.netloc.lower().startswith(_PRINT_HOSTS):
        return f"pages of the printed paper {parts.netloc[:80]}"
    if parts.path.lower().startswith(_PRINT_PATHS) and not _names_story(url):
        return f"pages of the printed paper {parts.path[:80]}"
    if _STATIC_PATH.search(parts.path):
        return f"page of the site itself {parts.path[:80]}"
    if _LISTING_PATH.search(parts.path):
        return f"listing path {parts.path[:80]}"
    if _SECTION_PATH.search(parts.path) and not article and not _names_story(url, _SECTION_WORDS):
        return f"listing path {parts.path[:80]}"
    return None


def _static_title(titles: list[str]) -> str | None:
    """`titles`: the headline and <title>, which has section and site behind it."""
    begins = (_TITLE_PARTS.split(title, maxsplit=1)[0].strip() for title in titles)
    named = next((begin for begin in begins if phrases.key(begin) in _STATIC_TITLES), None)
    return f"page of the site itself: {named[:80]}" if named else None


def _names_story(url: str, least: int = _STORY_WORDS) -> bool:
    path = urlsplit(url).path.rstrip("/")
    last = path.rpartition("/")[2].partition(".")[0]
    words = [word for word in regex.split(r"[-_]", last) if word]
    return len(words) >= least or _NUMBER.search(path) is not None
