"""A site of twenty good stories with what is odd among them: pages, headers, status lines, entries of its sources.

Nothing here is an attack on time or memory: each is one value that some reader cannot make sense of, and that once took
its neighbours, its site or the run with it.
"""

from __future__ import annotations

import gzip

from tests.faults.hostile_sites import XML, Pages, feed, paths, story
from tests.support import Answer

FIGURES = "9" * 5000  # of more than 4,300 Python makes no number
_NESTED = "[" * 700 + '"नाम"' + "]" * 700
_MARKS = "\u0316\u0301" * 20_000
_STORED = ""


def _data(properties: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", {properties}}}</script>'


_ANSWERS: dict[str, tuple[Answer, str]] = {
    "status-line": ((10**12, {}, b"x"), "http_error"),
    "status-below-zero": ((-5, {}, b"x"), "http_error"),
    "not-modified": ((304, {}, b""), "http_error"),
    "location": ((302, {"Location": "http://["}, b""), "fetch_failed"),
    "location-port": ((302, {"Location": f"http://127.0.0.1:{FIGURES}/"}, b""), "fetch_failed"),
    "location-script": ((302, {"Location": "javascript:0"}, b""), "fetch_failed"),
    "location-none": ((302, {"Location": ""}, b""), "fetch_failed"),
    "type": ((200, {"Content-Type": "\xff\xfe"}, story(1)[2]), ""),  # what begins as HTML is a page
    "type-of-none": ((200, {"Content-Type": "\xff\xfe"}, b"<svg></svg>"), "no_content"),
    "encoding": ((200, {"Content-Encoding": "gzip"}, b"<html>"), "fetch_failed"),
    "encoding-unheard-of": ((200, {"Content-Encoding": "\xff"}, b"<html>"), "fetch_failed"),
    "gzip-as-html": ((200, {}, gzip.compress(b"<html>")), "no_content"),
    "zeros": ((200, {}, bytes(1000)), "no_content"),
    "too-deep": (story(2, body="<article>" + "<div>" * 5_000), "too_large"),
}
_HEADERS = [
    {"Content-Type": f"text/html; charset={FIGURES}", "ETag": "\xff", "Last-Modified": FIGURES},
    {"Content-Usage": f"train-ai={FIGURES}", "X-Robots-Tag": "\xff: x", "tdm-reservation": "\xb2", "Link": "<\xff"},
    {"Referrer-Policy": "os.system", "Refresh": "0; url=http://[", "Alt-Svc": "\xff"},
    {"Set-Cookie": f"a=b; max-age={FIGURES}; expires=Mon, 99 Nov 99999999999 00:00:00 GMT", "Age": FIGURES},
]  # fmt: skip
_HEADS = [
    _data(f'"author": {_NESTED}'), _data(f'"publisher": {_NESTED}, "image": {_NESTED}'),
    _data(f'"wordCount": {FIGURES}, "commentCount": -{FIGURES}'),
    _data('"datePublished": "20 auguſt 2026", "dateModified": -99999999999999'), _data('"author": 1e400, "image": NaN'),
    _data('"headline": "\\ud800", "author": ["\\udc00"], "keywords": "\\ud800x", "image": "http://a.example/\\ud800"'),
    f'<meta property="article:published_time" content="{FIGURES}"><meta name="date" content="Mon ſep 04 16:20 2023">',
    f'<meta property="og:title" content="क{_MARKS}"><meta property="og:url" content="http://[ /">',
    f'<base href="http://["><link rel="canonical" href="http://["><link rel="next" href="?page={FIGURES}">',
]  # fmt: skip
_BODIES = [
    f"<article><p>क{_MARKS}</p>", f"<article><p>भाग {FIGURES} वां, अंक ²</p>", "<article>" + "<b>" * 1_000,
    f'<article><img src="http://[" width="{FIGURES}"><td colspan="{FIGURES}"><time datetime="{FIGURES}">x</time>',
    "<article><p>\u202e\u2066\u2028\ufdd0\ufffe\x85\x0c\x00</p>",
]  # fmt: skip
for number, given in enumerate(_HEADERS):
    _ANSWERS[f"headers-{number}"] = story(3_000 + number, **given), _STORED
for number, head in enumerate(_HEADS):
    _ANSWERS[f"head-{number}"] = story(3_100 + number, head), _STORED
for number, body in enumerate(_BODIES):
    _ANSWERS[f"body-{number}"] = story(3_200 + number, body=body), _STORED

_GOOD = paths(20)
_ODD = {f"/ajeeb-panna-{name}-{20_001 + number}": answer for number, (name, answer) in enumerate(_ANSWERS.items())}
# What becomes of each page: the reason of its reject, "" for a story that is stored.
PAGES = dict.fromkeys(_GOOD, _STORED) | {path: expected for path, (_, expected) in _ODD.items()}


def pages(url: str, plain: str) -> Pages:
    """Good and odd pages, by turns in one feed."""
    listed = [path for pair in zip(_ODD, [*_GOOD, *_GOOD], strict=False) for path in pair] + _GOOD
    served: Pages = {path: story(2_000 + number) for number, path in enumerate(_GOOD)}
    return served | {path: answer for path, (answer, _) in _ODD.items()} | {"/feed": feed(*dict.fromkeys(listed))}


_URLS = [
    "http://[", "//[", "http://a:b/", "http://a.example:99999/x", "javascript:0", "/" + "x" * 100_000, "?", "#", "",
    "http://[::1]/x", "http://" + "a" * 300 + ".example/", "http://१२७.0.0.1/x", "http://ａ.example℀/x",
]  # fmt: skip
_DATES = [
    "20 auguſt 2026", FIGURES, "Mon, 99999999999999999999 Nov 2026 10:00:00 GMT", "nan", "-1", "²²²²-11-25",
    "2026-02-30T24:00:00+99:99", "Mon ſep 04 16:20:35 IST 2023",
]  # fmt: skip
_ITEMS = [
    "".join(f"<item><link>{url}</link></item>" for url in _URLS),
    "".join(f"<item><link>/{n}</link><pubDate>{date}</pubDate></item>" for n, date in enumerate(_DATES)),
    "<item/><item></item>" + f"<item><title>क{_MARKS}</title></item>" * 20,
    "<item><title>&#xD800;&#0;&#x110000;&lol; & &&</title><guid>http://[</guid></item>",
    "<item xml:base='http://['><link>x</link></item>",
]
_ENTRIES = [
    "".join(f"<url><loc>{url}</loc></url>" for url in _URLS),
    "".join(f"<url><loc>/{n}</loc><lastmod>{date}</lastmod><priority>nan</priority>" for n, date in enumerate(_DATES)),
]  # fmt: skip
_LINKS = "".join(f'<a href="{url}">x</a>' for url in _URLS) + "<font>" * 1_000
_STORIES = paths(2 * (len(_ITEMS) + len(_ENTRIES) + 1), "srot")
SOURCES = dict.fromkeys(_STORIES, _STORED)
LISTS = {
    "feeds": [f"/feed-{n}" for n in range(len(_ITEMS))],
    "sitemaps": [f"/map-{n}.xml" for n in range(len(_ENTRIES))],
    "sections": ["/desh/"],
}


def sources(url: str, plain: str) -> Pages:
    """Feeds, sitemaps and a section, each with two good stories around what is odd."""
    served: Pages = {path: story(4_000 + number) for number, path in enumerate(_STORIES)}
    good = iter(_STORIES)
    for place, odd in zip(LISTS["feeds"], _ITEMS, strict=True):
        first, last = (f"<item><link>{next(good)}</link></item>" for _ in range(2))
        served[place] = 200, XML, f"<rss><channel>{first}{odd}{last}</channel></rss>".encode()
    for place, odd in zip(LISTS["sitemaps"], _ENTRIES, strict=True):
        first, last = (f"<url><loc>{next(good)}</loc></url>" for _ in range(2))
        served[place] = 200, XML, f"<urlset>{first}{odd}{last}</urlset>".encode()
    first, last = (f'<a href="{next(good)}">x</a>' for _ in range(2))
    served["/desh/"] = 200, {}, f"<base href='http://['>{first}{_LINKS}{last}".encode()
    return served
