"""JSON Feed (https://jsonfeed.org/version/1.1): entries as `feeds.py` reads them of XML."""

from __future__ import annotations

import json
from typing import Any

from newscrawl.discovery.links import Bounds, Gathering, Loss, NotReadable, hint_of
from newscrawl.text import hindi
from newscrawl.text.dates import find_date
from newscrawl.text.figures import whole
from newscrawl.text.urls import listed_url


def take_items(text: str, gathering: Gathering, url: str, bounds: Bounds) -> tuple[str, ...]:
    """Add the items of a JSON feed to what is gathered, and give its next page, where it names one. Raises
    `NotReadable` where it is none."""
    try:
        feed = json.loads(text, strict=False, parse_int=whole)
    except (ValueError, RecursionError) as e:
        raise NotReadable("JSON that cannot be read") from e
    items = feed.get("items")
    if "jsonfeed.org" not in _text(feed, "version") or not isinstance(items, list):
        raise NotReadable("JSON, and no feed")
    for item in items:
        if not isinstance(item, dict):
            continue
        # An id is the item's address as a rule; a link blog's external_url is another's page.
        said = [_text(item, "url"), _text(item, "id")]
        target = next((t for one in said if one.startswith(("http", "/")) and (t := listed_url(one, url))), None)
        if target is None:
            gathering.leave(Loss.NO_URL, _text(item, "title") or "an item without a URL")
            continue
        published, modified = (find_date(_text(item, f"date_{name}"), bounds.now) for name in ("published", "modified"))
        gathering.add(target, hint_of(hindi.clean(_text(item, "title")).replace("\n", " "), published, modified))
    following = listed_url(_text(feed, "next_url"), url)
    return (following,) if following and following != url else ()


def _text(node: dict[str, Any], name: str) -> str:
    value = node.get(name)
    return value.strip() if isinstance(value, str) else ""
