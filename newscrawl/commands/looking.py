"""Scrapy's commands that look at pages and store none (`fetch`, `view`, `shell`, `check`), with a spider of ours."""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from newscrawl.spiders import run_opening

if TYPE_CHECKING:
    from scrapy.commands import ScrapyCommand as _Looking

    from newscrawl.config import Config
    from newscrawl.run.run import Run
    from newscrawl.spiders.plan import Plan
else:
    # Every command class of this package is a command to Scrapy.
    _Looking = object


class Looks(_Looking):
    """Before one of those commands: its spider has a folder that goes with it in place of state and bucket."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Scrapy's hook."""
        trials = ExitStack()

        def trial(config: Config, plan: Plan) -> Run:
            from newscrawl.trial.trial import Trial  # here, for other spiders need none

            return trials.enter_context(Trial.begun(config, plan.sites, alone=False))

        run_opening.instead = trial  # for good: the process ends with the command
        try:
            super().run(args, opts)  # type: ignore[safe-super]  # that of Scrapy's command behind this class
        finally:
            # Of the shell the reactor has a thread of its own, in which the trial's state was opened.
            with suppress(sqlite3.ProgrammingError):
                trials.close()
