"""The page's canonical URL, where it may be believed: a wrong one would make strangers one page.

CMSes print the section, the home page or a template's own address; they drop the query that names the story. What
is believed is an address of the same site that could be this page's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlsplit

import regex

from newscrawl.extraction.metadata.said import Said
from newscrawl.text.page_numbers import PAGE_PARAMETERS, page_number
from newscrawl.text.urls import listed_url, site_host, url_key, web_url

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# A story's number, not a year of an archive's folder.
_NUMBER = regex.compile(r"\d{5,}|(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{4}(?!\d)")
# A parameter of fewer characters is a switch, unless its name says that it is an id.
_LEAST_ID = 3
# Folders and endings of another form of the same page.
_FORMS = frozenset(("amp", "lite", "m", "mobile", "print", "html", "htm", "cms", "php", "aspx", "page"))


def heard(declared: Iterable[str], url: str, named: Iterable[str | None], *, ignored: bool = False) -> Iterator[Said]:
    """Each of the `declared` canonical URLs, and why it is not believed where it cannot be this page's own; last `url`.

    `named`: what else on the page gives its address (og:url, JSON-LD); `ignored`: none is believed.
    """
    own = {url_key(target) for other in named if other and (target := web_url(other, url))}
    for href in declared:
        target = listed_url(href, url)
        if ignored:
            why: str | None = 'the site\'s entry says canonical = "ignore"'
        elif target is None or site_host(target) != site_host(url):
            why = "is no address of this site"
        else:
            why = _refusal(target, url, own)
        yield Said("link rel=canonical", target or href, why)
    yield Said("the address that answered", url)


def _refusal(target: str, url: str, own: set[str]) -> str | None:
    """Why an address of the site cannot be this page's own; None where it may be."""
    there, here = urlsplit(target), urlsplit(url)
    path, mine = there.path.strip("/"), here.path.strip("/")
    if not path:
        return "is the home page"
    if url_key(target) == url_key(url):
        return None
    if path == mine:
        # The parameters that it drops: numbers of a story, or of its page?
        kept = {name for name, _ in parse_qsl(there.query)}
        drops = any(_names_story(name, value) for name, value in parse_qsl(here.query) if name not in kept)
        return "drops the query that names the story" if drops else None
    if f"{mine}/".startswith(f"{path}/"):
        form = _words(mine) - _words(path) <= _FORMS
        may_be = form or page_number(url) is not None or _NUMBER.search(path) is not None
        return None if may_be else "is a section above this page"
    if url_key(target) in own:
        return None
    # Another address of the same story has its number, or most words of its slug.
    if set(_NUMBER.findall(path)) & set(_NUMBER.findall(mine + here.query)):
        return None
    words, others = _words(path.rpartition("/")[2]), _words(mine.rpartition("/")[2])
    if len(words & others) * 2 > max(len(words), len(others), 1):
        return None
    return "has neither number nor words of this address, and nothing else on the page names it"


def _names_story(name: str, value: str) -> bool:
    """Whether a parameter could be the number of a story: "id=7", "n=84513", not "amp=1" or "page=2"."""
    name = name.lower()
    numbered = value.isascii() and any(c.isdigit() for c in value)
    return numbered and name not in PAGE_PARAMETERS and (name.endswith("id") or len(value) >= _LEAST_ID)


def _words(path: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(path)}
