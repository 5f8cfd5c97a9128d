"""The lead picture: what the head names, else the first large one behind the headline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl.extraction.metadata.said import Said
from newscrawl.text.urls import site_label, web_url

# The name of a picture that a theme puts where a story has none: nothing but such words and the site's own name,
# "og-default", "logo_1200x630". A story's picture of a logo says whose.
_STOCK = regex.compile(r"logo|default|placeholder|noimage|blank|dummy")
_STOCK_NAME = regex.compile(
    r"(?:cropped|logo|default|placeholder|no|blank|dummy|image|img|photo|picture|open|graph|og|social|share|facebook|fb|twitter|"
    r"site|news|icon|thumb(?:nail)?|square|large|small|\d|(?<=\d)x(?=\d))++",
    regex.I,
)


def heard(said: list[Said], url: str, base: str, place: Any, logo: str | None) -> Iterator[Said]:
    """Each picture that the head names (`said`), then those behind the headline, `place`; why one is not believed.

    `url`: the page's; `logo`: the publisher's, as the head gives it.
    """
    label = site_label(url)
    mark = web_url(logo, base) if logo else None
    for one in said:
        if one.value:
            picture = _image(one, base, label)
            is_mark = mark is not None and picture.value == mark
            yield picture._replace(refused="is the publisher's logo") if is_mark else picture
    if place is not None:
        for e in place.xpath("(following::img | following::amp-img)[position() < 6]"):
            if _is_large(e) and (source := e.get("data-src") or e.get("src")):
                yield _image(Said("img element behind the headline", source), base, label)


def _image(said: Said, base: str, label: str) -> Said:
    target = web_url(said.value, base)
    if target is None:
        return said._replace(refused="is no web address")
    # A site's bare address in the image field is a CMS without a picture.
    if not urlsplit(target).path.strip("/"):
        return said._replace(refused="is a site's bare address")
    if _is_stock(urlsplit(target).path, label):
        return said._replace(refused="is the theme's picture for stories without one")
    return Said(said.source, target)


def _is_stock(path: str, label: str) -> bool:
    name = path.rpartition("/")[2]
    stem = regex.sub(r"[\W_]+", "", (name.rpartition(".")[0] or name).lower()).replace(label, "")
    # A video's own preview is called so, too (/vi/NUMBER/default.jpg).
    return _STOCK.search(stem) is not None and _STOCK_NAME.fullmatch(stem) is not None and "/vi/" not in path


def _is_large(e: Any) -> bool:
    width = regex.match(r"\d{1,9}", e.get("width") or "")  # of more than 4,300 figures Python makes no number
    return bool(width and int(width.group()) >= 200)  # smaller are avatars, icons and thumbnails
