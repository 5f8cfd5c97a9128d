"""Settings of every run, each with its reason. Any NEWSCRAWL_* value can come from the environment too, in every
profile; `-s NAME=VALUE` on the command line wins over both. A misspelt NEWSCRAWL_* name is an error."""

from importlib.util import find_spec

from .environment import of_project, take

BOT_NAME = "newscrawl"
SPIDER_MODULES = ["newscrawl.spiders"]
NEWSPIDER_MODULE = "newscrawl.spiders"
COMMANDS_MODULE = "newscrawl.commands"

# --- newscrawl -----------------------------------------------------------------------------------------

# s3://bucket/prefix; empty: the embedded server, its data in the state directory.
NEWSCRAWL_BUCKET = ""
# Ledger and dedup index, a cache of the bucket: `scrapy bucket rebuild` makes them anew. And, where no bucket is named,
# the embedded server's data, which is the bucket (`s3/`). A relative path in its place is one of the current folder.
NEWSCRAWL_STATE_DIR = of_project(".newscrawl")
# Rows a batch: 6,000 stories of captured pages make a Parquet part of 8.6 MB (zstd), which readers like; more takes
# memory, 20 KB a story, and delays the moment from which a crash costs nothing.
NEWSCRAWL_BATCH_ROWS = 6000
# Seconds until a batch is written however small: what a crash makes us fetch again at the most.
NEWSCRAWL_BATCH_SECONDS: float = 300
# How long S3 may stay away during a run before the run ends (exit code 6); a restart takes 4-13 s, a
# failover of a small cluster minutes.
NEWSCRAWL_OUTAGE_SECONDS = 900
# Age of the oldest article to fetch: hourly crawls lose nothing over a weekend's outage, and a first
# crawl does not swallow an archive of millions. `-a since=all` lifts it.
NEWSCRAWL_SINCE = "3d"
# Worker processes for extraction; 0: one a core.
NEWSCRAWL_WORKERS = 0
# What `bucket reextract` reads the raw archive with, and `bucket dedupe` compares texts with: "" this machine, dedupe
# one core of it; "daft", "ray": a Daft plan here, or on the Ray cluster of RAY_ADDRESS (docs/scale.md), for archives
# that take one machine days.
NEWSCRAWL_ENGINE = ""
# A page takes ~30 ms; one that takes this long hangs the extractor, and its worker is replaced.
NEWSCRAWL_PAGE_SECONDS = 30
# Pages of a site that may hang or kill their worker before the run leaves the site, and one more for every hundred that
# end well: each hanging one takes a worker as long as a thousand others.
NEWSCRAWL_COSTLY_PAGES = 3
# Seconds for a feed, sitemap, section or robots.txt in a worker. A sitemap of 50,000 entries, the most that
# sitemaps.org allows, takes 5 s; one that takes this long has failed.
NEWSCRAWL_SOURCE_SECONDS = 30
# Sources that a run follows from one sitemap that an entry names (children of an index and theirs): the latest first
# and those not read for longest, the rest in later runs. A minute of a host at the usual delay; an index of years, of
# months, of days has its last week in every run. `-a since=all` lifts it.
NEWSCRAWL_ENTRY_SOURCES = 60
# Pages of one section, or of a feed that has some, that a run reads: at hourly crawls new stories have not moved
# further back, and a page that names fifteen others, each of them fifteen more, is a trap.
NEWSCRAWL_LISTING_PAGES = 10
# Sitemaps and feeds that a site's home and robots.txt announce, or sections that its home links to, and that a run
# reads, half of them the first and half those not read for longest: papers have one a section, and a page can name
# thousands.
NEWSCRAWL_HOME_SOURCES = 40
# New URLs of one site that a run takes, the latest first; at a second each they are five hours. The largest papers
# print two thousand stories a day, so more is an archive, and comes with the next runs.
NEWSCRAWL_SITE_URLS = 20_000
# Seconds of a run that one site may take, from its first request on; what is left of it waits for the next run. The
# URLs above take most of them at a second each: a site that is slower would keep the run open for itself alone.
NEWSCRAWL_SITE_SECONDS: float = 21_600
# Seconds that a page whose text arrives by script (`render = true`) may take with all that it asks for, at its host's
# pace; then it is taken as far as it has come. Its scripts may ask for 25 things, a second each.
NEWSCRAWL_RENDER_SECONDS: float = 45
# Pages of one story that are read as one, the first included (1: only that). Papers cut long reports in two to five;
# who cuts finer sells views, and at a second each ten are as long as one story may take.
NEWSCRAWL_STORY_PAGES = 10
# Who crawls: a page (https://...) or a mailbox (mailto:...), said in the user agent. Empty: a crawl of hosts that are
# not loopback is refused, for a publisher who wants to complain must be able to, and only you know where.
NEWSCRAWL_CONTACT_URL = ""
# The site registry; empty: the shipped one. `-a sites_file=` wins.
NEWSCRAWL_SITES_FILE = ""
# Days that a story stays in the dedup index, counted from the newest one; 0: forever. Copies follow within
# days, follow-ups and corrections within weeks; what comes after a season (festival explainers, background)
# is news again. A crawl of 50,000 stories a day then has an index of 4.5 million.
NEWSCRAWL_DEDUP_DAYS = 90
# Ages at which an article is fetched again: corrections come within hours, follow-ups within a day. Empty: never.
NEWSCRAWL_RECHECKS = "2h,24h"
# 1: these ages say how many such requests there are; when they are made is learned of each site and section, by which
# looks found a change (docs/architecture.md, "Revisits"): where sites differ much, as many requests find half as many
# revisions again. 0: the ages as they are.
NEWSCRAWL_RECHECKS_LEARN = 1
# The shortest time between two looks at a feed, sitemap or section. Doubled while it brings nothing, up to six
# hours; an hourly schedule never waits for one that does.
NEWSCRAWL_POLL_SECONDS = 600
# Seconds that a host rests after a failed request (5xx, 429, time-out, refused), doubled with each further
# one; a Retry-After of the host's own wins. Longer than the delay between requests, short beside a restart.
NEWSCRAWL_BACKOFF_SECONDS: float = 2
# The longest that a run waits for a host. One that asks for more is left, its pages pending for the next run.
NEWSCRAWL_HOLD_SECONDS = 120
# Different URLs of a host that may fail in a row before the run leaves it: one broken page is no broken
# host, and five time-outs of 30 s are as long as a run should ask a dead one.
NEWSCRAWL_BREAKER_URLS = 5
# Stories whose ways of reading agree less than this are named in the report, for a person to look at: on 711 public
# pages 3 % of the stories are below it.
NEWSCRAWL_DOUBTFUL_BELOW = 0.8
# 1: begin although the clock is a day behind the archive's newest page, or a quarter of a year ahead of it. Such a
# clock is wrong as a rule, and would have the index forget what it knows; after a long pause it is right.
NEWSCRAWL_TRUST_CLOCK = 0
# Wishes of publishers beyond robots.txt that make a page `forbidden`; the others are recorded in its row
# (`reservations`). By default only tdm is obeyed, for it alone is said to archives like this one by its own words.
# tdm: rights in text and data mining are reserved (tdm-reservation: 1 in a header or meta, or tdmrep.json).
# noarchive (X-Robots-Tag or meta) asks search engines to show no cached copy; one in thirteen of the captured pages has
#   it, so obeying it unasked would lose whole publishers.
# ai: robots.txt, or X-Robots-Tag by name, closes the page to AI crawlers, of which this is none.
# content-signal:ai-train, content-usage:train-ai refuse that models are trained; content-signal:ai-input and
#   content-usage:ai-use that they are fed; content-signal:search and content-usage:search that pages are indexed and
#   shown. An archive does none of these: they bind who uses it, who finds them in the row. To train? Obey them.
# rsl:ai-train, rsl:ai-input, rsl:ai-index, rsl:search: an RSL licence, of robots.txt or a page, does not grant this
#   use to everyone: it is prohibited or not permitted, or there is a condition (a payment, some users or countries, a
#   licence server). An archive does none of these, either.
# rsl: there is a licence, which may permit as well as forbid. Obey it to stay away where its terms are not known, too:
#   it could not be read.
# Publish what you crawl? Then set tdm,noarchive,ai, and what your readers would do.
NEWSCRAWL_OPT_OUTS = "tdm"
# 1: keep what the servers answered, too, as WARC files in the bucket (`raw/`): pages can be read again by a later
# extraction, without a request. Off, for it is most of an archive's bytes: a page is a quarter of a megabyte, 60 KB
# compressed, where its story is 2 KB.
NEWSCRAWL_WARC = 0
# A file that each run writes its figures to at its end, for the textfile collector of Prometheus' node exporter (name
# it *.prom, in that one's folder); empty: none. Written beside it and renamed, so the folder must be ours to write.
NEWSCRAWL_METRICS_FILE = ""
# Where the alarms of a run are posted to as JSON, with spidermon installed and on (docs/watching.md); empty: nowhere.
NEWSCRAWL_ALARM_WEBHOOK = ""
# Seconds that the lease of a shard (`-a shard=3/16`) lasts without a word of its owner: as long do the hosts of a shard
# wait whose process died. Two thirds of it a run lives through while the bucket does not answer: a minute, in which a
# server restarts.
NEWSCRAWL_LEASE_SECONDS = 90.0
# A private Ed25519 key in PEM, with which each request is signed (Web Bot Auth), and the https address below which its
# public half is published (docs/security.md, "Signed requests"). Empty: nothing is signed.
NEWSCRAWL_SIGNING_KEY = ""
NEWSCRAWL_SIGNATURE_AGENT = ""
# HOST:PORT on loopback that answers for every host, for captured pages (docs/architecture.md, "Captured pages").
NEWSCRAWL_CONNECT_TO = ""

# --- pipeline: page to bucket --------------------------------------------------------------------------

ITEM_PIPELINES = {
    "newscrawl.pipelines.extract.ExtractPipeline": 100,
    "newscrawl.pipelines.dedupe.DedupePipeline": 200,
    "newscrawl.pipelines.store.StorePipeline": 300,
}
DOWNLOADER_MIDDLEWARES = {
    # Before robots.txt (100): what lies outside the site list is not even asked for its robots.txt.
    "newscrawl.fetching.scope.ScopeMiddleware": 60,
    # Before all that may ask on its own (robots.txt), and after the scope: what is refused is told nothing.
    "newscrawl.fetching.site_headers.SiteHeadersMiddleware": 65,
    "newscrawl.fetching.politeness.PolitenessMiddleware": 70,
    # RFC 9309: a robots.txt that cannot be read forbids everything, where Scrapy's allows it.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "newscrawl.fetching.robots.RobotsMiddleware": 100,
    # Scrapy's tries again at once; ours waits as the host asks, and leaves one that does not recover.
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "newscrawl.fetching.retry.HostRetryMiddleware": 550,
    # Scrapy's decodes every page on the event loop to look for a refresh; ours those that can be nothing else.
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "newscrawl.fetching.redirects.StubRefreshMiddleware": 580,
    # Scrapy's unzips what there is of a page that ends too early, and says nothing.
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "newscrawl.fetching.data_loss.DataLossMiddleware": 590,
    # Sees a redirect's answer before Scrapy's (600) makes the next request of it.
    "newscrawl.fetching.redirects.RedirectCookiesMiddleware": 610,
    # Ours knows the scope of each site; Scrapy's works on one list for all.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
}
SPIDER_MIDDLEWARES = {
    # Each request for an article follows from the one before it (spiders/turns.py): that is no depth ...
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}
# ... and no link from one to the other that a publisher should be told of. On, for Scrapy's redirects look for it.
REFERER_ENABLED = True
REFERRER_POLICY = "no-referrer"
TWISTED_DNS_RESOLVER = "newscrawl.fetching.scope.PublicResolver"

# --- politeness ----------------------------------------------------------------------------------------

USER_AGENT = "newscrawl/0.1"  # the spider adds NEWSCRAWL_CONTACT_URL, unless a project has an agent of its own
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newscrawl"  # with a USER_AGENT of your own its name, unless you set this, too
# One request at a time to a host: what a small publisher's shared hosting bears.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# A second between requests to a host unless its sites.toml entry or robots.txt says otherwise. A longer one holds for
# all whose entry says none; a shorter one is for an entry to say.
DOWNLOAD_DELAY = 1.0
# No jitter: a delay that is promised (Crawl-delay) is never undercut.
DOWNLOAD_DELAY_JITTER = 0
# Hosts in parallel; each one waits for its own delay, so many sites need many slots.
CONCURRENT_REQUESTS = 64
# A session is not needed to read the news, and ties requests together; what a redirect sets goes with it, no further.
COOKIES_ENABLED = False
# One answer and two retries; the ledger tries again in the next run.
RETRY_TIMES = 2
# Every 5xx is the server's own word that it fails. Scrapy's list lacks those by which content networks say that the
# paper behind them does not answer (520 to 530), and those of shared hosting (508, 509).
RETRY_HTTP_CODES = [408, 429, *range(500, 600)]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # the page has its reject row; an ERROR a dead link drowns real ones
REDIRECT_MAX_TIMES = 5  # http -> https -> www -> path -> slug; more is a loop
# Seconds: what refreshes at once leads elsewhere; later, a news page reloads itself, or goes home from a story.
METAREFRESH_MAXDELAY = 3

# --- watching the crawl -------------------------------------------------------------------------------

# Says in run.json how long anything held up the event loop, on which every download waits.
# The other sends a trace of one page in a hundred, where an endpoint of OpenTelemetry's is set (docs/watching.md).
EXTENSIONS: dict[str, int | None] = {"newscrawl.run.loop_lag.LoopLag": 0, "newscrawl.run.tracing.Tracing": 0}
# The watch as a suite of spidermon's (`pip install 'newscrawl[watch]'`, then `-s SPIDERMON_ENABLED=1`), when the run is
# committed: only then is it known what broke.
if find_spec("spidermon"):
    EXTENSIONS["spidermon.contrib.scrapy.extensions.Spidermon"] = 500
SPIDERMON_ENGINE_STOP_MONITORS = ["newscrawl.run.spidermon_suite.WatchSuite"]
# `scrapy crawl news -O out.jsonl`: Scrapy's exporters, over the rows of the bucket's articles.
FEED_EXPORTERS = {
    "json": "newscrawl.run.feed_export.JsonArticles",
    "jsonlines": "newscrawl.run.feed_export.JsonLinesArticles",
    "jsonl": "newscrawl.run.feed_export.JsonLinesArticles",
    "jl": "newscrawl.run.feed_export.JsonLinesArticles",
    "csv": "newscrawl.run.feed_export.CsvArticles",
    "xml": "newscrawl.run.feed_export.XmlArticles",
    "pickle": "newscrawl.run.feed_export.PickledArticles",
    "marshal": "newscrawl.run.feed_export.MarshalledArticles",
}
# Counts what a feed lacks, for the exit code.
EXTENSIONS |= {"scrapy.extensions.feedexport.FeedExporter": None, "newscrawl.run.feed_export.Feeds": 0}
FEED_EXPORT_ENCODING = "utf-8"  # Devanagari as it is, not as \u escapes

# --- limits --------------------------------------------------------------------------------------------

# Seconds for a whole answer; the slowest captured host took 9 s.
DOWNLOAD_TIMEOUT = 30
# Bytes, before and after decompression. The largest captured page has 2.2 MB; a gzip bomb of 200 KB
# reached 477 MB with Scrapy's default.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = True  # half a page is not a page
# With HTTPCACHE_ENABLED: "not modified" is no answer to who asks without a condition.
HTTPCACHE_IGNORE_HTTP_CODES = [304]
# Bytes of pages between downloader and bucket before downloading pauses: 32 pages of ~250 KB, beside those that are
# under way then. Workers take 30 ms a page; more in waiting is only memory, and work for the garbage collector.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 8 * 1024 * 1024
# Items of one response in the pipeline at once; each of our responses yields one.
CONCURRENT_ITEMS = 8
DNS_TIMEOUT = 20
# Scrapy's drops a request for a longer URL without a word; ours (fetching/scope.py) refuses it with a row.
URLLENGTH_LIMIT = 0

# --- safety --------------------------------------------------------------------------------------------

REMOTE_CONTROL_ENABLED = False  # Scrapy 2.19 turns it on by default
TELNETCONSOLE_ENABLED = False  # a shell into the crawler
DOWNLOAD_VERIFY_CERTIFICATES = True  # off in Scrapy
# Only the web: no file:, data:, ftp:, s3: URL from a hostile feed is ever opened.
DOWNLOAD_HANDLERS: dict[str, str | None] = {"data": None, "ftp": None, "s3": None}
# Of `scrapy shell ./page.html`: a crawl of newscrawl has none.
DOWNLOAD_HANDLERS["file"] = "newscrawl.fetching.handler.LocalFiles"
# Scrapy's own, but a host that failed rests from that moment on.
DOWNLOAD_HANDLERS |= dict.fromkeys(("http", "https"), "newscrawl.fetching.handler.HostHandler")

# --- output --------------------------------------------------------------------------------------------

LOG_LEVEL = "INFO"
LOG_ENABLED = True
STATS_DUMP = False  # the run's own summary says what matters; `-s STATS_DUMP=1` for the rest
LOGSTATS_INTERVAL = 60.0

take(globals())
