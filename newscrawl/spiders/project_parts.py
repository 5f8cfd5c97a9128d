"""Whether a project's settings still have the parts that a crawl of newscrawl is made of."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from scrapy.settings import BaseSettings

from newscrawl.errors import ConfigError, program

# Without the first nothing is extracted or stored; without the second neither site list, robots.txt nor pace hold.
_MAPS = ("ITEM_PIPELINES", "DOWNLOADER_MIDDLEWARES")
_REACTOR = "AsyncioSelectorReactor"
# What dedup knows is stored, and what is stored it knows.
_TOGETHER = ("dedupe.DedupePipeline", "store.StorePipeline")


def check_parts(settings: BaseSettings) -> None:
    """Raise `ConfigError` where a setting was written anew and not added to: in Scrapy's own settings these maps are
    empty, and its parts stand elsewhere. Who wants to be without a part of ours gives it None. And where a pipeline
    stands where it would part dedup from the bucket."""
    reactor = str(settings["TWISTED_REACTOR"] or "")
    if not settings.getbool("TWISTED_REACTOR_ENABLED") or (reactor and not reactor.endswith(_REACTOR)):
        raise ConfigError("TWISTED_REACTOR(_ENABLED): newscrawl needs asyncio's reactor, Scrapy's default")
    base = import_module("newscrawl.settings.base")
    for setting in _MAPS:
        has = set(map(_path, settings[setting]))
        lacks = [part for part in getattr(base, setting) if part.startswith("newscrawl.") and part not in has]
        if lacks:
            raise ConfigError(
                f"{setting} has no {lacks[0].rpartition('.')[2]}: add to newscrawl's and do not replace it; "
                f"in settings {setting} = {setting} | {{...}}, with -s beside all that `{program()} settings --get "
                f"{setting}` prints (None in place of a number leaves a part out)"
            )
    places = {_path(part): place for part, place in settings["ITEM_PIPELINES"].items() if place is not None}
    before, behind = (places.get(f"newscrawl.pipelines.{part}") for part in _TOGETHER)
    if before is not None and behind is not None:
        for part, place in places.items():
            if before < place < behind and not part.startswith("newscrawl."):
                raise ConfigError(
                    f"ITEM_PIPELINES: {part} stands between dedup and bucket ({place}), which must hear the same of "
                    f"each article: place it below {before}, or above {behind} for what is stored"
                )


def _path(part: Any) -> str:
    return part if isinstance(part, str) else f"{part.__module__}.{part.__qualname__}"
