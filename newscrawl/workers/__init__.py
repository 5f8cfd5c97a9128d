"""Worker processes: all the CPU of a crawl, beside the event loop."""
