"""Bytes to story: everything that burns CPU on a page, as one pure function for worker processes."""

from newscrawl.extraction.story import extract

__all__ = ["extract"]
