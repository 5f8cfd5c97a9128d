"""A source that is to be asked, and how many more may be followed from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from newscrawl.discovery.children import Child, choose
from newscrawl.discovery.links import Bounds, Rank
from newscrawl.fetching.scope import registered_domain
from newscrawl.sites import Site
from newscrawl.spiders.finds import LEFT_BEHIND
from newscrawl.state.sources import Look, Sources
from newscrawl.workers.source_work import SourceKind

# Where papers have a sitemap or feed that nothing announces, those with news first. Each costs a site without any a
# request in a run; from the third on they rest as dead sources do.
GUESSES = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml", "/feed/", "/rss.xml", "/rss")
# A paper that prints sleeps no longer.
_STILL_SECONDS = 12 * 3600
# Children of an index that are looked at, the latest: an index of days has 3,650 in ten years.
_CHILDREN = 10_000
# Sitemaps nest index -> month -> day at the most; deeper is a loop.
MAX_DEPTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A source of a site. `root`: the entry it was reached from, itself at depth 0. `budget`: the sources that may be
    followed from it, theirs included; None: as many as there are. `place`: how many of its siblings come first.
    `guessed`: nobody names it, so that there is none is no failure. `paged`: it is one of the pages of its root."""

    site: Site
    url: str
    kind: SourceKind
    root: str
    depth: int = 0
    budget: int | None = None
    place: int = 0
    guessed: bool = False
    paged: bool = False

    @classmethod
    def entrance(cls, site: Site, url: str, kind: SourceKind, budget: int | None, *, guessed: bool = False) -> Asked:
        """A source that the site's entry names, or its home announces."""
        paged = kind is SourceKind.SECTION
        return cls(site=site, url=url, kind=kind, root=url, budget=budget, guessed=guessed, paged=paged)

    def behind(self, url: str, place: int = 0, budget: int | None = None) -> Asked:
        """A source that this one names: a child sitemap, the next listing page."""
        return replace(self, url=url, depth=self.depth + 1, place=place, budget=budget)

    def bounds(self, now: datetime, since: timedelta | None, after: Rank | None) -> Bounds:
        """What is wanted of it; `after`: how far an earlier reading came."""
        return Bounds(
            now=now, oldest=now - since if since else None, article_url=self.site.article_url,
            calls_articles=self.site.calls_articles, further=_CHILDREN, after=after, order=self.site.sitemap_order,
        )  # fmt: skip

    def children(
        self, urls: Sequence[str], changed: Mapping[str, datetime], looks: Mapping[str, Look]
    ) -> Iterator[Asked]:
        """The children of this index that are asked now: of those that do not rest as many as the budget has, the
        likeliest to have news and those that were not read for longest (`discovery/children.py`).

        Half of the budget is for them. Of what is left each has half of what those before it left, so that the newest
        day of the newest month of the newest year is reached.
        """
        awake = [url for url in urls if not (url in looks and looks[url].rests)]
        if self.budget is None:
            yield from (self.behind(url, place) for place, url in enumerate(awake))
            return
        known = [
            Child(
                url=url,
                lastmod=changed.get(url),
                asked=looks[url].asked if url in looks else None,
                brought=looks[url].brought if url in looks else None,
            )
            for url in awake
        ]
        chosen = choose(known, (self.budget + 1) // 2, in_order=bool(self.site.sitemap_order))
        rest = self.budget - len(chosen)
        for place, url in enumerate(chosen):
            share = (rest + 1) // 2
            rest -= share
            yield self.behind(url, place, share)


def by_turns(urls: Sequence[str], looks: Mapping[str, Look], most: int) -> list[str]:
    """Of the sources that a page names those that are asked now, in its order: as many as a run asks, half of them the
    first and half those not read for longest; and all that rest, which costs no request."""
    asked = {url: looks[url].asked for url in urls if url in looks}
    resting = {url for url in asked if looks[url].rests}
    awake = [Child(url=url, asked=asked.get(url)) for url in urls if url not in resting]
    chosen = resting.union(choose(awake, most, in_order=True))
    return [url for url in urls if url in chosen]


def reach(site: Site, since: timedelta | None) -> str:
    """What of a source's entries is wanted, in one line: what was left out under another reach is read anew."""
    home, *others = [registered_domain(urlsplit(url).hostname or "") for url in site.urls]
    # An entry may come to name a domain of which its sources named pages before.
    domains = sorted(set(others) - {home})
    return " ".join(filter(None, (f"{since or 'all'} {site.article_url}", site.sitemap_order, *domains)))


def wanted_together(sites: Iterable[Site]) -> dict[str, str]:
    """Of each source that several sites name the `article_url` of all of them: it is asked once, for whichever is
    first."""
    patterns: defaultdict[str, list[str]] = defaultdict(list)
    for site in sites:
        for url in dict.fromkeys((*site.feeds, *site.sitemaps, *site.sections)):
            patterns[url].append(site.article_url)
    return {
        url: "|".join(f"(?:{pattern})" for pattern in some) if all(some) else ""
        for url, some in patterns.items()
        if len(some) > 1
    }


def guesses(site: Site, base: str, budget: int | None) -> list[Asked]:
    """The usual places of a site's sitemap and feed, of which each may have none."""
    return [
        Asked.entrance(
            site,
            urljoin(base, path),
            SourceKind.SITEMAP if "sitemap" in path else SourceKind.FEED,
            budget,
            guessed=True,
        )
        for path in GUESSES
    ]


def stand_still(sources: Sources, entrances: Sequence[Asked], now: datetime) -> bool:
    """Whether these entrances of a site bring nothing any more, though some can be read: none has brought news for so
    long as only what was left behind has not, or one that the site's entry names is dead and the others are quiet."""
    looks = sources.looks([asked.url for asked in entrances], now)
    brought = max((look.brought or 0.0 for look in looks.values()), default=0.0)
    quiet = now.timestamp() - brought
    is_dead = any(asked.url in asked.site.urls and asked.url in looks and looks[asked.url].dead for asked in entrances)
    return (is_dead and quiet > _STILL_SECONDS) or (brought > 0 and quiet > LEFT_BEHIND.total_seconds())


class Fallback:
    """What is asked of a site where none of its entrances leads to a story: first what its entry names, then what its
    home announces, then the usual places, last the home's own links. An entrance leads to none where it and all that
    was asked behind it cannot be read, or names none that is wanted."""

    def __init__(self) -> None:
        self._left: dict[str, set[str]] = {}
        self._instead: dict[str, Asked] = {}
        # By entrance: of it and what is behind it, how many answers are waited for.
        self._outstanding: Counter[str] = Counter()
        self._doubted: set[str] = set()
        # Sites of which a source names a story, or may; and by site the home pages that were read for their own links.
        self._led: set[str] = set()
        self._fronts: dict[str, str] = {}

    def doubt(self, entrances: Iterable[Asked]) -> None:
        """These entrances stand still: that one can be read is no reason to keep it."""
        self._doubted.update(asked.url for asked in entrances)

    def doubts(self, asked: Asked) -> bool:
        """Whether this is one of those, or behind it."""
        return asked.root in self._doubted

    def hope(self, entrances: Sequence[Asked], instead: Asked) -> None:
        """These entrances of a site are asked, and `instead` where all of them fail."""
        name = instead.site.name
        self._left[name], self._instead[name] = {asked.url for asked in entrances}, instead

    def wait(self, asked: Asked) -> None:
        """An entrance, or a source behind it, is asked for."""
        self._outstanding[asked.root] += 1

    def keep(self, asked: Asked, *, news: bool = False) -> None:
        """A source names a story, or may: its entrance needs nothing in its place. `news`: it names a new one."""
        if self.doubts(asked) and not news:
            return
        self.lead(asked)
        self._left.get(asked.site.name, set()).discard(asked.root)
        self._instead.pop(asked.site.name, None)

    def lead(self, asked: Asked) -> None:
        """A source names a story, or did when it was read."""
        self._led.add(asked.site.name)

    def lost(self, asked: Asked) -> Asked | None:
        """A source leads to no story; what is asked in the place of its entrance, where that was the last hope."""
        self._outstanding[asked.root] -= 1
        left = self._left.get(asked.site.name, set())
        if asked.root not in left or self._outstanding[asked.root] > 0:
            return None
        left.remove(asked.root)
        return None if left else self._instead.pop(asked.site.name, None)

    def last_resort(self, front: Asked) -> None:
        """A home page was read for its own links."""
        self._fronts[front.site.name] = front.url

    def in_vain(self) -> list[str]:
        """The home pages that were the last resort of a site of which nothing named a story."""
        return [url for site, url in self._fronts.items() if site not in self._led]
