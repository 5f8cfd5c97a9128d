"""A site tried out: a small crawl that stores nothing, what it found, the verdict, and the entry to propose."""
