"""Imported by the fork server alone, once: what every worker needs is loaded before the first is forked.

Workers then share its memory (the language model alone has 50 MB) and start, also after their recycling, at once.
"""

from __future__ import annotations

import gc

from newscrawl.dedup.signature import signature
from newscrawl.extraction import language
from newscrawl.extraction.clean import phrases
from newscrawl.extraction.story import extract as _extract  # noqa: F401  # trafilatura and all the rest
from newscrawl.workers import memory
from newscrawl.workers.source_work import read_source as _read_source  # noqa: F401  # feeds, sitemaps, sections

# First: to load the language model takes 30 MB more than it keeps.
memory.give_back()
# Each fills the tables that its module makes at first use.
phrases.load()
language.detect("load the model")
signature("तालिका")
# The collector would write into every object that it visits, and so copy the pages that workers share.
gc.collect()
gc.freeze()
memory.keep_for_the_next_page()
