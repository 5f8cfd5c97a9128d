"""The stages of the item pipeline, in order: extract, dedupe, store. Each is thin; the work is in newscrawl/."""
