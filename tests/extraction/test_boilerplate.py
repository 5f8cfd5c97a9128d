# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""Boilerplate goes by the curated phrases; stories about newspapers, apps and reading keep their sentences."""

from __future__ import annotations

import pytest

from newscrawl.extraction.clean import boilerplate, phrases
from tests.extraction.support import STORY, TITLE

_HEADLINE = "मंडी में प्याज के भाव गिरे, किसान परेशान"


@pytest.mark.parametrize(
    "line",
    [
        "हम और हमारे पार्टनर आपके डिवाइस पर कुकीज जैसी जानकारी रखते हैं, जिससे हमें पता चलता है कि आपने क्या पढ़ा।",
        "विज्ञापन", "कॉपी लिंक", "Back to top button", "हमें फॉलो करें", "Follow Us", "Date Updated", "Exit mobile version", "Share this story",
        "ऐप पर पढ़ें", "और पढ़ें", "Download App", "खबरें और भी हैं...", "---- समाप्त ----", "Hindi News", "#बरौली #पुल", "41600 Followers",
        f"यह भी पढ़ें: {_HEADLINE}", f"ये भी पढ़ें :- {_HEADLINE}", f"इसे भी पढ़े - {_HEADLINE}", f"Also Read: {_HEADLINE}", f"ALSO READ | {_HEADLINE}", f"ये भी पढ़ें {_HEADLINE}",
        f"(यह भी पढ़ें- {_HEADLINE})", f"पढ़ें: {_HEADLINE}", "ये खबर भी पढ़ें...",
        "फोटो: समाचार उदाहरण", "(फोटो साभार: सोशल मीडिया)", "Photo Credit: PTI", "इमेज स्रोत, Getty Images", "Source: सोशल मीडिया",
        "Updated at: 14 Nov 2026 10:30 AM (IST)", "Published by: रमेश कुमार", "Edited By सुधा रानी", "Posted by: Admin", "2 मिनट में पढ़ें", "3 घंटे पहले",
        "हमारे व्हाट्सऐप चैनल से जुड़ने के लिए यहां क्लिक करें।", "हमारे टेलीग्राम ग्रुप को जॉइन करें", "हमें गूगल न्यूज पर फॉलो करें", "Follow us on Facebook, Twitter and Google News",
        "ताजा खबरों के लिए हमारा ऐप डाउनलोड करें", "डाउनलोड करें उदाहरण एप और पाएं जॉब अलर्ट", "Disclaimer: यह जानकारी सामान्य मान्यताओं पर आधारित है।", "Tags: बरौली, पुल",
        "ब्रेकिंग न्यूज़ हिंदी में सबसे पहले पढ़ें उदाहरण पर, आज की ताजा खबर, लाइव न्यूज अपडेट", "© 2026 उदाहरण। सर्वाधिकार सुरक्षित।",
        "नवम्बर 11, 2026 8:35 पूर्वाह्न",
        "रिपोर्टः हरिओम तिवारी, संपादन: मीना देवी", "संपादन: मीना देवी. डिजाइन: रमेश", "(इनपुट: एजेंसी)",
        "हमारी पत्रकारिता को समर्थन दें और मेंबर बनें।", "स्वतंत्र पत्रकारिता को जिंदा रखने में हमारा साथ दें",
        "एमजी/एआर/केपी/जीआरएस", "AKS/SK/RM", "---000---", "खबरें और विज्ञापन के लिए संपर्क करें- 90000 00000", "उदाहरण की पत्रकारिता को बनाए रखने के लिए आपके साथ की जरूरत है। सहयोग करें",
        "आज ही मेंबर बनें और हमारी पत्रकारिता को ताकत दें.", "राज्य ब्यूरो, समाचार उदाहरण, बरौली Published by: रमेश कुमार Updated Sat, 14 Nov 2026 03:12 PM IST",
        "WhatsApp Group Join Now", "Join Now", "(रिपोर्ट: हरिओम तिवारी)", "This entry was posted in गांव. Bookmark the permalink.",
        "हरिओम तिवारी, बरौली। Publish Date: Sat, 14 Nov 2026 04:00:00 PM (IST) Updated Date: Sat, 14 Nov 2026 05:12:00 PM (IST)",
        "प्रदेश की नवीनतम अपडेट्स के लिए उदाहरण से जुड़े रहें! यहां पढ़ें Barauli News in Hindi और पाएं हर पल की जानकारी", "विज्ञापन के बाद खबर जारी है", "यह लेख विज्ञापन के नीचे भी जारी है", "फैसला पढ़ने के लिए यहां क्लिक करें।",
        "खेती से जुड़ी खबरें पढ़ने के लिए डाउनलोड करें उदाहरण एप", "क्या यह खबर आपके काम की थी? हां / नहीं", "इस रेसिपी को रेटिंग दें ★★★★☆ (32 वोट)",
        "आप भी अपने पत्र हमें patra@samachar.example.in पर भेज सकते हैं।",
        "To view this video please enable JavaScript, and consider upgrading to a web browser that supports HTML5 video",
        "(रिलीज़ आईडी: 2209912) आगंतुक पटल : 41", "1411 0930 बरौली", "Admit Card, Click Here", "महत्वपूर्ण लिंक", "👇 पूरा वीडियो नीचे देखें 👇",
        "(यह खबर एजेंसी भाषा की ऑटो-जनरेटेड फीड से है, हमारी टीम ने इसमें बदलाव नहीं किया है।)", "स्वतंत्र पत्रकारिता को आपकी मदद चाहिए, सदस्य बनें।",
        "[embed]https://www.youtube.com/watch?v=abc[/embed]", "[newsletter_form]", '[gallery ids="4,5"]', "लाइव अपडेट",
        "आप अपने गांव में क्या बदलना चाहते हैं? नीचे लिखकर बताइए।",
        "हम आपके अनुभव को बेहतर बनाने के लिए कुकीज का उपयोग करते हैं। जारी रखकर आप हमारी नीति से सहमत होते हैं।", "This website uses cookies to improve your experience.",
        "(समाप्त)", "(END)", "Text Size", "Write to Pavan Rastogi at pavan.rastogi@samachar.example.in",
        "pavan.rastogi@samachar.example.in", "ट्विटर पर फॉलो करें: @pavan", "Follow her on Twitter @pavan",
        "प्रकाशन अधिकार सुरक्षित © कॉपीराइट उदाहरण", "<कॉपीराइट (ग) उदाहरण समाचार, बिना अनुमति नकल निषेध>", "Start the day with what matters most. Sign up for our Morning Edition newsletter.",
        "सभी जिलों की खबरें पढ़ने के लिए सदस्यता लें", "मीना देवी • 14 नवंबर 2026 • 3 मिनट", "मीना देवी के और लेख →",
        "हमारी स्वतंत्र पत्रकारिता का समर्थन करें और गांव की आवाज वाली हमारी किताब का सेट लें",
        "क्या आपको भी किसी मैसेज पर शक है? हमें 9000000000 पर व्हाट्सएप करें।",
        "आगंतुकों: 18", "Post Views: 312", "51 बार पढ़ा गया", "छापने लायक संस्करण", "संलग्नक:", "Tagged with: पुल नदी", "(चित्र: मीना देवी)",
    ],
)  # fmt: skip
def test_a_boilerplate_line_goes(line: str) -> None:
    assert boilerplate.strip([*STORY, line, STORY[-1] + " "], TITLE).lines[: len(STORY)] == STORY
    assert phrases.is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "वेबसाइटें कुकीज का इस्तेमाल करती हैं, जो आपके डिवाइस पर यह लिख जाती हैं कि पाठक ने क्या पढ़ा।",
        "आप भी ऐसा करते हैं? नीचे वाले डिब्बे में कागज रखने की आदत ठीक नहीं।",
        "समिति ने कहा कि बीज पाने के लिए किसान पहले सदस्यता लें, फिर पर्ची कटवाएं।", "14 नवंबर 2026 को मीना देवी • हरिओम तिवारी की जोड़ी खेली।", "मीना देवी के और लेख छपे तो गांव वालों ने उन्हें सम्मानित किया।",
        "[बरौली]", "[Engadget]", "1411 लोग 0930 बजे तक पहुंचे", "यह खबर सुनकर उन्होंने मवेशियों को ऑटो से भेजा और फीडर बंद कराया।", "लाइव अपडेट देने वाली स्क्रीन बंद रही।",
        "कंपनी ने कहा कि उसका नया ऐप गूगल प्ले स्टोर से डाउनलोड किया जा सकता है और इसमें व्हाट्सऐप जैसी सुविधाएं हैं।",
        "चरण-1: सबसे पहले प्ले स्टोर से ऐप को डाउनलोड और इंस्टॉल कर लें।",
        "उन्होंने कहा कि हमारे बच्चे महीनों स्कूल नहीं जा पाते थे।",
        "हमारे देश में करोड़ों लोग व्हाट्सऐप का इस्तेमाल करते हैं, कंपनी ने अदालत में कहा।",
        "अखबार में छपे विज्ञापन के बाद तीन सौ लोगों ने आवेदन किया।",
        "मंत्री ने बताया कि समाचार चैनल पर चली ताजा खबर गलत थी।",
        "पुस्तकालय में लोग पढ़ें और आगे बढ़ें, यही हमारा सपना है, संस्थापक ने कहा।",
        "फोटो खिंचवाने के लिए घाट पर सुबह से भीड़ जुटने लगी थी, जिससे रास्ता जाम हो गया।",
        "हमारी पत्रकारिता को पाठकों का समर्थन मिला है, संपादक ने कहा।", "संपादन में तीन महीने लगे, निर्देशक ने बताया।",
        "पढ़ें। जो कविता नहीं पढ़ता वह संवाद नहीं बोल सकता, निर्देशक ने कहा।",
        "क्या यह जानकारी सही है, यह पूछने पर अधिकारी ने चुप्पी साध ली।",
        "वेबसाइट पर विज्ञापन के लिए उन्होंने तीन लाख रुपये दिए थे, पुलिस ने बताया।",
        "यह भी पढ़ें कि संविधान क्या कहता है, न्यायाधीश ने वकील से कहा।",
        "तस्वीर साफ होने में अभी समय लगेगा, चुनाव आयोग के एक अधिकारी ने कहा।",
        "वीडियो में दिख रहा युवक पास के गांव का रहने वाला है, पुलिस ने उसे हिरासत में ले लिया है।",
        "पॉडकास्ट पर गायिका ने धुन के पीछे का किस्सा सुनाया और कहा कि मुखड़ा ट्रेन में बना।",
        "विज्ञापन में दिखाए गए दावे झूठे पाए गए, आयोग ने कंपनी पर जुर्माना लगाया।",
        "हमारे ऐप का डेटा सुरक्षित है, कंपनी के निदेशक ने पत्रकारों से कहा।",
        "शेयर बाजार में सोमवार को तेजी रही और सूचकांक तीन सौ अंक चढ़ गया।",
        "14 नवंबर 2026 को हुई बैठक में यह तय हुआ था कि पुल का काम समय पर पूरा किया जाएगा।",
        "ट्विटर पर लिखे संदेश में उन्होंने युवाओं से राजनीति से जुड़ने की अपील की।",
        "हमारे गांव के किसान अब मंडी का भाव जानने शहर नहीं जाते, पंचायत ने सबके लिए वेबसाइट बनवाई है जिस पर लोग घर बैठे दाम देखें।",
        "बरौली/धारापुर", "समाचार और विज्ञापन के बीच का फर्क समझने के लिए बच्चों ने संपादक से संपर्क किया और उनसे सवाल पूछे।",
        "पत्रकारिता के छात्रों ने मंच पर नाटक किया। सहयोग करने वालों का आभार जताया गया।",
        "क्लब ने कहा कि हमारे गांव के युवा भी मेंबर बनना चाहते हैं।",
        "Join us in the field, the farmers told the officers.",
        "Keyword lists of the old library are kept in the annexe.",
        "Download the form and hand it in by Monday, the notice says.",
        "नवंबर 11, 2026 को अदालत ने फैसला सुनाया और दोनों पक्षों को घर जाने को कहा।",
        "ठग ने पीड़ित को फोन कर कहा कि 9000000000 पर पैसे भेजें, नहीं तो खाता बंद हो जाएगा।",
        "विज्ञापन के बाद खबर जारी करने वाले चैनल पर जुर्माना लगा, आयोग ने बताया।", "फोटो काटने के लिए नीचे ‘एडिट’ बटन पर क्लिक करें।",
        "मौसम की खबर जानने के लिए किसान ऐप डाउनलोड कर रहे हैं, अधिकारी ने कहा।", "14 नवंबर 2026 को आयोग ने updated सूची जारी की, जिसमें तीन सौ नाम हैं।", "आपत्तियां parishad@example.in पर 20 नवंबर तक ली जाएंगी।",
        "कॉपीराइट कानून में बदलाव का मसौदा तैयार है, मंत्री ने बताया।", "ट्विटर पर फॉलो करने वाले दोगुने हुए, उन्होंने कहा।",
        "उसने बताया कि गांव के व्हाट्सएप ग्रुप में रोज सुबह भाव आ जाते हैं।",
        "आयोग ने कहा कि वेबसाइटें कुकीज का उपयोग पाठक से पूछकर ही करें।",
        "चित्र में नदी के दोनों किनारे दिखते हैं, गाइड ने बताया।", "फैसला अदालत में दो बार पढ़ा गया।", "आगंतुकों: बरौली के 18 किसान और उनके परिवार।",
    ],
)  # fmt: skip
def test_a_storys_sentence_that_sounds_like_boilerplate_stays(line: str) -> None:
    assert line in boilerplate.strip([*STORY[:2], line, *STORY[2:]], TITLE).lines


@pytest.mark.parametrize("label", ["यह भी पढ़ें:", "ये भी पढ़ें-", "इसे भी पढ़ें :", "Also Read:", "ALSO READ |"])
def test_a_label_behind_a_sentence_goes_with_its_headline_and_the_sentence_stays(label: str) -> None:
    lines = [STORY[0], f"{STORY[1]} {label} {_HEADLINE}", *STORY[2:]]
    assert boilerplate.strip(lines, TITLE).lines == STORY


def test_teasers_behind_a_heading_are_cut_and_a_story_around_one_goes_on() -> None:
    teasers = ["Latest News", _HEADLINE, "मंडी में प्याज की आवक बढ़ने से भाव गिर गए हैं और किसान...", "Exit mobile version"]
    assert boilerplate.strip([*STORY, *teasers], TITLE).lines == STORY
    assert boilerplate.strip([*STORY[:2], "संबंधित खबरें", _HEADLINE, *STORY[2:]], TITLE).lines == [
        *STORY[:2],
        *STORY[3:],
    ] or (boilerplate.strip([*STORY[:2], "संबंधित खबरें", _HEADLINE, *STORY[2:]], TITLE).lines == STORY)


@pytest.mark.parametrize(
    ("heading", "teasers"),
    [
        ("More From Politics", True),
        ("More Must-Reads From the Daily", True),
        ("More from the valley on water and the new dam", False),
        ("More than one road leads there", False),
    ],
)
def test_more_from_a_paper_heads_teasers_and_more_from_a_place_may_be_a_subhead(heading: str, teasers: bool) -> None:
    assert phrases.heads_teasers(heading) is teasers


def test_the_headline_on_top_goes_whatever_its_punctuation() -> None:
    assert boilerplate.strip([TITLE.replace(",", " -"), *STORY], TITLE).lines == STORY


def test_captions_and_fact_lines_before_the_first_sentence_go() -> None:
    assert boilerplate.strip(["बरौली का नया पुल", "संवाददाता / बरौली", "स्टार: 3", *STORY], TITLE).lines == STORY


def test_english_small_print_behind_a_hindi_story_goes_and_a_mixed_story_stays_whole() -> None:
    small = "The company takes no responsibility for errors or delays in the information shown here."
    assert boilerplate.strip([*STORY, small], TITLE).lines == STORY
    mixed = [*STORY[:3], "The bridge will change our lives, a farmer said in English.", *STORY[3:]]
    assert boilerplate.strip(mixed, TITLE).lines == mixed


def test_a_story_that_is_printed_twice_is_told_once_and_a_quote_that_is_drawn_out_stays() -> None:
    assert boilerplate.strip([*STORY, *STORY], TITLE).lines == STORY
    drawn_out = [*STORY, STORY[4]]
    assert boilerplate.strip(drawn_out, TITLE).lines == drawn_out


@pytest.mark.parametrize("salutation", ["आदरणीय मुख्यमंत्री जी,", "महोदय,", "Dear neighbours,", "प्रिय पाठकों!"])
def test_a_letter_keeps_whom_it_addresses(salutation: str) -> None:
    assert boilerplate.strip([salutation, *STORY], TITLE).lines == [salutation, *STORY]
    assert boilerplate.strip(["आदरणीय अतिथियों का स्वागत", *STORY], TITLE).lines == STORY


def test_a_line_that_introduces_a_speech_is_running_text() -> None:
    line = "नहरों पर हुई चर्चा का जवाब देते हुए मंत्री ने यह कहा:"
    assert boilerplate.strip([line, *STORY], TITLE).lines == [line, *STORY]


def test_the_names_of_who_edited_a_wire_go_from_its_end_and_a_subhead_about_a_language_stays() -> None:
    for signed in (["भाषा सं दीप्ति अमित", "अमित"], ["भाषा गोला मनीषा"], ["(भाषा)"]):
        assert boilerplate.strip([*STORY, *signed], TITLE).lines == STORY
    among = [*STORY[:3], "भाषा विवाद", *STORY[3:]]
    assert boilerplate.strip(among, TITLE).lines == among
    last = [*STORY, "भाषा विवाद", "अमित"]
    assert boilerplate.strip(last, TITLE).lines == last
