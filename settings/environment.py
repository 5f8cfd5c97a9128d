"""NEWSCRAWL_* and SPIDERMON_* of the environment over those of a profile."""

import os
from typing import Any


def take(settings: dict[str, Any]) -> None:
    """Let the environment win over what a profile has set: each profile calls this at its end, with its globals.

    Names of ours that no profile has are left alone here; `newscrawl.config` refuses them. Those of spidermon's are all
    taken: where alarms go to, and by which password, is said where it runs, and on a command line all can read it.
    """
    settings |= {name: value for name, value in os.environ.items() if name.startswith("SPIDERMON_")}
    for name in settings:
        if name.startswith("NEWSCRAWL_") and name in os.environ:
            settings[name] = os.environ[name]
