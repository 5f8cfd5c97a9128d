# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""What each way of reading sees of a page, before one is chosen."""

from __future__ import annotations

import pytest

from newscrawl.extraction.candidates import candidates
from newscrawl.extraction.candidates.candidates import Candidates
from newscrawl.extraction.prune import prune
from tests.extraction.support import STORY, TITLE, URL, blocks, document

_ROWS = [("शहर", "पेट्रोल", "डीजल"), ("बरौली", "94.72", "87.62"), ("धारापुर", "105.18", "92.04")]


def _read(main: str) -> Candidates:
    html = document(main)
    tree = prune.parse(html)
    pruned = prune.prune(tree, title=TITLE, summary=None)
    return candidates.read(pruned.tree, pruned.measure, html, URL)


def test_a_paragraph_with_an_element_for_each_word_is_read_as_any_other() -> None:
    """As readers aloud and converters from PDF write it. Of thousands trafilatura sees none, for it looks at each beside
    each."""
    told = [" ".join(f"{line} {n}" for n in range(80)) for line in STORY]
    spoken = "".join(f"<p>{' '.join(f'<span>{word}</span>' for word in line.split())}</p>" for line in told)
    tree = prune.prune(prune.parse(document(f"<h1>{TITLE}</h1><div>{spoken}</div>")), title=TITLE, summary=None).tree
    assert max(map(len, tree.iter())) < 1_000
    assert candidates.pruned(tree, URL) == told


def test_a_row_of_figures_is_a_line() -> None:
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in _ROWS)
    read = _read(f"<div><h1>{TITLE}</h1><div>{blocks(after={3: f'<table>{table}</table>'})}</div></div>")
    for lines in (read.pruned, read.densest, read.alike(), read.whole()):
        assert [line for line in lines if line not in (TITLE, *STORY)] == [", ".join(row) for row in _ROWS]


def test_cells_without_a_row_and_rows_in_a_row_are_lines_each() -> None:
    bare = "<table><caption>भाव</caption><tbody><td>बरौली</td><td>94.72</td></tbody></table>"
    nested = "<table><caption>समय</caption><tr><td><table><tr><td>सुबह</td><td>सात बजे</td></tr><tr><td>शाम</td><td>छह बजे</td></tr></table></td></tr></table>"
    densest = _read(f"<div><h1>{TITLE}</h1><div>{blocks(after={1: bare, 3: nested})}</div></div>").densest
    assert [line for line in densest if line not in STORY] == ["बरौली", "94.72", "सुबह, सात बजे", "शाम, छह बजे"]


@pytest.mark.parametrize("around", ["<app-frame>{}</app-frame>", "<app-frame><app-body>{}</app-body></app-frame>", "<font size=4><b>{}</b></font>", "<button>मेन्यू{}"])  # fmt: skip
def test_whatever_holds_blocks_is_a_box(around: str) -> None:
    """Else all that it holds is one paragraph."""
    read = _read(f"<div>{around.format(f'<h1>{TITLE}</h1><div>{blocks()}</div>')}</div>")
    assert [line for line in read.densest if line not in (TITLE, "मेन्यू")] == STORY


def test_a_card_of_another_page_within_one_link_is_pruned() -> None:
    card = '<figure><a href="/k"><div><div>रेल लाइन के दोहरीकरण का काम मार्च तक पूरा होने की उम्मीद</div><div>मंडल के अफसरों ने सोमवार को काम का जायजा लिया और ठेकेदार को समय पर काम पूरा करने को कहा।</div></div></a></figure>'
    whole = '<a href="/s"><p>' + "</p><p>".join(STORY[3:5]) + "</p></a>"  # a link that was never closed
    densest = _read(f"<article><h1>{TITLE}</h1><div>{blocks(after={1: card})}</div></article>").densest
    assert densest == STORY
    kept = _read(
        f"<article><h1>{TITLE}</h1><div>{''.join(f'<p>{t}</p>' for t in STORY[:3])}{whole}<p>{STORY[5]}</p></div></article>"
    )
    assert kept.densest == STORY
