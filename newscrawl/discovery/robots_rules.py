"""The lines of a robots.txt and whom they are for, by RFC 9309; whether its rules, or any that go by path as they do,
forbid a URL. Paths are matched by Protego, which reads some other things otherwise than the standard."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import regex
from protego import Protego

from newscrawl.text.urls import site_host

# Rules for us, for all, and for those of whom somebody asks: each is compared with each URL of the host, on the event
# loop. A file of more names single pages.
MAX_RULES = 10_000

# RFC 9309, 2.2: no other character ends a line, whatever Python takes for an end.
_LINE_END = regex.compile(r"\r\n|\r|\n")
# What ends a line to Protego alone.
_OTHER_ENDS = regex.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# As they are written and misspelt, with a blank for the colon, too. What is none of them belongs to no group, and ends
# no names of one (2.2.4).
_LINE = regex.compile(
    r"(?:(?P<agent>user[- ]?agent)|(?P<disallow>dis{1,2}all?[oa]w|diasllow)|(?P<allow>allow)"
    r"|(?P<delay>crawl[- ]delay)|(?P<other>license|content-usage|content-signal)(?=[ \t]{0,9}+:))"
    r"(?:[ \t]{0,9}+:|[ \t])(?P<value>.*+)",
    regex.IGNORECASE | regex.DOTALL,
)
_SECONDS = regex.compile(r"(\d{1,9}+)(?:[.,](\d{1,9}+))?+[ \t]{0,9}+(?:s(?:ec(?:ond)?s?)?)?", regex.IGNORECASE)
_WHOLE = regex.compile(r"https?://", regex.IGNORECASE)
# Protego takes them for the characters that they stand for, which divide a URL, or end a rule's path.
_ESCAPES = regex.compile(r"%(3f|26|24)", regex.IGNORECASE)
# Behind a name, so that a part of it is no name.
_NAME_END = "/"


class Group(NamedTuple):
    """A group of a robots.txt: the product tokens that it is for, lower case, and its lines as names and values."""

    agents: list[str]
    rules: list[tuple[str, str]]

    @property
    def licences(self) -> list[str]:
        """The licences that are named for its agents."""
        return [value for name, value in self.rules if name == "license" and value]


class Rules:
    """Which URLs are forbidden to whom, by the Allow and Disallow lines of groups, and their Crawl-delay."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._parsed = Protego.parse("\n".join(line for group in groups if group.agents for line in _lines(group)))

    def can_fetch(self, url: str, agent: str) -> bool:
        """Whether an agent may ask for a URL."""
        if "%" in url or "$" in url:
            url = _apart(url.replace("$", "%24"))
        return self._parsed.can_fetch(url, agent + _NAME_END)

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds that an agent is to wait between requests."""
        return self._parsed.crawl_delay(agent + _NAME_END)


def rules_for_all(lines: Iterable[tuple[str, str]]) -> Rules:
    """Rules for any agent, of names ("allow", "disallow") and paths."""
    return Rules([Group(["*"], list(lines))])


def groups_of(text: str, url: str, agents: Collection[str] = ()) -> list[Group]:
    """The groups of the robots.txt at `url`, in order; first what stands before them, for no agent. With `agents` those
    alone that are for one of them, or for all."""
    groups = [Group([], [])]
    for line in _LINE_END.split(text.replace("\0", "")):
        found = _LINE.match(line.partition("#")[0].strip("\ufeff \t"))
        if not found:
            continue
        value = found["value"].strip()
        if found["agent"]:
            if groups[-1].rules or len(groups) == 1:
                groups.append(Group([], []))
            if token := _token(value):
                groups[-1].agents.append(token)
        elif (rule := _rule(found, value, url)) is not None:
            groups[-1].rules.append(rule)
    wanted = {"*", *map(_token, agents)}
    # Of the names of a group, too, those alone: Protego keeps each rule of it for each.
    kept = [
        group._replace(agents=[agent for agent in dict.fromkeys(group.agents) if not agents or agent in wanted])
        for group in groups
        if not (agents and group.agents and wanted.isdisjoint(group.agents))
    ]
    return bounded(kept, MAX_RULES)


def bounded(groups: Iterable[Group], most: int) -> list[Group]:
    """The groups with their first lines alone, `most` of all."""
    found: list[Group] = []
    for group in groups:
        found.append(group._replace(rules=group.rules[:most]))
        most -= len(found[-1].rules)
    return found


def _rule(found: regex.Match[str], value: str, url: str) -> tuple[str, str] | None:
    if found["delay"]:
        # "2,5", "5 seconds": what is no number to a parser, though the wish is plain.
        seconds = _SECONDS.fullmatch(value)
        return "crawl-delay", f"{seconds[1]}.{seconds[2] or 0}" if seconds else value
    if found["other"]:
        return found["other"].lower(), value
    name = "disallow" if found["disallow"] else "allow"
    if not _WHOLE.match(value):
        return name, value
    # A whole URL is no path; of another host it says nothing of this one.
    try:
        parts = urlsplit(value)
        is_own = site_host(value) == site_host(url)
    except ValueError:
        return None
    return (name, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")) if is_own else None


def _token(name: str) -> str:
    """The product token that a name means: "newscrawl/2.0" and "newscrawl*" have what is none (2.2.1)."""
    token = name.partition("/")[0].strip().lower()
    return token if token == "*" else token.replace("*", "")


def _lines(group: Group) -> Iterator[str]:
    """A group as Protego reads it."""
    for agent in group.agents:
        yield f"User-agent: {_on_one_line(agent if agent == '*' else agent + _NAME_END)}"
    # A group without a rule hides those for all agents from its own: this line ends its names.
    yield "Names: end"
    for name, value in group.rules:
        if name in ("allow", "disallow", "crawl-delay"):
            end = "$" if value.endswith("$") else ""
            path = _apart(value.removesuffix("$").replace("$", "%24")) + end
            yield f"{name}: {_on_one_line(path)}"


def _apart(path: str) -> str:
    return _ESCAPES.sub(lambda escape: f"%25{escape[1].upper()}", path)


def _on_one_line(text: str) -> str:
    return _OTHER_ENDS.sub(lambda mark: quote(mark[0]), text)
