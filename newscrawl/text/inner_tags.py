"""Tags inside a value that should be plain text: a headline or a name that an editor's markup got into."""

from __future__ import annotations

import regex

# Of an opening or a closing tag.
MARKUP = regex.compile(r"</?[A-Za-z][^<>]{0,2000}+>")
