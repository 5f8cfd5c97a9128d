"""The words that tell what a text is about.

Words of grammar and of all news are left out: they stand everywhere.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.words import Words, words_of

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
    names: NDArray[np.bool_] = ~words.numbers & ~np.isin(words.hashes, _of_any_story())
    return names


@cache
def _of_any_story() -> NDArray[np.uint64]:
    return words_of(_OF_ANY_STORY).hashes
