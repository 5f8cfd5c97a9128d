"""Names that every topic may use. People, outlets and the agency are invented; the towns are real."""

from __future__ import annotations

import random

MEN = [
    "अनिरुद्ध",
    "अभिनव",
    "अमरेश",
    "अवधेश",
    "आदित्य",
    "उमाशंकर",
    "ओमप्रकाश",
    "कमलेश",
    "किशोर",
    "कुलदीप",
    "कैलाश",
    "गजेंद्र",
    "गिरीश",
    "चंद्रभान",
    "जगदीश",
    "जितेंद्र",
    "तेजपाल",
    "दिनेश",
    "देवव्रत",
    "धर्मवीर",
    "नंदकिशोर",
    "नवीन",
    "निखिल",
    "पंकज",
    "परमानंद",
    "प्रफुल्ल",
    "बलराम",
    "बृजेश",
    "भूपेंद्र",
    "मनमोहन",
    "महावीर",
    "मुकुंद",
    "यशवंत",
    "रघुवीर",
    "रमाकांत",
    "राघवेंद्र",
    "लोकेश",
    "विनोद",
    "वीरेंद्र",
    "शशिकांत",
    "श्रीनिवास",
    "सत्यप्रकाश",
    "सुधाकर",
    "हरिओम",
    "हेमंत",
]
WOMEN = [
    "अंजना",
    "अनुपमा",
    "अर्चना",
    "आरती",
    "इंदिरा",
    "उर्मिला",
    "ऋचा",
    "कविता",
    "कामिनी",
    "कुसुम",
    "गरिमा",
    "गायत्री",
    "चंचल",
    "जयश्री",
    "ज्योत्स्ना",
    "तृप्ति",
    "दीपिका",
    "नंदिनी",
    "निर्मला",
    "पल्लवी",
    "पूर्णिमा",
    "प्रतिभा",
    "भारती",
    "मंजुला",
    "मधुलिका",
    "मीनाक्षी",
    "यामिनी",
    "रंजना",
    "रेणुका",
    "वंदना",
    "वसुधा",
    "विभा",
    "शकुंतला",
    "शालिनी",
    "श्वेता",
    "संगीता",
    "सरोज",
    "सुनयना",
    "स्मिता",
    "हेमलता",
]
SURNAMES = [
    "अवस्थी",
    "अहिरवार",
    "उपाध्याय",
    "उइके",
    "कछवाहा",
    "कुलकर्णी",
    "कौशिक",
    "खंडेलवाल",
    "गहलोत",
    "चंद्राकर",
    "चौहान",
    "जांगिड़",
    "जायसवाल",
    "झा",
    "ठाकुर",
    "डोगरा",
    "तिर्की",
    "त्यागी",
    "दहिया",
    "दीक्षित",
    "देवांगन",
    "नेगी",
    "पटवा",
    "परमार",
    "पांडेय",
    "प्रजापति",
    "बघेल",
    "बिष्ट",
    "भदौरिया",
    "मरांडी",
    "महतो",
    "मालवीय",
    "मेवाड़ा",
    "यादव",
    "रावत",
    "रस्तोगी",
    "लोधी",
    "वर्मा",
    "शेखावत",
    "श्रीवास्तव",
    "सक्सेना",
    "सिसोदिया",
    "सोरेन",
    "हेंब्रम",
]

# (town, state, Latin spelling for the URL). No town is repeated as part of another's name.
PLACES: tuple[tuple[str, str, str], ...] = tuple(
    (town, state, latin)
    for state, towns in {
        "उत्तर प्रदेश": "गोरखपुर gorakhpur|बरेली bareilly|झांसी jhansi|मेरठ meerut|बलिया ballia|इटावा etawah|"
        "सुल्तानपुर sultanpur|बदायूं badaun|मिर्जापुर mirzapur|हरदोई hardoi",
        "बिहार": "दरभंगा darbhanga|मुजफ्फरपुर muzaffarpur|पूर्णिया purnia|आरा ara|बेगूसराय begusarai|गया gaya|"
        "सीवान siwan|मोतिहारी motihari|किशनगंज kishanganj",
        "मध्य प्रदेश": "जबलपुर jabalpur|ग्वालियर gwalior|सागर sagar|रीवा rewa|खंडवा khandwa|उज्जैन ujjain|"
        "छिंदवाड़ा chhindwara|मंदसौर mandsaur|शिवपुरी shivpuri",
        "राजस्थान": "अलवर alwar|बीकानेर bikaner|कोटा kota|भीलवाड़ा bhilwara|बाड़मेर barmer|झुंझुनूं jhunjhunu|"
        "पाली pali|टोंक tonk|श्रीगंगानगर sriganganagar",
        "झारखंड": "धनबाद dhanbad|हजारीबाग hazaribagh|दुमका dumka|बोकारो bokaro|गिरिडीह giridih|पलामू palamu",
        "छत्तीसगढ़": "बिलासपुर bilaspur|जगदलपुर jagdalpur|राजनांदगांव rajnandgaon|कोरबा korba|अंबिकापुर ambikapur",
        "उत्तराखंड": "हल्द्वानी haldwani|रुड़की roorkee|पिथौरागढ़ pithoragarh|कोटद्वार kotdwar|अल्मोड़ा almora",
        "हरियाणा": "करनाल karnal|हिसार hisar|रोहतक rohtak|भिवानी bhiwani|सिरसा sirsa|कैथल kaithal",
        "हिमाचल प्रदेश": "मंडी mandi|चंबा chamba|सोलन solan|ऊना una|हमीरपुर hamirpur",
    }.items()
    for town, latin in (entry.split(" ") for entry in towns.split("|"))
)

AGENCY = "भारती समाचार सेवा"
WEEKDAYS = ("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार")
MONTHS = ["जनवरी", "फरवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"]


def person(rng: random.Random, kind: str = "person") -> str:
    """A full name. `kind`: "man", "woman" or "person" (either; for sentences that need no agreement)."""
    given = MEN if kind == "man" or (kind == "person" and rng.random() < 0.6) else WOMEN
    return f"{rng.choice(given)} {rng.choice(SURNAMES)}"


def devanagari(number: object) -> str:
    """Digits in Devanagari, as several real sites print dates."""
    return str(number).translate(str.maketrans("0123456789", "०१२३४५६७८९"))
