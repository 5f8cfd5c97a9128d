"""A site tried out by a crawl of a few pages that stores none: what it saw, the verdict, the entry to propose."""
