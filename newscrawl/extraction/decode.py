"""Response bytes to text, by the rules browsers follow."""

from __future__ import annotations

from w3lib.encoding import html_to_unicode

# Devanagari in UTF-8 is E0 A4 xx / E0 A5 xx; pages that declare latin-1 or windows-1252 and hold these
# are UTF-8 with a wrong label (seen on older Hindi CMSes: the web server's default charset).
_DEVANAGARI_UTF8 = (b"\xe0\xa4", b"\xe0\xa5")
_SINGLE_BYTE = {"cp1252", "latin-1", "iso8859-1", "ascii"}


def decode(body: bytes, content_type: str | None) -> str:
    """Decode an HTML body: byte-order mark, then Content-Type charset, then meta charset, then UTF-8.

    A declared single-byte encoding is overruled when the bytes are valid UTF-8 and hold Devanagari.
    Undecodable bytes become U+FFFD; never raises.
    """
    encoding, text = html_to_unicode(content_type, body, default_encoding="utf-8")
    if encoding in _SINGLE_BYTE and any(mark in body for mark in _DEVANAGARI_UTF8):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            return text
    return text
