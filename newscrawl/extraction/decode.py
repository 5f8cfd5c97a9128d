"""Response bytes to text, by the rules browsers follow."""

from __future__ import annotations

import codecs

import regex
from w3lib.encoding import html_to_unicode

from newscrawl.text.utf8 import is_utf8

# What Python calls an encoding and no browser does: transformations of bytes ("zlib", "base64"), which raise here or
# blow a page up, and encodings of its own for names and source code.
_NO_CHARSETS = frozenset(
    ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "utf_7", "mbcs", "oem", "palmos")
)
_CHARSET = regex.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", regex.IGNORECASE)
# Browsers look for the declaration of a charset no further; some are late.
_HEAD_BYTES = 4096
_WIDE = ("utf-16", "utf-32")


def decode(body: bytes, content_type: str | None) -> str:
    """Decode an HTML body: byte-order mark, then Content-Type charset, then meta charset, then UTF-8.

    Another declared encoding is overruled when the bytes are UTF-8, give or take a stray one: such a label is a web
    server's default. So is one of UTF-16 where tags are of single bytes. A label that is no charset is as none.
    Undecodable bytes become U+FFFD; never raises.
    """
    if content_type and not all(map(_is_charset, _CHARSET.findall(content_type.encode("latin-1", "replace")))):
        content_type = None
    if not all(map(_is_charset, _CHARSET.findall(body[:_HEAD_BYTES]))):
        # Only the label is looked at there: what it labels stays as it is.
        body = _CHARSET.sub(lambda m: m[0] if _is_charset(m[1]) else b"x", body[:_HEAD_BYTES]) + body[_HEAD_BYTES:]
    encoding, text = html_to_unicode(content_type, body, default_encoding="utf-8")
    if encoding == "utf-8" or (encoding.startswith(_WIDE) and b"\0" in body[:_HEAD_BYTES]):
        return text
    # Without a zero byte nothing is of two bytes a letter: no tag could be read.
    return body.decode("utf-8", "replace") if encoding.startswith(_WIDE) or is_utf8(body) else text


def _is_charset(label: bytes) -> bool:
    """Whether a label may be taken at its word; one that nobody knows is left to detection as well."""
    try:
        found = codecs.lookup(label.decode("ascii"))
    except (LookupError, UnicodeError):
        return True  # unknown to everybody: as none already
    return found._is_text_encoding and found.name not in _NO_CHARSETS
