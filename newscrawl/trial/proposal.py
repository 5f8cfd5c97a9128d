"""The entry of a site that was tried out by its home page alone, and its way into a sites file."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import regex

from newscrawl.errors import ConfigError
from newscrawl.fetching.scope import registered_domain
from newscrawl.sites import NAME, Site, load
from newscrawl.text.urls import site_host, web_url
from newscrawl.trial.evidence import Evidence
from newscrawl.trial.site_verdict import foreign
from newscrawl.workers.source_work import SourceKind


def bare(address: str, name: str | None = None) -> Site:
    """The entry with which an address is tried out. Raises `ConfigError` where it is none, or the name is wrong."""
    url = web_url(address if "://" in address else f"https://{address}")
    if url is None:
        raise ConfigError(f"{address!r} is no web address: give a paper's home page, such as https://www.example.org/")
    host = site_host(url)
    label = registered_domain(host).partition(".")[0] if registered_domain(host) != host else host.partition(".")[0]
    named = name or regex.sub(r"[^a-z0-9_-]+", "-", (label if not label.isdecimal() else host).lower()).strip("-")
    if not NAME.fullmatch(named):
        raise ConfigError(f"--name {named!r}: a name may hold only a-z, 0-9, - and _")
    return Site(name=named, home=url)


def refuse_known(site: Site, sites: list[Site], path: Path) -> None:
    """Raise `ConfigError` where the registry has the site, or its name, already."""
    for other in sites:
        if site_host(site.home) in {site_host(url) for url in other.urls} and not other.article_url:
            raise ConfigError(f"{path} has {site.home} already, as {other.name!r}: scrapy sites check {other.name}")
        if site.name == other.name:
            raise ConfigError(f"{path} has a site {site.name!r} already ({other.home}): give another --name")


def proposed(seen: Evidence) -> Site:
    """The entry that a trial by the home page suggests: what it announces and what could be read of that.

    Sitemaps that an index names are found again from it; where nothing was announced, the home page's links are used.
    """
    found = {
        kind: tuple(s.url for s in seen.read(kind) if s.depth == 0 and s.url != seen.site.home)
        for kind in (SourceKind.FEED, SourceKind.SITEMAP)
    }
    languages = Counter(article.language for article in seen.articles)
    language = languages.most_common(1)[0][0] if languages else foreign(seen) or seen.site.language
    home = seen.home or seen.site.home
    return replace(
        seen.site, home=home, feeds=found[SourceKind.FEED], sitemaps=found[SourceKind.SITEMAP], language=language
    )


def as_toml(site: Site) -> str:
    """The entry as `sites.toml` has it: what is as by default is left out."""
    lines = ["[[site]]", f"name = {_quoted(site.name)}", f"home = {_quoted(site.home)}"]
    for key in ("feeds", "sitemaps", "sections"):
        if urls := getattr(site, key):
            lines += [f"{key} = [", *(f"    {_quoted(url)}," for url in urls), "]"]
    if site.language != Site(name="", home="").language:
        lines.append(f"language = {_quoted(site.language)}")
    return "\n".join(lines) + "\n"


def append(path: Path, entry: str) -> None:
    """Put an entry at the end of a sites file, which is made where there is none; whole or not at all.

    Raises `ConfigError` where the file would not be valid with it, or cannot be written.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
        beside.write_text(before + gap + entry, encoding="utf-8")
        try:
            load(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as e:
        raise ConfigError(f"{path} cannot be written ({e.strerror}): name another by --file") from e


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
