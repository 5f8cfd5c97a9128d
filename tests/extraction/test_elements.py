"""A page's elements by tag, property and class, against XPath over the same tree."""

from __future__ import annotations

import lxml.html

from newscrawl.extraction.elements import Elements
from newscrawl.extraction.prune.prune import parse
from tests.samples import html

PAGE = html().replace(
    "<body>",
    '<body><p class="byline author">सीमा</p><div itemprop="author"><a rel="author" itemprop="name">सीमा</a></div>'
    '<div class=""><svg><title>चित्र</title></svg><P itemprop="name">नाम</P></div>',
)


def test_what_is_found_is_what_xpath_finds_in_the_order_of_the_page() -> None:
    tree = parse(PAGE)
    elements = Elements(tree)
    assert elements.all == tree.xpath("//*") and len(elements) == len(elements.all)
    for tag in ("p", "a", "meta", "title", "marquee"):
        assert elements.tagged(tag) == tree.xpath(f"//{tag}")
    for name in ("author", "name", "Name"):
        assert elements.of_property(name) == tree.xpath("//@itemprop[.=$n]/..", n=name)
    assert elements.classed == [(str(names), names.getparent()) for names in tree.xpath("//@class[.!='']")]


def test_every_element_has_what_the_extractors_call() -> None:
    """One class for all elements, for lxml's own choice asks Python about each; trafilatura takes no other tree."""
    tree = parse("<!DOCTYPE html>\n" + PAGE.replace("</p>", "<input><select><option>एक</option></select></p>", 1))
    assert {type(e) for e in tree.iter()} == {lxml.html.HtmlElement}
