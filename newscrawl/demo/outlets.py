"""The fictional outlets: a theme, a URL habit, a way to be found. One entry a site, in the order served."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

# Topic (content file) -> desk, the section of the site that lists it: (URL segment, name).
DESKS: dict[str, str] = {
    "desh": "देश",
    "rajya": "राज्य",
    "karobar": "कारोबार",
    "khel-manoranjan": "खेल-मनोरंजन",
    "jeevan": "जीवन",
}
DESK_OF = {
    "politics": "desh",
    "court": "desh",
    "international": "desh",
    "railway": "desh",
    "crime": "rajya",
    "weather": "rajya",
    "wildlife": "rajya",
    "agriculture": "rajya",
    "business": "karobar",
    "technology": "karobar",
    "gold": "karobar",
    "sports": "khel-manoranjan",
    "entertainment": "khel-manoranjan",
    "health": "jeevan",
    "education": "jeevan",
    "religion": "jeevan",
    "forecast": "rajya",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One site of the web. `registry` names what sites.toml gives besides `home`."""

    name: str  # the registry's name
    title: str
    theme: str
    url: str  # article path, with {desk} {slug} {number}
    color: str
    dateline: str = "{city}। "
    full_stop: str = "।"  # two of the five seed documents end sentences with "."
    feed: str | None = None  # "rss" or "atom"
    feed_path: str = "/feed/"
    feed_items: int = 30
    sitemap: bool = True
    crawl_delay: float | None = None
    disallow: str | None = None  # a section robots.txt forbids, and the sitemap lists all the same
    licence: str | None = None  # uses of its pages that the RSL licence permits which robots.txt names
    amp: bool = False
    lying_etag: bool = False  # the feed repeats its ETag after it changed
    registry: tuple[str, ...] = ()
    byline: str = "person"  # "person", "desk", or "none"
    date_style: str = "long"
    newest_first: bool = False  # a live blog: what came last stands on top

    def path(self, desk: str, slug: str, key: str) -> str:
        """The article's path; the number is stable in `key`, as a CMS id would be."""
        return self.url.format(desk=desk, slug=slug, number=100000 + crc32(key.encode()) % 900000)


OUTLETS: tuple[Outlet, ...] = (
    Outlet(
        name="prabhat-samvad",
        title="प्रभात संवाद",
        theme="jannah",
        url="/{slug}-{number}/",
        color="#0669ff",
        dateline="{city} : ",
        feed="rss",
        date_style="long",
    ),
    Outlet(
        name="khabar-dwar",
        title="खबर द्वार",
        theme="excerpt",
        url="/{desk}/{slug}-{number}.html",
        color="#c4161c",
        dateline="{tag}: ",
        full_stop=".",
        feed="rss",
        feed_path="/rss.xml",
        feed_items=400,
        registry=("feeds",),
        byline="desk",
        date_style="english",
    ),
    Outlet(
        name="lokdhara-patrika",
        title="लोकधारा पत्रिका",
        theme="tail",
        url="/{desk}/{slug}/cid{number}.htm",
        color="#7a1fa2",
        dateline="",
        sitemap=True,
        registry=("sitemaps",),
        feed="atom",
        feed_path="/atom.xml",
        lying_etag=True,
        date_style="dotted",
    ),
    Outlet(
        name="gaon-gazette",
        title="गांव गजट",
        theme="plain",
        url="/news/{number}",
        color="#2e7d32",
        feed="atom",
        feed_path="/feeds/latest.atom",
        crawl_delay=0.1,
        byline="none",
        date_style="devanagari",
    ),
    Outlet(
        name="nav-rekha",
        title="नव रेखा न्यूज",
        theme="newspaper",
        url="/{desk}/{slug}-{number}/",
        color="#e65100",
        dateline="{city}: ",
        full_stop=".",
        feed="rss",
        disallow="/vishesh/",
        date_style="english",
    ),
    Outlet(
        name="janpath-varta",
        title="जनपथ वार्ता",
        theme="table",
        url="/news.php?id={number}",
        color="#00838f",
        dateline="{city}, {date} ({agency})। ",
        feed=None,
        sitemap=False,
        registry=("sections",),
        byline="desk",
        date_style="slashed",
    ),
    Outlet(
        name="teevra-bharat",
        title="तीव्र भारत",
        theme="amp",
        url="/story/{slug}-{number}",
        color="#ad1457",
        dateline="",
        feed="rss",
        feed_path="/rss/latest.xml",
        amp=True,
        registry=("feeds", "sitemaps"),
        date_style="long",
    ),
    Outlet(
        name="satya-sandesh",
        title="सत्य संदेश",
        theme="jsonld",
        url="/hindi/{desk}/{slug}-story-{number}.html",
        color="#1a237e",
        dateline="{city}, संवाददाता। ",
        feed="atom",
        feed_path="/feed.atom",
        date_style="devanagari",
    ),
    # Joined later, see FOUNDERS.
    Outlet(
        name="pagdandi-post",
        title="पगडंडी पोस्ट",
        theme="elementor",
        url="/{number}/{slug}/",
        color="#00695c",
        dateline="{city}। ",
        feed="rss",
        date_style="long",
    ),
    Outlet(
        name="neem-chaupal",
        title="नीम चौपाल",
        theme="blocks",
        url="/{desk}/article/{slug}-{number}",
        color="#558b2f",
        dateline="{city}: ",
        sitemap=False,
        registry=("sections",),
        date_style="english",
    ),
    Outlet(
        name="aarohan-today",
        title="आरोहण टुडे",
        theme="react",
        url="/article/{desk}/{number}/{slug}",
        color="#4527a0",
        dateline="",
        licence="search ai-index",
        registry=("sitemaps",),
        byline="desk",
        date_style="dotted",
    ),
    Outlet(
        name="pal-pal-khabar",
        title="पल-पल खबर",
        theme="live",
        url="/live/{slug}-liveblog-{number}.html",
        color="#bf360c",
        dateline="",
        feed="atom",
        feed_path="/live.atom",
        date_style="long",
        newest_first=True,
    ),
)
# The first eight tell, carry and list the same whoever joins behind them: figures measured over them stay true.
FOUNDERS = 8
