"""The words that tell what a text is about, and whether two of them are one word spelt in two ways.

Words of grammar and of all news are left out: they stand everywhere.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.words import Words, rolled, seen_in, words_of
from newscrawl.text import hindi

_OF_ANY_STORY = """
का की के में से को ने पर और या कि तो ही भी न ना नहीं है हैं था थे थी हो हों होने हुए हुई हुआ होता होती होगा होगी रहे
रही रहा यह वह ये वे इस उस इन उन इसके उसके इसकी उनकी उनके इसे उसे उन्हें इन्हें उन्होंने इसमें इसी उसी जो जिस जिन जिसमें
जिसके जिससे किसी कोई कुछ कई सभी सब हर अन्य अपने अपनी अपना ऐसे ऐसा जैसे कर करें करने करते करना करता करती किया किए गई गया
गयी गए जा जाने जाता जाती जाएगा जाएगी दिया दी दिए देने ले लिया लेकर चल आने आए आया लगे लगा लगी मिली मिले मिला सके सकें
सकता सकते सकती चाहिए कहा कहना बताया साथ बाद तक लिए पहले द्वारा तथा एवं वाले वाली वाला बीच अधिक कम बहुत जब तब अब आज कल
दिन समय साल वर्ष अगर लेकिन मगर क्या क्योंकि यहाँ यहां वहां वहीं रूप तहत ओर तरह बार फिर नई नए नया बड़ी बड़े बड़ा एक दो तीन
हजार लाख करोड़ लोगों लोग मामले दौरान अनुसार मुताबिक प्रति जारी शुरू काम अंदर ऊपर नीचे आगे सामने पास लगभग करीब बारे कारण
प्रकार दूसरे दूसरी पहली पहला पूरे पूरी पूरा
"""


def named(words: Words) -> NDArray[np.bool_]:
    """Which words tell what a text is about: neither figures nor words of any story."""
    names: NDArray[np.bool_] = ~words.numbers & ~seen_in(words.hashes, _of_any_story())
    return names


# One letter for those that spellings of a name exchange: "दावोस" and "डावोस", "पंचक्रोशी" and "पंचकोशी".
_ALIKE = ("कख", "गघ", "चछ", "जझ", "तथटठ", "दधडढ", "नणङञ", "पफ", "बभव", "लळ", "सशष")
_NASALS, _AFTER_ANUSVARA = "ङञणनम", "कखगघचछजझटठडढतथदधपफबभशषस"
_VIRAMA = ord(hindi.VIRAMA)
# Vowels, "य" and "र" come and go between spellings; Latin letters stand for an English word that the other text may
# have in Devanagari.
_DROPPED = "अआइईउऊऋऌएऐऑऒओऔऍऎयर"
_LATIN_END = 0x250


def skeletons(words: Words, dropped: NDArray[np.bool_] | None = None) -> NDArray[np.uint64]:
    """Each word without what its spellings differ in, as a hash; 0 where nothing is left. `dropped`: letters that are
    left out, too (`half_nasals`)."""
    if not len(words):
        return words.hashes
    letters = _classes()[words.letters]
    if dropped is not None:
        letters[dropped] = 0
    kept = letters > 0
    count = np.cumsum(kept)
    before: NDArray[np.int64] = (count - kept)[words.starts]
    lengths = np.diff(words.starts, append=len(letters))
    offset = count - 1 - np.repeat(before, lengths)
    hashes = rolled(letters, np.maximum(offset, 0), words.starts)
    hashes[np.add.reduceat(kept, words.starts, dtype=np.int64) == 0] = 0
    return hashes


def skeleton(words: Words, start: int, end: int) -> str:
    """The letters of some words in a row without what spellings differ in, gaps between words among that."""
    last = int(words.starts[end]) if end < len(words) else None
    part = words.letters[words.starts[start] : last]
    letters = _classes()[part]
    return "".join(map(chr, letters[(letters > 0) & ~half_nasals(part)].tolist()))


def half_nasals(letters: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which letters are written where others put an anusvara, a mark: "क्विन्टल" and "क्विंटल". Before stops and sibilants;
    folding knows those before a stop of their own class."""
    half: NDArray[np.bool_] = np.zeros(len(letters), np.bool_)
    nasals, after = _around_a_virama()
    half[:-2] = nasals[letters[:-2]] & (letters[1:-1] == _VIRAMA) & after[letters[2:]]
    return half


@cache
def _around_a_virama() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of every code point, whether it may be a half nasal, and whether it may follow one."""
    before, after = np.zeros((2, sys.maxunicode + 1), np.bool_)
    before[[ord(letter) for letter in _NASALS]] = True
    after[[ord(letter) for letter in _AFTER_ANUSVARA]] = True
    return before, after


@cache
def _classes() -> NDArray[np.uint32]:
    classes = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    for group in _ALIKE:
        classes[[ord(letter) for letter in group]] = ord(group[0])
    classes[[ord(letter) for letter in _DROPPED]] = 0
    classes[:_LATIN_END] = 0
    marks = [code for code in range(0x300, 0x1000) if unicodedata.category(chr(code)).startswith("M")]
    classes[marks] = 0
    return classes


@cache
def _of_any_story() -> NDArray[np.uint64]:
    return words_of(_OF_ANY_STORY).hashes
