"""News agencies, as Hindi papers and their CMSes spell them in a credit."""

from __future__ import annotations

from collections.abc import Iterator

import regex

# In capitals or whole where Latin: "ani", "ap" and "uni" are the names of accounts.
_NAMES = {
    "pti": r"PTI|Pti|P\.T\.I\.?|Press Trust of India|Bhasha|BHASHA|भाषा|पी\.?\s?टी\.?\s?आ[ईइ]\.?|प्रे\.?\s?ट्र\.?",
    "ani": r"ANI|Asian News International|ए\.?\s?एन\.?\s?आ[ईइ]\.?",
    "ians": r"IANS|Ians|Indo-Asian News Service|आ[ईइ]\.?\s?ए\.?\s?एन\.?\s?एस\.?",
    "uni": r"UNI|United News of India|Univarta|यू\.?\s?एन\.?\s?आ[ईइ]\.?|यून[ीि]वार्ता|वार्ता",
    "reuters": r"Reuters|REUTERS|र[ॉाो][यइ]टर्?[सज]?",
    "ap": r"AP|Associated Press|एसोसिएटेड प्रेस|ए\.?\s?पी\.?",
    "afp": r"AFP|Agence France-Presse|ए\.?\s?एफ\.?\s?पी\.?",
    "hs": r"Hindusthan Samachar|हि\.\s?स\.?|हि(?:न्|ं)दुस्थान समाचार",
}
_ANY = "|".join(f"(?P<{name}>{forms})" for name, forms in _NAMES.items())
_NAME = regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?:{_ANY})(?![\p{{L}}\p{{M}}\p{{N}}])")
# What else a credit says: that it is an agency, which of its services, who edited (two letters).
_BESIDE = regex.compile(
    r"एजेंसी|एजेंसियां|एजेंसियाँ|न्यूज\u093c?|समाचार|हिन्दी|हिंदी|[Aa]genc(?:y|ies)|[Nn]ews|[Hh]indi|[A-Z]{2}|और|एवं|व"
)
_BETWEEN = regex.compile(r"[\s/,|&+·.'\"‘’“”–—-]+")
# Characters: a credit is a few words.
_LONGEST = 60
# A word of the language, "language" and "talks", unless something says that it is a name.
_WORDS = frozenset(("भाषा", "वार्ता"))


def named(credit: str) -> frozenset[str]:
    """The agencies (pti, ani, ians, uni, reuters, ap, afp, hs) that a credit is made of: none where it says more."""
    if len(credit) > _LONGEST:
        return frozenset()
    names = frozenset(found for m in _NAME.finditer(credit) if (found := m.lastgroup))
    rest = _BETWEEN.split(_NAME.sub(" ", credit))
    return names if all(not word or _BESIDE.fullmatch(word) for word in rest) else frozenset()


def is_word(credit: str) -> bool:
    """Whether a credit is a word like any other, too."""
    return credit.strip() in _WORDS


def mentions(text: str) -> Iterator[tuple[str, int]]:
    """The agencies that a text names, each with where its name ends."""
    return ((found, m.end()) for m in _NAME.finditer(text) if (found := m.lastgroup))
