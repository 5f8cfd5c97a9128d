"""Where article URLs come from: feeds, sitemaps, section pages. Pure parsers: bytes in, URLs out."""
