"""Stories of one event are linked by the words that both tell and few others do, and by nearness in time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.events import Told, event_words, link
from newscrawl.tables.linking import linked_to
from tests.bucket.samples import NOON, article, duplicate
from tests.dedup.hindi_texts import story
from tests.tables.test_compact import Bucket

FLOOD = "कोसी नदी का तटबंध टूटने से सुपौल के निर्मली प्रखंड में बाढ़ का पानी फैला और डगमारा पंचायत खाली कराई गई"
SAME = "सुपौल जिले में कोसी का तटबंध टूटा, निर्मली के डगमारा में नावों से बचाव, प्रखंड में बाढ़ से फसल डूबी"
LATER = "सुपौल के निर्मली में कोसी की बाढ़ से उजड़े घरों का सर्वे पूरा, मुआवजे की सूची पंचायत भवन पर टांगी गई"
OTHER = "रणजी मैच में विदर्भ के सलामी बल्लेबाज ने दोहरा शतक जमाया और गेंदबाजों ने सौराष्ट्र को सस्ते में समेटा"
DAY = 20_000


def told(name: str, text: str, at: float = 0.5, event: str | None = None) -> Told:
    return Told(name, DAY + at, event_words("", text), event)


# What else is told in these days: without it no word is rare.
def others(number: int = 30) -> list[Told]:
    return [told(f"o{n}", " ".join(story(n, 5)), 0.02 * n, event=f"o{n}") for n in range(number)]


def test_one_event_in_other_words_is_linked_and_another_is_not() -> None:
    found = link([told("a", FLOOD), told("b", SAME, 0.6), told("c", OTHER, 0.7), *others()], DAY)
    assert found == {"a": "a", "b": "a", "c": "c"}


def test_the_first_told_founds_the_event_whatever_the_order() -> None:
    stories = [told("a", FLOOD, 0.9), told("b", SAME, 0.1), told("c", OTHER, 0.7), *others()]
    for seed in range(5):
        found = link(random.Random(seed).sample(stories, len(stories)), DAY)
        assert found == {"a": "b", "b": "b", "c": "c"}


def test_what_was_linked_stays_and_a_late_story_joins_it() -> None:
    assert link([told("a", FLOOD, 0.5, event="a"), told("b", SAME, 0.1), *others()], DAY) == {"b": "a"}


def test_days_apart_more_must_be_alike() -> None:
    near, far = told("a", FLOOD, 0.3, event="a"), told("a", FLOOD, -2.9, event="a")
    assert link([near, told("b", LATER, 0.5), *others()], DAY) == {"b": "a"}
    assert link([far, told("b", LATER, 0.5), *others()], DAY) == {"b": "b"}


def test_a_story_without_a_telling_word_stands_alone() -> None:
    assert link([told("a", "यह वह 12"), told("b", ""), *others(2)], DAY) == {"a": "a", "b": "b"}
    assert link([told("a", "")], DAY) == {"a": "a"}


def rates(day: str, lentils: str, gram: str, bags: str) -> str:
    return (
        f"सोहावल गल्ला मंडी में {day} को मसूर {lentils} और चना {gram} रुपये प्रति क्विंटल बिका। आढ़तियों के अनुसार मांग सुस्त "
        f"रही और कुल {bags} बोरी की आवक दर्ज हुई। नमी वाली उपज का भाव कम मिलता है, इसलिए किसान अनाज सुखाकर लाएं। "
        "मंडी समिति ने तुलाई के लिए नए धर्मकांटे लगाए हैं और टोकन सुबह छह बजे से बंटते हैं।"
    )


def test_a_form_filled_in_anew_each_day_is_an_event_each() -> None:
    """Else a daily column is one event without end: each day is like the last."""
    days = [rates("सोमवार", "6,210", "5,480", "9,400"), rates("मंगलवार", "6,180", "5,510", "8,900")]
    forms = [told("a", days[0], 0.3, event="a"), told("b", days[1], 0.9)]
    assert link([*forms, *others()], DAY) == {"b": "b"}
    report = "सोहावल गल्ला मंडी में आढ़तियों ने तुलाई रोकी, मसूर और चना लेकर आए किसान टोकन के बाद भी बोरी लिए बैठे रहे"
    assert link([*forms, told("c", report, 0.95), *others()], DAY)["c"] in ("a", "b")


TWO_OF_ONE_FORM = {
    "obituaries": (
        "सेवानिवृत्त शिक्षक रामस्वरूप दुबे का निधन\nबीना। नगर के सेवानिवृत्त शिक्षक रामस्वरूप दुबे का लंबी बीमारी के बाद"
        " निधन हो गया। वह 81 वर्ष के थे और अपने पीछे भरा पूरा परिवार छोड़ गए। अंतिम संस्कार मुक्तिधाम में हुआ, मुखाग्नि"
        " बड़े बेटे आलोक ने दी। नगर के गणमान्य लोगों ने श्रद्धांजलि देकर ईश्वर से दिवंगत आत्मा की शांति की प्रार्थना "
        "की।",
        "व्यापारी हुकुमचंद मोदी का निधन, मुक्तिधाम में अंतिम विदाई\nखुरई। गल्ला व्यापारी हुकुमचंद मोदी का लंबी बीमारी के"
        " बाद गुरुवार को निधन हो गया। वह 74 वर्ष के थे। अपने पीछे भरा पूरा परिवार छोड़ गए हैं। मुक्तिधाम में अंतिम "
        "संस्कार हुआ, मुखाग्नि बेटे संजय ने दी। गणमान्य नागरिकों ने दिवंगत आत्मा की शांति के लिए ईश्वर से प्रार्थना की।",
    ),
    "accidents": (
        "तेज रफ्तार ट्रक ने बाइक को रौंदा, युवक की मौत\nपिपरई। थाना क्षेत्र के ग्राम मुहासा के पास मंगलवार शाम तेज "
        "रफ्तार ट्रक ने बाइक को टक्कर मार दी। हादसे में बाइक सवार दीपक लोधी की मौके पर ही मौत हो गई, जबकि साथी गंभीर "
        "रूप से घायल हो गया। पुलिस ने शव को पोस्टमार्टम के लिए भेजकर चालक के खिलाफ मामला दर्ज किया है। ट्रक जब्त कर "
        "लिया गया है।",
        "अनियंत्रित ट्रक की टक्कर से बाइक सवार की मौत, साथी घायल\nकुरवाई। नगर से लगे गांव लायरा के समीप मंगलवार रात "
        "अनियंत्रित ट्रक ने बाइक सवार दो युवकों को टक्कर मार दी। राजेश अहिरवार ने मौके पर ही दम तोड़ दिया, साथी गंभीर "
        "रूप से घायल है। पुलिस ने शव का पोस्टमार्टम कराकर ट्रक चालक पर मामला दर्ज किया और ट्रक जब्त किया।",
    ),
    "one footer": (
        "बॉक्स ऑफिस: धूप छांव ने पहले दिन कमाए चार करोड़\nनिर्देशक केतन भार्गव की फिल्म धूप छांव ने पहले दिन चार करोड़ "
        "की कमाई की। दर्शकों को अभिनेत्री रिया सहगल का काम भाया। मनोरंजन जगत की ताजा खबरें, फिल्म समीक्षा, बॉक्स ऑफिस "
        "और सितारों के इंटरव्यू पढ़ने के लिए हमारे साथ जुड़े रहें और ऐप डाउनलोड करें। व्हाट्सएप चैनल फॉलो करना न भूलें।",
        "दूसरे हफ्ते में लड़खड़ाई काला पत्थर की कमाई\nएक्शन फिल्म काला पत्थर की कमाई दूसरे हफ्ते में आधी रह गई। नायक "
        "अरमान कोटवानी ने प्रचार बढ़ाया है। मनोरंजन जगत की ताजा खबरें, फिल्म समीक्षा, बॉक्स ऑफिस और सितारों के इंटरव्यू "
        "पढ़ने के लिए हमारे साथ जुड़े रहें और ऐप डाउनलोड करें। व्हाट्सएप चैनल फॉलो करना न भूलें।",
    ),
}


@pytest.mark.parametrize("kind", TWO_OF_ONE_FORM)
def test_other_names_in_the_places_of_one_form_are_two_events(kind: str) -> None:
    one, other = TWO_OF_ONE_FORM[kind]
    assert link([told("a", one, 0.3), told("b", other, 0.8), *others()], DAY) == {"a": "a", "b": "b"}


def test_a_report_told_again_in_its_order_is_one_event() -> None:
    """An editor puts words in and takes some out; few of them stand where the other has words of its own."""
    first = (
        "झील में नाव पलटी, पांच पर्यटक बचाए गए\nतवानगर झील में रविवार दोपहर नाव पलट गई। गोताखोरों ने पांच पर्यटकों को "
        "सुरक्षित निकाला। नाव में सवार दंपति नागपुर से आए थे। प्रबंधक योगेश राठौर ने बताया कि तेज हवा के कारण नाव का "
        "संतुलन बिगड़ा। सभी ने जीवनरक्षक जैकेट पहन रखी थी। जिला प्रशासन ने नौकायन दो दिन के लिए रोक दिया है।"
    )
    again = (
        "तवानगर में नौका हादसा टला, नागपुर के सैलानी सुरक्षित\nनर्मदापुरम। तेज हवा से तवानगर झील में एक नाव रविवार को "
        "उलट गई, पर गोताखोरों की फुर्ती से पांच पर्यटकों की जान बच गई। नागपुर के दंपति समेत सब जीवनरक्षक जैकेट पहने थे।"
        " प्रबंधक योगेश राठौर ने कहा कि संतुलन बिगड़ने से हादसा हुआ। जिला प्रशासन ने दो दिन नौकायन पर रोक लगा दी।"
    )
    assert link([told("a", first, 0.3), told("b", again, 0.5), *others()], DAY) == {"a": "a", "b": "a"}


def linked(rows: Iterable[dict[str, object]]) -> set[frozenset[object]]:
    events: dict[object, set[object]] = {}
    for row in rows:
        events.setdefault(row["event_id"], set()).add(row["story_id"])
    return {frozenset(found) for found in events.values()}


@pytest.fixture
def bucket(s3: EmbeddedS3) -> Bucket:
    return Bucket(s3)


def test_the_stories_table_links_across_days_and_compactions(bucket: Bucket) -> None:
    midnight = NOON + timedelta(hours=11)
    bucket.run([article(n, text=" ".join(story(n, 5)), published_at=midnight) for n in range(10, 40)])
    bucket.run([article(1, text=FLOOD, published_at=midnight), article(3, text=OTHER, published_at=midnight)])
    assert bucket.compact().linked == 32
    bucket.run([article(2, text=SAME, published_at=midnight + timedelta(hours=9))])
    assert bucket.compact().linked == 1
    rows = bucket.stories()
    assert rows["a00000001"]["day"] < rows["a00000002"]["day"]
    assert frozenset({"a00000001", "a00000002"}) in linked(rows.values())
    assert rows["a00000002"]["event_id"] == "a00000001" and rows["a00000003"]["event_id"] == "a00000003"
    assert [row["story_id"] for row in linked_to(bucket.store, bucket.location, "a00000002")] == ["a00000001"]
    assert linked_to(bucket.store, bucket.location, "a00000003") == []
    assert linked_to(bucket.store, bucket.location, "a00000777") == []


def test_a_story_that_changes_stays_in_its_event(bucket: Bucket) -> None:
    bucket.run([article(n, text=" ".join(story(n, 5))) for n in range(10, 40)])
    bucket.run([article(1, text=FLOOD), article(2, text=SAME)])
    bucket.compact()
    before = bucket.stories()["a00000002"]["event_id"]
    copy = duplicate(5, 2, site="sagar")
    bucket.run([replace(copy, article=replace(copy.article, text=OTHER, word_count=99))])
    done = bucket.compact()
    assert (done.changed, done.linked) == (1, 0)
    assert before == "a00000001" == bucket.stories()["a00000002"]["event_id"]


def test_what_the_seed_documents_are_linked_with(shared: Path) -> None:
    """Five stories of one affair. Two announce a meeting, one tells of it a week later, two are years on."""
    folder = shared / "seeds"
    words = {}
    for gold in map(json.loads, (folder / "gold.jsonl").read_text().splitlines()):
        lines = (folder / gold["file"]).read_text().split("\n")
        words[gold["file"][:3]] = event_words(lines[gold["title_line"]], "\n".join(lines[i] for i in gold["body"]))

    def events(**days: float) -> dict[str, str]:
        told = [Told(name, DAY + days[f"d{name}"], words[name], None) for name in words]
        found: dict[str, str] = {}
        for day in sorted({int(s.at) for s in told}):
            found |= link([replace(s, event_id=found.get(s.story_id)) for s in told], day)
        return found

    as_told = events(d000=0, d001=0.5, d002=8, d003=280, d004=600)
    assert as_told == {"000": "000", "001": "000", "002": "002", "003": "003", "004": "004"}
    on_one_day = events(d000=0, d001=0.2, d002=0.4, d003=0.6, d004=0.8)
    assert set(on_one_day.values()) == {"000"}
