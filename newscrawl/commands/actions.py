"""What `scrapy bucket` can be asked for: each action, what it takes, and which options mean something to it."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass

from scrapy.exceptions import UsageError

from newscrawl.errors import program


@dataclass(frozen=True, slots=True)
class Action:
    """`example`: without the program's name; `help`: what it does, in words; `argument`: what its one argument is, None
    where it takes none."""

    example: str
    help: str
    argument: str | None = None
    options: tuple[str, ...] = ()


# By name; each is a method of the command.
ACTIONS = {
    "query": Action(
        'query "SELECT site, count(*) FROM articles GROUP BY 1"',
        "run SQL over the tables (CSV into a pipe)",
        "SQL",
        ("format",),
    ),
    "compact": Action("compact", "bring the stories table up to what is committed"),
    "stats": Action("stats", "rows and bytes"),
    "serve": Action("serve", "run the embedded S3 server until Ctrl-C, for other tools"),
    "check": Action(
        "check", "compare every object with its commit record, and the state with the bucket", None, ("deep",)
    ),
    "rebuild": Action(
        "rebuild",
        "remove parts that were never committed, record lost ones, make ledger and dedup index anew",
    ),
    "similar": Action(
        "similar https://www.example.org/story-1",
        "what an article was compared with, the scores, the verdict and the words that differ",
        "ID or URL",
    ),
    "undo": Action("undo ID", "make a wrongly collapsed article a story of its own", "ID"),
    "forget": Action(
        "forget https://www.example.org/story-1 --yes",
        "a takedown of a URL, an ID or a --site; says what would go, and with --yes takes it out of every object, for "
        "good",
        "URL or ID",
        ("site", "reason", "yes"),
    ),
    "changes": Action(
        "changes --since 7-5f0c9a1e",
        "stories that are new, changed and gone since a cursor, a JSON line each, the next cursor last",
        None,
        ("since",),
    ),
    "export": Action(
        "export stories --out stories.parquet",
        "rows of a table as a file",
        "TABLE",
        ("since", "site", "format", "out"),
    ),
    "reextract": Action(
        "reextract",
        "read the raw archive (NEWSCRAWL_WARC) again by this release's extraction; no request is made",
    ),
    "dedupe": Action(
        "dedupe", "make one story of what came to shards that did not know of each other; each batch once"
    ),
    "report": Action(
        "report --since 2026-11-01",
        "what the archive got in the last two weeks, or since a run or a day, as one HTML file",
        None,
        ("since", "out"),
    ),
}
_OPTIONS = sorted({name for action in ACTIONS.values() for name in action.options})


def action_of(args: list[str], opts: argparse.Namespace) -> tuple[str, list[str]]:
    """The action that a command line names, and its arguments. Raises `UsageError` that says what is not understood."""
    if not args or args[0] not in ACTIONS:
        asked = f"bucket does not know {args[0]!r}" if args else "say what to do with the bucket"
        raise UsageError(f"{asked}: one of {', '.join(ACTIONS)}", print_help=False)
    name, *given = args
    action = ACTIONS[name]
    if name == "forget" and opts.site:
        from newscrawl.sites import NAME  # here, for each command imports this module

        if not NAME.fullmatch(opts.site):
            raise UsageError(
                f"--site {opts.site!r} is no name of a site: they are of a-z, 0-9, _ and -", print_help=False
            )
    example = f"for example: {program()} bucket {action.example}"
    for option in _OPTIONS:
        if getattr(opts, option) == "":  # of a variable that is not set: it may not mean "all", nor "none"
            raise UsageError(f"--{option} is given, and empty", print_help=False)
        if getattr(opts, option) and option not in action.options:
            knows = [other for other, known in ACTIONS.items() if option in known.options]
            raise UsageError(f"--{option} is nothing to bucket {name}, but to {', '.join(knows)}", print_help=False)
    if name == "forget" and opts.site:
        if given:
            raise UsageError(f"bucket forget takes --site NAME, or {action.argument}, not both", print_help=False)
    elif len(given) != (action.argument is not None):
        takes = f"one argument, {action.argument}" if action.argument else "no argument"
        raise UsageError(f"bucket {name} takes {takes}, not {len(given)}; {example}", print_help=False)
    # Letters that the locale lacks came as escapes of their bytes.
    return name, [os.fsencode(word).decode("utf-8", "replace") for word in given]
