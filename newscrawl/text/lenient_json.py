"""JSON as publishers' CMSes print it: read as it stands, else mended in one pass over its characters.

Libraries that repair JSON are made for the answers of language models; on input that is made to hurt they have looped
for ever more than once. This one goes forward only: every character is looked at a bounded number of times.
"""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import regex

from newscrawl.text.figures import whole

_WRAPPING = regex.compile(r"\A[\s\uFEFF;]*+(?:(?://|/\*)?\s{0,9}<!\[CDATA\[(?:\s{0,9}\*/)?|<!--)?[\s\uFEFF]*+")
_ENDS = ("*/", "-->", "]]>", "/*", "//")  # as they stand from the end on
_OUTSIDE = regex.compile(r"[^\s\"'{}\[\],:/]+")
_PLAIN = {'"': regex.compile(r'[^"\\]+'), "'": regex.compile(r"[^'\\]+")}
_ESCAPE = regex.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_LITERAL = regex.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
# What follows a quote that ends a key, a value of an object, a value of an array. A comma inside a value is followed
# by more of its words, one behind it by the next key or value. Bounded: white space and keys have no natural end.
_GAP = r"\s{0,200}+(?:/\*[^*]{0,200}+\*/\s{0,200}+|//[^\n]{0,200}+\n\s{0,200}+)?+"
_AFTER_KEY = regex.compile(rf"{_GAP}:")
_KEY = r"""(?:"[^"\n]{1,80}"|'[^'\n]{1,80}'|[A-Za-z_$][A-Za-z0-9_$]{0,40})"""
_AFTER_VALUE = regex.compile(rf"{_GAP}(?:[}}\]]|,{_GAP}[}}\]]|,?{_GAP}{_KEY}{_GAP}:|\Z)")
_AFTER_ITEM = regex.compile(rf"{_GAP}(?:[}}\]]|,{_GAP}[\"'{{\[\]\d\-tfn]|\Z)")
# Deeper nesting than this no data of an article has, and Python's parser would not follow it.
_DEPTH = 100


def values(text: str) -> list[Any]:
    """All JSON values of a script, in order: several may stand one behind the other.

    Read in spite of: CDATA and comment marks around them, a BOM, entities for quotes, line breaks and quotes inside
    strings, escapes that JSON has not, comments, commas too many or missing, an end that was cut off. What cannot be
    made sense of is left out; no error is raised.
    """
    if '"' not in text and "&" in text:
        text = unescape(text)
    text = _unwrapped(text)
    try:
        # strict=False: raw line breaks inside strings are the commonest fault.
        return [_read(text)]
    except (ValueError, RecursionError):
        return [value for source in _Mender(text).sources() if (value := _loads(source)) is not None]


def _unwrapped(text: str) -> str:
    """`text` without the marks that hide it from old browsers or other parsers."""
    found = _WRAPPING.match(text)
    text = text[found.end() if found else 0 :].rstrip("; \t\r\n\f")
    for mark in _ENDS:
        text = text.removesuffix(mark).rstrip()
    return text


def _read(source: str) -> Any:
    return json.loads(source, strict=False, parse_int=whole)


def _loads(source: str) -> Any:
    try:
        return _read(source)
    except (ValueError, RecursionError):
        return None  # beyond mending: the page's meta tags say most of it again


def _bare(word: str) -> str:
    """A word outside quotes: a number, true, null, JavaScript's nothing; else a key or value that lacks its quotes."""
    if _LITERAL.fullmatch(word):
        return word
    return "null" if word in ("undefined", "NaN") else json.dumps(word)


class _Mender:
    """Writes the values of a text anew as JSON, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.open: list[str] = []  # the closing bracket of each that is open
        self.last = ""  # what was written last: "[", "]", ",", ":" or "v" for a value

    def sources(self) -> list[str]:
        """The values found, each as JSON text."""
        found: list[str] = []
        while self.at < len(self.text) and len(self.open) < _DEPTH:
            self._step()
            if not self.open and self.out:
                found.append("".join(self.out))
                self.out, self.last = [], ""
        while self.open:
            self._close(self.open[-1])
        return [*found, "".join(self.out)] if self.out else found

    def _step(self) -> None:
        c = self.text[self.at]
        if c in "{[":
            self._value(c)
            self.open.append("}" if c == "{" else "]")
            self.last = "["
            self.at += 1
        elif c in "}]":
            self.at += 1
            if c in self.open:
                while self._close(self.open[-1]) != c:
                    pass
        elif c == "," or c == ":":
            self.at += 1
            if self.last == "v":
                self.out.append(c)
                self.last = c
        elif c in _PLAIN:
            self._string(c)
        elif c == "/" and self.text.startswith(("//", "/*"), self.at):
            mark = "\n" if self.text[self.at + 1] == "/" else "*/"
            end = self.text.find(mark, self.at + 2)
            self.at = end + len(mark) if end >= 0 else len(self.text)
        elif word := _OUTSIDE.match(self.text, self.at):
            self.at = word.end()
            if self.open:
                self._value(_bare(word.group()))
        else:
            self.at += 1

    def _value(self, source: str) -> None:
        if self.last == "v":
            self.out.append(",")
        self.out.append(source)
        self.last = "v"

    def _close(self, bracket: str) -> str:
        if self.last == ",":
            self.out.pop()
        elif self.last == ":":
            self.out.append("null")
        elif bracket == "}" and self._is_key():
            self.out.append(":null")
        self.out.append(bracket)
        self.open.pop()
        self.last = "v"
        return bracket

    def _is_key(self) -> bool:
        """Whether the value written last stands where a key does."""
        return self.last == "v" and self.out[-1][:1] == '"' and self.out[-2][-1:] in "{,"

    def _string(self, quote: str) -> None:
        """A string up to the quote that ends it; quotes inside are escaped."""
        in_object = bool(self.open) and self.open[-1] == "}"
        after = _AFTER_ITEM
        if in_object:
            after = _AFTER_VALUE if self.last == ":" else _AFTER_KEY
        parts: list[str] = []
        at = self.at + 1
        while at < len(self.text):
            if plain := _PLAIN[quote].match(self.text, at):
                parts.append(plain.group().replace('"', '\\"'))
                at = plain.end()
            elif escape := _ESCAPE.match(self.text, at):
                parts.append(escape.group())
                at = escape.end()
            elif self.text[at] == "\\":
                at += 1  # an escape that JSON has not: \' and \x are their letters
            elif after.match(self.text, at + 1):
                at += 1
                break
            else:
                parts.append('\\"' if quote == '"' else quote)
                at += 1
        self.at = at
        self._value(f'"{"".join(parts)}"')
