"""One run of the crawler: what it holds open, what it commits, what it reports."""
