"""The headers of an answer as text: all, as the raw archive keeps them, or one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newscrawl.items import Headers

if TYPE_CHECKING:
    from scrapy.http import Response


def headers_of(response: Response) -> Headers:
    """Names and values in order; bytes beyond ASCII as Latin-1 has them."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )


def header_of(response: Response, name: str) -> str | None:
    """A header's value, None where there is none."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
