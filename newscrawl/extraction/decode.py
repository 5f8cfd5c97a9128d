"""Response bytes to text, by the rules browsers follow."""

from __future__ import annotations

from w3lib.encoding import html_to_unicode


def decode(body: bytes, content_type: str | None) -> str:
    """Decode an HTML body: byte-order mark, then Content-Type charset, then meta charset, then UTF-8.

    Another declared encoding is overruled when the bytes are valid UTF-8 and not plain ASCII: such a label is a web
    server's default, and text of another encoding is hardly ever valid UTF-8 by chance.
    Undecodable bytes become U+FFFD; never raises.
    """
    encoding, text = html_to_unicode(content_type, body, default_encoding="utf-8")
    if encoding not in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32") and not body.isascii():
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            return text
    return text
