"""Where article URLs come from: feeds, sitemaps, sections. Bytes in, URLs out."""
