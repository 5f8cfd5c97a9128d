"""The entry of a site that was tried out by its home page alone, and its way into a sites file."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import regex

from newscrawl.discovery.addresses import is_article
from newscrawl.errors import ConfigError
from newscrawl.fetching.scope import Scope, registered_domain
from newscrawl.items import Reason
from newscrawl.sites import NAME, Site, load
from newscrawl.text.urls import site_host, url_key, web_url
from newscrawl.trial.evidence import Evidence
from newscrawl.trial.sample import lies_below
from newscrawl.trial.site_verdict import foreign
from newscrawl.workers.source_work import SourceKind


def bare(address: str, name: str | None = None) -> Site:
    """The entry with which an address is tried out. Raises `ConfigError` where it is none, or the name is wrong."""
    url = web_url(address if "://" in address else f"https://{address}")
    if url is None:
        said = "what was given" if "@" in address else repr(address)  # it may hold a password
        raise ConfigError(f"{said} is no web address: give a paper's home page, such as https://www.example.org/")
    host = site_host(url)
    label = registered_domain(host).partition(".")[0] if registered_domain(host) != host else host.partition(".")[0]
    if label.startswith("xn--"):
        label = ""  # of other letters, as DNS has them
    named = name or regex.sub(r"[^a-z0-9_-]+", "-", (label if not label.isdecimal() else host).lower()).strip("-")
    if not named:
        raise ConfigError(f"{host} has no letters a-z to name the entry by: give it a --name")
    if not NAME.fullmatch(named):
        raise ConfigError(f"--name {named!r}: a name may hold only a-z, 0-9, - and _")
    return Site(name=named, home=url)


def site_of(url: str, sites: Sequence[Site], connect_to: str | None = None) -> Site:
    """The site of the registry whose page an address is, or an entry for it alone (`bare`). `connect_to`: as of
    `Config`."""
    scope = Scope(sites, connect_to)
    claiming = next((site for site in sites if scope.problem(url, site.name) is None), None)
    return scope.owner(url, claiming) if claiming else bare(url)


def front_of(url: str) -> str:
    """The first page of an address's host."""
    return urljoin(url, "/")


def refuse_story(url: str) -> None:
    """Raise `ConfigError` where an address is a story's, and no paper's."""
    if is_article(url):
        raise ConfigError(f"{url} is the address of a story: give the paper's home page, such as {front_of(url)}")


def refuse_known(site: Site, sites: list[Site], path: Path) -> None:
    """Raise `ConfigError` where the registry has the site, or its name, already."""
    for other in sites:
        is_there = site_host(site.home) in {site_host(url) for url in other.urls} and not other.article_url
        if is_there or url_key(site.home) == url_key(other.home):
            raise ConfigError(f"{path} has {site.home} already, as {other.name!r}: scrapy sites check {other.name}")
        if site.name == other.name:
            raise ConfigError(f"{path} has a site {site.name!r} already ({other.home}): give another --name")


def proposed(seen: Evidence) -> Site:
    """The entry that a trial by the home page suggests: of what it announces that which leads to articles.

    Sitemaps that an index names are found again from it. Where nothing was announced, or more than a trial asks, the
    entry has the home alone, from which a crawl finds it all.
    """
    found = {
        kind: tuple(s.url for s in seen.read(kind) if s.depth == 0 and s.url not in (seen.site.home, *seen.idle))
        for kind in (SourceKind.FEED, SourceKind.SITEMAP)
    }
    languages = Counter(article.language for article in seen.articles)
    language = languages.most_common(1)[0][0] if languages else foreign(seen) or seen.site.language
    home = seen.home or seen.site.home
    return replace(
        seen.site,
        home=home,
        feeds=() if seen.cut else found[SourceKind.FEED],
        sitemaps=() if seen.cut else found[SourceKind.SITEMAP],
        article_url=_folder_of(seen, home),
        language=language,
    )


def _folder_of(seen: Evidence, home: str) -> str:
    """The `article_url` of a paper that has a folder of a host for its language; "" where none is seen to be needed."""
    foreign_pages = [reject.url for reject in seen.rejects if reject.reason is Reason.WRONG_LANGUAGE]
    all_below = all(lies_below(article.url, home) for article in seen.articles)
    if home == front_of(home) or not all_below or not any(not lies_below(url, home) for url in foreign_pages):
        return ""
    folder = home.partition("://")[2].rstrip("/")
    escaped = regex.escape(folder, special_only=True).replace(r"\-", "-")
    return f"^https?://{escaped}/"


def as_toml(site: Site) -> str:
    """The entry as `sites.toml` has it: what is as by default is left out."""
    lines = ["[[site]]", f"name = {_quoted(site.name)}", f"home = {_quoted(site.home)}"]
    for key in ("feeds", "sitemaps", "sections"):
        if urls := getattr(site, key):
            lines += [f"{key} = [", *(f"    {_quoted(url)}," for url in urls), "]"]
    if site.article_url:
        lines.append(f"article_url = {_quoted(site.article_url)}")
    if site.language != Site(name="", home="").language:
        lines.append(f"language = {_quoted(site.language)}")
    return "\n".join(lines) + "\n"


def append(path: Path, entry: str) -> None:
    """Put an entry at the end of a sites file, which is made where there is none; whole or not at all. What is there
    stays as it is, byte for byte, and so do its mode, for headers may be credentials, and a link to it.

    Raises `ConfigError` where the file would not be valid with it, or cannot be written.
    """
    path = path.resolve()
    beside = path.with_name(f".{path.name}.new")
    try:
        before = path.read_bytes() if path.exists() else b""
        line = b"\r\n" if b"\r\n" in before else b"\n"
        gap = b"" if not before else line if before.endswith(b"\n") else line * 2
        beside.touch()
        if before:
            shutil.copymode(path, beside)
        beside.write_bytes(before + gap + entry.encode().replace(b"\n", line))
        try:
            load(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as e:
        raise ConfigError(f"{path} cannot be written ({e.strerror}): name another by --file") from e


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
