"""NEWSCRAWL_* and SPIDERMON_* of the environment over those of a profile; and where a project's own folders lie."""

import os
from pathlib import Path
from typing import Any

from scrapy.utils.conf import closest_scrapy_cfg


def of_project(folder: str) -> str:
    """A folder beside the project's scrapy.cfg, as Scrapy has `.scrapy` there: from whatever folder of the project a
    command is typed, the archive is the same. Of the current folder where there is no project, or it is there already.
    """
    config = closest_scrapy_cfg()
    return folder if not config or Path(folder).exists() else os.path.relpath(Path(config).parent / folder)


def take(settings: dict[str, Any]) -> None:
    """Let the environment win over what a profile has set: each profile calls this at its end, with its globals.

    Names of ours that no profile has are left alone here; `newscrawl.config` refuses them. Those of spidermon's are all
    taken: where alarms go to, and by which password, is said where it runs, and on a command line all can read it.
    """
    settings |= {name: value for name, value in os.environ.items() if name.startswith("SPIDERMON_")}
    for name in settings:
        if name.startswith("NEWSCRAWL_") and name in os.environ:
            settings[name] = os.environ[name]
