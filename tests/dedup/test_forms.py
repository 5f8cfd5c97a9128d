"""Kind: stories told in a form (police report, opening, notice) that is filled in with other names.

Members: an arrest, an opening and a power cut, each twice, with names; a tally of another town, of another day, and a
notice with one sentence of its own, with names or days and figures; beside them what must stay one story: a copy with
an editor's synonyms, another paper's words for a day, names spelt, joined or counted otherwise, corrected figures.
"""

from __future__ import annotations

import pytest

from newscrawl.dedup.match import Comparison, Refusal, compare
from newscrawl.dedup.words import words_of

ARREST = (
    "{0} पुलिस ने चोरी के आरोप में {1} को पकड़ा है। उसके पास से {2} मिला। थानेदार {3} ने कहा कि खबरी की बात पर {4} के पास "
    "घेरा डाला गया था। पुलिस को देखते ही वह भागने लगा, पर सिपाहियों ने दौड़ाकर दबोच लिया। पूछने पर उसने अपना दोष मान लिया। "
    "उसे अदालत में ले जाया गया, जहां से जेल भेज दिया गया। दल को इनाम मिलेगा।"
)
OPENING = (
    "विभाग की मंत्री ने आज {0} का फीता काटा। उन्होंने कहा कि {1} और सरकार गांव के हर घर तक सुविधा ले जाएगी। पिछले बरसों में "
    "जितना निर्माण हुआ उतना पहले कभी नहीं हुआ था। उन्होंने ठेकेदारों से कहा कि काम की परख में कोई ढील सही नहीं जाएगी। समारोह "
    "में {2} समेत बहुत से मेहमान पहुंचे और सबने मिठाई बांटी।"
)
NOTICE = (
    "उपकेंद्र की मरम्मत के चलते आपूर्ति बंद रहेगी। इंजीनियर {0} ने कहा कि {1} बदले जाने हैं और इस बीच {2} में बत्ती गुल रहेगी। "
    "उपभोक्ता पानी पहले भर लें और जरूरी काज निपटा लें। काम जल्दी निपटा तो आपूर्ति पहले चालू कर दी जाएगी। असुविधा के लिए "
    "विभाग खेद जताता है।"
)
TALLY = (
    "पिछले दिनों जिले के {0} में बुखार के {1} नए रोगी मिले हैं। {2} को शिविरों में {3} लोगों के नमूने लिए गए थे। डॉक्टर {4} के "
    "अनुसार घर के आसपास पानी जमा न होने दें और पूरी आस्तीन के कपड़े पहनें। जांच के लिए किट की कोई कमी नहीं है और हर वार्ड में दवा "
    "छिड़की जा रही है। तेज बुखार होने पर खुद से दवा न लें और पास के केंद्र जाएं। शिविर इस महीने के अंत तक चलते रहेंगे।"
)
CLOSED = (
    "इस महीने दफ्तर जाने से पहले अवकाश की सूची देख लें। कुल {0} दिन खिड़कियां बंद रहेंगी। {1} को पूरे प्रदेश में काम नहीं होगा। बाकी दिन "
    "सुबह दस बजे से काम होगा। पैसे भेजने और रसीद पाने की सुविधा मोबाइल पर पहले की तरह मिलती रहेगी। कागज जमा करने का काम अवकाश के "
    "बाद ही हो पाएगा।"
)
PAIRS = {
    "arrest": (
        ARREST.format("खैरपुर", "पप्पू उर्फ कालिया", "चुराया हुआ स्कूटर", "रोहित मिश्र", "पुरानी मिल"),
        ARREST.format("सूरजगढ़", "सलमान बढ़ई", "कीमती मोबाइल", "कविता राव", "रेलवे फाटक"),
    ),
    "opening": (
        OPENING.format("तारापुर के बस अड्डे", "रोज कई गाड़ियां चलेंगी", "विधायक अनवर अली"),
        OPENING.format("कोल्हारगांव के लंबे पुल", "दो जिलों की दूरी घटेगी", "सांसद शरद माने"),
    ),
    "notice": (
        NOTICE.format("पीयूष गर्ग", "जर्जर खंभे", "शास्त्री नगर और मंडी रोड"),
        NOTICE.format("शोभा देशपांडे", "पुराने तार", "बसंत विहार और डेयरी फार्म"),
    ),
    "tally of two towns": (
        TALLY.format("खैरपुर", "14", "मंगलवार", "212", "सुबोध"),
        TALLY.format("सूरजगढ़", "23", "मंगलवार", "187", "नरगिस"),
    ),
    "tally of two days": (
        TALLY.format("खैरपुर", "14", "मंगलवार", "212", "सुबोध"),
        TALLY.format("खैरपुर", "19", "बुधवार", "304", "सुबोध"),
    ),
    "one sentence and a figure": (
        CLOSED.format("11", "5 मार्च को होली, 14 मार्च को मेले के अंतिम दिन, 22 मार्च को जलसे और 30 मार्च"),
        CLOSED.format("9", "3 जून को ईद, 8 जून को नगर स्थापना, 17 जून को रथयात्रा और 25 जून"),
    ),
}


def compared(a: str, b: str) -> Comparison:
    there, back = words_of(a), words_of(b)
    found = compare(there, back)
    assert compare(back, there) == found, "the verdict does not depend on which came first"
    return found


@pytest.mark.parametrize("form", PAIRS)
def test_a_form_filled_in_with_other_names_is_another_story(form: str) -> None:
    found = compared(*PAIRS[form])
    assert found.likeness > 0, "nothing else keeps the two apart"
    assert found.measured.renamed <= 1 and found.refusal is Refusal.OTHER_NAMES


THEFT = (
    "बेलापुर में बीती रात कपड़े की दुकान का ताला टूटा मिला। मालिक हरीश केसरवानी ने कहा कि चोर गल्ले से नकदी और साड़ियां ले गए। "
    "चिकित्साकर्मियों की बस्ती के पास यह दूसरी वारदात है। थानेदार मनीषा टंडन ने मौके पर पहुंचकर जांच की और अज्ञात लोगों पर मुकदमा "
    "लिखा। व्यापारी संघ ने गश्त बढ़ाने की मांग की और सहयोग का भरोसा दिया। सिग्नलमैन रामू के मुताबिक तीन लोग भागते दिखे।"
)


@pytest.mark.parametrize(
    "changes",
    [
        {"मौके": "घटनास्थल", "मुकदमा": "मामला", "भरोसा": "आश्वासन", "वारदात": "घटना"},
        {
            "कपड़े की दुकान का ताला टूटा": "वस्त्रों की दुकान का दरवाजा टूटा",
            "गश्त बढ़ाने की मांग की और सहयोग": "पहरा बढ़ाने की अपील की और मदद",
        },
        {"बीती रात": "शनिवार तड़के", "थानेदार मनीषा टंडन": "महिला थानेदार मनीषा टंडन", "तीन लोग": "पांच लोग"},
        {"चिकित्साकर्मियों": "चिकित्सा कर्मियों", "सिग्नलमैन": "सिगनल मैन", "केसरवानी": "केशरवानी"},
    ],
    ids=["synonyms", "synonyms side by side", "days and counts", "spellings"],
)
def test_an_editor_s_copy_fills_in_no_form(changes: dict[str, str]) -> None:
    copy = THEFT
    for old, new in changes.items():
        assert old in copy
        copy = copy.replace(old, new)
    found = compared(THEFT, copy)
    assert found.relation is not None and found.measured.refilled.doers < 2


def test_links_to_other_stories_between_the_paragraphs_fill_in_no_form() -> None:
    links = (
        "यह भी पढ़ें: रेल फाटक पर पुल का काम अधूरा। ",
        "यह भी पढ़ें: खाद की कमी से किसान परेशान। ",
        "यह भी पढ़ें: सावन मेले में उमड़े श्रद्धालु। ",
        "यह भी पढ़ें: कबड्डी में छात्राओं ने मारी बाजी। ",
    )
    here, there = (
        THEFT.replace("चिकित्साकर्मियों", one + "चिकित्साकर्मियों").replace("व्यापारी", other + "व्यापारी")
        for one, other in (links[:2], links[2:])
    )
    assert compared(here, there).relation is not None


FIRE = (
    "मेले में लगी आग से {0} मजदूर घायल हो गए और {1} दुकानें जल गईं। {2} को हवा तेज थी और लपटें देखते ही देखते फैल गईं। दमकल को आने में "
    "आधा घंटा लगा, तब तक {3} रुपये का माल राख हो चुका था। मेला समिति ने जांच कराने की बात कही है और दुकानदारों को नई जगह देने का "
    "{5} दिया है। {4} हजार लोग उस समय मेले में थे।"
)


@pytest.mark.parametrize(
    "corrected",
    [
        ("छह", "31", "गुरुवार", "90,000", "चार", "भरोसा"),
        ("छः", "27", "बृहस्पतिवार", "90000", "4", "भरोसा"),
        ("पांच", "27", "बीते दिन", "80,000", "तीन", "आश्वासन"),
    ],
    ids=["corrected once", "written otherwise", "corrected throughout, and a word"],
)
def test_corrected_figures_are_the_same_story(corrected: tuple[str, ...]) -> None:
    found = compared(FIRE.format("छह", "27", "गुरुवार", "90,000", "चार", "भरोसा"), FIRE.format(*corrected))
    assert found.relation is not None


def test_one_officer_corrected_is_still_the_same_story() -> None:
    assert compared(THEFT, THEFT.replace("मनीषा टंडन", "नेहा शर्मा")).relation is not None


def test_half_nasals_are_the_anusvara_that_others_write() -> None:
    crop = (
        "संस्थान ने धान की नई किस्म बनाई है। संस्थान के मुखिया ने कहा कि हर खेत में चालीस क्विंटल उपज मिली। पहले बाढ़ में सब "
        "गल जाता था और बारह क्विंटल भी हाथ नहीं आता था। इस संस्थान का बीज अगले मौसम से मिलेगा और आठ क्विंटल गांव में बंटेगा।"
    )
    found = compared(crop, crop.replace("संस्थान", "सन्स्थान").replace("क्विंटल", "क्विन्टल"))
    assert found.measured.renamed == 0 and found.relation is not None
