"""The headline, as the page prints it: without what stands in its element besides."""

from __future__ import annotations

import pytest

from tests.extraction.support import TITLE, article, blocks, document


@pytest.mark.parametrize(
    "inside",
    [
        f'<span>{TITLE}</span><a href="/">समाचार उदाहरण</a>',
        f"<span>{TITLE}</span><small>जिला ब्यूरो</small>",
        f'{TITLE}<a href="/nagar/">नगर संस्करण</a>',
    ],
)
def test_what_stands_behind_the_headline_in_its_element_is_none_of_it_where_the_head_tells_it_without(
    inside: str,
) -> None:
    head = f'<meta name="twitter:title" content="{TITLE}">'
    assert article(document(f"<article><h1>{inside}</h1>{blocks()}</article>", head)).title == TITLE
