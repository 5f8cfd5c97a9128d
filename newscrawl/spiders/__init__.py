"""The spiders. One is enough: a site is data."""
