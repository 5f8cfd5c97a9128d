"""Who wrote a story first, where the page says it: an agency, or the site's own people.

Hindi pages say it in a dateline ("नयी दिल्ली, चार मार्च (भाषा) ..."), in the byline and beside it ("Source: PTI"), in the
head (`dc.source`), and in what ends the story: a signature ("(भाषा)", "नीरज सिंह, संवाददाता") or a disclaimer ("यह खबर
आईएएनएस फीड से ..."). An agency that is quoted ("एएनआई के मुताबिक"), gave a part ("इनपुट") or the picture did not write it.
Nothing said is None, and so is a name alone: a desk signs what it took from an agency as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import regex

from newscrawl.extraction.metadata.agencies import is_word, mentions, named
from newscrawl.extraction.metadata.said import Heard, Said
from newscrawl.text import hindi

_END = r"(?![\p{L}\p{M}\p{N}])"
_NONE = frozenset[str]()
# A name that is only explained in brackets has a postposition behind it; no place and no person's name has one inside.
_POSTPOSITIONS = frozenset(["ने", "के", "की", "का", "को", "से", "में", "पर", "और"])
_NO_NAME = _POSTPOSITIONS | frozenset(
    ["या", "व", "है", "हैं", "था", "थे", "थी", "हुआ", "हुई", "हुए", "कि", "भी", "तक", "यह", "इस", "वह", "बाद", "लिए", "नहीं"]
)

# "नयी दिल्ली, चार मार्च (भाषा)", "मेरठ (उप्र): 5 मार्च (भाषा)", "लंदन (रॉयटर्स) -": a place, perhaps a day, a name.
_BRACKET = regex.compile(r"[(\[]\s*+([^()\[\]]{1,60}?)\s*+[)\]]")
_BRACKETS = 3
_PLACE_AND_DAY = regex.compile(r"(?P<place>[^,:।\d]{2,40}?)\s*+(?:[,:]\s*+(?P<day>[^।]{0,30})|(?P<day>\d[^।]{0,20}))?")
_DAY = regex.compile(r"\d|जनवरी|फरवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|सितम्बर|अक्टूबर|अक्तूबर|नवंबर|नवम्बर|दिसंबर|दिसम्बर")
_PLACE_WORDS = 5
_DASHES = tuple("–—-")
_MARKS = ("।", ":", "|", *_DASHES)
# "नई दिल्ली, एएनआई।", "पीटीआई, नई दिल्ली।", "नई दिल्ली | ANI :"; alone on a line, only beside one of the cities.
_PART = r"[^,|:।()\[\]–—]{2,40}?"
_BARE = regex.compile(rf"^(?P<one>{_PART})(?:[,|]|(?<=\s)[–—-])(?P<two>{_PART})(?:[।:|–—-]|(?P<whole>$))")
# Where agencies sit and what they write from: "भाषा, नई दिल्ली।" names one, "भाषा, संस्कृति।" does not.
_CITIES_LINE = (
    "नई दिल्ली,नयी दिल्ली,दिल्ली,मुंबई,कोलकाता,चेन्नई,बेंगलुरु,हैदराबाद,लखनऊ,पटना,भोपाल,जयपुर,रांची,रायपुर,देहरादून,शिमला,चंडीगढ़,"
    "श्रीनगर,जम्मू,गुवाहाटी,भुवनेश्वर,गांधीनगर,अहमदाबाद,पणजी,तिरुवनंतपुरम,अमरावती,इंफाल,नोएडा,इंदौर,कानपुर,वाराणसी,प्रयागराज,मेरठ,"
    "वाशिंगटन,न्यूयॉर्क,संयुक्त राष्ट्र,लंदन,पेरिस,बीजिंग,मॉस्को,टोक्यो,इस्लामाबाद,काबुल,काठमांडू,ढाका,कोलंबो,दुबई,तेहरान,यरुशलम,सिडनी,"
    "जिनेवा"
)
_CITIES = frozenset(map(hindi.fold, _CITIES_LINE.split(",")))

# What ends a story. Behind "भाषा" that agency's editors set their names, before "वार्ता" and behind "हिन्दुस्थान समाचार /"
# those of the others.
_LAST_BRACKET = regex.compile(r"[(\[](?P<credit>[^()\[\]]{1,60}+)[)\]]$")
_DASHED = regex.compile(r"(?:^|(?<=[।.?!\"”’])\s*+)[–—-]{1,3}\s*+(?P<credit>[^।]{1,60})$")
_LABELLED = regex.compile(
    r"^[(\[]?\s*+(?:(?:News |न्यूज )?(?:Source|सोर्स|स्रोत)|साभार|एजेंसी|Agency)\s*+[:：–—-]\s*+"
    r"(?P<credit>[^()\[\]]{1,60}?)\s*+[)\]]?"
)
_EDITED = [
    regex.compile(r"(?P<credit>भाषा)(?:[\s.]++\p{L}[\p{L}\p{M}]*+\.?+){1,4}(?:\s++\d{4})*+"),
    regex.compile(r"\p{L}[\p{L}\p{M}]*+(?:\s?[.,]\s?\p{L}[\p{L}\p{M}]*+)++\s++(?P<credit>वार्ता)"),
    regex.compile(r"(?P<credit>हि(?:न्|ं)दुस्थान समाचार)\s*+/\s*+\p{L}[^।/]{1,40}"),
]
# "यह खबर ... फीड से", "this story ... from a PTI feed"; not "... इनपुट", and no picture's.
_THIS_STORY = regex.compile(
    r"(?:यह|इस|ये)\s(?:\S{1,20}\s){0,2}(?:ख\u093c?बर|न्यूज\u093c?|समाचार|स्टोरी)(?![\p{L}\p{M}])"
    r"|this (?:story|article|report|copy)",
    regex.I,
)
_TAKEN = regex.compile(
    r".{0,30}?(?:फ\u093c?ीड|\bfeed)|['’‘”\"]?\s(?:\S{1,12}\s){0,3}?(?:से\s(?:सीधे|ली|लिया|प्राप्त|प्रकाशित)|की\sख\u093c?बर\sहै)",
    regex.I,
)
_PART_OF_IT = regex.compile(r"इनपुट|input|तस्वीर|फोटो|photo|वीडियो|video", regex.I)

_OFFICE = r"(?:जांच|जाँच|कंट्रोल|नियंत्रण|अन्वेषण|रिकॉर्ड|रिकार्ड|सूचना|आउटरीच)"
_DESK = rf"(?:(?<!{_OFFICE}\s)ब्यूरो|संवाददाता|संवादाता|संवाद सूत्र|संवाद सहयोगी|स्टाफ रिपोर्टर)"
_OWN_SIGNED = [
    regex.compile(rf"^[^।:?]*(?:{_DESK}{_END}|\sकी\s++(?:खास\s++)?रिपोर्ट{_END})[^।]{{0,20}}[।>]*+$"),
    regex.compile(r"^[(\[]?\s*+रिपोर्ट\s*+[-–—:]\s*+\p{L}[^।]*+$"),
]
# "संवाद सूत्र, बेतिया :", "लखनऊ, प्रमुख संवाददाता।", "लखनऊ। प्रमुख संवाददाता ..."
_OWN_DATELINES = [
    regex.compile(rf"^(?:[^।,()]{{0,20}}{_DESK}|[^।,()\s]{{2,15}} प्रतिनिधि)\s*[,|]\s*[^।,]{{2,25}}[।:]"),
    regex.compile(rf"^[^।,()]{{2,25}}[,।]\s*(?:[^।,\s]{{2,12}}\s){{0,2}}{_DESK}\s*[।:]"),
    regex.compile(
        r"^[^।,()]{2,25}।\s*(?:प्रमुख|वरिष्ठ|विशेष|कार्यालय|नगर|निज)\s(?:संवाददाता|संवाद सूत्र)\s"
        rf"(?!(?:सम्मेलन|{'|'.join(sorted(_POSTPOSITIONS))}){_END})"
    ),
]
_SIGNATURE_WORDS = 8
# What is looked at of a line, which may be as long as a page is.
_LINE_CHARS, DISCLAIMER_CHARS = 160, 400
# How many lines beside the story may hold what cleaning took from it; how many of the story its signature may be.
_BESIDE, _SIGNED_LINES = 2, 4


def origin(authors: tuple[str, ...], lines: list[str], raw: list[str], credits: Sequence[Said] = ()) -> str | None:
    """pti, ani, ians, uni, reuters, ap, afp, hs, own, or None where the page does not say.

    `lines` are the story's, `raw` those of the page's text before cleaning: what stands right before and behind the
    story there counts as its dateline and signature. `credits`: what the head, and labels beside the byline, name as
    the source.
    """
    value: str | None = told(authors, lines, raw, credits).value
    return value


def told(authors: tuple[str, ...], lines: list[str], raw: list[str], credits: Sequence[Said] = ()) -> Heard:
    """As `origin`, with the lines that say it."""
    if not lines:
        return Heard()
    before, behind = _beside(lines, raw)
    heads = [line[:_LINE_CHARS] for line in (*before, lines[0])]
    tails = [*_last(lines), *((line, True) for line in behind)]
    found = [
        *((f"dateline: {line}", _dateline(line)) for line in heads),
        *((f"signature: {_end(line)}", _signature(_end(line)) or _disclaimer(line)) for line, _ in tails),
        *((f"signature: {line}", _edited(line, lines)) for line, ends in tails if ends),
        *((f"byline: {author}", named(author)) for author in authors),
        *((f"{one.source}: {one.value}", named(one.value) or _disclaimer(one.value)) for one in credits),
    ]
    said = tuple(Said(source, name) for source, names in found for name in sorted(names))
    if said:
        if len({one.value for one in said}) > 1:
            # It is said, but not which of them.
            return Heard(said=tuple(one._replace(refused="another agency is named, too") for one in said))
        return Heard(said[0].value, said[0].source, said)
    ours = next((line for line in map(_end, (*(line for line, _ in tails), *authors)) if _is_signature(line)), None)
    if ours is None:
        ours = next((line for line in heads if any(p.search(line) for p in _OWN_DATELINES)), None)
    # "भाषा संवाददाता": whose, it does not say.
    if ours is None or any(mentions(ours)):
        return Heard()
    return Heard("own", source := f"signature: {ours}", (Said(source, "own"),))


def _dateline(line: str) -> frozenset[str]:
    """The agencies that the beginning of a line names as who wrote what follows."""
    for bracket in islice(_BRACKET.finditer(line), _BRACKETS):
        if names := named(bracket[1]):
            before = _BRACKET.sub(" ", line[: bracket.start()]).strip(" ,:।")
            behind = line[bracket.end() :].lstrip()
            is_marked = line[: bracket.start()].rstrip().endswith((",", ":", "।"))
            return names if _is_dated(before, behind, is_marked=is_marked, code=bracket[1] == "AP") else _NONE
    bare = _BARE.match(_BRACKET.sub(" ", line).strip())
    if bare is None:
        return _NONE
    for credit, place in (bare.group("one", "two"), bare.group("two", "one")):
        names, place = named(credit), place.strip()
        surely = hindi.fold(place) in _CITIES or not (bare["whole"] is not None or is_word(credit))
        if names and surely and _is_place(place) and not named(place):
            return names
    return _NONE


def _is_dated(before: str, behind: str, *, is_marked: bool, code: bool) -> bool:
    """Whether what stands before and behind an agency in brackets makes it a dateline's."""
    found = _PLACE_AND_DAY.fullmatch(before)
    if found is None or not _is_place(found["place"]):
        return False
    day = found["day"]
    if (_DAY.search(day) is not None) if day else is_marked:
        return next(iter(behind.split()), "") not in _POSTPOSITIONS
    # Without a day ("भोपाल, मध्य प्रदेश (भाषा):") a mark must follow; two letters may be a state's ("अमरावती (AP): ...",
    # not "LONDON (AP) - ...").
    return behind.startswith(_DASHES if code else _MARKS)


def _is_place(text: str) -> bool:
    words = text.split()
    return 0 < len(words) <= _PLACE_WORDS and _NO_NAME.isdisjoint(words)


def _signature(line: str) -> frozenset[str]:
    """The agencies with whose names a line ends, or that are all it says."""
    line = line.strip()
    if bracket := _LAST_BRACKET.search(line):
        before = line[: bracket.start()].strip()
        # Behind words that are no sentence it is a picture's.
        ended = not before or before.endswith(tuple("।.?!\"”'’")) or hindi.ends_as_sentence(before)
        if ended and (names := named(bracket["credit"])):
            return names
    for found in (_DASHED.search(line), _LABELLED.fullmatch(line)):
        if found and (names := named(found["credit"])):
            return names
    return _NONE if is_word(line) else named(line)


def _edited(line: str, lines: list[str]) -> frozenset[str]:
    """The agency whose editors' names a line behind the story gives; a subhead looks alike ("भाषा विवाद"), and has
    words of the story's `lines`."""
    line = line.strip()
    found = next((found for pattern in _EDITED if (found := pattern.fullmatch(line))), None)
    if found is None or not _NO_NAME.isdisjoint(line.split()):
        return _NONE
    names = set(hindi.folded_words(line)) - set(hindi.folded_words(found["credit"]))
    story = hindi.folded_words("\n".join(other for other in lines if len(other.split()) > _SIGNATURE_WORDS))
    return named(found["credit"]) if names.isdisjoint(story) else _NONE


def _disclaimer(line: str) -> frozenset[str]:
    """The agencies from which a line says that the story was taken as it is."""
    line = line[:DISCLAIMER_CHARS]
    if not _THIS_STORY.search(line) or _PART_OF_IT.search(line):
        return _NONE
    return frozenset(name for name, end in mentions(line) if _TAKEN.match(line, end))


def _beside(lines: list[str], raw: list[str]) -> tuple[list[str], list[str]]:
    first = raw.index(lines[0]) if lines[0] in raw else 0
    last = len(raw) - raw[::-1].index(lines[-1]) if lines[-1] in raw else len(raw)
    return raw[max(0, first - _BESIDE) : first], raw[last : last + _BESIDE]


def _last(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """The last two lines of a story, and those before them as long as what follows is short enough for a signature;
    with each whether that is so."""
    short = True
    for number, line in enumerate(lines[: -_SIGNED_LINES - 1 : -1]):
        if number >= _BESIDE and not short:
            return
        yield line, short
        short &= len(line[:_LINE_CHARS].split()) <= _SIGNATURE_WORDS or bool(_disclaimer(line))


def _end(line: str) -> str:
    # With a mark that it is no whole line.
    line = line.strip()
    return line if len(line) <= _LINE_CHARS else f"।{line[-_LINE_CHARS:]}"


def _is_signature(line: str) -> bool:
    return len(line.split()) <= _SIGNATURE_WORDS and any(pattern.search(line) for pattern in _OWN_SIGNED)
