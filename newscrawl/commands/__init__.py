"""The commands: crawl (with our exit codes), bucket, sites, demo.

Scrapy imports every module here at each start, so what is heavy (SciPy by datasketch, trafilatura, pyarrow, DuckDB: 4
of 5 seconds) is imported by the action that needs it: a wrong setting is refused at once.
"""

from newscrawl.interrupts import listen

listen()
