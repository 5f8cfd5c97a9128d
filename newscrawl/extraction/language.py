"""Which language a text is in, offline.

py3langid was chosen by measurement (docs/benchmarks.md, "Language"): as right as any other tried on Hindi, English,
Marathi and Nepali, and forty times as fast as the next that knows Nepali. No identifier tried knows Bhojpuri or
Maithili, which Hindi sites of Bihar print between their stories: their commonest words tell them.
"""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from newscrawl.text import hindi
from newscrawl.text.languages import IDENTIFIED

# Fewer classes, fewer errors; the model has no "bh".
_LANGUAGES = [code for code in IDENTIFIED if code != "bh"]
# Beyond this the answer does not change, only the time grows.
_ENOUGH_CHARS = 3000
# Verbs and pronouns of Bhojpuri and Maithili that are no Hindi words. Left out are गेल (the cricketer), छल (deceit).
_BIHARI_LINE = (
    "बा बाड़े बाड़न बाटे बानी नइखे नइखन भइल गइल कइल आइल रहल दिहल लिहल होखे हमनी तोहार लोगन बाकिर नीमन कहलस बतवले इहां "
    "बहुते अछि छथि छलाह छैक छनि भेल कएल देलनि कहलनि हुनका एहि ओहि केँ तेँ"
)
_BIHARI = frozenset(hindi.fold(_BIHARI_LINE).split())
# Words that neither Marathi nor Nepali writes, and every Hindi story does. With so many of them the identifier, which
# takes a twentieth of the time of extraction, need not be asked: of 7,893 articles tried it says "hi" of all 7,146.
_HINDI = frozenset(hindi.fold("है हैं में और था थे थी नहीं किया गया करने लिए").split())
_HINDI_SHARE = 0.07
# A Hindi story quotes a song or a slogan; a Bhojpuri one has more of these words than every twentieth.
_BIHARI_SHARE, _BIHARI_WORDS = 0.05, 3


@cache
def _identifier() -> LanguageIdentifier:
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(_LANGUAGES)
    # Made anew, for one that was restricted keeps the weights of all 142 languages: 28 MB of 75.
    return LanguageIdentifier(
        model.nb_ptc, model.nb_pc, model.nb_classes, model.tk_nextmove, model.tk_output, tk_row=model.tk_row
    )


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the language that most of `text` is in; "bh" for Bhojpuri and Maithili."""
    text = text[:_ENOUGH_CHARS]
    words = hindi.folded_words(text)
    surely_hindi = sum(w in _HINDI for w in words) >= _HINDI_SHARE * len(words) > 0
    code = "hi" if surely_hindi else str(_identifier().classify(text)[0])
    if code == "hi":
        found = [w for w in words if w in _BIHARI]
        if len(set(found)) >= _BIHARI_WORDS and len(found) >= _BIHARI_SHARE * len(words):
            return "bh"
    return code
