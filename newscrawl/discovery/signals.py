"""What a publisher states about the use of its pages, by path: lines of robots.txt, and tdmrep.json.

Content-Usage: https://datatracker.ietf.org/doc/draft-ietf-aipref-attach/ (05), and its words,
draft-ietf-aipref-vocab.
Content-Signal: https://contentsignals.org/. License: https://rslstandard.org/rsl (1.0). tdmrep.json:
https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import http_sf
import regex

from newscrawl.discovery.robots_rules import Group, Rules, bounded, rules_for_all
from newscrawl.text.figures import whole

# A statement of a wish is some dozens of bytes, and a site has some; each is compared with each URL of the host.
_VALUE_BYTES, _STATEMENTS = 4_096, 1_000
# A site has one, or one for each of some crawlers.
_LICENCES = 100
_USAGES = ("train-ai", "ai-use", "search")
_SIGNALS = ("search", "ai-input", "ai-train")
_SIGNAL = regex.compile(r"(?<![\w-])([a-z-]++)\s*+=\s*+(yes|no)(?!\w)", regex.IGNORECASE)
# A space or "#" stands in no path, and would end the line that it is matched by; half a surrogate stands in no text.
NO_PATH = regex.compile(r"[\s#\p{Cs}]")
_EVERYTHING = ("disallow", "/")


class TdmRule(NamedTuple):
    """A rule of tdmrep.json: the paths that it is about, and whether rights in them are reserved."""

    elsewhere: Rules
    reserved: bool

    def about(self, url: str) -> bool:
        """Whether the rule is about this URL."""
        return not self.elsewhere.can_fetch(url, "*")


def usage_refused(value: str) -> set[str]:
    """What a Content-Usage value refuses: kinds such as "content-usage:train-ai"; nothing where it cannot be read."""
    try:
        stated = http_sf.parse(value[:_VALUE_BYTES].encode("latin-1", "replace"), tltype="dictionary")
    except ValueError:
        return set()  # section 6.5 of the vocabulary: what cannot be parsed says nothing
    assert isinstance(stated, dict)
    refused = (label for label in _USAGES if label in stated and _is_token(stated[label], "n"))
    return {f"content-usage:{label}" for label in refused}


def signal_refused(value: str) -> set[str]:
    """What a Content-Signal value refuses: kinds such as "content-signal:ai-train"."""
    stated = {label.lower(): said.lower() for label, said in _SIGNAL.findall(value[:_VALUE_BYTES])}
    return {f"content-signal:{label}" for label in _SIGNALS if stated.get(label) == "no"}


# What a value refuses, by the name of its header and of its line in robots.txt.
REFUSED: dict[str, Callable[[str], set[str]]] = {"content-usage": usage_refused, "content-signal": signal_refused}


def stated_in_robots(groups: list[Group]) -> dict[str, Rules]:
    """For each kind of wish that a robots.txt (`groups_of`) states, rules that forbid a URL to an agent where it is
    stated for both.

    Group and path count as they do for Allow and Disallow, so each kind is written as a robots.txt of its own: a
    statement that refuses is a Disallow, one that does not lifts it again where its path is longer.
    """
    wishes = bounded(
        (group._replace(rules=[rule for rule in group.rules if rule[0] in REFUSED]) for group in groups), _STATEMENTS
    )
    stated = [(name, _path_and_rest(value)[1]) for group in wishes for name, value in group.rules]
    kinds = {kind for name, wish in stated for kind in REFUSED[name](wish)}
    found = {kind: _written(wishes, partial(_refusals, kind)) for kind in sorted(kinds)}
    if named := _licensed(groups):
        found["rsl"] = _written(named, lambda group: [_EVERYTHING] if group.licences else [])
    return found


def licences_in_robots(groups: list[Group]) -> dict[str, Rules]:
    """The RSL licences that a robots.txt (`groups_of`) names, in its words, each with rules that forbid everything to
    the agents that it is for."""
    groups = _licensed(groups)
    named = dict.fromkeys(value for group in groups for value in group.licences)
    return {
        value: _written(groups, partial(lambda value, group: [_EVERYTHING] if value in group.licences else [], value))
        for value in list(named)[:_LICENCES]
    }


def _licensed(groups: list[Group]) -> list[Group]:
    """Groups by which each agent has its licences: what is named before all of them is everyone's who has none of its
    own. Empty: none is named."""
    if not any(group.licences for group in groups):
        return []
    first, *rest = groups
    given = [("license", value) for value in first.licences if not first.agents]
    if not given:
        return groups
    found = [group if group.licences else Group(group.agents, given) for group in rest]
    return found if any("*" in group.agents for group in found) else [*found, Group(["*"], given)]


def may_be_tdmrep(body: bytes) -> bool:
    """Whether a body begins as JSON does: many a site answers with a page what it does not have."""
    return body.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"[", b"{"))


def read_tdmrep(body: bytes) -> list[TdmRule]:
    """The rules of a tdmrep.json, in order; one without a usable path or value is left out. `ValueError`: no list."""
    try:
        # A byte that is no text costs the path that it stands in.
        rules = json.loads(body.decode(json.detect_encoding(body), "replace"), parse_int=whole)
    except RecursionError as e:
        raise ValueError("nested too deep") from e
    if not isinstance(rules, list):
        raise ValueError("no list of rules")
    return [rule for entry in rules[:_STATEMENTS] if (rule := _tdm_rule(entry))]


def tdm_reserved(rules: list[TdmRule], url: str) -> bool:
    """Whether rights are reserved for this URL: the first rule about it says so."""
    return next((rule.reserved for rule in rules if rule.about(url)), False)


def _tdm_rule(entry: object) -> TdmRule | None:
    if not isinstance(entry, dict):
        return None
    location, value = entry.get("location"), str(entry.get("tdm-reservation"))
    if not isinstance(location, str) or not location or NO_PATH.search(location) or value not in ("0", "1"):
        return None
    return TdmRule(rules_for_all([("disallow", location)]), value == "1")


def _written(groups: Iterable[Group], rules: Callable[[Group], list[tuple[str, str]]]) -> Rules:
    return Rules(Group(group.agents, rules(group)) for group in groups)


def _refusals(kind: str, group: Group) -> list[tuple[str, str]]:
    field = kind.partition(":")[0]
    refused: dict[str, bool] = {}
    for path, wish in (_path_and_rest(value) for name, value in group.rules if name == field):
        # Of two for one path the stricter one counts.
        refused[path] = refused.get(path, False) or kind in REFUSED[field](wish)
    return [("disallow" if no else "allow", path) for path, no in refused.items()]


def _path_and_rest(value: str) -> tuple[str, str]:
    if not value.startswith("/"):
        return "/", value
    path, *rest = value.split(maxsplit=1)
    return path, "".join(rest)


def _is_token(member: object, wanted: str) -> bool:
    # A string ("n" in quotes) is no token.
    value = member[0] if isinstance(member, tuple) else member
    return isinstance(value, http_sf.Token) and str(value) == wanted
