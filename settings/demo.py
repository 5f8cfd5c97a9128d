"""`make demo`: the same crawl over the demo web on loopback, faster to show."""

from settings.base import *  # noqa: F403

# A batch every second, so that the first rows are in the bucket while one watches.
NEWSCRAWL_BATCH_SECONDS = "1"
# Stalled demo pages stand for dead hosts; nobody wants to watch 30 s of that.
DOWNLOAD_TIMEOUT = 3
# The progress display owns the terminal; warnings go to the log file in the state directory.
LOG_LEVEL = "WARNING"
