"""Tests of `newscrawl/why`."""
