"""Which texts are one story."""

from __future__ import annotations

from datetime import timedelta

from newscrawl.dedup.match import LATE, LATE_ODDS, Comparison, Refusal, compare
from newscrawl.dedup.words import words_of
from newscrawl.items import Relation
from tests.dedup.hindi_texts import story


def compared(a: str | list[str], b: str | list[str]) -> Comparison:
    texts = (" ".join(t) if isinstance(t, list) else t for t in (a, b))
    there, back = (words_of(t) for t in texts)
    found = compare(there, back)
    assert compare(back, there) == found, "the verdict does not depend on which came first"
    return found


def test_the_same_words_are_an_exact_copy_whatever_the_punctuation() -> None:
    text = " ".join(story(1))
    found = compared(text, text.replace("।", ".").replace("ज़", "ज"))
    assert found.relation is Relation.EXACT and found.measured.jaccard == found.measured.containment == 1.0


def test_a_copy_with_some_words_changed_is_near() -> None:
    words = " ".join(story(1)).split()
    words[::17] = ["बदला"] * len(words[::17])
    assert compared(" ".join(words), story(1)).relation is Relation.NEAR


def test_a_trimmed_copy_is_contained() -> None:
    found = compared(story(1, 12)[:4], story(1, 12))
    assert found.relation is Relation.CONTAINED and found.measured.containment == 1.0 and found.measured.jaccard < 0.5


def test_a_version_with_paragraphs_added_inside_is_the_same_story() -> None:
    assert compared(story(1)[:5] + story(2)[:6] + story(1)[5:], story(1)).relation is not None


def test_a_preview_told_again_in_the_past_tense_names_the_same_things_in_order() -> None:
    preview = (
        "राज्यपाल सोमवार को शिवपुरी जिला अस्पताल की नई इमारत का लोकार्पण करेंगी और मरीजों से मिलेंगी। इमारत पर साढ़े चार "
        "करोड़ रुपये खर्च होंगे और इसमें साठ बिस्तर लगाए जाएंगे। लोकार्पण के बाद राज्यपाल करैरा तहसील के किसानों की "
        "सिंचाई नहर देखने जाएंगी और मंडी समिति की बैठक में भाग लेंगी।"
    )
    report = (
        "राज्यपाल ने सोमवार को शिवपुरी के जिला अस्पताल की इस नई इमारत का लोकार्पण किया तथा मरीजों से वह मिलीं। इमारत पर अब तक "
        "साढ़े चार करोड़ रुपये खर्च हुए हैं और साठ नए बिस्तर लगाए गए हैं। लोकार्पण के तुरंत बाद राज्यपाल ने करैरा की तहसील के सब किसानों "
        "वाली सिंचाई नहर भी देखी और मंडी की समिति वाली बैठक में उन्होंने भाग लिया।"
    )
    found = compared(preview, report).measured
    assert found.told < 0.6 < found.retold
    apart = compared(story(1), story(2)).measured
    assert apart.retold < 0.2


def test_what_is_told_days_later_must_be_more_alike() -> None:
    weak = story(1)[:6] + story(2)[:4]
    assert 0 < compared(weak, story(1, 9)).likeness < LATE_ODDS
    one, other = (words_of(" ".join(text)) for text in (weak, story(1, 9)))
    at_once, soon, late = (compare(one, other, apart) for apart in (timedelta(0), LATE, LATE + timedelta(hours=1)))
    assert at_once == soon and at_once.relation is not None
    assert (late.relation, late.refusal) == (None, Refusal.LATE)
    assert compare(other, other, timedelta(days=900)).relation is Relation.EXACT
    copy = compare(words_of(" ".join(story(1)[:11])), words_of(" ".join(story(1))), timedelta(days=900))
    assert copy.relation is not None, "a copy is one whenever it comes"


def test_different_stories_have_little_in_common() -> None:
    assert compared(story(1), story(2)).refusal is Refusal.LITTLE_IN_COMMON


def test_shared_background_under_different_news_is_no_copy() -> None:
    background = story(9, 8)
    assert compared(story(1)[:5] + background, story(2)[:6] + background).refusal is Refusal.BACKGROUND


def test_one_item_of_a_long_roundup_is_no_copy() -> None:
    item = story(1, 4)
    assert compared(item, story(2, 20) + item + story(3, 10)).refusal is Refusal.PART_OF_ANOTHER


def test_a_long_report_that_opens_with_the_brief_grew_out_of_it() -> None:
    flash = story(1, 4)
    said = " ".join(flash).split()
    # Each sentence that came later names three things of the flash.
    report = flash + [f"{' '.join(said[i : i + 3])} {later}" for i, later in enumerate(story(2, 40))]
    assert compared(flash, report).relation is Relation.CONTAINED


def test_a_long_page_that_opens_with_a_story_and_goes_on_with_others_is_a_roundup() -> None:
    page = story(1, 10) + story(2, 10) + story(3, 10) + story(4, 10) + story(5, 10)
    assert {compared(story(n, 10), page).refusal for n in range(1, 6)} == {Refusal.ROUNDUP}


def test_a_story_with_news_of_its_own_that_shares_a_paragraph_with_a_digest_is_no_copy() -> None:
    shared = story(1, 4)
    digest = shared + story(2, 4) + story(3, 4) + story(4, 4)
    assert compared(shared + story(5, 2), digest).refusal is Refusal.ROUNDUP


WEATHER = (
    "{city} में आज अधिकतम तापमान {0} डिग्री रहा। न्यूनतम तापमान {1} डिग्री दर्ज हुआ। हवा में नमी {2} फीसदी रही। "
    "बीते दिन यहाँ {3} मिलीमीटर पानी बरसा। कल पारा {4} डिग्री तक जाने के आसार हैं। मौसम केंद्र ने लोगों को धूप में "
    "कम निकलने और खूब पानी पीने की सलाह दी है। हवा की चाल {5} किलोमीटर प्रति घंटा रहेगी।"
)


def test_the_same_frame_with_other_figures_is_another_story() -> None:
    a = WEATHER.format(31, 22, 64, 12, 33, 9, city="सोनपुर")
    b = WEATHER.format(38, 27, 41, 3, 40, 14, city="रामगढ़")
    assert compared(a, b).refusal is Refusal.OTHER_FIGURES


SHOP = (
    "{city} के सर्राफा बाजार में आज सोने और चांदी के दाम स्थिर रहे। {city} में ग्राहकों की चहल पहल कम दिखी और कारोबारी खाली बैठे। "
    "त्योहार के बाद {city} के बड़े जौहरी नए गहने मंगाने से बच रहे हैं। सर्राफा संघ के मुखिया {head} ने कहा कि शादी का मौसम आते ही "
    "मांग लौटेगी। {head} के मुताबिक छोटे कारोबारियों को कर्ज की जरूरत है और {city} का प्रशासन बैंकों से बात करेगा।"
)


def test_another_number_of_one_series_is_another_story() -> None:
    """One figure among words that were reordered: no frame around it is shared, and the other figures agree."""
    episode = "मंत्री जी रविवार सुबह 11 बजे रेडियो पर बात करेंगे। यह इस माह के कार्यक्रम की 66वीं कड़ी होगी। " + story(1)[0]
    next_one = "मंत्री जी रविवार सुबह 11 बजे रेडियो पर बात करेंगे। माह के कार्यक्रम की यह {} कड़ी होगी। " + story(1)[0]
    found = compared(episode, next_one.format("68वीं"))
    assert found.refusal is Refusal.OTHER_FIGURES and found.measured.figures_changed == 0 and found.likeness > 0
    assert compared(episode, next_one.format("66वीं")).relation is not None
    assert compared(episode, next_one.format("66 वीं")).relation is not None, "no ordinal of it: nothing is said"
    assert compared(episode, f"{next_one.format('68वीं')} पिछले माह 66वीं कड़ी थी।").relation is not None
    phase = "{} चरण के मतदान में युवा, महिलाएं और बुजुर्ग बड़ी संख्या में निकले। " + " ".join(story(1, 2))
    assert compared(phase.format("पांचवें"), phase.format("सातवें")).refusal is Refusal.OTHER_FIGURES
    assert compared(phase.format("5वें"), phase.format("पांचवें")).relation is not None
    aside = "सांसद {} बार चुने गए हैं। " + " ".join(story(1, 2))
    assert compared(aside.format("पहली"), aside.format("दूसरी")).relation is not None, "how often is no series"
    endless = "यह " + "9" * 5000 + "वीं कड़ी होगी। " + " ".join(story(1, 2))
    assert compared(endless, f"{endless} और").relation is not None, "a hostile page's figure is none of a series"
    english = "the minister speaks on radio at 11 on sunday in the {} episode of this series . " + story(1)[0]
    assert compared(english.format("66th"), english.format("68th")).refusal is Refusal.OTHER_FIGURES


def test_the_same_frame_with_other_names_is_another_story() -> None:
    a, b = SHOP.format(city="सोनपुर", head="मदनलाल"), SHOP.format(city="रामगढ़", head="किशोर")
    assert compared(a, b).refusal is Refusal.OTHER_NAMES


def test_a_name_spelt_in_another_way_is_the_same_name() -> None:
    a, b = SHOP.format(city="डावोस", head="नेतन्याहू"), SHOP.format(city="दावोस", head="नेतान्याहु")
    assert compared(a, b).relation is Relation.NEAR


def test_a_corrected_figure_is_still_the_same_story() -> None:
    a = WEATHER.format(31, 22, 64, 12, 33, 9, city="सोनपुर")
    b = WEATHER.format(31, 22, 64, 15, 33, 9, city="सोनपुर")
    assert compared(a, b).relation is Relation.NEAR


def test_stubs_that_share_a_phrase_are_different_stories() -> None:
    assert compared("सोनपुर में नई सड़क योजना से आना जाना हुआ आसान", "रामगढ़ में नई सड़क योजना से आना जाना हुआ आसान").refusal
    assert compared("सोनपुर में नई सड़क बनी", "सोनपुर में नई सड़क बनी।").relation is Relation.EXACT


def test_a_text_that_says_its_news_twice_counts_it_once() -> None:
    news = story(1, 3)
    found = compared(news + news + story(2, 2), news + story(3, 12))
    assert found.measured.told < 0.54


def test_an_empty_text_is_nothing_s_copy() -> None:
    assert compared("", story(1)).relation is None and compared("", "").relation is None
