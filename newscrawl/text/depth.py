"""Markup that is nested deeper than a parser goes: it stops there, and says nothing."""

from __future__ import annotations

import lxml.etree


def cut_off(parser: lxml.etree.HTMLParser) -> str | None:
    """Why the page that a parser has just read is there only in part, or None.

    libxml2 stops at 256 elements, one in the other, and so many tags that nobody closed an old page may have; with
    `huge_tree` it goes on to 2,048.
    """
    fault = parser.error_log.last_error
    if fault is None or fault.type != lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return None
    return str(fault.message).partition(",")[0]
