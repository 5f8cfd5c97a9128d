"""Candidates for the story's lines: ways to read one page."""
