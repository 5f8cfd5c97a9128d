"""Which extraction this is: a number that says of a row whether a newer one would read its page otherwise.

It is raised by hand, with a change that can give a page another text, headline, date, verdict or other column, and not
with each change: a row is read anew only for a number that grew, and an archive takes days. A digest of the rules would
be raised by a renamed variable, and would not say which of two is newer. So that nobody forgets, the digest stands
beside it, and a test compares it (`tests/extraction/test_version.py`).
"""

from __future__ import annotations

# 1: the first that rows name. 2: `origin`. 3: a story printed twice is told once. 4: a promo says so in a few words.
# 5: a canonical address on mobile. is the site's own. 6: other stories below under a lesser heading; rows of tables.
# 7: a stray byte costs no page; of JSON-LD the node that is about the page; dates of other forms; who wrote it and its
# section, from print; boxes that ask the reader for something. 8: fewer rules for lists of links; agencies wherever
# papers print them; live blogs and opinions by a label; two dates of a line; no logos. 9: paragraphs within a font or
# an element of the site's own, and rows of figures, are lines each; captions and pasted cards without a name. 10: lists
# told below their pictures; sections of a page builder under a heading of the first level each. 11: date and author
# behind a summary that nothing names, and none of them in the text; names without offices; sections without what a CMS
# or a link is called; lists under numbered headings whole; "More from" any paper. 12: what stands in spans below a
# gallery's pictures is a line each, its first heading is told; a live blog whose entries are articles has its
# introduction.
EXTRACTION_VERSION = 12
# Of everything that decides on a text, without comments: the test prints the new one.
RULES_DIGEST = "4341e1e903001be8"
