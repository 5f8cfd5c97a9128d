"""What an address says of where it leads: to an article, to a listing, to a page about the paper."""

from __future__ import annotations

from enum import Enum
from urllib.parse import SplitResult, parse_qsl, urlsplit

import regex

# Parts of a path that name a listing, or a page about the paper; photo and video pages tell no story.
LISTINGS = {
    "tag", "tags", "topic", "topics", "author", "authors", "search", "page", "login", "about", "contact", "privacy",
    "terms", "cat", "section", "list", "video", "videos", "photo", "photos", "gallery", "live", "audio", "reel",
    "profile", "writer", "wiki", "rss", "subscribe", "subscription", "cookies", "webstories", "web-stories", "sitemap",
    "webstory", "web-story", "visual-stories", "visualstories", "amp-stories", "epaper", "e-paper", "ajax", "api",
    "keyword", "keywords", "reporter", "reporters", "aboutus", "about-us", "contact-us", "contactus",
}  # fmt: skip
# What is done with a story, by the end of its address or by a parameter: sent on, printed, answered. WordPress, Joomla
# and their kin print such links beside each headline.
_ACTIONS = {
    "print", "email", "mail", "feed", "trackback", "embed", "respond", "share", "facebook", "twitter", "whatsapp",
    "telegram", "linkedin", "pinterest", "reddit",
}  # fmt: skip
# "PrintNews.aspx", "sendtofriend.php", "comment-page-2"
_ACTION_NAME = regex.compile(
    r"(?:print|e?mail|send|tell)[_-]?(?:this[_-]?)?(?:to[_-]?)?(?:a[_-]?)?"
    r"(?:friend(?:ly)?|news|article|story|page|item|preview|version)|comment-page-\d+"
)
_ACTION_PARAMETERS = {"share", "replytocom", "like_comment", "print", "_wpnonce"}
# And what a parameter says of a page that is a list, or none: Joomla has its sections so.
_NO_STORIES = {
    ("action", "print"), ("tmpl", "component"), ("format", "pdf"), ("format", "feed"), ("task", "emailtofriend"),
    ("view", "category"), ("view", "categories"), ("view", "section"), ("view", "featured"), ("view", "login"),
    ("view", "registration"), ("option", "com_mailto"), ("option", "com_users"),
}  # fmt: skip
# A day or a month by itself is an archive's name.
_DAY = regex.compile(r"(?:19|20)\d\d-[01]?\d(?:-[0-3]?\d)?")
# Words that the name of a page about the paper ends in, where the name is short.
HOUSE_WORDS = {
    "policy", "guidelines", "conditions", "disclaimer", "cookies", "faq", "settings", "calculator", "agreement", "team",
    "statement", "directory", "plans", "policies", "standards",
}  # fmt: skip
_HOUSE_SLUG = 6
# What else makes a short address that of a page about the paper.
HOUSE_PAGES = {
    "about", "contact", "privacy", "terms", "login", "signup", "register", "account", "careers", "advertise",
    "feedback", "subscribe", "subscription", "newsletter", "newsletters", "download", "app", "cart", "donate",
    "help", "sitemap",
}  # fmt: skip
# Folders that hold articles alone: what stands in them with more than a word to its name is one.
_STORY_FOLDERS = {"article", "articles", "story", "stories", "storypage"}
# /2026/11/ or /2026/nov/: the folders of a day or month, in which stories stand.
_DATED = regex.compile(r"/(?:19|20)\d\d/(?:[01]?\d|[a-z]{3})/(?:[0-3]?\d/)?")
_YEAR = regex.compile(r"(?:19|20)\d\d")
_PERIOD = regex.compile(r"(?:0?\d|1[0-2])|(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?)?")
# "c93w6y0lnd9o", a name that a CMS drew by lot: letters and figures by turns.
_DRAWN = regex.compile(r"(?=[a-z\d]{9,40}$)[a-z]*+\d++[a-z]++\d[a-z\d]*+|(?=[a-z\d]{9,40}$)[a-z]{2,}+\d++[a-z]++")
# Folders of listings that some sites keep their stories in too.
_FOLDERS = {"category", "archive", "archives"}
PAGE_SUFFIXES = (".html", ".htm", ".cms", ".shtml", ".php", ".aspx", ".asp", ".jsp", ".amp")
# A page's name is at least as long: /a.html is a menu's.
_NAME_CHARS = 6
# At an end of a name: inside it is a sum. Of a parameter it is the value, or what that ends in.
_LONG_NUMBER = regex.compile(r"\d{5}(?![^/?&=]*-)|(?<=[/=])\d{5}")
_NUMBERED_QUERY = regex.compile(r"=(?:[^&=]{0,60}[-_])?\d{5,20}+(?:&|$)")
# What is no page of text.
FILES = (".pdf", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".zip", ".doc", ".docx", ".xls", ".xlsx", ".mp3",
          ".mp4", ".xml", ".rss", ".apk")  # fmt: skip
# Pages of wares end so, beside some stories.
_WARES, _WARES_SLUG = "-in-india", 9
# Words in front of the last one: "a-b-c" may be a section's name.
_SLUG_WORDS = 3
# From so many words on it is a headline's slug, whatever a link says.
_SURE_WORDS = 5
_LONG_SLUG = 8
# Figures of a number that a slug ends in; fewer are a part's.
_NUMBER_CHARS = 3
# Parameters whose number is that of an article, in old CMSes and in WordPress without permalinks.
_ID_PARAMETERS = {
    "id", "nid", "aid", "newsid", "news_id", "storyid", "story_id", "articleid", "article_id", "post",
}  # fmt: skip


def is_article(url: str) -> bool:
    """Whether an address looks like an article's: a slug of words, a number, a page's name, a number as parameter."""
    return shape_of(url) in (Shape.ARTICLE, Shape.NUMBERED, Shape.SURE, Shape.LIKELY)


class Shape(Enum):
    """What an address says, and what may still speak against it."""

    ARTICLE = 7
    NUMBERED = 6  # a number with a short name, unless a menu calls it by a label
    SURE = 5  # a headline's slug, unless it stands in a menu
    LIKELY = 4  # unless a link calls it by a label
    UNLIKELY = 3  # unless a link calls it by a headline, or others of its list are articles
    SILENT = 2  # one word: what it leads to its list says
    HOUSE = 1  # a page about the paper, or of wares, unless a link calls it by a headline
    NONE = 0


def shape_of(url: str) -> Shape:
    """What the path and the parameters of an address say."""
    parts = urlsplit(url)
    path = parts.path.lower()
    *folders, last = [name for name in path.split("/") if name] or [""]
    stem, dot, _ = last.rpartition(".") if last.endswith(PAGE_SUFFIXES) else (last, "", "")
    words = [word for word in stem.split("-") if word]
    is_slug = len(words) > _SLUG_WORDS
    is_numbered = "-" in stem and stem[-_NUMBER_CHARS:].isdecimal()
    is_page = bool(dot) and len(stem) >= _NAME_CHARS
    if (
        stem in LISTINGS
        or stem in _FOLDERS
        or stem.endswith("-list")
        or "code-of-ethics" in stem
        or stem.endswith("privacy-policy")
        or last.endswith(FILES)
        or (folders and stem in _ACTIONS)
        or any(_ACTION_NAME.fullmatch(name) for name in (*folders, stem))
        or _asks_for_no_story(parts)
    ):
        return Shape.NONE
    if not LISTINGS.isdisjoint(folders):
        # A live blog is told like a story, and stands where live scores do.
        return Shape.UNLIKELY if "live" in folders and (is_slug or _DRAWN.fullmatch(stem)) else Shape.NONE
    if not _STORY_FOLDERS.isdisjoint(folders) and len(words) > 1:
        return Shape.ARTICLE
    # "search-operation-in-the-hills-1234" is a story, "about-us-and-more" none; so with what lies in an archive.
    is_dated = _DATED.search(path) is not None and not last.isdecimal()
    is_filed = not _FOLDERS.isdisjoint(folders)
    is_doubtful = is_filed or stem.partition("-")[0] in LISTINGS
    # /archives/123, a post of WordPress ("Numeric"); /archives/2026 and /archives/202611 are what its folder is called.
    is_post = folders[-1:] == ["archives"] and last.isdecimal() and _PERIOD.fullmatch(last) is None
    if is_doubtful and not (is_numbered or is_dated or is_post or (is_page and is_slug) or (is_page and folders)):
        return Shape.NONE
    if is_dated or (_DRAWN.fullmatch(stem) and folders):
        return Shape.ARTICLE
    if _LONG_NUMBER.search(path) or has_article_number(parts):
        # Some sites number their sections and pages about themselves, too.
        if is_filed:
            return Shape.LIKELY
        return Shape.ARTICLE if sum(word.isalpha() for word in words) > _SURE_WORDS - 1 else Shape.NUMBERED
    if not HOUSE_WORDS.isdisjoint(words[-3:]) and len(words) <= _HOUSE_SLUG:
        return Shape.HOUSE
    if stem.endswith(_WARES) and len(words) < _WARES_SLUG:
        return Shape.HOUSE
    if _NUMBERED_QUERY.search(parts.query):
        return Shape.LIKELY
    if not words:
        return Shape.NONE
    if _DAY.fullmatch(stem):
        return Shape.UNLIKELY
    named = sum(not _YEAR.fullmatch(word) for word in words)
    if not _YEAR.fullmatch(words[-1]):
        if words[-1].isdecimal() and sum(not word.isdecimal() for word in words) > _SLUG_WORDS:
            return Shape.ARTICLE
        if is_numbered:
            return Shape.LIKELY
    if named >= _LONG_SLUG:
        return Shape.ARTICLE
    if is_slug and named > _SLUG_WORDS:
        return Shape.SURE if named > _SURE_WORDS else Shape.LIKELY
    if is_page and (folders or "-" in stem or stem[-1].isdecimal()):
        return Shape.LIKELY
    return Shape.UNLIKELY if len(words) > 1 else Shape.SILENT


def _asks_for_no_story(parts: SplitResult) -> bool:
    said = [(name.lower(), value.lower()) for name, value in query_of(parts)]
    return any(name in _ACTION_PARAMETERS for name, _ in said) or not _NO_STORIES.isdisjoint(said)


def has_article_number(parts: SplitResult) -> bool:
    """Whether a parameter of an address numbers an article."""
    # WordPress has its stories at /?p=123; elsewhere "p" is a page.
    names = _ID_PARAMETERS if parts.path.strip("/") else _ID_PARAMETERS | {"p"}
    # Joomla writes the slug behind the number: "id=123:slug".
    return any(name.lower() in names and value.partition(":")[0].isdecimal() for name, value in query_of(parts))


def query_of(parts: SplitResult) -> list[tuple[str, str]]:
    """The parameters of an address, none where it has more than any page."""
    if not parts.query:
        return []
    try:
        return parse_qsl(parts.query, max_num_fields=20)
    except ValueError:
        return []
