"""`scrapy sites list|lint|check|add`: show a registry, say what is doubtful in it, try its sites out, add one."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl import doing, interrupts
from newscrawl.commands.actions import Action, add_options, described, refuse_foreign
from newscrawl.commands.answers import AnswerConsole, close_pipe
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError, SitesFailed, command, program
from newscrawl.sites import SHIPPED, Site, doubts, load
from newscrawl.text.languages import IDENTIFIED
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from newscrawl.trial.evidence import Evidence

_JSON, _FILE = "a JSON object a line, with every field", "the sites file"
ACTIONS = {
    "list": Action(
        "list --match jagran",
        "the entries, and how many there are",
        "[FILE]",
        {"json": _JSON, "file": _FILE, "match": "those alone that have this in their name or an address"},
    ),
    "lint": Action("lint my.toml", "what is likely wrong in the entries, and exit code 2", "[FILE]", {"file": _FILE}),
    "check": Action(
        "check amarujala jagran",
        "ask a few pages of each site, by the rules of a crawl; says what comes of it, and how to mend it; nothing is "
        "stored but the date and verdict (sites.json in the state directory); exit code 16 where a site gives no fresh "
        "article",
        "[NAME ...]",
        {"json": _JSON, "file": _FILE},
    ),
    "add": Action(
        "add https://www.example.org/ --file my.toml",
        "find feeds and sitemaps of a new site, show its entry and three articles, append it when told to",
        "URL",
        {
            "file": "the sites file; made where there is none",
            "name": "the entry's name (else after its domain)",
            "yes": "append the entry without asking",
        },
    ),
}
# Where `add` writes when neither setting nor option names a file: a new one, for the shipped registry is everybody's.
_OWN = Path("sites.toml")
# Articles that `add` shows.
_SHOWN = 3


class Command(ScrapyCommand):
    """`list` and `lint` ask nothing of the network; `check` and `add` ask a few pages a site, and store none."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        return "[list [FILE] | lint [FILE] | check [NAME ...] | add URL]"

    def short_desc(self) -> str:
        return "List a site registry (default: the configured or shipped one), check it, try its sites, add one"

    def long_desc(self) -> str:
        return described("sites", ACTIONS)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_options(parser, "sites", ACTIONS)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        action = args.pop(0) if args and args[0] in ACTIONS else "list"
        refuse_foreign(action, opts, "sites", ACTIONS)
        if action in ("list", "lint") and len(args) > 1:
            named = f"name at most one sites file, not {' '.join(args)}"
            raise UsageError(f"{named}; the actions are {', '.join(ACTIONS)}", print_help=False)
        if action == "add" and len(args) != 1:
            raise UsageError(f"{program()} sites add URL, with the home page of one paper", print_help=False)
        assert self.settings
        configured = self.settings["NEWSCRAWL_SITES_FILE"]
        named = opts.file or (args[0] if action in ("list", "lint") and args else None) or configured
        path = Path(named or SHIPPED)
        try:
            if action in ("add", "check"):
                with doing.shown("starting"):
                    self._try_out(action, args, path, opts)
            elif action == "lint":
                _lint(path, load(path))
            elif opts.json:
                for site in _matching(path, opts.match):
                    # Headers may be credentials.
                    hidden = {"headers": dict.fromkeys((name for name, _ in site.headers), "...")}
                    print(json.dumps(asdict(site) | hidden, ensure_ascii=False))
            else:
                _list(path, _matching(path, opts.match))
        except BrokenPipeError:
            close_pipe()
        except NewscrawlError as e:
            print(printable(f"{program()} sites: {e}", lines=True), file=sys.stderr)
            self.exitcode = e.exit_code

    def _try_out(self, action: str, args: list[str], path: Path, opts: argparse.Namespace) -> None:
        assert self.settings
        if action == "check":
            self._check(path, load(path, args), opts)
        else:
            self._add(args[0], Path(opts.file or self.settings["NEWSCRAWL_SITES_FILE"] or _OWN), opts)

    def _check(self, path: Path, sites: list[Site], opts: argparse.Namespace) -> None:
        from newscrawl.trial.showing import document, print_all, shown, tried
        from newscrawl.trial.site_verdict import Finding, verdict
        from newscrawl.trial.status import note

        assert self.settings
        config = Config.read(self.settings)
        interrupts.heed()
        print(f"checking {len(sites)} sites of {path} ...", file=sys.stderr)
        seen, failure = tried(self.settings, config, sites)
        now = datetime.now(UTC)
        found = [(s, verdict(s, now, IDENTIFIED)) for s in seen]
        doing.answering()
        if opts.json:
            for s, v in found:
                print(json.dumps(document(s, v), ensure_ascii=False))
        else:
            print_all(AnswerConsole.whole(), [shown(s, v, now) for s, v in found])
        through = {s.site.name: document(s, v) for s, v in found if v.finding is not Finding.STOPPED}
        status = note(config.state_dir, through, now)
        counts = Counter(v.finding for _, v in found)
        told = ", ".join(f"{counts[finding]} {finding}" for finding in Finding if counts[finding])
        noted = "noted" if len(through) == len(found) else f"{len(through)} noted"
        print(f"{len(found)} sites: {told}; {noted} in {status}", file=sys.stderr)
        if failure:
            raise failure
        if failed := [s.site.name for s, v in found if not v.finding.works]:
            raise SitesFailed(f"no fresh article of {', '.join(failed)}: the lines above say why, and the mend")

    def _add(self, address: str, path: Path, opts: argparse.Namespace) -> None:
        from newscrawl.trial.proposal import append, as_toml, bare, front_of, proposed, refuse_known, refuse_story
        from newscrawl.trial.showing import tried
        from newscrawl.trial.site_verdict import verdict

        assert self.settings
        config = Config.read(self.settings)
        site = bare(address, opts.name)
        refuse_story(site.home)
        known = load(path) if path.exists() else []
        refuse_known(site, known, path)
        interrupts.heed()
        print(f"looking at {site.home} ...", file=sys.stderr)
        [seen], failure = tried(self.settings, config, [site])
        if failure:
            raise failure
        found = verdict(seen, datetime.now(UTC), IDENTIFIED)
        doing.cleared()
        _show_articles(seen)
        print(f"{found.finding}: {printable(found.words)}", file=sys.stderr)
        front = front_of(site.home)
        if not found.finding.works:
            mends = [*([f"give the paper's home page: {front}"] if site.home != front else []), *found.mends]
            told = "".join(f"\n  mend: {printable(mend)}" for mend in mends)
            raise SitesFailed(f"{site.home} gives no fresh article, so no entry is proposed{told}")
        entry_site = proposed(seen)
        refuse_known(entry_site, known, path)  # it may have led to one
        entry = as_toml(entry_site)
        if entry_site.home != front_of(entry_site.home):
            print(f"not the first page of its host: that is {front_of(entry_site.home)}", file=sys.stderr)
        if seen.cut:
            print("its home announces more than was asked: a crawl finds them there, so none is named", file=sys.stderr)
        print(f"\n{entry}")
        if not opts.yes and not _confirmed(path):
            print(f"nothing was written; --yes appends it to {path}", file=sys.stderr)
            return
        append(path, entry)
        crawl = command(f"crawl news -a sites_file={path} -a sites={site.name} -a limit=20")
        print(f"appended to {path}; crawl it: {crawl}", file=sys.stderr)


def _show_articles(seen: Evidence) -> None:
    from newscrawl.trial.showing import told

    console = AnswerConsole.whole()
    for article in seen.articles[:_SHOWN]:
        console.print(*told(article), sep="\n", end="\n\n")


def _confirmed(path: Path) -> bool:
    if not sys.stdin.isatty():
        return False
    try:
        return input(f"append this to {path}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _lint(path: Path, sites: list[Site]) -> None:
    if found := list(doubts(sites, IDENTIFIED)):
        raise ConfigError("\n".join([f"{path}: {len(found)} doubts", *found]))
    print(f"{path}: {len(sites)} sites, nothing doubtful")


def _matching(path: Path, text: str | None) -> list[Site]:
    sites = load(path)
    if text is None:
        return sites
    found = [s for s in sites if any(text.lower() in part.lower() for part in (s.name, *s.urls))]
    if not found:
        raise ConfigError(f"{path}: none of {len(sites)} sites has {text!r} in its name or an address")
    return found


def _list(path: Path, sites: list[Site]) -> None:
    table = Table("name", "home", "feeds", "sitemaps", "sections", "delay")
    for s in sites:
        table.add_row(s.name, s.home, *(str(len(x)) for x in (s.feeds, s.sitemaps, s.sections)), f"{s.delay:g}")
    console = AnswerConsole.whole()
    console.print(table)
    named = sum(bool(s.feeds or s.sitemaps or s.sections) for s in sites)
    console.print(f"{path}: {len(sites)} sites, {named} with feeds, sitemaps or sections of their own, no error")
