# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""What `hindi` promises: repair for storing, folding for matching, words and sentences."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from newscrawl.text import hindi

ZWJ, ZWNJ = "\u200d", "\u200c"
# Devanagari with everything that breaks it: joiners, nukta, virama, entities, spaces, marks out of place.
_PIECES = st.sampled_from(
    [
        *"कखगचजटडतदनपफबमयरलवशषसह", *"ािीुूेैोौंँः", "्", "़", "\u0958", "\u095c", "\u0929", ZWJ, ZWNJ, "\u200b", "\u00ad",
        "\ufeff", " ", "\u00a0", "\n", "\r\n", "\u2028", "\t", "।", "॥", ",", "?", "\"", "'", ".", "&", "amp;", "&amp;", "&zwj;", "&#2352;",
        "&nbsp;", "&lt;", "#97;", ";", "a", "Z", "5", "५", "\u0301", "e\u0301", "م", "👩", "\x00", "\x85", "İ", "ﬁ",
    ]
)  # fmt: skip
hindi_text = st.lists(_PIECES, max_size=40).map("".join)
any_text = st.one_of(hindi_text, st.text(max_size=60))


def _letters(text: str) -> list[str]:
    return [
        c for c in unicodedata.normalize("NFD", text) if "\u0900" <= c <= "\u097f" and unicodedata.category(c) == "Lo"
    ]


@given(any_text)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = hindi.clean(text)
    assert hindi.clean(once) == once


@given(any_text)
def test_cleaning_lengthens_no_text_beyond_its_normal_form(text: str) -> None:
    # NFC takes a composed nukta letter apart (2) and a few Hebrew and musical signs (3); nothing else grows.
    assert len(hindi.clean(text)) <= 3 * len(text)


@given(hindi_text.filter(lambda t: "&" not in t))
def test_cleaning_drops_no_devanagari_letter(text: str) -> None:
    assert _letters(hindi.clean(text)) == _letters(text)


@given(any_text)
def test_cleaned_text_is_normal_and_holds_no_debris(text: str) -> None:
    clean = hindi.clean(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert not set(clean) & set("\u00ad\u200b\ufeff\x00\r\t\u2028\u00a0")
    assert "  " not in clean and "\n\n" not in clean and clean == clean.strip()


def test_of_a_flood_of_marks_as_many_stay_as_any_letter_has() -> None:
    """To sort 100,000 marks takes a normal form eight seconds."""
    assert hindi.clean("क" + "\u0316\u0301" * 100_000 + "म") == "क" + "\u0316" * 15 + "\u0301" * 15 + "म"
    assert hindi.fold("क" + "\u0316\u0301" * 100_000) == "क" + "\u0316" * 15 + "\u0301" * 15


@given(any_text)
def test_a_tidy_line_is_cleaned_as_any_other(text: str) -> None:
    # With a character that goes the whole way of repairs is taken.
    assert hindi.clean(text) == hindi.clean(text + "\u200b")


@given(any_text)
@example("İ्")
def test_folding_twice_is_folding_once(text: str) -> None:
    once = hindi.fold(text)
    assert hindi.fold(once) == once


@given(any_text)
@example("¨क Σ ΑΣ. न् त न्त ﬁ\u200dक")
@example("क" * 990 + " " + "क" + "\u0316\u0301" * 40)
def test_words_folded_piece_by_piece_are_those_of_the_folded_text(text: str) -> None:
    folded = hindi.folded_words(text)
    # For the second time from what is known of its pieces.
    assert folded == hindi.folded_words(text) == hindi.words(hindi.fold(text))
    assert "\n".join(hindi.words(text)).split() == regex.findall(hindi._WORD.pattern, text)


@given(any_text)
def test_words_hold_all_letters_of_a_text(text: str) -> None:
    letters = [c for c in text if unicodedata.category(c)[0] in "LN"]
    assert [c for word in hindi.words(text) for c in word if unicodedata.category(c)[0] in "LN"] == letters


@given(any_text)
def test_sentences_lose_only_spaces(text: str) -> None:
    def bare(s: str) -> str:
        return "".join(s.split())

    assert bare("".join(hindi.sentences(text))) == bare(text)


@pytest.mark.parametrize(
    ("damaged", "repaired"),
    [
        ("दिल्&zwj;ली", "दिल्ली"),
        ("दिल्&amp;zwj;ली", "दिल्ली"),
        ("दिल्&amp;amp;amp;zwj;ली", "दिल्ली"),
        (f"सामान्{ZWJ}य", "सामान्य"),
        (f"राष्ट्र{ZWNJ}पति", "राष्ट्रपति"),
        (f"राष्ट्र{ZWJ}पति", "राष्ट्रपति"),
        ("राष्ट्र\u200bपति", "राष्ट्रपति"),
        (f"{ZWJ}पंजाब {ZWNJ}विधानसभा{ZWJ}", "पंजाब विधानसभा"),
        (f"उद्{ZWNJ}घाटन", f"उद्{ZWNJ}घाटन"),
        (f"गर्{ZWJ}यो", f"गर्{ZWJ}यो"),
        (f"पार्{ZWJ}टी", "पार्टी"),
        ("घर गया ।", "घर गया।"),
        ("कहा , सुना ?", "कहा, सुना?"),
        ("\u0958लम", "क\u093cलम"),
        ("पहला\r\n\r\n  दूसरा\u2028तीसरा", "पहला\nदूसरा\nतीसरा"),
        ("&quot;हां&quot; &ndash; ना", '"हां" – ना'),
        ("AT&T और R&D;", "AT&T और R&D;"),
    ],
)
def test_damage_of_real_pages_is_repaired_and_spelling_left_alone(damaged: str, repaired: str) -> None:
    assert hindi.clean(damaged) == repaired


@pytest.mark.parametrize(
    ("one", "other"),
    [("हिन्दी", "हिंदी"), ("गाँव", "गांव"), ("सम्बन्ध", "संबंध"), ("ज़रूर", "जरूर"), ("१२३", "123"), (f"दिल्{ZWJ}ली", "दिल्ली")],
)
def test_spellings_of_one_word_fold_together(one: str, other: str) -> None:
    assert hindi.fold(one) == hindi.fold(other)


def test_words_keep_vowel_signs_and_inner_joiners() -> None:
    assert hindi.words(f"किताबें पढ़ीं, उद्{ZWNJ}घाटन!") == ["किताबें", "पढ़ीं", f"उद्{ZWNJ}घाटन"]


def test_sentences_end_at_danda_and_full_stop_but_not_in_numbers_or_after_initials() -> None:
    text = "डॉ. एस. कुमार ने 3.5 प्रतिशत बताया। वे चले गए. फिर लौटे!"
    assert hindi.sentences(text) == ["डॉ. एस. कुमार ने 3.5 प्रतिशत बताया।", "वे चले गए.", "फिर लौटे!"]


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("पुल खुल गया।", True), ("पुल खुल गया.", True), ("“पुल खुल गया।”", True), ("(पुल खुल गया!)", True), ("पुल कब खुलेगा?", True),
        ("पुल खुल गया...", False), ("पुल खुल गया…", False), ("पुल खुल गया….", False), ("पुल खुल गया", False), ("", False), ('"', False),
        ("पुल पर यह होगा:", False), ("पुल पर यह होगा:”", False),
    ],
)  # fmt: skip
def test_a_closing_mark_ends_a_sentence_and_dots_in_a_row_do_not(line: str, ends: bool) -> None:
    assert hindi.closes(line) is ends


def test_a_colon_closes_a_line_where_it_is_asked_for() -> None:
    assert hindi.closes("पुल पर यह होगा:", colon=True) and not hindi.closes("पुल पर यह होगा", colon=True)
