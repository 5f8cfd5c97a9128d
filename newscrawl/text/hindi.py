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

from newscrawl.text.remember import Remembered

NORMALIZER_VERSION = 2  # part of the dedup index header: raise it whenever `fold` or `sentences` changes

ZWNJ, ZWJ = "\u200c", "\u200d"
VIRAMA = "\u094d"

# Format characters with no meaning in running Hindi text (soft hyphen, zero-width space, word joiner, byte-order
# mark, directional marks and overrides), and what Parquet readers and JSON choke on: C0/C1 controls but tab and
# newline, lone surrogates, noncharacters.
_MEANINGLESS = regex.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+"
)
# What a joiner may mean in Devanagari, and is kept: the eyelash ra of Marathi and Nepali (र्‍य, र्‍ह) and a visible
# virama (उद्‌घाटन). Anywhere else it is debris of typing tools that hides words from search: दिल्‍ली is दिल्ली,
# with or without. Between letters of other scripts, and in emoji, joiners are none of our business.
_KEPT_ZWJ = f"(?<=र{VIRAMA}){ZWJ}(?=[यह])"
_KEPT_ZWNJ = f"(?<={VIRAMA}){ZWNJ}(?=[\u0915-\u0939\u0958-\u095f])"
_FOREIGN = r"[^\p{Devanagari}\s\p{ASCII}]"
_KEPT_FOREIGN = f"(?<={_FOREIGN})[{ZWJ}{ZWNJ}](?={_FOREIGN})"
_STRAY_JOINER = regex.compile(f"(?!{_KEPT_ZWJ}|{_KEPT_ZWNJ}|{_KEPT_FOREIGN})[{ZWJ}{ZWNJ}]")
_DOUBLE_JOINER = regex.compile(f"([{ZWJ}{ZWNJ}])[{ZWJ}{ZWNJ}]+")
_JOINER = regex.compile(f"[{ZWJ}{ZWNJ}]")
_ENTITY = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Escaped once for every layer of CMS that it went through: all layers at once.
_AMPERSANDS = regex.compile(r"&(?:(?:amp|#0{0,5}38|#x0{0,4}26);)+", regex.I)
# An entity may be spelt with entities in it (&&#97;mp;). No page does so deeper; a forged one must end.
_ENTITY_PASSES = 8
# Written so that the one space between words, by far the most common, is no match.
_SPACES = regex.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")
_NEWLINES = regex.compile(r" ?\n\s*")
_SPACE_BEFORE_MARK = regex.compile(r" (?<=[\p{L}\p{M}\p{N}\"'”’)] )(?=[।॥,;!?](?:\s|$))")
_SPACED_MARKS = tuple(f" {mark}" for mark in "।॥,;!?")

# UAX #15 (Stream-Safe Text Format): no letter of any script has more marks. Normal forms sort the marks of a letter, in
# time that grows with their square: 100,000 of them take eight seconds. In a line of some hundred that is nothing.
_MOST_MARKS = 30
_FLOOD = regex.compile(rf"(\p{{M}}{{{_MOST_MARKS}}})\p{{M}}++")
_FLOODABLE_CHARS = 1000

_NUKTA = "\u093c"
_WORD = regex.compile(rf"[\p{{L}}\p{{N}}][\p{{L}}\p{{M}}\p{{N}}]*(?:[{ZWJ}{ZWNJ}]+[\p{{L}}\p{{M}}\p{{N}}]+)*")
# Titles, and the names of Latin letters as Hindi spells initials (एस. जयशंकर). Left out are those that are also
# words that end sentences: आई (came), जी (the honorific).
_ABBREVIATED = "डॉ|श्री|श्रीमती|कु|प्रो|मो|पं|स्व|ले|नं|सं|रु|ए|बी|सी|डी|ई|एफ|एच|जे|के|एल|एम|एन|ओ|पी|आर|एस|टी|यू|वी|डब्ल्यू|एक्स|वाई|जेड"
_SENTENCE_END = regex.compile(r"[।॥?!]\s*|\.\s+|\n+")
# Before the full stop: a single letter, or one of the above.
_NO_END = regex.compile(rf"(?:^|[\s.(])(?:\p{{L}}\p{{M}}*|{_ABBREVIATED})$")
_LONGEST_ABBREVIATION = 8

# Replaced one after the other: for the lines of a story that is four times as fast as `str.translate`.
_FOLDED = (
    ("\u0901", "\u0902"),  # chandrabindu -> anusvara: papers write हैं/हँ, गांव/गाँव alike
    (_NUKTA, ""),
    (ZWJ, ""),
    (ZWNJ, ""),
    *((chr(0x0966 + d), str(d)) for d in range(10)),  # Devanagari digits
)
_CLOSING = ("।", "॥", "?", "!", ".")
# Of the same sentence, behind its closing mark.
_BEHIND_CLOSING = "\"'”’)]"
# Auxiliaries, futures and the commonest perfects, folded.
_FINITE = regex.compile(
    r"(?:^|\s)(?:है|हैं|हे|हूं|था|थे|थी|थीं|\S{2,}[ेंो]?(?:गा|गे|गी)|गया|गई|गयी|गए|गये|दिया|दी|लिया|किया|की गई|रहा|रहे|रही)\W*$"
)
# Class nasals before their own stop are the older spelling of the anusvara: हिन्दी/हिंदी, सम्बन्ध/संबंध.
_CLASS_NASAL = regex.compile(
    "ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])",
)


def clean(text: str) -> str:
    """Return `text` as the archive stores it: NFC, repaired, one space between words, trimmed lines.

    Newlines separate paragraphs and stay (runs become one). Idempotent; never drops a letter of any
    script. "दिल्&zwj;ली" is stored as "दिल्ली", spelling is left alone.
    """
    # Most lines need none of the repairs: what is not printable to Python are controls, joiners, format characters
    # and all spaces but the common one.
    if not (text.isprintable() and "&" not in text and "  " not in text):
        text = _repaired(text)
    # After the joiners: a mark that stood behind one composes with its letter.
    text = unicodedata.normalize("NFC", _without_floods(text))
    if any(map(text.__contains__, _SPACED_MARKS)):
        text = _SPACE_BEFORE_MARK.sub("", text)
    return text.strip()


def _repaired(text: str) -> str:
    text = _plain(text.replace("\r\n", "\n").replace("\r", "\n"))
    for _ in range(_ENTITY_PASSES if "&" in text else 0):
        undone = _plain(_ENTITY.sub(lambda m: html.unescape(m.group()), _AMPERSANDS.sub("&", text)))
        if undone == text:
            break
        text = undone
    if _JOINER.search(text):
        text = _STRAY_JOINER.sub("", _DOUBLE_JOINER.sub(r"\1", text))
    return _NEWLINES.sub("\n", _SPACES.sub(" ", text))


def _plain(text: str) -> str:
    """`text` without characters that mean nothing in a story; line and paragraph separators become newlines."""
    return _MEANINGLESS.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n"))


def fold(text: str) -> str:
    """Return `text` folded for matching: one spelling per word, lower case, no nukta, no joiners.

    NFKD first, so that composed nukta letters (क़) and compatibility forms come apart, then back to NFC, as the last: a
    lower-case letter may be two characters.
    Not for storing: folding loses distinctions (कल/क़ल) that only matching may ignore.
    """
    text = unicodedata.normalize("NFKD", _without_floods(text))  # of what was cleaned there are none
    for spelt, folded in _FOLDED:
        text = text.replace(spelt, folded)
    return _CLASS_NASAL.sub("ं", unicodedata.normalize("NFC", text.lower()))


def _without_floods(text: str) -> str:
    # A flood stands in a piece without spaces that is longer than words are; to look for one takes four times as long.
    if len(text) <= _FLOODABLE_CHARS or max(map(len, text.split()), default=0) <= _MOST_MARKS:
        return text
    return _FLOOD.sub(r"\1", text)


def words(text: str) -> list[str]:
    """Split into words: runs of letters, marks and digits (Unicode categories L, M, N), joiners inside included."""
    return [word for piece in text.split() for word in _WORDS[piece]]


def folded_words(text: str) -> list[str]:
    """The words of a text that is folded for matching: `words(fold(text))`, for a third of its time.

    Neither words nor what folding looks at reach over a space, so each piece between spaces is folded once.
    """
    return [word for piece in _without_floods(text).split() for word in _FOLDED_WORDS[piece]]


def word_count(text: str) -> int:
    """How many words (`words`) a text has. Remembered for lines: every step of extraction asks it of the same ones."""
    return _COUNTS[text]


# The pieces of a text between spaces, and their words. A story has some hundred, and most are any story's: 90 of 100
# were known after some stories. Longer ones are addresses.
_PIECES, _PIECE_CHARS = 16_384, 64
_WORDS: Remembered[str, tuple[str, ...]] = Remembered(lambda piece: tuple(_WORD.findall(piece)), _PIECES, _PIECE_CHARS)
_FOLDED_WORDS: Remembered[str, tuple[str, ...]] = Remembered(
    lambda piece: tuple(_WORD.findall(fold(piece))), _PIECES, _PIECE_CHARS
)
# Lines whose words are counted once: those of a few stories, however they are read. Longer ones are no lines.
_COUNTS: Remembered[str, int] = Remembered(lambda line: len(words(line)), entries=2048, longest=4096)


def sentences(text: str) -> list[str]:
    """Split into sentences at danda, question and exclamation marks, line ends and full stops.

    A full stop inside a number (3.5), after a single letter or after an abbreviation ends nothing.
    """
    found, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        if text[end.start()] == "." and _NO_END.search(
            text, max(start, end.start() - _LONGEST_ABBREVIATION), end.start()
        ):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [s for s in found if s]


def closes(line: str, *, colon: bool = False) -> bool:
    """Whether a line ends in a sentence's closing mark, quotes and brackets behind it left aside; `colon`: or in one,
    which announces what stands below. Dots in a row are where a line was cut off."""
    end = line.rstrip(_BEHIND_CLOSING)
    return (end.endswith(_CLOSING) and not end.endswith(("..", "…."))) or (colon and end.endswith(":"))


def ends_as_sentence(text: str) -> bool:
    """Whether a line without a closing mark ends in a finite verb, as Hindi sentences do and few headlines."""
    return _FINITE.search(fold(text)) is not None


def devanagari_share(text: str) -> float:
    """Share of the letters and marks of `text` that are Devanagari, 0.0 for text without letters."""
    letters = regex.findall(r"[\p{L}\p{M}]", text)
    return sum("\u0900" <= c <= "\u097f" for c in letters) / len(letters) if letters else 0.0
