# ruff: noqa: E501  # tables of markup read better whole
"""Whatever a source holds, its reader answers in time that grows with its length, raises nothing but `NotReadable`, and
loses no good neighbour of what is bad."""

from __future__ import annotations

import importlib
import os
import pkgutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import newscrawl.discovery
import newscrawl.fetching
import newscrawl.text
from newscrawl.discovery.addresses import is_article
from newscrawl.discovery.links import Bounds, Discovered, NotReadable
from newscrawl.discovery.robots_file import announced_sitemaps, read_robots
from newscrawl.discovery.sections import announced_feeds, parse_section
from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.fetching.optout import head_licences, head_wishes
from newscrawl.text.dates import date_in_url, find_date
from newscrawl.text.printable import printable
from newscrawl.text.urls import listed_url, twin_of, url_key, web_url

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
SITE = "https://a.example"
MAP = f"{SITE}/map.xml"
NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)

# -- growth --------------------------------------------------------------------------------------------

# Runs of what the patterns name, and of what begins or ends a thing without its other half.
RUNS = [
    "a", "Z", "1", "-", ".", "/", "\\", " ", "\t", "\n", "=", '"', "'", "<", ">", "&", "#", "%", "@", ":", "?", "[", "]", "(",
    "म", "्", "ि", "१", "\u200d", "a-", "1-", "a=", "a ", "1 ", "1:", "/a", "//", "a.", "?p=", "&a", "&a;", "&#1", "<a", "<a ",
    "<a x='", "</", "<!", "<!--", "<![CDATA[", "<!DOCTYPE[", "<meta ", "<url>", "<loc>", "<item>", "<b><i>", "]]>", "-->",
    "\u0316\u0301", "jan ", "1 jan ", "2026-", "10:00 ", "शाम ", "x:y@", "xmlns:a=", "a='b' ",
]  # fmt: skip
# Without what a pattern needs at its end the engine does not even begin; behind a "!" no run is matched by it.
TAIL = """! = " ' > ; ] ) } - . : @ / ? # % & < 2026 html php बजे [ ( 1"""
SHORT, FACTOR = 1_000, 12
# Linear is 12 times as long, quadratic 144 times. What takes less than this is too short to tell.
MOST_FACTOR, TOO_SHORT = 5 * FACTOR, 0.05


def patterns() -> Iterator[tuple[str, Any]]:
    """Every compiled pattern of the rooms that read what comes from outside before extraction does."""
    for room in (newscrawl.discovery, newscrawl.text, newscrawl.fetching):
        for found in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            module: ModuleType = importlib.import_module(found.name)
            for name, value in vars(module).items():
                for number, one in enumerate(value if isinstance(value, list | tuple) else [value]):
                    if isinstance(one, regex.Pattern):
                        yield f"{found.name.rpartition('.')[2]}.{name}.{number}", one


def seconds(call: Callable[[], Any]) -> float:
    """CPU time of this thread, the least of three: other work does not count, the garbage collector hardly."""
    best = float("inf")
    for _ in range(3):
        start = time.thread_time()
        call()
        best = min(best, time.thread_time() - start)
        if best < TOO_SHORT / FACTOR:
            break
    return best


def grows_too_fast(call: Callable[[str], Any], run: str) -> bool:
    short, long = run * (SHORT // len(run)) + TAIL, run * (SHORT * FACTOR // len(run)) + TAIL
    started = time.thread_time()
    call(long)
    if time.thread_time() - started < TOO_SHORT:
        return False
    return seconds(lambda: call(long)) > MOST_FACTOR * max(seconds(lambda: call(short)), TOO_SHORT / FACTOR)


PATTERNS = dict(patterns())


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_takes_time_in_proportion(name: str) -> None:
    pattern = PATTERNS[name]
    is_bytes = isinstance(pattern.pattern, bytes)

    def search(text: str) -> None:
        given: Any = text.encode() if is_bytes else text
        for _ in pattern.finditer(given, timeout=20):
            pass
        pattern.fullmatch(given, timeout=20)

    slow = [run for run in RUNS if any(grows_too_fast(search, before + run) for before in ("", "a"))]
    assert not slow


def test_a_quadratic_pattern_is_found() -> None:
    pattern = regex.compile(r"[a-z]+\s=")
    assert grows_too_fast(lambda text: list(pattern.finditer(text)), "a")


def quietly(read: Callable[[str], Any]) -> Callable[[str], None]:
    def call(text: str) -> None:
        try:
            read(text)
        except NotReadable:
            return

    return call


READERS: dict[str, Callable[[str], Any]] = {
    "sitemap": lambda text: parse_sitemap(f"<urlset>{text}".encode(), MAP),
    "loc": lambda text: parse_sitemap(f"<urlset><url><loc>{text}</loc><lastmod>{text}".encode(), MAP),
    "list": lambda text: parse_sitemap(f"{SITE}/{text}".encode(), MAP),
    "anything": lambda text: parse_sitemap(text.encode(), MAP),
    "feed": lambda text: parse_sitemap(f"<rss><channel><item><title>{text}</title><link>{text}".encode(), MAP),
    "tag": lambda text: parse_sitemap(f"<rss {text}><channel>".encode(), MAP),
    "section": lambda text: parse_section(f"<a href='{SITE}/{text}'>{text}</a><a {text}>", f"{SITE}/"),
    "cards": lambda text: parse_section(
        "".join(f"<div class='{text[:9]}'><h2><a href='/a/{n}'>{text[:30]}</a>" for n in range(len(text) // 16)), f"{SITE}/"
    ),
    "mark": lambda text: parse_section(f"<div class='{text}' id='{text}'><a href='/a-b-c-d'>x</a></div>", f"{SITE}/"),
    "home": lambda text: announced_feeds(f"<link rel=alternate type={text} href={text}>", f"{SITE}/"),
    "address": lambda text: is_article(f"{SITE}/{text}"),
    "robots": lambda text: announced_sitemaps(f"Sitemap: {text}\n{text}".encode(), f"{SITE}/robots.txt"),
    "rules": lambda text: read_robots((f"User-agent: *\nDisallow: /{text}".encode(), f"{SITE}/robots.txt")),
    "wishes": lambda text: head_wishes(f"<meta {text}>{text}".encode()),
    "licences": lambda text: head_licences(f"<script type='application/rsl+xml'>{text}".encode() * 3 + b"</script>"),
    "date": lambda text: (find_date(text, NOW), date_in_url(f"{SITE}/{text}", NOW)),
    "url": lambda text: (web_url(text, SITE), listed_url(f"{SITE}/{text}", SITE), web_url(f"http://{text}")),
    "key": lambda text: (url_key(f"{SITE}/{text}"), twin_of(f"{SITE}/?{text}"), printable(f"//{text}@{text}")),
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_every_reader_takes_time_in_proportion(name: str) -> None:
    # Of a run only the beginning stands in a card.
    runs = RUNS[::6] if name == "cards" else RUNS
    assert not [run for run in runs if grows_too_fast(quietly(READERS[name]), run)]


BIG = {
    "elements aside": f"<rss><channel><item>{'<source>' * 200_000}{'</author>' * 200_000}",
    "beginnings before an end": f"<rss><channel>{'<म' * 1_000_000}>",
    "doctypes before an end": f"<rss><channel>{'<!DOCTYPE[ ' * 300_000}>",
    "pages of its own": "<rss><channel>"
    + f"<link>{SITE}/{'a' * 3_000}</link>" * 100
    + "<item><link>/a-b-1</link></item>" * 20_000,
}


@pytest.mark.parametrize("text", BIG.values(), ids=BIG)
def test_a_feed_costs_no_more_than_its_length(text: str) -> None:
    """Each took minutes: what was looked for, or looked through, at each element was as long as the feed."""
    quietly(READERS["anything"])(text)


@pytest.mark.parametrize("opening", ["<a href='/khabar-ek-do-teen-#'><div>", "<div data-href='/khabar-ek-do-teen-#'>"])
def test_links_that_stand_in_each_other_are_looked_into_so_far(opening: str) -> None:
    """Each of a thousand links said all that the others say, and the whole page."""
    page = "".join(opening.replace("#", str(n)) for n in range(1_000)) + "शब्द और " * 60_000
    assert parse_section(page, f"{SITE}/").articles


def test_the_rules_of_a_group_for_thousands_are_kept_for_those_that_are_asked_about() -> None:
    """They were kept for each of its names: half a megabyte of a robots.txt took gigabytes."""
    names = "".join(f"User-agent: a{n}\n" for n in range(9_000))
    robots = f"{names}User-agent: newscrawl\n" + "".join(f"Disallow: /{n}\n" for n in range(9_000))
    rules, *_ = read_robots((robots.encode(), f"{SITE}/robots.txt"), ["newscrawl"])
    assert not rules.can_fetch(f"{SITE}/8999", "newscrawl") and rules.can_fetch(f"{SITE}/x", "newscrawl")


# -- fuzz ----------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["<", ">", "</", "/>", "&", "&amp;", "&x;", "&#0;", "&#xD800;", "<![CDATA[", "]]>", "<!--", "-->", "<?xml ?>", "<!DOCTYPE x [",
     "<!ENTITY a 'b'>", "]>", "<url>", "</url>", "<loc>", "</loc>", "<lastmod>", "</lastmod>", "<news:news>", "</news:news>", "<item>",
     "</item>", "<entry>", "<link>", "</link>", "<link href='/x' rel=self />", "<guid>", "</guid>", "<title>", "</title>", "<source>",
     "<description>", "</channel>", "</rss>", "</urlset>", "<sitemap>", "</sitemap>", "http://[", "https://b.example:99999/", "//",
     "?p=1", "2026-11-25", "20 auguſt 2026", "9" * 5000, "+25:00", "9999-12-31", "\x00", "\x0b", "\ufeff", "\ufffe", "\u2028", "म", "\n", " ", "'", '"', "xmlns:a='x'"]
)  # fmt: skip
NOISE = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join)
FUZZ = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
BOUNDS = Bounds(now=NOW)
# As a browser makes it of any of them: nothing that would leave the site's web or break a request.
WEB = regex.compile(r"https?://[^/\s@\\]+(?:/[^\x00-\x1f]*)?(?:\?[^\x00-\x1f]*)?")


def sound(found: Discovered) -> list[str]:
    for url in (*found.articles, *found.further):
        assert WEB.fullmatch(url) and len(url) <= 4096
        url_key(url)
    for hint in found.articles.values():
        assert all(when is None or when.year < 2027 for when in (hint.published_at, hint.modified_at))
    assert all(count > 0 for count in found.left_out.values())
    return list(found.articles)


def url(number: int) -> str:
    return f"{SITE}/khabar-ek-do-teen-{number}"


@FUZZ
@given(NOISE, st.sampled_from(["utf-8", "utf-16", "latin-1"]), st.binary(max_size=12))
def test_any_bytes_are_read_or_not_readable(noise: str, encoding: str, tail: bytes) -> None:
    for start in ("", "<urlset>", "<sitemapindex>", "<rss><channel>", "<feed>", f"{SITE}/x\n"):
        body = (start + noise).encode(encoding, "replace") + tail
        try:
            sound(parse_sitemap(body, MAP, None, BOUNDS))
        except NotReadable:
            continue


# What opens and does not close may take all that follows for its own; anything else may not.
SWALLOWS = ("<!--", "<![CDATA[", "<!DOCTYPE", "<?", "'", '"', "<!E")


@FUZZ
@given(NOISE.filter(lambda noise: not any(opening in noise for opening in SWALLOWS)))
def test_no_good_neighbour_of_a_bad_entry_is_lost(noise: str) -> None:
    good = [f"<url><loc>{url(n)}</loc></url>" for n in (1, 2)]
    names = sound(
        parse_sitemap(
            f"<urlset>{good[0]}<url><loc>{noise}</loc></url>{good[1]}</urlset>".encode("utf-8", "replace"), MAP
        )
    )
    assert names[0] == url(1) and url(2) in names
    items = [f"<item><link>{url(n)}</link></item>" for n in (1, 2)]
    feed = f"<rss><channel>{items[0]}<item><link>{noise}</link></item>{items[1]}</channel></rss>"
    names = sound(parse_sitemap(feed.encode("utf-8", "replace"), f"{SITE}/feed"))
    assert names[0] == url(1) and url(2) in names


@FUZZ
@given(NOISE, st.text(max_size=20))
def test_any_page_and_any_robots_txt_is_read(noise: str, text: str) -> None:
    page = f"<a href='{url(1)}'>x</a>{noise}<a href='{text}'>{noise}</a>"
    try:
        assert sound(parse_section(page, f"{SITE}/rajya/"))[0] == url(1)
        announced_feeds(page, SITE)
    except NotReadable:
        assert not page.strip()
    head_wishes(page.encode("utf-8", "replace"))
    robots = f"Sitemap: /ek.xml\nSitemap: {noise}\n{text}\nSitemap: /do.xml\n".encode("utf-8", "replace")
    rules, sitemaps, *_ = read_robots((robots, f"{SITE}/robots.txt"))
    assert {f"{SITE}/ek.xml", f"{SITE}/do.xml"} <= set(sitemaps)
    rules.can_fetch(url(1), "newscrawl")
