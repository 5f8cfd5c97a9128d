"""Settings of the obvious Scrapy project: Scrapy's defaults but for what every contender is given."""

SPIDER_MODULES = ["benchmarks.crawl.plain"]
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 0
LOG_LEVEL = "INFO"
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
ITEM_PIPELINES = {"benchmarks.crawl.plain.DropCopies": 100, "benchmarks.crawl.plain.StoreObject": 200}
# Nothing of the plain project: how the benchmark learns what it did.
EXTENSIONS = {"newscrawl.run.loop_lag.LoopLag": 0, "benchmarks.crawl.plain.WriteStats": 900}
