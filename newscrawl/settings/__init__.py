"""The profiles of settings, under one name everywhere: a wheel has the repository's `settings/` in this place."""

from pathlib import Path

# In a checkout they lie at the top, as in every Scrapy project; the build leaves this file out and puts them here.
__path__ = [str(Path(__file__).parents[2] / "settings")]
