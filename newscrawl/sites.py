"""The site registry: a site is data (`sites.toml`), not a class."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl.errors import ConfigError, program
from newscrawl.text.urls import says, web_url

SHIPPED = Path(__file__).with_name("sites.toml")

# Sites that a refusal names.
_NAMED = 5
# What an entry may be called.
NAME = regex.compile(r"[a-z0-9_-]+")
_HEADER = regex.compile(r"^\s*\[\[\s*site\s*\]\]")
# Keys that have a few values, the default first.
_CHOICES = {"kind": ("judge", "trust"), "canonical": ("believe", "ignore"), "sitemap_order": ("", "first", "last")}
# A header's name (RFC 9110, 5.6.2), and a value that no parser takes for two lines.
_HEADER_NAME, _HEADER_VALUE = regex.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), regex.compile(r"[\x20-\x7e]*")
# What the crawler itself says: who it is, how it reads an answer, what it knows of it.
_OWN_HEADERS = frozenset((
    "accept-encoding", "connection", "content-length", "host", "if-modified-since", "if-none-match", "range", "referer",
    "te", "transfer-encoding", "upgrade", "user-agent",
))  # fmt: skip
_VARIABLE = regex.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
# A request a second is what a reader with many tabs does; the default for a site that says nothing.
DEFAULT_DELAY = 1.0
# A delay of more than an hour is a typing error: not one page a run would be fetched.
MAX_DELAY = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One publisher. `delay` is in seconds between requests to a host; `article_url` a regex or "".

    `kind`: of its pages; "judge" looks at each, "trust" takes every address that its sources name for an article.
    `render`: its pages get their text by script, and are read after a browser ran those.
    `canonical`: "ignore" where its pages name a wrong address as their own. `sitemap_order`: where the newest maps
    stand in an index that tells no dates ("": nobody knows). `headers`: name and value, for `header_origins` alone.
    """

    name: str
    home: str
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    delay: float = DEFAULT_DELAY
    article_url: str = ""
    language: str = "hi"
    kind: str = "judge"
    render: bool = False
    canonical: str = "believe"
    sitemap_order: str = ""
    # They may be credentials: in no log, report or message.
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def names(self, url: str) -> bool:
        """Whether the entry itself says that there is an article at a URL."""
        return self.kind == "trust" or (self.calls_articles and says(self.article_url, url))

    def wants(self, url: str) -> bool:
        """Whether the entry lets a URL be taken for an article's."""
        return not self.article_url or says(self.article_url, url)

    @property
    def calls_articles(self) -> bool:
        """Whether `article_url` says what an article is. One that a section's address matches, too, only says where the
        paper's pages are, among those of other languages, unless the entry is to be trusted."""
        listings = (*self.urls, f"{self.home.rstrip('/')}/desh", f"{self.home.rstrip('/')}/desh/")
        is_wide = any(says(self.article_url, url) for url in listings)
        return bool(self.article_url) and (self.kind == "trust" or not is_wide)

    @property
    def judges_by(self) -> str:
        """What of the entry decides whether a page is a story."""
        return f"{self.kind} {self.language} {self.render:d} {self.article_url}"

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL that the entry names."""
        return (self.home, *self.feeds, *self.sitemaps, *self.sections)

    @property
    def hosts(self) -> frozenset[str]:
        """Host names (no port) that the entry names; see `discovery.scope` for what may be fetched."""
        return frozenset(urlsplit(url).hostname or "" for url in self.urls)

    def header_origins(self, is_own: Callable[[str], bool]) -> frozenset[str]:
        """Scheme, host and port of the URLs that the entry names on its own domain (`is_own` of a host name): a feed
        service that it names is told no secret of the paper's."""
        return frozenset(origin(url) for url in self.urls if is_own(urlsplit(url).hostname or ""))


def origin(url: str) -> str:
    """Scheme, host and port of a URL, in one form."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def load(path: Path, pick: Iterable[str] = ()) -> list[Site]:
    """Read a registry; `pick` keeps only these names, in the registry's order.

    Raises `ConfigError` on a file that cannot be read, bad TOML, an unknown key, a bad value, a duplicate
    or unknown name: one line with file, line and mend.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows' editors put a mark before it
        data = tomllib.loads(text)
    except OSError as e:
        mend = "give a crawl -a sites_file=PATH, `sites` --file PATH"
        raise ConfigError(f"{path}: cannot read the sites file ({e.strerror}); {mend}") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path}: not UTF-8 at byte {e.start}; save the sites file as UTF-8") from e
    except (ValueError, RecursionError) as e:  # TOML's own error, or a number of more figures than Python reads
        raise ConfigError(f"{path}: not valid TOML: {e}") from e
    lines = text.splitlines()
    if unknown := sorted(set(data) - {"site"}):
        raise ConfigError(f"{path}:{_line(lines, unknown[0])}: unknown key {unknown[0]!r}; sites stand under [[site]]")
    tables = data.get("site", [])
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"{path}: no [[site]] entry; add one with at least name and home")
    starts = [n for n, line in enumerate(lines, 1) if _HEADER.match(line)]
    sites: dict[str, Site] = {}
    for number, table in enumerate(tables):
        start = starts[number] if number < len(starts) else 1
        end = starts[number + 1] - 1 if number + 1 < len(starts) else len(lines)
        site = _site(path, table, lines, start, end)
        if site.name in sites:
            raise ConfigError(
                f"{path}:{_line(lines, 'name', start, end)}: the name {site.name!r} is taken by an earlier entry; "
                "names are unique"
            )
        sites[site.name] = site
    wanted = list(pick)
    for name in wanted:
        if name not in sites:
            raise ConfigError(f"{path}: no site named {name!r}; {_near(path, name, sites)}")
    return [s for s in sites.values() if not wanted or s.name in wanted]


def _near(path: Path, name: str, sites: Collection[str]) -> str:
    """What somebody who wrote this name may have meant."""
    near = difflib.get_close_matches(name, sites) or [site for site in sites if name and name in site]
    if near:
        return f"did you mean {' or '.join(near[:_NAMED])}?"
    more = len(sites) - _NAMED
    return f"it has {', '.join([*sites][:_NAMED])}" + (
        f" and {more} more (`{program()} sites {path}`)" if more > 0 else ""
    )


# Hosts of one site: what such a label stands before is served under both, and is one publisher's.
_SAME_PAGES = regex.compile(r"^(?:www|m|amp|mobile)[.](?=[^.]+[.])")


def doubts(sites: Iterable[Site], languages: Collection[str]) -> Iterator[str]:
    """What is likely wrong in entries that are valid, a line each, with the mend. `languages`: that can be told."""
    by_host: dict[str, list[Site]] = {}
    by_source: dict[str, list[Site]] = {}
    for site in sites:
        host = urlsplit(site.home).hostname or ""
        by_host.setdefault(_SAME_PAGES.sub("", host), []).append(site)
        for url in dict.fromkeys((*site.feeds, *site.sitemaps, *site.sections)):
            by_source.setdefault(url, []).append(site)
        for url in site.urls:
            if url.startswith("http:"):
                yield f"{site.name}: {url} is asked without TLS: write https where the site has it"
        if site.language not in languages:
            yield (
                f'{site.name}: language = "{site.language}" is told of no text, so each of its pages is refused: '
                f"take one of {', '.join(languages)}"
            )
        if site.article_url and not any(_may_match(site.article_url, url) for url in site.urls):
            yield f"{site.name}: article_url matches no address of a host that the entry names: look at its start"
    for host, shared in by_host.items():
        if len(shared) > 1 and not all(site.article_url for site in shared):
            names = _names(shared)
            yield f"{host}: {names} have one host, and its pages go to whichever is first: give each an article_url"
    for url, shared in by_source.items():
        if len(shared) > 1 and not all(site.article_url for site in shared):
            names = _names(shared)
            yield f"{url}: a source of {names}; its pages go to whichever asks first: leave it to one of them"


def _names(sites: Iterable[Site]) -> str:
    return ", ".join(site.name for site in sites)


def _may_match(pattern: str, url: str) -> bool:
    """Whether an address of a URL's host can match."""
    parts = urlsplit(url)
    return regex.search(pattern, f"{parts.scheme}://{parts.netloc}/", partial=True) is not None


def _site(path: Path, table: dict[str, Any], lines: list[str], start: int, end: int) -> Site:
    def fail(key: str, message: str) -> ConfigError:
        return ConfigError(f"{path}:{_line(lines, key, start, end)}: {message}")

    known = {f.name for f in fields(Site)}
    for key in table:
        if key not in known:
            raise fail(key, f"unknown key {key!r}; a site has {', '.join(f.name for f in fields(Site))}")
    for key in ("name", "home"):
        if not isinstance(table.get(key), str):
            raise fail(key, f'a site needs {key} = "..."')
    if not NAME.fullmatch(table["name"]):
        raise fail("name", f"the name {table['name']!r} may hold only a-z, 0-9, - and _")
    values: dict[str, Any] = dict(table)
    for key in ("feeds", "sitemaps", "sections"):
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise fail(key, f"{key} is a list of URLs")
        values[key] = tuple(value)
    for key in ("home", "feeds", "sitemaps", "sections"):
        urls = (values[key],) if key == "home" else values[key]
        for url in urls:
            if problem := _url_problem(url):
                raise fail(key, f"{url!r} {problem}")
        # With the host as requests have it.
        urls = tuple(web_url(url) or url for url in urls)
        values[key] = urls[0] if key == "home" else urls
    delay = table.get("delay", DEFAULT_DELAY)
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= MAX_DELAY:
        raise fail("delay", f"delay = {delay!r} must be a number of seconds from 0 to {MAX_DELAY:g}")
    values["delay"] = float(delay)
    for key, choices in _CHOICES.items():
        if table.get(key, choices[0]) not in choices:
            raise fail(key, f"{key} = {table[key]!r} is none of {', '.join(filter(None, choices))}")
    if not isinstance(table.get("render", False), bool):
        raise fail("render", f"render = {table['render']!r} is neither true nor false")
    if problem := _headers_problem(table.get("headers", {})):
        raise fail("headers", problem)
    values["headers"] = tuple((name, _told(value)) for name, value in table.get("headers", {}).items())
    for key in ("article_url", "language"):
        if not isinstance(table.get(key, ""), str):
            raise fail(key, f"{key} is a string")
    try:
        regex.compile(table.get("article_url", ""))
    except regex.error as e:
        raise fail("article_url", f"article_url is no regular expression: {e}") from e
    return Site(**values)


def _headers_problem(headers: Any) -> str | None:
    """What is wrong with a site's headers; no value is told, for it may be a secret."""
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        return 'headers is a table of texts: headers = { Accept-Language = "hi" }'
    names = [name.lower() for name in headers]
    for name, value in headers.items():
        if names.count(name.lower()) > 1:
            return f"the header {name.lower()} stands there twice"
        if not _HEADER_NAME.fullmatch(name):
            return f"{name!r} is no name of a header"
        if name.lower() in _OWN_HEADERS:
            return (
                f"the header {name} is the crawler's own (who crawls is said by USER_AGENT and NEWSCRAWL_CONTACT_URL)"
            )
        if (variable := _VARIABLE.fullmatch(value)) and variable[1] not in os.environ:
            return f"the header {name} is to be ${variable[1]}, which the environment does not have: set it"
        if not _HEADER_VALUE.fullmatch(_told(value)):
            return f"the value of the header {name} may hold only visible ASCII"
    return None


def _told(value: str) -> str:
    """A header's value, from the environment where it is a variable's name."""
    variable = _VARIABLE.fullmatch(value)
    return os.environ[variable[1]] if variable else value


def _url_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as e:
        return f"is no URL ({e})"
    if parts.scheme not in ("http", "https"):
        return "is no http or https URL"
    if not parts.hostname or port == 0 or regex.search(r"\s", url):
        return "is no URL with a host"
    if parts.username or parts.password:
        return "holds a user name or password; credentials do not belong into a sites file"
    return None


def _line(lines: list[str], key: str, start: int = 1, end: int | None = None) -> int:
    pattern = regex.compile(rf"""^\s*["']?{regex.escape(key)}["']?\s*(=|\.)""")
    for number in range(start, (end or len(lines)) + 1):
        if pattern.match(lines[number - 1]):
            return number
    return start
