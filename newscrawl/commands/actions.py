"""What `scrapy bucket` can be asked for: each action, what it takes, and which options mean something to it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from scrapy.exceptions import UsageError

from newscrawl.errors import program


@dataclass(frozen=True, slots=True)
class Action:
    """`argument`: what its one argument is, None where it takes none; `example`: without the program's name."""

    example: str
    argument: str | None = None
    options: tuple[str, ...] = ()


# By name; each is a method of the command.
ACTIONS = {
    "query": Action('query "SELECT site, count(*) FROM articles GROUP BY 1"', "SQL", ("format",)),
    "compact": Action("compact"),
    "stats": Action("stats"),
    "serve": Action("serve"),
    "check": Action("check"),
    "rebuild": Action("rebuild"),
    "similar": Action("similar https://www.example.org/story-1", "ID or URL"),
    "undo": Action("undo ID", "ID"),
    "forget": Action("forget https://www.example.org/story-1 --yes", "URL or ID", ("site", "reason", "yes")),
    "changes": Action("changes --since 7", None, ("since",)),
    "export": Action("export stories --out stories.parquet", "TABLE", ("since", "site", "format", "out")),
    "reextract": Action("reextract"),
    "dedupe": Action("dedupe"),
    "report": Action("report --since 2026-11-01", None, ("since", "out")),
}
_OPTIONS = sorted({name for action in ACTIONS.values() for name in action.options})


def action_of(args: list[str], opts: argparse.Namespace) -> tuple[str, list[str]]:
    """The action that a command line names, and its arguments. Raises `UsageError` that says what is not understood."""
    if not args or args[0] not in ACTIONS:
        asked = f"bucket does not know {args[0]!r}" if args else "say what to do with the bucket"
        raise UsageError(f"{asked}: one of {', '.join(ACTIONS)}", print_help=False)
    name, *given = args
    action = ACTIONS[name]
    example = f"for example: {program()} bucket {action.example}"
    for option in _OPTIONS:
        if getattr(opts, option) and option not in action.options:
            knows = [other for other, known in ACTIONS.items() if option in known.options]
            raise UsageError(f"--{option} is nothing to bucket {name}, but to {', '.join(knows)}", print_help=False)
    if name == "forget" and opts.site:
        if given:
            raise UsageError(f"bucket forget takes --site NAME, or {action.argument}, not both", print_help=False)
    elif len(given) != (action.argument is not None):
        takes = f"one argument, {action.argument}" if action.argument else "no argument"
        raise UsageError(f"bucket {name} takes {takes}, not {len(given)}; {example}", print_help=False)
    return name, given
