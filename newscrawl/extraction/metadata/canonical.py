"""The page's canonical URL, where it may be believed: a wrong one would make strangers one page.

CMSes print the section, the home page or a template's own address; they drop the query that names the story. What
is believed is an address of the same site that could be this page's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

import regex

from newscrawl.text.urls import url_key, web_url

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# A story's number, not a year of an archive's folder.
_NUMBER = regex.compile(r"\d{5,}|(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{4}(?!\d)")
# A parameter of fewer characters is a switch, unless its name says that it is an id.
_LEAST_ID = 3
# Parameters and folders that number the pages of one story.
_PAGE_PARAMETERS = frozenset(("page", "paged", "pg", "pageno", "page_no"))
_PAGE_FOLDER = regex.compile(r"/(?:page/)?([2-9]|[1-9]\d)/?$")
# Folders and endings of another form of the same page.
_FORMS = frozenset(("amp", "lite", "m", "mobile", "print", "html", "htm", "cms", "php", "aspx", "page"))


def believed(declared: Iterable[str], url: str, named: Iterable[str | None]) -> str:
    """The first of the `declared` canonical URLs that may be this page's own, else `url`.

    `named`: what else on the page gives its address (og:url, JSON-LD).
    """
    own = {url_key(target) for other in named if other and (target := web_url(other, url))}
    for href in declared:
        target = web_url(href, url)
        if target and site_of(target) == site_of(url) and _may_be(target, url, own):
            return target
    return url


def first_page(url: str, declared: Iterable[str], previous: Iterable[str]) -> str | None:
    """The address of the story's first page where `url` is a later one: it has a number, and canonical or rel=prev
    name it without."""
    number = _page_number(url)
    if number is None:
        return None
    bare = url_key(_without_page(url))
    for href in (*declared, *previous):
        target = web_url(href, url)
        if target and target != url and bare in (url_key(target), url_key(_without_page(target))):
            return _without_page(target)
    return None


def site_of(url: str) -> str:
    """The host of a URL without the prefixes under which sites serve the same pages."""
    host = urlsplit(url).netloc.lower()
    for prefix in ("www.", "m.", "amp."):
        host = host.removeprefix(prefix)
    return host


def _may_be(target: str, url: str, own: set[str]) -> bool:
    there, here = urlsplit(target), urlsplit(url)
    path, mine = there.path.strip("/"), here.path.strip("/")
    if not path:
        return False  # the home page
    if url_key(target) == url_key(url):
        return True
    if path == mine:
        # The parameters that it drops: numbers of a story, or of its page?
        kept = {name for name, _ in parse_qsl(there.query)}
        return not any(_names_story(name, value) for name, value in parse_qsl(here.query) if name not in kept)
    if f"{mine}/".startswith(f"{path}/"):
        # Else it is a section above.
        form = _words(mine) - _words(path) <= _FORMS
        return form or _page_number(url) is not None or _NUMBER.search(path) is not None
    if url_key(target) in own:
        return True
    # Another address of the same story has its number, or most words of its slug.
    if set(_NUMBER.findall(path)) & set(_NUMBER.findall(mine + here.query)):
        return True
    words, others = _words(path.rpartition("/")[2]), _words(mine.rpartition("/")[2])
    return len(words & others) * 2 > max(len(words), len(others), 1)


def _names_story(name: str, value: str) -> bool:
    """Whether a parameter could be the number of a story: "id=7", "n=84513", not "amp=1" or "page=2"."""
    name = name.lower()
    numbered = value.isascii() and any(c.isdigit() for c in value)
    return numbered and name not in _PAGE_PARAMETERS and (name.endswith("id") or len(value) >= _LEAST_ID)


def _words(path: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(path)}


def _page_number(url: str) -> int | None:
    """The number of a later page that an address gives, None of a first page."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if name.lower() in _PAGE_PARAMETERS and value.isascii() and value.isdigit() and int(value[:9]) > 1:
            return int(value[:9])
    found = _PAGE_FOLDER.search(parts.path)
    return int(found[1]) if found else None


def _without_page(url: str) -> str:
    """`url` without what numbers the page."""
    parts = urlsplit(url)
    query = [part for part in parts.query.split("&") if part.partition("=")[0].lower() not in _PAGE_PARAMETERS]
    return parts._replace(path=_PAGE_FOLDER.sub("/", parts.path), query="&".join(query), fragment="").geturl()
