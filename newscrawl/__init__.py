"""newscrawl: the Hindi news web as a clean, deduplicated, queryable archive."""

__version__ = "0.1.0"
