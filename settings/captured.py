"""`scrapy demo --pages DIR`: captured pages under their own host names, answered by one loopback server."""

from .demo import *  # noqa: F403
from .environment import of_project, take

NEWSCRAWL_STATE_DIR = of_project(".newscrawl/captured")
# Like curl's --connect-to: names are not resolved, every request goes to NEWSCRAWL_CONNECT_TO.
_CONNECT_TO = "newscrawl.demo.connect_to.ConnectToHandler"
DOWNLOAD_HANDLERS = DOWNLOAD_HANDLERS | {"http": _CONNECT_TO, "https": _CONNECT_TO}  # noqa: F405
# Captured pages are as old as they are.
NEWSCRAWL_SINCE = "all"
# They show what extraction makes of a page; what their publishers wish was obeyed when they were captured.
NEWSCRAWL_OPT_OUTS = ""

take(globals())
