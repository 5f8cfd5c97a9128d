"""Everything that knows Devanagari: repair for storing, folding for matching, words and sentences.

Two normal forms, for two purposes:

* `clean` is what the bucket stores: the publisher's spelling, with only the damage of the web repaired
  (double-escaped entities, control characters, stray joiners, decomposed letters, untidy spaces).
* `fold` is what matching compares: spelling habits that differ between papers for the same word (nukta,
  chandrabindu, joiners, digits, quotes, punctuation) are folded away. Never stored.

Python's `re` takes Devanagari vowel signs (category Mc, Mn) for word breaks; `regex` follows UTS #18 and
does not, so every pattern here is `regex`'s.
"""

from __future__ import annotations

import html
import unicodedata

import regex

NORMALIZER_VERSION = 1  # part of the dedup index header: raise it whenever `fold` changes

ZWNJ, ZWJ = "\u200c", "\u200d"
VIRAMA = "\u094d"

# Format characters with no meaning in running Hindi text: soft hyphen, zero-width space, word joiner,
# byte-order mark, directional marks and overrides.
_INVISIBLE = regex.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# C0/C1 controls but tab and newline, lone surrogates, noncharacters: Parquet readers and JSON choke.
_CONTROL = regex.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# A joiner carries meaning only between a virama and a consonant (half forms: क्‍ष against क्ष);
# anywhere else it is debris of a typing tool and splits or hides words.
_STRAY_JOINER = regex.compile(f"(?<!{VIRAMA})[{ZWJ}{ZWNJ}]|[{ZWJ}{ZWNJ}](?![\u0915-\u0939\u0958-\u095f])")
_DOUBLE_JOINER = regex.compile(f"([{ZWJ}{ZWNJ}])[{ZWJ}{ZWNJ}]+")
_ENTITY = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_SPACES = regex.compile(r"[^\S\n]+")
_SPACE_BEFORE_MARK = regex.compile(r"(?<=[\p{L}\p{M}\p{N}\"'”’)])[^\S\n]+(?=[।॥,;!?](?:\s|$))")
_NEWLINES = regex.compile(r"\s*\n\s*")

_NUKTA = "\u093c"
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
# A sentence ends at danda, question or exclamation mark, or at a full stop that is neither inside a
# number (3.5) nor after a single Latin or Devanagari letter (an initial: "डॉ. एस. कुमार").
_SENTENCE_END = regex.compile(r"(?<=[।॥?!])\s*|(?<=(?<![\s.][\p{L}]\p{M}*)(?<!\b(?:डॉ|श्री|प्रो|मो|पं))\.)\s+|\n+")

_FOLD_TABLE = str.maketrans(
    {
        "\u0901": "\u0902",  # chandrabindu -> anusvara: papers write हैं/हँ, गांव/गाँव alike
        _NUKTA: None,
        ZWJ: None,
        ZWNJ: None,
        **{chr(0x0966 + d): str(d) for d in range(10)},  # Devanagari digits
    }
)
# Class nasals before their own stop are the older spelling of the anusvara: हिन्दी/हिंदी, सम्बन्ध/संबंध.
_CLASS_NASAL = regex.compile(
    "ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])",
)


def clean(text: str) -> str:
    """Return `text` as the archive stores it: NFC, repaired, one space between words, trimmed lines.

    Newlines separate paragraphs and stay (runs become one). Idempotent; never drops a letter of any
    script. "दिल्&zwj;ली" and "राष्ट्र पति"-style joiner damage is repaired, spelling is left alone.
    """
    # Twice: CMS exports double-escape (&amp;zwj;). Only whole entities with a semicolon are touched.
    for _ in range(3):
        undone = _ENTITY.sub(lambda m: html.unescape(m.group()), text)
        if undone == text:
            break
        text = undone
    text = _CONTROL.sub(
        "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = _STRAY_JOINER.sub("", _DOUBLE_JOINER.sub(r"\1", text))
    text = _SPACES.sub(" ", text)
    text = _NEWLINES.sub("\n", text)
    return _SPACE_BEFORE_MARK.sub("", text).strip()


def fold(text: str) -> str:
    """Return `text` folded for matching: one spelling per word, lower case, no nukta, no joiners.

    NFKD first, so that composed nukta letters (क़) and compatibility forms come apart, then back to NFC.
    Not for storing: folding loses distinctions (कल/क़ल) that only matching may ignore.
    """
    text = unicodedata.normalize("NFKD", text).translate(_FOLD_TABLE)
    return _CLASS_NASAL.sub("ं", unicodedata.normalize("NFC", text)).lower()


def words(text: str) -> list[str]:
    """Split into words: runs of letters, marks and digits (Unicode categories L, M, N)."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Split into sentences at danda, full stop, question and exclamation marks and line ends."""
    return [s for part in _SENTENCE_END.split(text) if (s := part.strip())]


def devanagari_share(text: str) -> float:
    """Share of the letters and marks of `text` that are Devanagari, 0.0 for text without letters."""
    letters = regex.findall(r"[\p{L}\p{M}]", text)
    return sum("\u0900" <= c <= "\u097f" for c in letters) / len(letters) if letters else 0.0
