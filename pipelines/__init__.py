"""The stages of the item pipeline, each thin: extract, dedupe, store."""
