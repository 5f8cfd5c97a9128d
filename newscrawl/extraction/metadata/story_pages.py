"""The pages of one story: what a page is the second of, and which one it announces as the next.

Believed is only an address that is the page's own but for the number: CMSes print rel=next for the next story, and
rel=prev for the one before.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import regex

from newscrawl.extraction.elements import base_of, rels
from newscrawl.text.page_numbers import page_number, without_page
from newscrawl.text.urls import listed_url, url_key, web_url

# What a link to the next page, or to the one before, says where it says no number.
_NEXT = regex.compile(r"next|अगला|अगले|आगे|^[›»→>]+$", regex.IGNORECASE)
_PREVIOUS = regex.compile(r"prev|पिछला|पिछले|^[‹«←<]+$", regex.IGNORECASE)
# A longer text of a link is a headline.
_WORDS = 4
# Readers' comments have pages of their own.
_COMMENTS = regex.compile(r"comment|disqus|टिप्पणी", regex.IGNORECASE)


def first_page(tree: Any, url: str, declared: Iterable[str]) -> str | None:
    """The address of the story's first page where `url` is a later one: it has a number, and a `declared` canonical,
    rel=prev or a link that leads back names it without; rel=prev also with the number before. (What a mere link calls
    "previous" may be the part before of a serial.)"""
    if (number := page_number(url)) is None:
        return None
    bare = url_key(without_page(url))
    back = ((link.get("href") or "", "prev" in rels(link)) for link in tree.iter("link", "a") if _leads_back(link))
    for href, is_prev in chain(((href, False) for href in declared), back):
        target = web_url(href, url)
        numbers = (1, number - 1) if is_prev else (1,)
        if target and (page_number(target) or 1) in numbers and url_key(without_page(target)) == bare:
            return without_page(target)
    return None


def next_page(tree: Any, url: str) -> str | None:
    """The address of the page that goes on where this one ends, if it is announced."""
    number = (page_number(url) or 1) + 1
    bare = url_key(without_page(url))
    base = base_of(tree.iter("base"), url)
    for link in tree.iter("link", "a"):
        href = link.get("href") or ""
        if str(number) not in href or _COMMENTS.search(href.partition("#")[2]):
            continue
        target = listed_url(href, base)
        is_next = target and page_number(target) == number and url_key(without_page(target)) == bare
        if is_next and _leads_on(link, number) and not _is_of_comments(link):
            return target
    return None


def _leads_on(link: Any, number: int) -> bool:
    return "next" in rels(link) or (link.tag == "a" and _says(link, number, _NEXT))


def _leads_back(link: Any) -> bool:
    return "prev" in rels(link) or (link.tag == "a" and _says(link, 1, _PREVIOUS))


def _says(link: Any, number: int, words: regex.Pattern[str]) -> bool:
    text = " ".join(" ".join(link.itertext()).split())
    if text.isdecimal() and len(text) < _WORDS:
        return int(text) == number
    return len(text.split()) <= _WORDS and words.search(text) is not None


def _is_of_comments(link: Any) -> bool:
    boxes = (f"{box.get('class') or ''} {box.get('id') or ''}" for box in (link, *link.iterancestors()))
    return any(_COMMENTS.search(names) for names in boxes)
