"""A publisher's wish not to be archived, mined or trained on, as headers, a page's head, robots.txt, tdmrep.json and
RSL licences state it.

TDM reservation: https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/. noarchive:
https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag. noai: begun by
DeviantArt in 2022, written by plugins since. The others: `discovery/signals.py` and `discovery/licences.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

import regex

from newscrawl.discovery.licences import Asset, read_rsl
from newscrawl.discovery.robots_rules import Rules
from newscrawl.discovery.signals import REFUSED, TdmRule, tdm_reserved

# A worker reads the head of a page, and has no need of Scrapy.
if TYPE_CHECKING:
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

# Who gathers text for machines, as publishers name them in robots.txt. Not meant for us by name, so
# obeyed only where NEWSCRAWL_OPT_OUTS says "ai".
AI_AGENTS = ("CCBot", "GPTBot", "ClaudeBot", "Google-Extended")
# In the order in which a page's wishes are told.
KINDS = (
    "tdm",
    "noarchive",
    "ai",
    "content-signal:search",
    "content-signal:ai-input",
    "content-signal:ai-train",
    "content-usage:search",
    "content-usage:ai-use",
    "content-usage:train-ai",
    "rsl",
    "rsl:search",
    "rsl:ai-index",
    "rsl:ai-input",
    "rsl:ai-train",
)

# Meta elements stand in the head; the largest captured head has 307 KB before <body>.
HEAD_BYTES = 512 * 1024
# A head has some dozens of them, links and scripts included; and of one that is longer no wish is the name.
_METAS, _META_BYTES = 1_000, 4_096
# A page has one licence; each that stands in its head is parsed.
_DOCUMENTS = 3
# Linear: no repeat can give back what it took, and none begins inside of another's match.
_META = regex.compile(rb"<!--|<(meta|link|script|style|title)(?=[\s>])([^<>]*+)>", regex.IGNORECASE)
# Within these everything is text.
_TEXT_ENDS = {name: regex.compile(b"</" + name, regex.IGNORECASE) for name in (b"script", b"style", b"title")}
_ATTRIBUTE = regex.compile(
    rb"""(?<![a-z-])([a-z-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", regex.IGNORECASE
)
_AGENT = "newscrawl"
# Directives of X-Robots-Tag that have a value after a colon: what stands before it names no robot.
_VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
_ROBOT = regex.compile(r"[a-z][a-z0-9_-]*+")
_NO_AI = "noai"
# What, said to a crawler for machines by its name, closes a page to it.
_CLOSED = {"noarchive", "noindex", "none", _NO_AI}
LICENCE_TYPE = b"application/rsl+xml"
# Each wish that a head can state has one of these in it, as it stands. Short ones are looked for before the body alone:
# over a whole page that takes a millisecond.
_TOLD_IN_HEADS = (b"tdm-reservation", b"noarchive", LICENCE_TYPE)
_TOLD_BEFORE_BODY = (_NO_AI.encode(), *(agent.lower().encode() for agent in AI_AGENTS))
_LINK = regex.compile(r"<([^<>]*+)>([^<>]*+)")
_HEADER_BYTES = 8_192  # as long as servers let a header be

# Where a request's meta has what robots.txt, tdmrep.json and licences state of its URL: they are read before the page.
WISHES_META = "stated_wishes"
# Where it says that the request is for an article although no source of the crawl has named it (`scrapy parse`).
ARTICLE_META = "is_article"


def told(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """Wishes by kind (`KINDS`), each with where it is stated: of both, in the order of `KINDS`; what the first states
    counts."""
    both = {**second, **first}
    return {kind: both[kind] for kind in KINDS if kind in both}


def header_wishes(response: Response) -> dict[str, str]:
    """What the headers state, and robots.txt and tdmrep.json of the page's URL."""
    found: dict[str, str] = {}
    before = dict(response.request.meta.get(WISHES_META) or {}) if response.request is not None else {}
    # A server and the cache before it may say it twice; what is neither is as if it were not there.
    reserved = {said.strip() for said in _header(response, "tdm-reservation").split(",")} & {"0", "1"}
    if reserved:
        # TDMRep, "Processing priority": the header supersedes the file.
        before.pop("tdm", None)
    if "1" in reserved:
        found["tdm"] = "tdm-reservation header"
    rules = _by_robot(value.decode("latin-1")[:_HEADER_BYTES] for value in response.headers.getlist("X-Robots-Tag"))
    ours = rules.get("*", set()) | rules.get(_AGENT, set())
    if "noarchive" in ours:
        found["noarchive"] = "noarchive in X-Robots-Tag"
    if _NO_AI in ours:
        found["ai"] = "noai in X-Robots-Tag"
    elif agent := next((agent for agent in AI_AGENTS if _CLOSED & rules.get(agent.lower(), set())), None):
        found["ai"] = f"X-Robots-Tag for {agent}"
    for name, refused in REFUSED.items():
        found |= {kind: f"{kind} in the {name} header" for kind in refused(_header(response, name))}
    if header_licences(response):
        found["rsl"] = "a licence in the Link header"
    return told(found, before)


def header_licences(response: Response) -> list[str]:
    """URLs of the RSL licences that the `Link` header names, as they are written."""
    return [url for url, said in _LINK.findall(_header(response, "Link")) if _names_licence(said.lower())]


def head_licences(body: bytes) -> tuple[list[str], list[Asset]]:
    """Of the RSL licences of a page's head the URLs of those that it names, as they are written, and what those say of
    their assets that stand in it. A parse: in a worker."""
    urls, assets, documents = list[str](), list[Asset](), 0
    head = body[:HEAD_BYTES]
    for element, said, end in islice(_metas(head), _METAS):
        if element == "link" and _is_licence(_lowered(said)):
            urls.append(unescape(said.get("href", "")))
        elif element == "script" and _has_licence_type(_lowered(said)) and documents < _DOCUMENTS:
            documents += 1
            with suppress(ValueError):  # a document that is none has no terms
                assets += read_rsl(head[end : _text_end(head, b"script", end) or end].lstrip())
    return urls, assets


def head_wishes(body: bytes) -> dict[str, str]:
    """What the head of a page states. A parse: in a worker."""
    found: dict[str, str] = {}
    head = body[:HEAD_BYTES]
    # Most pages state none, and one look tells so.
    lowered = head.lower()
    before_body = lowered[: lowered.find(b"<body")]
    if not any(named in lowered for named in _TOLD_IN_HEADS) and not any(
        named in before_body for named in _TOLD_BEFORE_BODY
    ):
        return found
    agents = {agent.lower(): agent for agent in AI_AGENTS}
    for element, raw, _ in islice(_metas(head), _METAS):
        said = _lowered(raw)
        name, value = said.get("name", ""), said.get("content", "")
        if element != "meta":
            if _is_licence(said if element == "link" else said | {"rel": "license"}):
                found["rsl"] = f"a licence in a {element} element"
        elif name == "tdm-reservation" and value == "1":
            found["tdm"] = "tdm-reservation meta element"
        elif name in ("robots", _AGENT):
            words = _words(value)
            if "noarchive" in words:
                found["noarchive"] = "noarchive in a robots meta element"
            if _NO_AI in words:
                found["ai"] = "noai in a robots meta element"
        elif name in agents and _CLOSED & _words(value):
            found.setdefault("ai", f"a robots meta element for {agents[name]}")
    return found


def robots_opt_out(rules: RobotParser, url: str) -> str | None:
    """The first agent of `AI_AGENTS` to which robots.txt forbids this URL, or None."""
    return next((agent for agent in AI_AGENTS if not rules.allowed(url, agent)), None)


def stated_before(
    stated: Mapping[str, Rules],
    closed_to: str | None,
    tdm: list[TdmRule],
    terms: Iterable[tuple[str, Mapping[str, Rules]]],
    url: str,
    agent: str,
) -> dict[str, str]:
    """What robots.txt (`stated_in_robots`, `robots_opt_out`), tdmrep.json and licences (`terms_of`, by their URL) state
    for this URL to `agent`."""
    found = {"ai": f"robots.txt for {closed_to}"} if closed_to else {}
    found |= {kind: f"{kind} in robots.txt" for kind, rules in stated.items() if not rules.can_fetch(url, agent)}
    return told(found | refused_by(terms, url, agent), {"tdm": "tdmrep.json"} if tdm_reserved(tdm, url) else {})


def refused_by(terms: Iterable[tuple[str, Mapping[str, Rules]]], url: str, agent: str) -> dict[str, str]:
    """What licences (`terms_of`, by where they are) refuse of this URL."""
    return {
        kind: f"{kind} by {licence}"
        for licence, refused in terms
        for kind, rules in refused.items()
        if not rules.can_fetch(url, agent)
    }


def _header(response: Response, name: str) -> str:
    # Several of one name are one list.
    return b", ".join(response.headers.getlist(name)).decode("latin-1")[:_HEADER_BYTES].strip()


def _names_licence(parameters: str) -> bool:
    pairs = (piece.partition("=")[::2] for piece in parameters.split(";"))
    return _is_licence({name.strip(): value.strip(' \t,"') for name, value in pairs})


def _is_licence(said: Mapping[str, str]) -> bool:
    # A licence without this type is one for people.
    return _has_licence_type(said) and "license" in said.get("rel", "").split()


def _has_licence_type(said: Mapping[str, str]) -> bool:
    return said.get("type", "").partition(";")[0].strip() == LICENCE_TYPE.decode()


def _by_robot(values: Iterator[str]) -> dict[str, set[str]]:
    """Directives by the robot that they are for, "*" for all: "x: noindex, nofollow, y: none" has two for x."""
    found: dict[str, set[str]] = {}
    for value in values:
        robot = "*"
        for part in value.lower().split(","):
            name, colon, rest = (piece.strip() for piece in part.partition(":"))
            if colon and name not in _VALUED and _ROBOT.fullmatch(name):
                robot, name = name, rest
            found.setdefault(robot, set()).add(name)
    return found


def _metas(head: bytes) -> Iterator[tuple[str, dict[str, str], int]]:
    """Elements by name, with their attributes as they are written and where their tag ends. What stands in a comment, a
    script, a style sheet or the title is none, and what is not closed goes on to the end."""
    at: int | None = 0
    while at is not None and (meta := _META.search(head, at)):
        at = meta.end()
        if meta[1] is None:
            # "<!-->" is a whole one.
            end = head.find(b"-->", meta.start() + len(b"<!"))
            at = end + len(b"-->") if end >= 0 else None
            continue
        element = meta[1].lower()
        if element in _TEXT_ENDS:
            at = _text_end(head, element, at)
        if element in (b"style", b"title"):
            continue
        said = {a[1].lower(): (a[2] or a[3] or a[4] or b"") for a in _ATTRIBUTE.finditer(meta[2][:_META_BYTES])}
        attributes = {name.decode("latin-1"): value.decode("latin-1").strip() for name, value in said.items()}
        yield element.decode(), attributes, meta.end()


def _text_end(head: bytes, name: bytes, start: int) -> int | None:
    end = _TEXT_ENDS[name].search(head, start)
    return end.start() if end else None


def _lowered(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: value.lower() for name, value in attributes.items()}


def _words(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}
