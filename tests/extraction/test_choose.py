"""Candidates and the choice among them; what pruning takes is guarded by its sum."""

from __future__ import annotations

import pytest

from newscrawl.extraction.candidates.candidates import Candidates
from newscrawl.extraction.choose import SURE, choose
from newscrawl.extraction.prune import prune
from newscrawl.items import Article, Reason, Reject
from tests.extraction.support import STORY, TITLE, article, blocks, document, outcome

_COMMENTS = [
    f"पाठक {n} ने लिखा कि उनके मोहल्ले की सड़क पर भी रोज जाम लगता है और कोई सुनवाई नहीं होती, नंबर {n}।" for n in range(9)
]


def _read(pruned: list[str], densest: list[str], alike: list[str], whole: list[str]) -> Candidates:
    return Candidates(pruned, densest, frozenset(), lambda: alike, lambda: whole)


def _same(lines: list[str]) -> list[str]:
    return lines


def test_where_two_readings_agree_no_other_is_asked_for() -> None:
    def never() -> list[str]:
        raise AssertionError("asked for")

    chosen = choose(Candidates(STORY, STORY, frozenset(), never, never), _same, None)
    assert (chosen.lines, chosen.candidate, chosen.doubted) == (STORY, "pruned", False)
    assert chosen.agreement >= SURE


def test_what_pruning_took_wrongly_comes_back_where_it_stood() -> None:
    pruned = [STORY[0], *STORY[4:]]
    chosen = choose(_read(pruned, STORY, STORY, STORY), _same, None)
    assert chosen.lines == STORY and chosen.doubted


def test_the_first_of_several_subheads_comes_back_and_one_above_lines_that_breaks_part() -> None:
    told, heads = [line for line in STORY if line.endswith("।")], ["पुल की लंबाई", "किसानों की उपज", "रात का समय"]
    densest = [heads[0], told[0], heads[1], told[1], heads[2], "".join(told[2:])]
    chosen = choose(Candidates(told, densest, frozenset(heads), lambda: densest, lambda: told), _same, None)
    assert chosen.lines == [heads[0], told[0], heads[1], told[1], heads[2], *told[2:]]


def test_a_box_of_comments_is_outvoted() -> None:
    comments = [*STORY, *_COMMENTS]
    chosen = choose(_read(STORY, comments, STORY, STORY), _same, None)
    assert chosen.lines == STORY


def test_the_linked_data_answers_where_nothing_else_does() -> None:
    assert choose(_read([], [], [], []), _same, "\n".join(STORY)).lines == STORY
    assert choose(_read([], [], [], []), _same, None).lines == []


def test_what_the_pages_data_and_its_print_both_tell_is_not_outvoted_by_a_list_of_teasers() -> None:
    teasers = [line.replace("पाठक", "शहर") for line in _COMMENTS] * 3
    read = _read(STORY, [STORY[0], *teasers], teasers, teasers)
    assert choose(read, _same, "\n".join(STORY)).lines == STORY


def test_a_page_in_one_piece_votes_and_is_not_taken() -> None:
    piece = [" ".join([*STORY, *STORY[:2]])]
    read = Candidates([], STORY, frozenset(), lambda: STORY[1:], lambda: piece, longest=max(map(len, STORY)))
    chosen = choose(read, _same, None)
    assert chosen.lines == STORY and 0 < chosen.votes["densest"]["whole"] < 1
    # It is better than nothing.
    alone = Candidates([], [], frozenset(), list, lambda: piece, longest=10)
    assert choose(alone, _same, None).lines == piece


@pytest.mark.parametrize("name", ["related", "paywall", "share", "newsletter", "ad", "sidebar"])
def test_a_junk_word_on_every_paragraph_empties_no_story(name: str) -> None:
    marked = blocks().replace("<p>", f"<div class='{name}'><p>").replace("</p>", "</p></div>")
    assert article(document(f"<article><h1>{TITLE}</h1>{marked}</article>")).text.split("\n") == STORY


@pytest.mark.parametrize("attribute", ["data-testid", "data-e2e"])
def test_a_name_for_tests_tells_what_a_box_is(attribute: str) -> None:
    said = "हर शाम सुनिए दिन भर की खबरों पर गांव की चौपाल से हमारे साथियों की बातचीत, एक घंटे तक।"
    box = f"<section class='c4' {attribute}='podcast-promo'><p>{said}</p></section>"
    page = document(f"<article><h1>{TITLE}</h1>{blocks(after={1: box})}</article>")
    assert article(page).text.split("\n") == STORY


@pytest.mark.parametrize("name", ["has-drop-cap", "sidebar-enabled--false", "no-ads", "x27ad51c", "shadow heritage"])
def test_a_class_that_only_sounds_like_junk_takes_nothing(name: str) -> None:
    first = blocks().replace("<p>", f"<div class='{name}'><p>", 1).replace("</p>", "</p></div>", 1)
    assert article(document(f"<article><h1>{TITLE}</h1>{first}</article>")).text.split("\n") == STORY


def test_pruning_says_what_it_took_and_why() -> None:
    box = "<div class='newsletter'>हर सुबह की खबरें पाने के लिए अपना पता लिखें और चुनें</div>"
    tree = prune.parse(document(f"<article><h1>{TITLE}</h1>{blocks()}{box}</article>"))
    taken = prune.prune(tree, title=TITLE, summary=None).taken
    assert [(t.rule, t.reason) for t in taken] == [("boxes", "newsletter")]


_UNCLOSED = "".join(f"<p>{line.rstrip('।')}</p>" for line in STORY)


def test_paragraphs_without_a_closing_mark_are_a_story_where_the_page_says_so() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x"}</script>'
    assert isinstance(outcome(document(f"<h1>{TITLE}</h1>{_UNCLOSED}", head=head)), Article)


def test_an_announced_brief_is_a_story_and_an_announced_home_page_is_none() -> None:
    brief = document(f"<h1>{TITLE}</h1><p>{STORY[0]}</p>", title=TITLE)
    assert isinstance(outcome(brief, url="https://samachar.example.in/x", announced=True), Article)
    home = outcome(document(f"<h1>{TITLE}</h1>{blocks()}"), url="https://samachar.example.in/", announced=True)
    assert isinstance(home, Reject) and home.reason == Reason.NOT_ARTICLE


@pytest.mark.parametrize("path", ["archives/104363", "category/up/nadi-par-bana-pul", "topic/nadi-par-pul"])
def test_a_section_in_the_address_of_a_story_is_no_listing(path: str) -> None:
    found = outcome(document(f"<h1>{TITLE}</h1>{blocks()}", title=TITLE), url=f"https://samachar.example.in/{path}")
    assert isinstance(found, Article)


@pytest.mark.parametrize(
    "path", ["category/up", "archives/2026/10", "tag/nadi-par-naya-pul", "author/meena", "about-us"]
)
def test_a_listing_or_static_address_is_refused(path: str) -> None:
    found = outcome(document(f"<h1>{TITLE}</h1>{blocks()}", title=TITLE), url=f"https://samachar.example.in/{path}/")
    assert isinstance(found, Reject) and found.reason == Reason.NOT_ARTICLE


def test_a_forum_thread_is_no_article_although_its_type_ends_in_posting() -> None:
    head = '<script type="application/ld+json">{"@type": "DiscussionForumPosting", "headline": "x"}</script>'
    replies = "".join(f"<div class='reply'><p>{line}</p></div>" for line in _COMMENTS[:3])
    page = document(f"<h1>जाम पर चर्चा</h1>{replies}", head=head, title="जाम पर चर्चा")
    assert isinstance(outcome(page, url="https://samachar.example.in/forum/jam"), Reject)


def test_a_story_has_a_kind_and_a_confidence() -> None:
    found = article(document(f"<article><h1>{TITLE}</h1>{blocks()}</article>"))
    assert found.kind == "article"
    assert found.confidence is not None and 0.9 <= found.confidence <= 1


def test_utf8_under_another_label_is_read_as_utf8() -> None:
    html = document(f"<article><h1>{TITLE}</h1>{blocks()}</article>").replace("utf-8", "iso-8859-1")
    assert article(html).text.split("\n") == STORY
