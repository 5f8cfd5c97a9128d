"""What comes from outside, as it may be shown: no control of a terminal, no order of its own, no password."""

from __future__ import annotations

import regex

# Controls (C0 and C1, among them what begins an escape code), lone surrogates, line and paragraph separators, and
# characters that turn the order of what follows. Not the joiners, which Hindi needs to spell.
_UNSAFE = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINES = frozenset("\n\t")
# What stands between the scheme, whose slashes may be turned, and the last @ before the path; or a name and, where a
# port would be, a password with a slash in it. That is bounded, for it is looked for from each authority on.
_USERINFO = regex.compile(r"(?<=[/\\]{2})(?:[^/\\?#\s\"'<>]+|[^/\\?#\s\"'<>:]+:(?!\d{0,5}[/\\?#])[^\s\"'<>]{1,512})@")


def printable(text: str, *, lines: bool = False) -> str:
    """`text` with what a terminal would obey escaped (`\\x1b`), and user names and passwords of URLs left out.

    `lines`: line breaks and tabs stay, for what is printed as several lines.
    """
    if text.isascii() and text.isprintable() and "@" not in text:
        return text  # most of what is logged
    shown = _UNSAFE.sub(lambda m: m[0] if lines and m[0] in _LINES else _escaped(m[0]), text)
    return _USERINFO.sub("…@", shown) if "@" in shown else shown


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
