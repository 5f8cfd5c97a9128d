"""A page's tree is the one that trafilatura makes of it, by a quicker way for such as need no repair."""

from __future__ import annotations

import pytest
import trafilatura
from lxml import etree

from newscrawl.extraction.prune import prune
from tests.extraction.support import document

_PLAIN = document("<p>नदी पर पुल बना।</p>\n")
_PAGES = {
    "as most are": _PLAIN,
    "in one line": _PLAIN.replace("\n", ""),
    "a doctype with an address": _PLAIN.replace("<!doctype html>", '<!DOCTYPE html PUBLIC "-//W3C//DTD">'),
    "a declared encoding": f"<?xml version='1.0' encoding='iso-8859-1'?>\n{_PLAIN}",
    "an html tag that ends itself": "<!doctype html>\n<html lang='hi'/>\n<body><p>नदी पर पुल बना।</p></body></html>",
    "control characters": _PLAIN.replace("पुल", "पु\x00ल\x0b"),
    "characters that are none": _PLAIN.replace("पुल", "पु\ufffeल\uffff"),
    "comments and instructions": _PLAIN.replace("<p>", "<!-- एक --><?php echo 1 ?><p>"),
    "a tag that is never closed": _PLAIN.replace("</p>", "<button>"),
    "a frameset": "<html>\n<frameset></frameset></html>",
    "comments alone": "<!-- html -->\n",
    "a doctype alone": "<!doctype html>\n",
    "a fragment": "<p>नदी पर पुल बना।</p>\n",
    "no markup": "नदी पर पुल बना।\n",
}


@pytest.mark.parametrize("html", _PAGES.values(), ids=_PAGES)
def test_a_page_has_the_tree_that_trafilatura_makes_of_it(html: str) -> None:
    ours, theirs = prune.parse(html), trafilatura.load_html(html)
    assert (ours is None) == (theirs is None)
    assert ours is None or etree.tostring(ours) == etree.tostring(theirs)


def test_half_a_character_does_not_end_the_page() -> None:
    found = prune.parse(_PLAIN.replace("पुल", "पु\ud800ल"))
    assert found is not None and "बना।" in found.text_content()


@pytest.mark.parametrize(
    "end",
    [
        "</body></html>", "</BODY>\n</HTML >", "</html>", "</body>", "</body></html><!-- END: header -->",
        "</body></html><!doctype html><html><head><title>दूसरा</title></head><body>", "</body></html></div>",
    ],
)  # fmt: skip
def test_a_page_goes_on_behind_its_end_as_in_browsers(end: str) -> None:
    """Kind: templates that are strung together; all that stood behind was lost without a word."""
    found = prune.parse(_PLAIN.replace("</body>", f"{end}<p>मेला लगा।</p></body>"))
    assert found is not None and "मेला लगा।" in found.find("body").text_content()
