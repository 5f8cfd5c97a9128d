"""`make demo`: the same crawl over the demo web on loopback, faster to show."""

from newscrawl.doing import starting

from .base import *  # noqa: F403
from .environment import of_project, take

starting()

# A state and bucket of its own: the demo never mixes with a real archive.
NEWSCRAWL_STATE_DIR = of_project(".newscrawl/demo")
# A batch every second, so that the first rows are in the bucket while one watches.
NEWSCRAWL_BATCH_SECONDS = 1
# A demo host recovers at once; nobody wants to watch the wait.
NEWSCRAWL_BACKOFF_SECONDS = 0.1
# The demo is run again at will, and shows what a run on an unchanged web does.
NEWSCRAWL_POLL_SECONDS = 0
NEWSCRAWL_RECHECKS = ""
# Stalled demo pages stand for dead hosts; nobody wants to watch 30 s of that.
DOWNLOAD_TIMEOUT = 3
# The demo shows a first start: yesterday's demo web is as good as today's.
NEWSCRAWL_SINCE = "all"
EXTENSIONS = EXTENSIONS | {"newscrawl.run.progress.Progress": 0}  # noqa: F405
# The progress display owns the terminal; what is worth knowing of each failed page is in its reject row.
LOG_LEVEL = "ERROR"

take(globals())
