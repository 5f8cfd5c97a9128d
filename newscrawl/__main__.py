"""The `newscrawl` command: Scrapy's command line with our settings, in any folder."""

from __future__ import annotations

import os
import sys

from newscrawl.doing import starting
from newscrawl.errors import INSTALLED
from newscrawl.interrupts import listen

# Profiles that SCRAPY_PROJECT may name, as in the repository's scrapy.cfg; any other name is another project's.
_PROFILES = ("demo", "captured")


def main() -> None:
    """Run `newscrawl COMMAND ...`; `SCRAPY_SETTINGS_MODULE` may name other settings. Ends the process."""
    listen()
    project = os.environ.get("SCRAPY_PROJECT", "")
    profile = project if project in _PROFILES else "production"
    ours = f"newscrawl.settings.{profile}"
    if os.environ.setdefault("SCRAPY_SETTINGS_MODULE", ours) == ours:
        starting()
    # Here, for it takes a second, in which somebody may press Ctrl-C.
    from scrapy.cmdline import execute

    sys.argv[0] = INSTALLED
    execute()


if __name__ == "__main__":
    main()
