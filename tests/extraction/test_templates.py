"""Templates: what a site prints in story after story is learned, what reporters write is not."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from newscrawl.extraction.clean.templates import Templates, line_key, line_keys
from newscrawl.extraction.story import extract
from newscrawl.items import Article
from tests.extraction.support import STORY, TITLE, blocks, document, page, sign

_PROMO = "उदाहरण के पाठक अब शहर की हलचल से जुड़े रह सकते हैं"


def _story(n: int, *extra: str) -> list[str]:
    paragraphs = [f"शहर के वार्ड {n} में सोमवार को घटना संख्या {n}{i} हुई और लोग जमा हो गए, अफसर भी पहुंचे।" for i in range(4)]
    return [*paragraphs, *extra]


def _learn(templates: Templates, site: str, pages: int, *extra: str) -> None:
    for n in range(pages):
        templates.observe(site, line_keys(_story(n, *extra)))


def test_a_line_on_ten_different_stories_of_a_site_is_template() -> None:
    templates = Templates()
    _learn(templates, "a", 10, _PROMO)
    assert templates.of("a") == {line_key(_PROMO)}
    assert templates.of("b") == frozenset()


def test_nothing_is_template_before_the_site_is_known() -> None:
    templates = Templates()
    _learn(templates, "a", 9, _PROMO)
    assert templates.of("a") == frozenset()


def test_copies_of_one_story_teach_nothing() -> None:
    templates = Templates()
    for _ in range(30):
        templates.observe("a", line_keys(_story(1, _PROMO)))
    assert templates.of("a") == frozenset()


def test_no_site_has_a_say_in_the_lines_of_another() -> None:
    templates, alone = Templates(), Templates()
    for which in (templates, alone):
        _learn(which, "a", 12, _PROMO)
    # One page of another site, or all of them: neither keeps the line in the stories of the first, nor takes one away.
    templates.observe("b", line_keys(_story(99, _PROMO)))
    assert templates.of("a") == alone.of("a") == {line_key(_PROMO)}
    _learn(templates, "b", 40, _story(1)[0])
    assert templates.of("a") == alone.of("a")


def test_a_subhead_that_reporters_like_stays() -> None:
    templates = Templates()
    for n in range(60):
        templates.observe("a", line_keys(_story(n, *(["क्या है मामला"] if n % 8 == 0 else []))))
    assert templates.of("a") == frozenset()


def test_a_paragraph_is_never_template() -> None:
    paragraph = " ".join(["मौसम विभाग ने आज भी लोगों से सावधान रहने और घर से कम निकलने को कहा है"] * 4)
    templates = Templates()
    _learn(templates, "a", 20, paragraph)
    assert templates.of("a") == frozenset()


def test_a_line_that_the_site_took_off_is_forgotten() -> None:
    templates = Templates()
    _learn(templates, "a", 20, _PROMO)
    for n in range(100, 200):
        templates.observe("a", line_keys(_story(n)))
    assert templates.of("a") == frozenset()


def test_what_was_stored_is_what_comes_back() -> None:
    templates = Templates()
    _learn(templates, "a", 15, _PROMO)
    again = Templates.restore(templates.pages(), list(templates.rows("a")))
    assert again.of("a") == templates.of("a")
    for which in (templates, again):
        _learn(which, "a", 20)
    assert list(again.rows("a")) == list(templates.rows("a"))


def test_the_same_bytes_are_the_same_article_whatever_was_learned_in_between() -> None:
    """Kind: what this run knows must not decide what a page is. The text loses the line, the id stays."""
    html = document(f"<article><h1>{TITLE}</h1>{blocks()}<p>{_PROMO}।</p></article>")
    learned = frozenset([line_key(_PROMO)])
    before, after = extract(page(html), sign), extract(replace(page(html), template_lines=learned), sign)
    other = extract(replace(page(html.replace(_PROMO, f"{_PROMO} अभी")), template_lines=learned), sign)
    assert isinstance(before, Article) and isinstance(after, Article) and isinstance(other, Article)
    assert before.text != after.text and before.id == after.id != other.id
    assert after.content_sha256 == hashlib.sha256(after.text.encode()).hexdigest()


def test_extraction_strips_the_learned_lines_and_goes_on_counting_them() -> None:
    html = document(f"<article><h1>{TITLE}</h1>{blocks()}<p>{_PROMO}।</p></article>")
    plain = extract(page(html), sign)
    stripped = extract(replace(page(html), template_lines=frozenset([line_key(_PROMO)])), sign)
    assert isinstance(plain, Article) and isinstance(stripped, Article)
    assert plain.text.split("\n") == [*STORY, f"{_PROMO}।"]
    assert stripped.text.split("\n") == STORY
    assert line_key(_PROMO) in stripped.line_keys


def test_lines_that_are_most_of_a_story_are_never_stripped() -> None:
    html = document(f"<article><h1>{TITLE}</h1>{blocks()}</article>")
    found = extract(replace(page(html), template_lines=frozenset(map(line_key, STORY))), sign)
    assert isinstance(found, Article)
    assert found.text.split("\n") == STORY
