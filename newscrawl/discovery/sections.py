"""HTML pages as sources: article links on section pages, feeds that a home page announces."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from urllib.parse import SplitResult, parse_qsl, urlsplit

import lxml.html
import regex

from newscrawl.discovery.links import Bounds, Discovered, Gathering, Loss, NotReadable
from newscrawl.items import Hint
from newscrawl.text.page_numbers import PAGE_PARAMETERS
from newscrawl.text.urls import listed_url, site_host, web_url

_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/rdf+xml"}
# Parts of a path that name a listing, or a page about the paper; photo and video pages tell no story.
_LISTINGS = {
    "tag", "tags", "topic", "topics", "author", "authors", "search", "page", "login", "about", "contact", "privacy",
    "terms", "cat", "section", "list", "video", "videos", "photo", "photos", "gallery", "live", "audio", "reel",
    "profile", "writer", "wiki", "rss", "subscribe", "subscription", "cookies", "webstories", "web-stories", "sitemap",
}  # fmt: skip
# Words that the name of a page about the paper ends in, where the name is short.
_HOUSE_WORDS = {
    "policy", "guidelines", "conditions", "disclaimer", "cookies", "faq", "settings", "calculator", "agreement", "team",
    "statement", "directory", "plans", "policies", "standards",
}  # fmt: skip
_HOUSE_SLUG = 6
# What else makes a short address that of a page about the paper.
_HOUSE_PAGES = {
    "about", "contact", "privacy", "terms", "login", "signup", "register", "account", "careers", "advertise",
    "feedback", "subscribe", "subscription", "newsletter", "newsletters", "download", "app", "cart", "donate",
    "help", "sitemap",
}  # fmt: skip
_NO_SECTIONS = (_LISTINGS - {"cat", "section", "list"}) | {
    "feed",
    "podcast",
    "podcasts",
    "index",
    "home",
    "games",
    "epaper",
}
# "/sports/" and "/sports/cricket/"; what lies deeper is linked from there.
_SECTION_DEPTH = 2
# Folders that hold articles alone: what stands in them with more than a word to its name is one.
_STORY_FOLDERS = {"article", "articles", "story", "stories", "storypage"}
# /2026/11/ or /2026/nov/: the folders of a day or month, in which stories stand.
_DATED = regex.compile(r"/(?:19|20)\d\d/(?:[01]?\d|[a-z]{3})/(?:[0-3]?\d/)?")
_YEAR = regex.compile(r"(?:19|20)\d\d")
# "c93w6y0lnd9o", a name that a CMS drew by lot: letters and figures by turns.
_DRAWN = regex.compile(r"(?=[a-z\d]{9,40}$)[a-z]*+\d++[a-z]++\d[a-z\d]*+|(?=[a-z\d]{9,40}$)[a-z]{2,}+\d++[a-z]++")
# Words of a headline; a menu's label has fewer.
_HEADLINE_WORDS, _LABEL_WORDS = 6, 3
# What a link says that says nothing of where it leads.
_GO_ON = regex.compile(r"read|more|full|continue|और|पढ़ें|पढ़े|आगे|विस्तार")
# Folders of listings that some sites keep their stories in too.
_FOLDERS = {"category", "archive", "archives"}
_PAGE_SUFFIXES = (".html", ".htm", ".cms", ".shtml", ".php", ".aspx", ".asp", ".jsp", ".amp")
# A page's name is at least as long: /a.html is a menu's.
_NAME_CHARS = 6
# At an end of a name: inside it is a sum. Of a parameter it is the value, or what that ends in.
_LONG_NUMBER = regex.compile(r"\d{5}(?![^/?&=]*-)|(?<=[/=])\d{5}")
_NUMBERED_QUERY = regex.compile(r"=(?:[^&=]{0,60}[-_])?\d{5,20}+(?:&|$)")
# What is no page of text.
_FILES = (".pdf", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".zip", ".doc", ".docx", ".xls", ".xlsx", ".mp3",
          ".mp4", ".xml", ".rss", ".apk")  # fmt: skip
# Pages of wares end so, beside some stories.
_WARES, _WARES_SLUG = "-in-india", 9
# Words in front of the last one: "a-b-c" may be a section's name.
_SLUG_WORDS = 3
# From so many words on it is a headline's slug, whatever a link says.
_SURE_WORDS = 5
# Figures of a number that a slug ends in; fewer are a part's.
_NUMBER_CHARS = 3
# Parameters whose number is that of an article, in old CMSes and in WordPress without permalinks.
_ID_PARAMETERS = {
    "id", "nid", "aid", "newsid", "news_id", "storyid", "story_id", "articleid", "article_id", "post",
}  # fmt: skip
_PAGE_PATH = regex.compile(r"/page/\d{1,6}+/?$")
# What a page links to beyond so many links is no listing; the largest captured home page has 900.
_MAX_LINKS = 5_000
# Of the links of one page to one address, and of what one says, as much is looked at.
_LOOKED_AT, _LABEL_CHARS = 4, 300
# A number in a pager, an arrow: no label.
_LEAST_LABEL = 3


def parse_section(text: str, url: str, article_url: str = "", bounds: Bounds | None = None) -> Discovered:
    """Article links of a listing page, in page order, and its further pages.

    `article_url`: the site entry's regex; where empty, the shape of the path decides. The bare host and its www., m.
    and amp. twins are one site. Raises `NotReadable` where there is no HTML.
    """
    wanted = Bounds(article_url=article_url) if bounds is None else bounds
    gathering = Gathering(wanted, not_articles=(url,))
    further: dict[str, None] = {}
    tree = _tree(text)
    base, host, own = _base(tree, url), site_host(url), urlsplit(url)
    links: dict[str, list[lxml.html.HtmlElement]] = {}
    for link in tree.iter("a", "link"):
        href, rel = link.get("href"), (link.get("rel") or "").lower().split()
        if not href or href.startswith("#") or (link.tag == "link" and "next" not in rel):
            continue
        target = listed_url(href, base)
        if target is None:
            # Links that run a script or write a letter are none to begin with.
            if not _is_no_link(href):
                gathering.leave(Loss.NO_URL, href)
            continue
        is_ours = site_host(target) == host
        # Where the site's entry says what an article is, it may lie on another host of the site.
        if not (is_ours or wanted.article_url):
            continue
        if target in links:
            links[target].append(link)
        elif len(links) >= _MAX_LINKS:
            gathering.leave(Loss.CUT, target)
        elif is_ours and ("next" in rel or (link.tag == "a" and _is_next(target, own, link))):
            further[target] = None
        elif link.tag == "a" and target not in further:
            links[target] = [link]
    for target, those in links.items():
        if not gathering.is_article(target):
            continue
        if wanted.article_url or (not _is_same_page(target, own) and leads_to_article(target, those)):
            gathering.add(target, Hint())
    further.pop(url, None)
    return gathering.finish(tuple(further), dated=False)


def announced_feeds(text: str, url: str) -> list[str]:
    """Feeds of `<link rel=alternate>` in page order; comment feeds are none of news."""
    found: dict[str, None] = {}
    tree = _tree(text)
    base = _base(tree, url)
    for link in tree.iter("link"):
        target = listed_url(link.get("href") or "", base)
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        is_feed = "alternate" in (link.get("rel") or "").lower().split() and kind in _FEED_TYPES
        if target and is_feed and "/comments/" not in target:
            found[target] = None
    return list(found)


def section_links(text: str, url: str) -> tuple[str, ...]:
    """The listing pages that a home page leads to: short addresses of the site's own that a menu's label names, those
    of one folder first. Raises `NotReadable` where there is no HTML."""
    tree = _tree(text)
    base, host = _base(tree, url), site_host(url)
    found: dict[str, int] = {}
    for link in tree.iter("a"):
        target = listed_url(link.get("href") or "", base)
        if target is None or target in found or site_host(target) != host:
            continue
        parts = urlsplit(target)
        names = [name for name in parts.path.lower().split("/") if name]
        is_short = 0 < len(names) <= _SECTION_DEPTH and not parts.query
        # What the labels of a page about the paper are, or of one that tells no stories, these are.
        if is_short and not any(_is_no_section(name) for name in names) and not is_article(target):
            label = str(link.text_content()).split()
            if 0 < len(label) <= _LABEL_WORDS:
                found[target] = len(names)
    return tuple(sorted(found, key=found.__getitem__))


def _is_no_section(name: str) -> bool:
    stem = name.rpartition(".")[0] if name.endswith(_PAGE_SUFFIXES) else name
    words = set(stem.split("-"))
    return name.endswith(_FILES) or stem in _NO_SECTIONS or bool(words & (_HOUSE_WORDS | _HOUSE_PAGES))


def leads_to_article(url: str, links: Sequence[lxml.html.HtmlElement]) -> bool:
    """Whether a page's links to an address lead to an article: by its shape, and where that leaves a doubt by whether
    they say a headline or a menu's label."""
    shape = _shape(url)
    if shape in (_Shape.ARTICLE, _Shape.NONE):
        return shape is _Shape.ARTICLE
    words = max((_words(link) for link in links[:_LOOKED_AT]), default=0)
    if words >= _HEADLINE_WORDS:
        return True
    labels = {_Shape.SURE: _LABEL_WORDS - 1, _Shape.LIKELY: _LABEL_WORDS}
    return shape in labels and not 0 < words <= labels[shape]


def is_article(url: str) -> bool:
    """Whether an address looks like an article's: a slug of words, a number, a page's name, a number as parameter."""
    return _shape(url) in (_Shape.ARTICLE, _Shape.SURE, _Shape.LIKELY)


class _Shape(Enum):
    ARTICLE = 4
    SURE = 3  # unless a link calls it by a word or two
    LIKELY = 2  # unless a link calls it by a label
    UNLIKELY = 1  # unless a link calls it by a headline
    NONE = 0


def _shape(url: str) -> _Shape:
    parts = urlsplit(url)
    path = parts.path.lower()
    *folders, last = [name for name in path.split("/") if name] or [""]
    stem, dot, _ = last.rpartition(".") if last.endswith(_PAGE_SUFFIXES) else (last, "", "")
    words = [word for word in stem.split("-") if word]
    named = [word for word in words if not _YEAR.fullmatch(word)]
    spoken = sum(not word.isdecimal() for word in words)
    is_slug = len(words) > _SLUG_WORDS
    is_numbered = "-" in stem and stem[-_NUMBER_CHARS:].isdecimal()
    is_page = bool(dot) and len(stem) >= _NAME_CHARS
    if (
        stem in _LISTINGS | _FOLDERS
        or stem.endswith("-list")
        or "code-of-ethics" in stem
        or stem.endswith("privacy-policy")
        or last.endswith(_FILES)
    ):
        return _Shape.NONE
    if not _LISTINGS.isdisjoint(folders):
        # A live blog is told like a story, and stands where live scores do.
        return _Shape.UNLIKELY if is_slug and "live" in folders else _Shape.NONE
    # "search-operation-in-the-hills-1234" is a story, "about-us-and-more" none; so with what lies in an archive.
    is_doubtful = stem.partition("-")[0] in _LISTINGS or not _FOLDERS.isdisjoint(folders)
    if is_doubtful and not (is_numbered or (is_page and is_slug) or (is_page and folders)):
        return _Shape.NONE
    if not _HOUSE_WORDS.isdisjoint(words[-3:]) and len(words) <= _HOUSE_SLUG:
        return _Shape.UNLIKELY
    if stem.endswith(_WARES) and len(words) < _WARES_SLUG:
        return _Shape.UNLIKELY
    number = _LONG_NUMBER.search(path) or _NUMBERED_QUERY.search(parts.query) or _article_number(parts)
    is_dated = _DATED.search(path) is not None and not last.isdecimal()
    if number or is_dated or (_DRAWN.fullmatch(stem) and folders):
        return _Shape.ARTICLE
    if not _STORY_FOLDERS.isdisjoint(folders) and len(words) > 1:
        return _Shape.ARTICLE
    if spoken > _SLUG_WORDS and words[-1].isdecimal() and not _YEAR.fullmatch(words[-1]):
        return _Shape.ARTICLE
    if is_numbered and not _YEAR.fullmatch(words[-1]):
        return _Shape.LIKELY
    if is_slug and len(named) > _SLUG_WORDS:
        return _Shape.SURE if len(named) > _SURE_WORDS else _Shape.LIKELY
    if is_page and (folders or "-" in stem or stem[-1].isdecimal()):
        return _Shape.LIKELY
    return _Shape.UNLIKELY if len(words) > 1 else _Shape.NONE


def _words(link: lxml.html.HtmlElement) -> int:
    """How many words a link says, none where they say nothing of where it leads."""
    text = " ".join(str(link.text_content()).split()) or str(link.get("title") or "")
    words = text[:_LABEL_CHARS].split()
    says_nothing = len(text) < _LEAST_LABEL or (len(words) <= _LABEL_WORDS and _GO_ON.search(text.lower()))
    return 0 if says_nothing else len(words)


def _article_number(parts: SplitResult) -> bool:
    # WordPress has its stories at /?p=123; elsewhere "p" is a page.
    names = _ID_PARAMETERS if parts.path.strip("/") else _ID_PARAMETERS | {"p"}
    return any(name.lower() in names and value.isdecimal() for name, value in _query(parts))


def _is_next(target: str, own: SplitResult, link: lxml.html.HtmlElement) -> bool:
    """Whether a link leads to another page of the listing."""
    parts = urlsplit(target)
    if _PAGE_PATH.search(parts.path):
        return True
    numbers = {name.lower(): value for name, value in _query(parts) if value.isdecimal()}
    if not PAGE_PARAMETERS.isdisjoint(numbers):
        return True
    if "p" not in numbers or parts.path.rstrip("/") != own.path.rstrip("/"):
        return False
    # /?p=123 is a story of WordPress, unless it is printed as the page that it numbers.
    return bool(parts.path.strip("/")) or str(link.text_content()).strip() == numbers["p"]


def _is_same_page(target: str, own: SplitResult) -> bool:
    """Whether a link leads to the page itself, otherwise sorted or cut."""
    parts = urlsplit(target)
    return parts.path.rstrip("/") == own.path.rstrip("/") and not _article_number(parts)


def _query(parts: SplitResult) -> list[tuple[str, str]]:
    try:
        return parse_qsl(parts.query, max_num_fields=20)
    except ValueError:  # more parameters than any page has
        return []


def _is_no_link(href: str) -> bool:
    scheme, colon, _ = href.strip().partition(":")
    return bool(colon) and scheme.isalpha() and scheme.lower() not in ("http", "https")


def _base(tree: lxml.html.HtmlElement, url: str) -> str:
    base = next((href for element in tree.iter("base") if (href := element.get("href"))), "")
    return web_url(base, url) or url


def _tree(text: str) -> lxml.html.HtmlElement:
    try:
        return lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError) as e:
        raise NotReadable(f"no HTML ({e})") from e
