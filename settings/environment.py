"""NEWSCRAWL_* of the environment over those of a profile."""

import os
from typing import Any


def take(settings: dict[str, Any]) -> None:
    """Let the environment win over what a profile has set: each profile calls this at its end, with its globals.

    Names that no profile has are left alone here; `newscrawl.config` refuses them.
    """
    for name in settings:
        if name.startswith("NEWSCRAWL_") and name in os.environ:
            settings[name] = os.environ[name]
