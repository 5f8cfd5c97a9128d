"""What is told of a page, as a page of its own: the form in which a report of a wrong text is sent."""

from __future__ import annotations

from newscrawl.dedup.explain import Side
from newscrawl.run.rendering import rendered
from newscrawl.why.why import Why


def why_page(told: Why) -> str:
    """One HTML file that asks for nothing and runs nothing."""
    return rendered("why_page.html", why=told, sides={Side.FIRST: "del", Side.SECOND: "ins", Side.BOTH: "span"})
