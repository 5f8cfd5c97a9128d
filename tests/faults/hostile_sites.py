"""Sites that are hostile each in its own way, as data: what they serve, and where a run says what became of it."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.samples import OTHER, STORY, html
from tests.support import Answer

XML = {"Content-Type": "application/xml"}
DAY = {"Retry-After": "86400"}
Pages = dict[str, Answer | list[Answer]]

_WORDS = f"{STORY} {OTHER}".split()


def story(number: int, head: str = "", body: str = "<article>", **headers: str) -> Answer:
    """A story of its own: words of two others, in an order that is this number's."""
    order = random.Random(number)
    lines = "\n".join(" ".join(order.sample(_WORDS, 22)) + "।" for _ in range(6))
    page = html(f"{lines}\nयह समाचार क्रमांक {number} है।", f"समाचार क्रमांक {number}")
    return 200, headers, page.replace("<head>", f"<head>{head}").replace("<article>", body).encode()


def paths(number: int, name: str = "khabar") -> list[str]:
    return [f"/{name}-shahar-ki-{n + 101}" for n in range(number)]


def feed(*links: str) -> Answer:
    return 200, XML, f"<rss>{''.join(f'<item><link>{link}</link></item>' for link in links)}</rss>".encode()


def urlset(links: list[str]) -> Answer:
    return 200, XML, f"<urlset>{''.join(f'<url><loc>{link}</loc></url>' for link in links)}</urlset>".encode()


def drip() -> Iterator[bytes]:
    yield b"<html><head>"
    for _ in range(120):
        time.sleep(0.5)
        yield b" "


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """`pages` of a site's URL and that of the plain site; `lists` as in its entry. `told`: a field of run.json, or
    `rejects` or `articles` for rows of it, with the word that must stand there."""

    pages: Callable[[str, str], Pages]
    told: tuple[str, str]
    lists: dict[str, list[str]] = field(default_factory=lambda: {"feeds": ["/feed"]})
    short: bool = False
    # What becomes of its pages, where the site has good ones: the reason of a reject, "" of a story that is stored.
    outcomes: dict[str, str] = field(default_factory=dict)


def _one(answer: Callable[[str], Answer | list[Answer]]) -> Callable[[str, str], Pages]:
    """One story, which answers so."""
    return lambda url, plain: {"/feed": feed(*paths(1)), paths(1)[0]: answer(url)}


def _all(answer: Answer, number: int = 20) -> Callable[[str, str], Pages]:
    """Many stories, which all answer so."""
    return lambda url, plain: {"/feed": feed(*paths(number))} | dict.fromkeys(paths(number), answer)


def _robots(answer: Answer) -> Callable[[str, str], Pages]:
    return lambda url, plain: {"/robots.txt": answer, "/feed": feed(*paths(3))} | {p: story(9) for p in paths(3)}


def _source(answer: Answer) -> Callable[[str, str], Pages]:
    return lambda url, plain: {"/feed": answer}


def _trap(url: str, plain: str) -> Pages:
    """Each listing page names fifteen others, and a story, so that there is always news."""
    pages: Pages = {}
    for n in range(200):
        links = "".join(f'<a href="/desh/page/{15 * n + m}">{m}</a>' for m in range(1, 16))
        pages[f"/desh/page/{n}" if n else "/desh/"] = (200, {}, f'{links}<a href="{paths(n + 1)[n]}">x</a>'.encode())
    return pages


def _bad_links(url: str, plain: str) -> Pages:
    host = url.removeprefix("http://")
    return {
        "/feed": feed(f"http://editor@{host}/khabar-ek-101", f"http://user:geheim@{host}/khabar-do-102",
                      f"http://{host}\\@{plain[7:]}/khabar-tin-103", "http://[::1/khabar-char-104", paths(1)[0]),
        paths(1)[0]: story(7),
    }  # fmt: skip


def _thief(url: str, plain: str) -> Pages:
    """Each page says that it is a story of the plain site."""
    stolen = [story(500 + n, f'<link rel="canonical" href="{plain}{path}">') for n, path in enumerate(paths(10))]
    return {"/feed": feed(*paths(10, "nakal"))} | dict(zip(paths(10, "nakal"), stolen, strict=True))


def _odd_robots(url: str, plain: str) -> Pages:
    """Numbers, addresses and bytes that are none, in all that is read of a host before its first page."""
    rules = b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: %s\nRequest-rate: 1/0\nDisallow: http://[\n\x00Sitemap: http://[\n"
    wishes = b"License: http://[\nLicense: /rsl.xml\nContent-Usage: \xff train-ai=%s\nContent-Signal: ai-train=\xb2\n"
    rsl = '<rsl xmlns="https://rslstandard.org/rsl"><content url="http://["/><content url="/ek-"/></rsl>'
    odd = b'{"location": "/\\ud800", "tdm-reservation": %s}, {"location": "/\xff"}' % (b"9" * 5000)
    return {
        "/robots.txt": (200, {}, (rules + wishes).replace(b"%s", b"9" * 5000)),
        "/rsl.xml": (200, {}, rsl.encode()),
        "/.well-known/tdmrep.json": (200, {}, b'[%s, {"location": "/band-", "tdm-reservation": 1}]' % odd),
        "/feed": feed(*paths(2), *paths(1, "band")),
        **{path: story(700 + number) for number, path in enumerate([*paths(2), *paths(1, "band")])},
    }


_CONTROLS = "\x1b]0;naam\x07\x1b[31m\x9b2J\u202e"
_ATTRIBUTES = " ".join(f"a{n}=1" for n in range(60_000))
_LINES = "".join(f"<p>पंक्ति {n}</p>" for n in range(100_000))
_DASHES = f'<a href="/{"-" * 6000}">x</a><a href="{paths(1)[0]}">y</a>'.encode()

HOSTILE: dict[str, Hostile] = {
    "headers": Hostile(
        pages=_one(lambda url: story(1, **{f"X-{n}": "a" * 60 for n in range(9000)})),
        told=("rejects", "too_large"), short=True,
    ),
    "drip": Hostile(pages=_one(lambda url: (200, {}, drip())), told=("rejects", "fetch_failed"), short=True),
    "bomb": Hostile(
        pages=_one(lambda url: (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(64 << 20)))),
        told=("rejects", "too_large"), short=True,
    ),
    "meta": Hostile(pages=_one(lambda url: story(2, f"<meta {'a' * 500_000}>")), told=("articles", ""), short=True),
    "attributes": Hostile(
        pages=_all(story(3, body=f"<article {_ATTRIBUTES}>")), told=("sites_left", "no result within"), short=True
    ),
    "trap": Hostile(pages=_trap, told=("discovery", "sources_cut"), lists={"sections": ["/desh/"]}, short=True),
    "waiting": Hostile(
        pages=_robots((200, {}, b"User-agent: *\nCrawl-delay: 100000\n")), told=("hosts_left", "100000 s"), short=True
    ),
    "links": Hostile(pages=_bad_links, told=("discovery", "no_url"), short=True),
    "thief": Hostile(pages=_thief, told=("articles", ""), short=True),
    "robots-odd": Hostile(
        pages=_odd_robots, told=("rejects", "forbidden"), short=True,
        outcomes=dict.fromkeys(paths(2), "") | dict.fromkeys(paths(1, "band"), "forbidden"),
    ),
    "controls": Hostile(
        pages=_one(lambda url: story(4, **{"X-Robots-Tag": "noarchive\t\x7f", "ETag": '"\x9b2J"'})),
        told=("articles", ""),
    ),
    "titles": Hostile(
        pages=lambda url, plain: {
            "/feed": feed(*paths(1)),
            paths(1)[0]: (200, {}, html(STORY, f"शीर्षक {_CONTROLS}").encode()),
        },
        told=("articles", ""),
    ),
    "short-lines": Hostile(pages=_all(story(5, body=f"<article>{_LINES}"), 6), told=("rejects", "too_large")),
    "feed-attributes": Hostile(
        pages=_source((200, XML, b"<rss " + b"a='1' " * 600_000 + b">")),
        told=("discovery_errors", "nothing of it can be read"),
    ),
    "sitemap": Hostile(
        pages=lambda url, plain: {"/map.xml": urlset(paths(300_000))},
        told=("discovery_errors", "too dear"), lists={"sitemaps": ["/map.xml"]},
    ),
    "circle": Hostile(
        pages=_one(lambda url: (302, {"Location": f"{url}{paths(1)[0]}"}, b"")), told=("rejects", "fetch_failed")
    ),
    "charset": Hostile(
        pages=_one(lambda url: story(6, **{"Content-Type": "text/html; charset=zlib"})), told=("articles", "")
    ),
    "dashes": Hostile(
        pages=lambda url, plain: {"/desh/": (200, {}, _DASHES)},
        told=("rejects", "gone"), lists={"sections": ["/desh/"]},
    ),
    "robots": Hostile(
        pages=_robots((200, {}, b"User-agent: *\nAllow: /\n" + b"Disallow: /*a*a*a*a*b$\n" * 450_000)),
        told=("hosts_left", "robots.txt cannot be read"),
    ),
    "nowhere": Hostile(pages=lambda url, plain: {}, told=("discovery_errors", "404")),
    "tomorrow": Hostile(pages=_all((503, DAY, b"")), told=("hosts_left", "86400 s")),
    "silent": Hostile(pages=_all((0, {}, b"")), told=("hosts_left", "failed in a row")),
}  # fmt: skip
