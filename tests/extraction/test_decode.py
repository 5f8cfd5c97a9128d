"""A page is UTF-8 where its bytes are, whatever its label says, and one stray byte costs a letter, not the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.extraction.decode import decode
from newscrawl.extraction.story import extract
from newscrawl.items import Article, Reject
from newscrawl.text.utf8 import is_utf8
from tests.extraction.support import blocks, document, page, sign

HINDI = "<meta charset='{}'><p>नदी पर पुल बना, गांव के लोग खुश हैं।</p>"
STRAY = "नदी".encode() + b"\x92"  # a quote of windows-1252, pasted into a page of UTF-8


@pytest.mark.parametrize("label", ["ISO-8859-1", "windows-1252", "gb2312", "utf-16"])
@pytest.mark.parametrize("header", [True, False])
def test_a_stray_byte_makes_no_page_another_encoding(label: str, header: bool) -> None:
    body = HINDI.format("utf-8" if header else label).encode().replace("नदी".encode(), STRAY)
    told = decode(body, f"text/html; charset={label}" if header else None)
    assert "नदी\ufffd पर पुल बना" in told


def test_a_page_that_is_cut_within_a_letter_is_utf8() -> None:
    assert "पुल बना" in decode(HINDI.format("x").encode() + "ख".encode()[:2], "text/html; charset=ISO-8859-1")


@pytest.mark.parametrize(
    ("text", "encoding"), [("café ‘naïve’ – 5 €", "cp1252"), ("мост открыт", "cp1251"), ("桥梁开通新闻", "gbk")]
)
def test_what_is_another_encoding_stays_so(text: str, encoding: str) -> None:
    assert not is_utf8(text.encode(encoding))
    assert text in decode(text.encode(encoding), f"text/html; charset={encoding}")


def test_utf_16_is_read_by_its_label_where_it_is() -> None:
    page = f"<html><p>{'पुल बना। ' * 9}</p></html>"
    assert "पुल बना" in decode(page.encode("utf-16-le"), "text/html; charset=utf-16le")
    assert "पुल बना" in decode(page.encode("utf-16"), "text/html")


def test_a_stray_byte_costs_a_feed_no_title() -> None:
    feed = '<?xml version="1.0" encoding="ISO-8859-1"?><rss><item><title>नदी पर पुल</title><link>https://a.example/b-1</link></item></rss>'
    found = parse_sitemap(feed.encode().replace(b"</rss>", b"\x92</rss>"), "https://a.example/feed")
    assert [hint.title for hint in found.articles.values()] == ["नदी पर पुल"]


@pytest.mark.parametrize("called", ["text/plain", "application/octet-stream", "application/x-cms", "text/html"])
def test_what_begins_as_html_is_a_page_whatever_it_is_called(called: str) -> None:
    told = extract(replace(page(document(blocks())), content_type=called), sign)
    assert isinstance(told, Article), told
    other = extract(replace(page("नमूना <html>"), content_type="text/plain"), sign)
    assert isinstance(other, Reject) and other.detail == "content type text/plain"
