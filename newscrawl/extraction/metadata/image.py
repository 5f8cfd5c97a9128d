"""The lead picture: what the head names, else the first large one behind the headline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl.extraction.metadata.said import Said
from newscrawl.text.urls import web_url


def heard(said: list[Said], base: str, place: Any) -> Iterator[Said]:
    """Each picture that the head names (`said`), then those behind the headline, `place`; why one is not believed."""
    yield from (_image(one, base) for one in said if one.value)
    if place is not None:
        for e in place.xpath("(following::img | following::amp-img)[position() < 6]"):
            if _is_large(e) and (source := e.get("data-src") or e.get("src")):
                yield _image(Said("img element behind the headline", source), base)


def _image(said: Said, base: str) -> Said:
    target = web_url(said.value, base)
    if target is None:
        return said._replace(refused="is no web address")
    # A site's bare address in the image field is a CMS without a picture.
    if not urlsplit(target).path.strip("/"):
        return said._replace(refused="is a site's bare address")
    return Said(said.source, target)


def _is_large(e: Any) -> bool:
    width = regex.match(r"\d{1,9}", e.get("width") or "")  # of more than 4,300 figures Python makes no number
    return bool(width and int(width.group()) >= 200)  # smaller are avatars, icons and thumbnails
