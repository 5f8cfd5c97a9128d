"""Log lines that are safe to print: every record of the process, Scrapy's own among them."""

from __future__ import annotations

import logging
from typing import Any

from newscrawl.text.printable import printable

_PLAIN = logging.Formatter()


class SafeRecord(logging.LogRecord):
    """A record whose message holds no control of a terminal and no password of a URL.

    Here and not in a formatter: URLs, headers and titles come into the log by way of many loggers, and who sets up
    handlers of its own shall not have to think of it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.exc_info:
            # Made once, here: a formatter prints what it finds.
            self.exc_text = printable(_PLAIN.formatException(self.exc_info), lines=True)

    def getMessage(self) -> str:  # noqa: N802  # logging's name
        return printable(super().getMessage(), lines=True)


def install() -> None:
    """Have every record made from now on be safe."""
    logging.setLogRecordFactory(SafeRecord)
