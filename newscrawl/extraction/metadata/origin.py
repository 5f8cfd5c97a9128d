"""Who wrote a story first, where the page says it: an agency, or the site's own people.

Hindi pages say it in three places: a dateline ("नयी दिल्ली, चार मार्च (भाषा) ..."), the byline, and a signature that ends
the story ("(भाषा)", "नीरज सिंह, संवाददाता"). An agency that is quoted ("एएनआई के मुताबिक") or gave a part ("इनपुट") did not
write it. Nothing said is None, and so is a name alone: a desk signs what it took from an agency as well.
"""

from __future__ import annotations

import regex

from newscrawl.extraction.metadata.said import Heard, Said

# As agencies sign, in either script.
_NAMES = {
    "pti": r"PTI|P\.T\.I\.?|Press Trust of India|PTI[- ]?Bhasha|Bhasha|पी\.?\s?टी\.?\s?आई\.?|भाषा|पीटीआई[- ]भाषा",
    "ani": r"ANI|Asian News International|एएनआई|ए\.एन\.आई\.?",
    "ians": r"IANS|Indo-Asian News Service|आईएएनएस|आइएएनएस",
    "uni": r"UNI|United News of India|यूएनआई|यूनीवार्ता|यूनिवार्ता|वार्ता",
    "reuters": r"Reuters|रॉयटर्स?|रायटर्स?|रॉयटर",
    "ap": r"AP|Associated Press|एसोसिएटेड प्रेस|एपी",
}
_AGENCY = "|".join(f"(?P<{name}>{forms})" for name, forms in _NAMES.items())
_END = r"(?![\p{L}\p{M}\p{N}])"
_ONE = rf"(?:{_AGENCY}){_END}"

# "भाषा" and "वार्ता" are words (language, talks) as well: they name an agency in brackets, or with more beside them.
_NO_WORD = rf"(?!(?:भाषा|वार्ता){_END})"
# Before the story proper: "नयी दिल्ली, चार मार्च (भाषा)", "लंदन (रॉयटर्स) -", "नई दिल्ली, एएनआई।",
# "पीटीआई, नई दिल्ली।". A name that is only explained in brackets has a postposition behind it.
_BRACKETED = rf"[(\[]\s*{_ONE}[^()\[\]]{{0,12}}[)\]]"
_DATELINES = [
    regex.compile(rf"^[^।(),]{{2,30}},[^।()]{{0,30}}{_BRACKETED}(?!\s*(?:ने|के|की|का|को|से|में|पर|और){_END})"),
    regex.compile(rf"^[^।(),]{{2,30}}{_BRACKETED}\s*[।:|–—-]"),
    regex.compile(rf"^[^।,()]{{2,30}},\s*{_NO_WORD}{_ONE}\s*[।:|–—-]"),
    regex.compile(rf"^{_NO_WORD}{_ONE}\s*[,|]\s*[^।,]{{2,25}}[।:]"),
]
# Alone on a line, or in brackets behind the last sentence; behind "भाषा" that agency's editors set their names.
_SIGNED = [
    regex.compile(rf"(?<=^|[।.?!\s])[(\[]\s*+{_ONE}(?:\s*+/\s*+\p{{L}}{{1,8}})?\s*+[)\]]$"),
    regex.compile(rf"^[(\[–—-]*+\s*+{_NO_WORD}{_ONE}\s*+[)\]]?$"),
    regex.compile(r"^(?P<pti>भाषा)(?:\s++\p{L}[\p{L}\p{M}]*+){1,4}(?:\s++\d{4})*+$"),
    regex.compile(rf"{_ONE}\s++(?:न्यूज\s*+|न्यूज़\s*+)?फीड से"),
]
_BYLINE = regex.compile(rf"^(?:{_AGENCY})$", regex.IGNORECASE)
_OFFICE = r"(?:जांच|जाँच|कंट्रोल|नियंत्रण|अन्वेषण|रिकॉर्ड|रिकार्ड|सूचना|आउटरीच)"
_DESK = rf"(?:(?<!{_OFFICE}\s)ब्यूरो|संवाददाता|संवादाता|संवाद सूत्र|संवाद सहयोगी|स्टाफ रिपोर्टर)"
_OWN_SIGNED = [
    regex.compile(rf"^[^।:?]*(?:{_DESK}{_END}|\sकी\s++(?:खास\s++)?रिपोर्ट{_END})[^।]{{0,20}}[।>]*+$"),
    regex.compile(r"^[(\[]?\s*+रिपोर्ट\s*+[-–—:]\s*+\p{L}[^।]*+$"),
]
_OWN_DATELINE = regex.compile(rf"^[^।,()]{{0,20}}{_DESK}\s*[,|]\s*[^।,]{{2,25}}[।:]")
_SIGNATURE_WORDS = 8
# What is looked at of a line, which may be as long as a page is.
_LINE_CHARS = 160
# How many lines beside the story may hold what cleaning took from it.
_BESIDE = 2


def origin(authors: tuple[str, ...], lines: list[str], raw: list[str]) -> str | None:
    """pti, ani, ians, uni, reuters, ap, own, or None where the page does not say.

    `lines` are the story's, `raw` those of the page's text before cleaning: what stands right before and behind the
    story there counts as its dateline and signature.
    """
    value: str | None = told(authors, lines, raw).value
    return value


def told(authors: tuple[str, ...], lines: list[str], raw: list[str]) -> Heard:
    """As `origin`, with the lines that say it."""
    if not lines:
        return Heard()
    before, behind = _beside(lines, raw)
    heads = [line[:_LINE_CHARS] for line in (*before, lines[0])]
    tails = [_end(line) for line in (*lines[-_BESIDE:], *behind)]
    dated = [("dateline", line, p.search(line)) for line in heads for p in _DATELINES]
    signed = [("signature", line, p.search(line)) for line in tails for p in _SIGNED]
    named = [("byline", author, _BYLINE.fullmatch(author)) for author in authors]
    said = tuple(Said(f"{place}: {line}", match.lastgroup) for place, line, match in (*dated, *signed, *named) if match)
    if said:
        if len({one.value for one in said}) > 1:
            # It is said, but not which of them.
            return Heard(said=tuple(one._replace(refused="another agency is named, too") for one in said))
        return Heard(said[0].value, said[0].source, said)
    ours = next((line for line in (*tails, *map(_end, authors)) if _is_signature(line)), None)
    if ours is None:
        ours = next((line for line in heads if _OWN_DATELINE.search(line)), None)
    return Heard() if ours is None else Heard("own", source := f"signature: {ours}", (Said(source, "own"),))


def _beside(lines: list[str], raw: list[str]) -> tuple[list[str], list[str]]:
    first = raw.index(lines[0]) if lines[0] in raw else 0
    last = len(raw) - raw[::-1].index(lines[-1]) if lines[-1] in raw else len(raw)
    return raw[max(0, first - _BESIDE) : first], raw[last : last + _BESIDE]


def _end(line: str) -> str:
    # With a mark that it is no whole line.
    line = line.strip()
    return line if len(line) <= _LINE_CHARS else f"।{line[-_LINE_CHARS:]}"


def _is_signature(line: str) -> bool:
    return len(line.split()) <= _SIGNATURE_WORDS and any(pattern.search(line) for pattern in _OWN_SIGNED)
