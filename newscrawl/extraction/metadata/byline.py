"""Who wrote it and when it appeared, as printed for readers between headline and story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache, partial
from itertools import pairwise
from typing import Any

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.elements import Elements, rels
from newscrawl.extraction.metadata.agencies import mentions, named
from newscrawl.extraction.metadata.below_headline import READING_TIME
from newscrawl.extraction.metadata.said import Said
from newscrawl.text import hindi
from newscrawl.text.dates import find_date
from newscrawl.text.depth import FromAbove, shallow
from newscrawl.text.inner_tags import MARKUP
from newscrawl.text.remember import Remembered

# Of cleaned text, which has one space between words.
_SPLIT = regex.compile(
    r" ?(?:[;,|](?: (?:and|और|एवं|तथा) )?| / | & | (?:and|और|एवं|तथा) |"
    r" (?=(?:संपादन|संपादक|रिपोर्ट|लेखन|प्रस्तुति|edited by|reported by) ?[:：])) ?",
    regex.I,
)
# Whose the pictures are, behind whose the words are.
_PICTURES_OF = "चित्रांकन|छायाचित्र|रेखांकन|चित्र|छायांकन|तस्वीरें?|फोटो|photos?|pictures?|images?|illustrations?"
_PICTURES = regex.compile(rf"(?<=[\s,|])(?:{_PICTURES_OF})\s?[:：].*$", regex.I)
# His initials in the house, his account.
_INITIALS = regex.compile(r"\s\(\p{L}{2,5}\)?$|\s\(?@\w{1,30}\)?$")
_LABEL = regex.compile(
    r"^\W*(?:(?:written|reported|edited|posted|published|authored|updated|compiled|curated)\s+(?:and\s+\w+\s+)?by|by|par|por|(?-i:von)|author|"
    r"(?:text|words|story|analysis|interview|commentary|opinion|आलेख|विश्लेषण|साक्षात्कार)(?:\s+by(?=\s)|(?=\s?[:：]))|"
    r"लेखक|लेखिका|लेखन|रिपोर्ट|रिपोर्टर|संवाददाता|संपादन|संपादक|प्रस्तुति|(?:फोटो और )?शब्द|"
    r"प्रस्तुतकर्ता|द्वारा(?: पोस्ट किया गया| लिखित)?)\b\s*[:：\-–|]*\s*",
    regex.I,
)
_CREDIT = regex.compile(
    r"^\W*(?:(?:written|reported|authored|posted)\s+(?:and\s+\w+\s+)?by|by|लेखक|लेखिका|रिपोर्ट|रिपोर्टर|द्वारा|"
    r"(?:संवाददाता|लेखन|होस्ट|(?:फोटो और )?शब्द)(?=\s*[:：])|author(?=\s*[:：,]))\b\s*[:：\-–|]*\s*"
    r"(?P<names>(?:(?!\s(?:mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?)\.? \d)[^\d|·•/]){3,60})",
    regex.I,
)
_BY = regex.compile(r"(?:(?:written |reported |posted )?by|द्वारा)\s", regex.I)
# "name / place date": an old print habit, the name before the first slash of a line that dates the story.
_SLASHED = regex.compile(r"^(?P<names>[^\d/|:।]{3,50}?)\s*/\s*\S")
_NOT_A_NAME = regex.compile(
    r"https?:|www\.|@|\.com|\d{3}|\s\d{1,2}$|^.$|^(?:sponsored|paid|presented) |"
    rf"^(?:{_PICTURES_OF})\s?[:：]|"
    # A degree behind a comma.
    r"^(?-i:MD|MA|BA|MS|RD|RN|MBBS|MBA|PhD|Ph\.D)$|"
    r"^(?:admin|administrator|super ?user|webmaster|editor|guest|null|none|undefined|unknown|anonymous|staff|user)$",
    regex.I,
)
_NAME_WORDS = 7
_BARE_NAME_WORDS = 4
_AND = regex.compile(r"\s(?:और|एवं|तथा|व)\s")
_AROUND = ' .:-–|()[]•●·"“”„'
# What stands between a name and the figures of a date behind it: a day's name, a month's. April, May and June are
# names of people, too, and so is वीर, which is a day.
_DAYS = r"(?:सोम|मंगल|बुध|गुरु|बृहस्पति|शुक्र|शनि|रवि)(?:वार)?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTHS = (
    r"(?:(?:jan|febr?)(?:uary)?|(?:sept?(?:em)?|nov(?:em)?|dec(?:em)?)(?:ber)?|oct(?:ober)?|जनवरी|फरवरी|अप्रैल|जुलाई|अगस्त|"
    r"(?:सितं|सितम्|नवं|नवम्|दिसं|दिसम्)बर|अक्टूबर|अक्तूबर)"
)
# And the label of a date.
_DATES = r"(?:last )?(?:updated?|published|posted|modified)|अपडेटेड|अपडेट|प्रकाशित|पब्लिश|दिनांक|तारीख"
_WHEN_BEHIND = regex.compile(
    r"(?:^|(?<![\s,•●·–—-])[\s,•●·–—-]++(?:on )?)"
    rf"(?:(?:{_DATES})(?:\s?[:：])?(?: (?:on )?(?:{_DAYS}|{_MONTHS}))?|{_DAYS}|{_MONTHS})$"
    r"|^(?:march|april|may|june|july|august)$|\s(?:on|at|पर)$",
    regex.I,
)
_TOP_DOMAINS = frozenset(("info", "news", "live"))  # of more than three letters
# Whom no person is behind: a name that ends so is a part of the house.
_DESK = regex.compile(r"(?:^|\s)(?:डेस्क|ब्यूरो|टीम|नेटवर्क|desk|bureau|team|staff|network|newsroom)$", regex.I)
# What somebody is in the house, beside his name; alone it stands for whoever wrote it.
_OFFICE = (
    r"(?:(?:executive|senior|chief|staff|deputy|associate|assistant|managing|contributing|special|principal|consulting|guest|news|web|digital|"
    r"online|political|technology|tech|sports?|business|foreign|national|health|science|video|(?-i:\p{Lu}{2,5})) ){0,4}"
    r"(?:editor(?:[ -]at[ -]large)?|writer|reporter|correspondent|columnist|contributor)s?|"
    r"(?:(?:वरिष्ठ|विशेष|मुख्य|प्रधान|कार्यकारी|सहायक|उप|समाचार|खेल|राजनीतिक) )*(?:संवाददाता|संपादक|उपसंपादक|रिपोर्टर|पत्रकार)"
)
_OFFICES = regex.compile(_OFFICE, regex.I)
_OFFICE_BEHIND = regex.compile(rf"(?<=\S) [-–—] (?:{_OFFICE})$", regex.I)
# The form of a person's name: two to four words, in Devanagari or with a capital each.
_PERSON = regex.compile(r"^(?:(?:[\p{Devanagari}\u200c\u200d]++|\p{Lu}[\p{L}'’-]*+)\.?(?: |$)){2,4}$")
# Between one name and the next.
_JOINS = regex.compile(r"(?:^|\s)(?:[,&|/]|and|और|एवं|तथा|व)(?:\s|$)|^,|,$", regex.I)
# Whose a story is, beside its byline; not whose its picture is.
_SOURCE = regex.compile(
    r"(?<!(?:photo|image|picture|फोटो|तस्वीर) )(?:source|सोर्स|स्रोत|एजेंसी|agency)\s*[:：]\s*(?P<credit>[^|·•()]{2,40})",
    regex.I,
)
_GAVE_A_PART = regex.compile(r"\b(?:with|mit|inputs?)\b|इनपुट", regex.I)
_AGENCY_LABEL = regex.compile(r"(?:news )?agency|(?:समाचार |न्यूज )?एजेंसी", regex.I)  # a field's, without a colon
# The page of an author, by its address.
AUTHOR_PATH = regex.compile(
    r"author|writer|reporter|lekhak|lekhika|patrakar|profile|people|staff|contributor|/users?/|/@", regex.I
)
# That alone, whatever is printed around it.
_AUTHOR_PAGE = regex.compile(r"/(?:author|writer|reporter|journalist|lekhak|patrakar)s?/[^/]", regex.I)
# Of a byline's letters its links hold so many, where they are the names.
_LINKED_SHARE = 0.8
# A name printed without a label, in Devanagari: two to four words that are none of a headline, a place or a desk.
# Among Latin words of a page's head ("Read More", "New Delhi") names are not to be told.
_BARE_NAME = regex.compile(r"(?:[\p{Devanagari}\u200c\u200d]+\.?)(?: [\p{Devanagari}\u200c\u200d]+\.?){1,3}")
_NO_NAME = frozenset(
    hindi.fold(
        """
        के की का में से पर को ने है हैं था थे थी हुआ हुई हुए और नहीं क्या कैसे अब यह ये वह तक भी ही लिए साथ बाद पहले
        प्रदेश दिल्ली नगर बंगाल मुंबई नोएडा जिला सिटी देहात कैंट पूर्वी पश्चिमी उत्तरी दक्षिणी
        न्यूज समाचार खबर खबरें अपडेट अपडेटेड संवाद सूत्र संवाददाता एजेंसी डेस्क ब्यूरो टीम नेटवर्क फोटो तस्वीर वीडियो लाइव
        बॉलीवुड मनोरंजन क्रिकेट खेल धर्म ज्योतिष राशिफल हेल्थ सेहत टिप्स लाइफ लाइफस्टाइल स्टाइल राजनीति कारोबार बिजनेस
        शिक्षा करियर मौसम अपराध राज्य देश दुनिया विदेश शहर जगत मसाला साहित्य संस्कृति
        मिनट घंटे शेयर कमेंट पढ़ें देखें सुनें करें प्रकाशित दिनांक तारीख विशेष संपादकीय विज्ञप्ति प्रेस
        """
    ).split()
)
_CLASSES = ("author", "byline", "writer", "url fn")
# Whether a class has one of these in it: of each of a page's, which a site repeats on all its pages.
_MAY_NAME: Remembered[str, bool] = Remembered(
    lambda classes: any(part in classes for part in _CLASSES), entries=4096, longest=1000
)
_NAME_CLASSES = ("author-name", "authorname", "author_name", "authorName")
_WRAPPER_CLASSES = ("byline", "post-author", "author-name", "url fn")  # the last is hCard's, on a link
_WHOLE_CLASSES = frozenset(("author", "writer", "p-author"))


def names(values: list[str], site_names: list[str | None]) -> tuple[str, ...]:
    """Names from author strings: parted, labels off, addresses and the like left out, each once."""
    out: dict[str, None] = {}
    for value in values:
        for part in _SPLIT.split(_PICTURES.sub("", hindi.clean(MARKUP.sub(" ", value)))):
            # A label may stand before its preposition: "Published on".
            name = _WHEN_BEHIND.sub("", _WHEN_BEHIND.sub("", _LABEL.sub("", _INITIALS.sub("", part)).strip(_AROUND)))
            name = _OFFICE_BEHIND.sub("", name).strip(_AROUND)
            if name and hindi.word_count(name) <= _NAME_WORDS and not _NOT_A_NAME.search(name):
                out[name] = None
    # The site's own name is an author only where nobody else is, and so is an office.
    house = _of_the_site(out, site_names)
    people = [n for n in out if n not in house and not _OFFICES.fullmatch(n)]
    return tuple(people or out)


def _of_the_site(names: Iterable[str], site_names: list[str | None]) -> set[str]:
    """Those of some names that are the site's own, or its address."""
    sites = {phrases.squeeze(s) for s in site_names if s}
    return {n for n in names if phrases.squeeze(n) in sites or _is_address(n)}


def _is_address(name: str) -> bool:
    """Whether a name is a site's address: "samachar.in"."""
    host, _, end = name.rpartition(".")
    short = len(end) in (2, 3) and end.islower() and end.isascii()
    return bool(host) and " " not in name and (short or end in _TOP_DOMAINS)


def people(found: tuple[str, ...], site_names: list[str | None]) -> bool:
    """Whether one of the names may be a person's: neither the site's own nor its address, nor a desk's."""
    house = _of_the_site(found, site_names)
    return any(n not in house and not _DESK.search(n) for n in found)


def sure(found: tuple[str, ...], site_names: list[str | None]) -> bool:
    """Whether all of the names have the form of a person's, so that they outdo a house that the head names."""
    return people(found, site_names) and all(_PERSON.fullmatch(name) and not _DESK.search(name) for name in found)


def printed_authors(elements: Elements, near: list[tuple[str, ...]], site_names: list[str | None]) -> tuple[str, ...]:
    """Authors as printed: a marked element, else a line, or a piece of one, "By X", "लेखक: X" or "X / place, date"."""
    for e in _marked(elements):
        said = _said_by(e)
        if 2 < sum(map(len, said)) < 80 and (found := names(said, site_names)):
            return found
    for pieces, behind in zip(near, [*near[1:], ()], strict=False):
        # A CMS of fields prints label and name in boxes of their own.
        labels = pieces[-1].endswith(":") or _LABEL.fullmatch(" ".join(pieces))
        line = " ".join((*pieces, *behind) if labels else pieces)
        dated = regex.search(r"\d{4}|\d:\d\d", hindi.fold(line))
        # What stands beside a name in an element of its own is none of it, unless it goes on with another name.
        alone = len(pieces) > 1 and not (any(map(_JOINS.search, pieces[:2])) or _LABEL.match(pieces[1]))
        credits = [
            _CREDIT.search(pieces[0]) if alone else None,
            _CREDIT.search(line),
            _SLASHED.search(line) if dated else None,
            *(_CREDIT.search(p) for p in pieces[1:] if ":" in p or _BY.match(p)),
        ]
        for credit in filter(None, credits):
            if found := names([credit["names"]], site_names):
                return found
    return names(_linked(elements, {piece for pieces in near for piece in pieces}), site_names)


def _linked(elements: Elements, near: set[str]) -> list[str]:
    """Names near the headline that are links to their authors' pages."""
    pages = (a for a in shallow(elements.tagged("a")) if _AUTHOR_PAGE.search(a.get("href") or ""))
    texts = (" ".join(" ".join(a.itertext()).split()) for a in pages)
    return [text for text in texts if text in near and _PERSON.fullmatch(text)]


def beside_date(elements: Elements, near: list[tuple[str, ...]], title: str | None, now: datetime) -> tuple[str, ...]:
    """Who is named without a label, in Devanagari, on the line that dates the story or on the one above it.

    `near`: the lines behind the headline, each as the pieces that its markup parts; `title`: whom it names the story is
    about.
    """
    told = set(phrases.key(title or "").split())
    rubrics = cache(partial(_rubrics, elements))
    for at, pieces in enumerate(near):
        if find_date(" ".join(pieces), now) is None:
            continue
        # What a label names in a piece of its own is not bare: who posted it, say.
        unlabelled = (p for before, p in pairwise(("", *pieces)) if not before.endswith(":"))
        for piece in (*unlabelled, *(near[at - 1] if at else ())):
            parts = regex.split(r"[,|·•;()]|\s[-–—]\s|\s(?=\d)", READING_TIME.sub("", hindi.clean(piece)))
            named_in = [[_WHEN_BEHIND.sub("", n.strip()) for n in _AND.split(part)] for part in parts]
            # A subhead is a sentence whose beginning may look like a name.
            if any(len(name.split()) > _BARE_NAME_WORDS for names in named_in for name in names):
                continue
            # Behind a desk stands its house.
            houses = [False, *(any(map(_DESK.search, names)) for names in named_in)]
            for found, house in zip(map(tuple, named_in), houses, strict=False):
                if (
                    not house
                    and all(_is_bare_name(name, told) for name in found)
                    and rubrics().isdisjoint(map(phrases.key, found))
                ):
                    return found
    return ()


def credits(near: list[tuple[str, ...]], now: datetime) -> Iterator[Said]:
    """What the lines of byline and date name as the source: behind a label, or an agency between their pieces."""
    for pieces, behind in zip(near, [*near[1:], ()], strict=False):
        line = " ".join(pieces)
        if _AGENCY_LABEL.fullmatch(line) and behind and named(behind[0]):
            yield Said(f"printed behind {line}", behind[0])
        if not any(mentions(line)) or _GAVE_A_PART.search(line):
            continue
        if not any(_LABEL.match(piece) for piece in pieces) and find_date(line, now) is None:
            continue
        # Label and name may stand in elements of their own.
        texts = (" ".join(pieces[i : i + 1 + piece.endswith(":")]) for i, piece in enumerate(pieces))
        labelled = (found["credit"] for text in texts for found in _SOURCE.finditer(text))
        between = (part.strip() for piece in pieces for part in regex.split(r"[|·•]", piece))
        yield from (Said("printed beside the byline", credit) for credit in (*labelled, *between) if named(credit))


def _rubrics(elements: Elements) -> set[str]:
    """What the links of a page call by a word that is no author's page."""
    links = (a for a in shallow(elements.tagged("a")) if not AUTHOR_PATH.search(a.get("href") or ""))
    return {phrases.key("".join(a.itertext())) for a in links}


def _is_bare_name(text: str, told: set[str]) -> bool:
    words = hindi.fold(text).split()
    return (
        _BARE_NAME.fullmatch(text) is not None
        and _NO_NAME.isdisjoint(words)
        and not regex.search(r"\d", " ".join(words))
        and not set(phrases.key(text).split()) <= told
        and not phrases.labels(text)
    )


def _said_by(e: Any) -> list[str]:
    """What a marked element names: its links where they are all that it says, else its text, up to a date."""
    pieces = [text for part in e.itertext() if (text := " ".join(part.split()))]
    if len(pieces) > 1 and _LABEL.fullmatch(pieces[0]):
        del pieces[0]
    text = " ".join(pieces) or e.get("content") or ""
    links = [" ".join(" ".join(a.itertext()).split()) for a in e.iter("a")]
    if len(links) > 1 and len(" ".join(links)) >= _LINKED_SHARE * len(_LABEL.sub("", text)):
        return links
    named = len(pieces) > 1 and _PERSON.fullmatch(pieces[0]) and not any(map(_JOINS.search, pieces))
    return [pieces[0] if named or (pieces and regex.search(r"\d", text)) else text]


def _marked(elements: Elements) -> Iterator[Any]:
    """Elements marked as the author, best marked first: a wrapper named after him holds role and picture, too."""
    yield from shallow(e for e in elements.tagged("a") if "author" in rels(e))
    if elements.of_property("author"):
        yield from shallow(_author_items(elements))
    classed = [(names_of, e) for names_of, e in elements.classed if _MAY_NAME[names_of]]
    for names_of, e in classed:
        if _is_named(names_of, _NAME_CLASSES) and not any(isinstance(child.tag, str) for child in e):
            yield e
    yield from shallow(e for names_of, e in classed if _is_named(names_of, _WRAPPER_CLASSES))


def _author_items(elements: Elements) -> list[Any]:
    """The names in items that are authors, and those items that have none, in the order of the page."""
    authors = {e for e in elements.of_property("author") if "author" in e.get("itemprop", "").split()}
    names = [e for e in elements.of_property("name") if e.get("itemprop") == "name"]
    inside = FromAbove(False)  # whether an element is an author, or stands in one
    for e in authors:
        inside.give(e, True)
    found = authors.union(name for name in names if inside.of(name))
    holders: set[Any] = set()
    for name in found.difference(authors):
        up = name.getparent()
        while up is not None and up not in holders:
            holders.add(up)
            up = up.getparent()
    return [e for e in elements.all if e in found and not (e in authors and e in holders)]


def _is_named(classes: str, parts: tuple[str, ...]) -> bool:
    return not _WHOLE_CLASSES.isdisjoint(classes.split()) or any(part in classes for part in parts)
