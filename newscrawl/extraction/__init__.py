"""Bytes to story: everything that burns CPU on a page, as one pure function (`story.extract`) for worker processes.

Nothing is imported here: the crawl process needs the templates alone, and trafilatura takes a second and 60 MB.
"""
