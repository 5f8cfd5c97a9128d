"""Which language a text is in, offline."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# The languages written in Devanagari that Hindi sites mix in, and English; fewer classes, fewer errors.
_LANGUAGES = ["hi", "en", "mr", "ne"]

# Beyond this the answer does not change, only the time grows.
_ENOUGH_CHARS = 3000


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(_LANGUAGES)
    return identifier


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the language that most of `text` is in."""
    return str(_identifier().classify(text[:_ENOUGH_CHARS])[0])
