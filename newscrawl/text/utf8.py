"""Whether bytes are UTF-8, whatever they are labelled."""

from __future__ import annotations

import codecs

# Of characters beyond ASCII, how many well-formed ones there are for one that is none. Text of another encoding is
# hardly ever well-formed by chance: of windows-1252, of old Hindi fonts, of GBK nearly all such bytes are faults.
_FAULTS = 4


def is_utf8(body: bytes) -> bool:
    """Whether bytes are UTF-8, give or take a stray byte that was pasted in or cut through: one must not cost a page.

    A character that the end cuts off is no fault; ASCII alone is UTF-8.
    """
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
        return True
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        faults = text.count("\ufffd")
        beyond = len(text) - len(text.encode("ascii", "ignore"))
        return beyond - faults >= _FAULTS * faults
