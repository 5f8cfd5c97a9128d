"""What a command with several actions can be asked for: each action, what it takes, and which options mean something to
it. Those of `scrapy bucket` are here; `scrapy sites` has its own."""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyHelpFormatter
from scrapy.exceptions import UsageError

from newscrawl.errors import program


@dataclass(frozen=True, slots=True)
class Action:
    """`example`: without the program's name; `help`: what it does, in words; `argument`: what its one argument is, None
    where it takes none; `options`: what each option means to it."""

    example: str
    help: str
    argument: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


# How an option is read; one that is not here takes words.
_READ: dict[str, dict[str, Any]] = {
    "deep": {"action": "store_true"},
    "file": {"type": Path},
    "format": {"choices": ("table", "csv", "json", "jsonl.gz", "parquet")},
    "json": {"action": "store_true"},
    "out": {"type": Path},
    "yes": {"action": "store_true"},
}


class _Lines(ScrapyHelpFormatter):
    """Keeps the lines of a description, those that are too long hanging."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(textwrap.fill(line, width, subsequent_indent="  ") for line in text.splitlines())


def described(command: str, actions: Mapping[str, Action]) -> str:
    """A line for each action."""
    return "\n".join(f"{name}: {a.help}. Example: {program()} {command} {a.example}" for name, a in actions.items())


def add_options(parser: argparse.ArgumentParser, command: str, actions: Mapping[str, Action]) -> None:
    """The options of all actions; where the command line asks for help with one of them, those of that one alone."""
    parser.formatter_class = _Lines
    # Scrapy parses options alone, and with this one the parser ends before it tells what else it was given.
    asked = next((word for word in sys.argv[1:] if word in actions), None)
    if asked is not None and not {"-h", "--help"}.isdisjoint(sys.argv):
        actions = {asked: actions[asked]}
        parser.usage = " ".join(filter(None, (program(), command, asked, actions[asked].argument, "[options]")))
        parser.description = described(command, actions)
    for option in dict.fromkeys(option for action in actions.values() for option in action.options):
        by_words: dict[str, list[str]] = {}
        for name, action in actions.items():
            if option in action.options:
                by_words.setdefault(action.options[option], []).append(name)
        each = (f"{', '.join(names)}: {words}" if len(actions) > 1 else words for words, names in by_words.items())
        parser.add_argument(f"--{option}", help="; ".join(each), **_READ.get(option, {}))


def refuse_foreign(name: str, opts: argparse.Namespace, command: str, actions: Mapping[str, Action]) -> None:
    """Raise `UsageError` for an option that means nothing to the action `name`, or is empty."""
    for option in sorted({option for action in actions.values() for option in action.options}):
        if getattr(opts, option) == "":  # of a variable that is not set: it may not mean "all", nor "none"
            raise UsageError(f"--{option} is given, and empty", print_help=False)
        if getattr(opts, option) and option not in actions[name].options:
            knows = ", ".join(other for other, known in actions.items() if option in known.options)
            raise UsageError(f"--{option} is nothing to {command} {name}, but to {knows}", print_help=False)


# Of `scrapy bucket`, by name; each is a method of the command.
ACTIONS = {
    "query": Action(
        'query "SELECT site, count(*) FROM articles GROUP BY 1"',
        "run SQL over the tables (CSV into a pipe)",
        "SQL",
        {"format": "else a table on a terminal, CSV into a pipe"},
    ),
    "compact": Action("compact", "bring the stories table up to what is committed"),
    "stats": Action("stats", "rows and bytes"),
    "serve": Action("serve", "run the embedded S3 server until Ctrl-C, for other tools"),
    "check": Action(
        "check",
        "compare every object with its commit record, and the state with the bucket",
        None,
        {"deep": "read what is rolled up again, too"},
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
        {
            "site": "all pages of a site",
            "reason": "words that are kept with the takedown",
            "yes": "do it; without it nothing is changed",
        },
    ),
    "changes": Action(
        "changes --since 7-5f0c9a1e",
        "stories that are new, changed and gone since a cursor, a JSON line each, the next cursor last",
        None,
        {"since": "the last call's cursor"},
    ),
    "export": Action(
        "export stories --out stories.parquet",
        "rows of a table as a file",
        "TABLE",
        {
            "since": "from a day on, YYYY-MM-DD",
            "site": "of one site",
            "format": "else as the file is named",
            "out": "the file, else standard output",
        },
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
        {"since": "a day, or a run", "out": "the file, else in the state directory"},
    ),
}


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
    refuse_foreign(name, opts, "bucket", ACTIONS)
    if name == "forget" and opts.site:
        if given:
            raise UsageError(f"bucket forget takes --site NAME, or {action.argument}, not both", print_help=False)
    elif len(given) != (action.argument is not None):
        takes = f"one argument, {action.argument}" if action.argument else "no argument"
        raise UsageError(f"bucket {name} takes {takes}, not {len(given)}; {example}", print_help=False)
    # Letters that the locale lacks came as escapes of their bytes.
    return name, [os.fsencode(word).decode("utf-8", "replace") for word in given]
