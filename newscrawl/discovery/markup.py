"""XML as publishers write it: the records of a feed or sitemap, one after the other, however broken the rest is.

A parser by the standard stops at the first fault, and in its tolerant mode at others: libxml2 gives up at a bare `&` in
front of `=`, at a `<` in front of a blank, behind a second root. Here a tag is a tag wherever it stands, the rest is
text. One pass, linear in the length; no entity of a document's own is expanded, nothing outside is opened.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.entities import html5

import regex

from newscrawl.discovery.links import NotReadable
from newscrawl.discovery.tokens import Tokens
from newscrawl.discovery.unpack import note

# A sitemap of 50,000 entries, the most that sitemaps.org allows, with ten elements each has a million tags.
MAX_TAGS = 1_000_000
# Attributes of a tag are looked for in so many characters, text of a field is kept so long: no URL or title is longer.
_TAG_CHARS = 16_384
_TEXT_CHARS = 65_536
# Fields of one record, and of what stands before the first; an entry with more is no entry.
_FIELDS = 100

_ATTRIBUTE = regex.compile(r"""(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_REFERENCE = regex.compile(r"&(#\d{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_BARE = regex.compile(r"&(?!(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)")

# What a namespace means, whatever prefix a document gives it; by a part of its name, for publishers misspell them.
_FAMILIES = (
    ("sitemap-news", "news"), ("sitemap-image", "image"), ("sitemap-video", "video"), ("sitemaps.org", ""),
    ("schemas/sitemap", ""), ("2005/atom", "atom"), ("purl.org/atom", "atom"), ("dc/terms", "dcterms"),
    ("dc/elements", "dc"), ("feedburner", "feedburner"), ("mrss", "media"), ("purl.org/rss", ""),
    ("rss/1.0", "content"),
)  # fmt: skip
# Elements whose own title, link and date are not the record's.
_ASIDE = {"news", "image", "video", "source", "author", "contributor", "group", "textinput", "description", "summary",
          "content", "encoded", "player", "restrictions"}  # fmt: skip


@dataclass(slots=True)
class Field:
    """An element of a record that is asked for. `within`: the element aside (news:news, source) it stands in, or ""."""

    name: str
    family: str
    within: str
    attributes: dict[str, str]
    raw: list[str] = field(default_factory=list)
    chars: int = 0
    text: str = ""


@dataclass(slots=True)
class Record:
    """A url, sitemap, item or entry."""

    name: str
    attributes: dict[str, str]
    fields: list[Field] = field(default_factory=list)


class Markup:
    """The records of a document; iterate once. `root`, `header` and `faults` are known when that is done."""

    def __init__(self, pieces: Iterable[str], records: dict[str, frozenset[str]], fields: frozenset[str],
                 faults: list[str]) -> None:  # fmt: skip
        """`records`: names of the records by the name of the root that holds them; `fields`: what is kept of them."""
        self._tokens, self._records, self._wanted, self.faults = Tokens(pieces, faults), records, fields, faults
        self.root = ""
        self.attributes: dict[str, str] = {}
        self.header: list[Field] = []
        # It declares entities: what they stand for is not known, so text with a reference means nothing.
        self.declares = False
        self._families: dict[str, str] = {}
        self._closed = False
        self._record: Record | None = None
        self._field: Field | None = None
        # The elements aside that are open, and how many of each name: a hostile feed opens a hundred thousand.
        self._aside: list[str] = []
        self._asides: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Record]:
        tags = 0
        for token in self._tokens:
            if token.kind == "text":
                self._text(token.value)
                continue
            if token.kind == "doctype":
                self.declares |= "<!ENTITY" in token.value
                continue
            tags += 1
            if tags > MAX_TAGS:
                note(self.faults, f"over {MAX_TAGS} tags")
                break
            prefix, _, name = token.value.lower().rpartition(":")
            ended = self._end(name) if token.kind == "end" else self._start(prefix, name, token.rest)
            if ended:
                yield ended
        # What the document's end cuts through is half an address, or half a date.
        self._field = None
        if self._record:
            yield self._record
        if self.root and not self._closed:
            note(self.faults, f"no </{self.root}>")

    # What the tokens mean

    def _start(self, prefix: str, name: str, rest: str) -> Record | None:
        empty, rest = rest.endswith("/"), rest[:_TAG_CHARS]
        if "xmlns" in rest:
            for key, uri in _attributes(rest).items():
                if key.startswith("xmlns:"):
                    self._families.setdefault(key[6:], _family(uri, key[6:]))
        if not self.root:
            if name in self._records:
                self.root, self.attributes, self._closed = name, _attributes(rest), empty
            if name not in self._records.get(self.root, ()):
                return None
        ended = None
        if name in self._records[self.root] and not self._asides[name]:
            # One that was not closed ends where the next begins.
            ended = self._end_record()
            self._record = Record(name, _attributes(rest))
        elif name in self._wanted:
            self._close_field()
            family = self._families.get(prefix, _family("", prefix))
            found = Field(name, family, self._aside[-1] if self._aside else "", _attributes(rest))
            self._field = found
            # "<link/>https://..." is what HTML tools make of a link: its text may follow.
            if empty and found.attributes:
                self._close_field()
        elif name in _ASIDE and not empty and self._field is None:
            self._aside.append(name)
            self._asides[name] += 1
        return ended

    def _end(self, name: str) -> Record | None:
        if self._field and name == self._field.name:
            self._close_field()
        elif self._record and name == self._record.name:
            return self._end_record()
        elif self._asides[name]:
            self._close_field()
            ended = ""
            while ended != name:
                ended = self._aside.pop()
                self._asides[ended] -= 1
        elif name == self.root:
            self._closed = True
            return self._end_record()
        elif self._field and (name in self._wanted or name in _ASIDE):
            note(self.faults, "tags that do not match")
            self._close_field()
        return None

    def _end_record(self) -> Record | None:
        self._close_field()
        self._aside.clear()
        self._asides.clear()
        ended, self._record = self._record, None
        return ended

    def _text(self, text: str) -> None:
        if self._field and self._field.chars < _TEXT_CHARS:
            self._field.raw.append(text[:_TEXT_CHARS])
            self._field.chars += len(text)

    def _close_field(self) -> None:
        found, self._field = self._field, None
        if not found:
            return
        raw = "".join(found.raw)
        found.raw = []
        if "&" in raw and _BARE.search(raw):
            note(self.faults, "an & that begins no reference")
        found.text, unknown = unescape(raw)
        if unknown:
            note(self.faults, "entities that are not declared" if not self.declares else "entities of its own")
            if self.declares:
                found.text = ""
        found.text = found.text.strip()
        kept = self._record.fields if self._record else self.header
        if len(kept) < _FIELDS:
            kept.append(found)


def readable(markup: Markup, usable: bool, what: str) -> None:
    """Raise `NotReadable` where a document that was gone through is none of `what`, or has nothing `usable`."""
    faults = "; ".join(markup.faults)
    if not markup.root:
        raise NotReadable(f"no {what}" + (f" ({faults})" if faults else ""))
    # Broken and without an entry is not the same as empty: it would pass for a source that has no news.
    if faults and not usable:
        raise NotReadable(f"nothing of it can be read ({faults})")


def unescape(raw: str) -> tuple[str, bool]:
    """Text with its references resolved, as XML and HTML know them; whether one is left that neither knows."""
    if "&" not in raw:
        return raw, False
    unknown = False

    def resolve(match: regex.Match[str]) -> str:
        nonlocal unknown
        name = match[1]
        if name[0] == "#":
            return html.unescape(match[0])
        if (character := html5.get(f"{name};")) is None:
            unknown = True
            return match[0]
        return character

    return _REFERENCE.sub(resolve, raw), unknown


def _attributes(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(rest):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found.setdefault(match[1].lower(), unescape(value)[0].strip())
    return found


def _family(uri: str, prefix: str) -> str:
    uri = uri.lower()
    return next((family for part, family in _FAMILIES if uri and part in uri), prefix)
