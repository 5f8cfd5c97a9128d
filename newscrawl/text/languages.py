"""The languages that a text's identifier can tell."""

from __future__ import annotations

# ISO 639-1: those written in Devanagari that Hindi sites mix in, and English; "bh" for Bhojpuri and Maithili.
IDENTIFIED = ("hi", "en", "mr", "ne", "bh")
