"""Tags and text of a document that comes in pieces: one pass, linear in its length, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import regex

from newscrawl.discovery.unpack import note

_NAME = r"([A-Za-z_][\w.-]{0,60}+(?::[\w.-]{1,60}+)?)"
_TAG = regex.compile(rf"""<(?:(/)\s?)?{_NAME}((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""")
# Where a quote is not closed, the next > ends the tag.
_LOOSE_TAG = regex.compile(rf"<(?:(/)\s?)?{_NAME}([^<>]*+)>")
_SUBSET_END = regex.compile(r"\]\s{0,99}+>")
_CDATA, _DOCTYPE = "<![CDATA[", "<!DOCTYPE"


class Token(NamedTuple):
    """A start tag, an end tag, a doctype, or text (references not yet resolved). `rest`: what follows a tag's name."""

    kind: str
    value: str
    rest: str = ""


class Tokens:
    """The tokens of a document; iterate once. Comments and instructions are left out."""

    def __init__(self, pieces: Iterable[str], faults: list[str]) -> None:
        self._pieces, self._faults = iter(pieces), faults
        self._buffer, self._at = "", 0
        # Ends of markup that the rest of the document does not hold: not looked for again.
        self._hopeless: set[str] = set()
        # Where the next end of a kind is in what has been read: thousands of beginnings may stand before one.
        self._next: dict[str, int] = {}

    def __iter__(self) -> Iterator[Token]:
        while self._at < len(self._buffer) or self._read(1):
            opening = self._buffer.find("<", self._at)
            if opening != self._at:
                end = opening if opening >= 0 else len(self._buffer)
                yield Token("text", self._buffer[self._at : end])
                self._at = end
            elif tag := _TAG.match(self._buffer, self._at):
                self._at = tag.end()
                yield Token("end" if tag[1] else "start", tag[2], tag[3])
            else:
                yield from self._oddity()

    def _oddity(self) -> Iterator[Token]:
        """What is no plain tag, or is not there whole yet."""
        if len(self._buffer) - self._at < len(_CDATA):
            self._read(len(_CDATA))  # enough to see what it is
        start = self._buffer[self._at : self._at + len(_CDATA)]
        if start == _CDATA:
            if (end := self._find("]]>")) >= 0:
                # Literal, as if it were escaped.
                yield Token("text", self._buffer[self._at + len(_CDATA) : end - 3].replace("&", "&amp;"))
                self._at = end
                return
        elif start.startswith(("<!--", "<?")):
            if (end := self._find("-->" if start[1] == "!" else "?>")) >= 0:
                self._at = end
                return
        elif start.upper() == _DOCTYPE:
            if (end := self._doctype_end()) >= 0:
                yield Token("doctype", self._buffer[self._at : end])
                self._at = end
                return
        elif self._find(">") >= 0:
            tag = _TAG.match(self._buffer, self._at) or _LOOSE_TAG.match(self._buffer, self._at)
            if tag:
                self._at = tag.end()
                yield Token("end" if tag[1] else "start", tag[2], tag[3])
                return
        note(self._faults, "a < that begins no tag")
        yield Token("text", "<")
        self._at += 1

    def _doctype_end(self) -> int:
        end = self._find(">")
        if end < 0 or self._buffer.find("[", self._at, end) < 0:
            return end
        return self._find("]>")

    def _find(self, mark: str) -> int:
        """Where the markup that begins here ends; -1 where nothing ends it."""
        if (known := self._next.get(mark, -1)) - len(mark) >= self._at:
            return known
        while mark not in self._hopeless:
            if mark == "]>":
                subset = _SUBSET_END.search(self._buffer, self._at)
                found = subset.end() if subset else -1
            else:
                found = self._buffer.find(mark, self._at)
                found += len(mark) if found >= 0 else 0
            if found >= 0:
                if mark != "]>":  # one of any length
                    self._next[mark] = found
                return found
            # As much again as there is: an end far away must not be looked for over and over.
            if not self._read(len(self._buffer) - self._at):
                self._hopeless.add(mark)
        return -1

    def _read(self, at_least: int) -> bool:
        """Take more of the document in; whether there was any."""
        found: list[str] = []
        size = 0
        for piece in self._pieces:
            found.append(piece)
            size += len(piece)
            if size >= at_least:
                break
        self._next.clear()
        self._buffer, self._at = self._buffer[self._at :] + "".join(found), 0
        return size > 0
