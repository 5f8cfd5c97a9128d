"""What sources name becomes what the ledger knows: in scope, as many of a site as a run takes, the rest counted."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from newscrawl.discovery.addresses import is_article
from newscrawl.discovery.links import Discovered, Loss, latest
from newscrawl.fetching.licence_files import FeedLicences
from newscrawl.fetching.scope import Scope
from newscrawl.run.run import Run
from newscrawl.sites import Site
from newscrawl.state.ledger import Found
from newscrawl.state.sqlite import transaction

logger = logging.getLogger(__name__)

# URLs that are noted in one go: 30 ms of the event loop, and one fsync.
AT_A_TIME = 200


# A paper that printed nothing for so long has stopped, moved, or left what names nothing newer behind: the smallest of
# those that are alive print every week.
LEFT_BEHIND = timedelta(days=30)
# Entries of a source that are looked at for an address of a story: 10 ms.
_LOOKED_AT = 1_000


def may_bring(discovered: Discovered, now: datetime) -> bool:
    """Whether a source that names no story that is wanted may do so next: it was not read to its end, or what it names
    is no older than it is where a paper prints rarely."""
    newest = discovered.newest_old
    return Loss.CUT in discovered.left_out or (newest is not None and now - newest <= LEFT_BEHIND)


def names_story(discovered: Discovered, site: Site, now: datetime) -> bool:
    """Whether an entry of a feed or sitemap is told as a story is, or has an address as one has, and not all are of
    what was left behind: a map made by hand often names the site's sections alone."""
    if all((when := latest(hint)) and now - when > LEFT_BEHIND for hint in discovered.articles.values()):
        return False
    entries = islice(discovered.articles.items(), _LOOKED_AT)
    return any(hint.title or hint.published_at or site.names(url) or is_article(url) for url, hint in entries)


class Noted(NamedTuple):
    """What became of a source's entries: how many name a story that is wanted, which of these are due, and whether all
    were taken."""

    named: int
    due: list[Found]
    all_taken: bool


class Finds:
    """Notes the finds of all sources of a run. What is left out is counted in the report and named in the log.
    `licences`: those that came with them."""

    def __init__(self, run: Run, scope: Scope, most: int) -> None:
        """`most`: new URLs that are taken of one site in this run."""
        self._run, self._report, self._ledger = run, run.report, run.archive.ledger
        self._scope, self._most = scope, most
        self._taken: Counter[str] = Counter()
        self.licences = FeedLicences()

    async def note(self, source: str, site: Site, discovered: Discovered, now: datetime) -> Noted:
        """Note in the ledger what was read of a source."""
        all_taken = True
        self.licences.add(source, discovered.licences)
        left_out: Counter[str] = Counter({str(kind): count for kind, count in discovered.left_out.items()})
        examples: dict[str, str] = dict(discovered.examples.items())
        entries = list(discovered.articles.items())
        if len(entries) > self._most - self._taken[site.name]:
            entries.sort(key=lambda entry: -(when.timestamp() if (when := latest(entry[1])) else 0.0))
        named, due = 0, list[Found]()
        waiting = iter(entries)
        while some := list(islice(waiting, max(1, min(AT_A_TIME, self._most - self._taken[site.name])))):
            if self._taken[site.name] >= self._most:
                cut = [*some, *waiting]
                left_out[Loss.CUT] += len(cut)
                all_taken = False
                examples.setdefault(Loss.CUT, cut[0][0])
                break
            found = list[Found]()
            for url, hint in some:
                # A site may list the pages of another one on its domain: they stay that one's.
                owner = self._scope.owner(url, site)
                if problem := self._scope.problem(url, site.name):
                    left_out[Loss.OUT_OF_SCOPE] += 1
                    examples.setdefault(Loss.OUT_OF_SCOPE, f"{url} ({problem})")
                elif not owner.wants(url):
                    left_out[Loss.NOT_WANTED] += 1
                    examples.setdefault(Loss.NOT_WANTED, url)
                else:
                    found.append(Found(url=url, site=owner.name, source=source, hint=hint))
            async with self._run.writing:
                with transaction(self._run.archive.state.db):
                    fresh = self._ledger.discover(found, now)
                    self._run.site_finds.add(site.name, len(fresh), now)
                await asyncio.sleep(0)
            named += len(found)
            due += fresh
            self._taken[site.name] += len(fresh)
        self._report.due.update(found.site for found in due)
        self._say(source, site, Counter(named=named, new=len(due)) + left_out, examples)
        return Noted(named, due, all_taken)

    def close(self, sites: Iterable[Site], now: datetime) -> None:
        """Name the sites that brought fewer than half of what they usually do."""
        for site in sites:
            if quiet := self._run.site_finds.quiet(site.name, now):
                self._report.sites_quiet[site.name] = str(quiet)
                logger.warning("%s: %s", site.name, quiet)

    def in_scope(self, source: str, site: Site, urls: Sequence[str]) -> list[str]:
        """Of further sources those that may be asked; the others are counted."""
        outside = {url for url in urls if self._scope.problem(url, site.name)}
        self.leave(source, site, Loss.OUT_OF_SCOPE, [url for url in urls if url in outside])
        return [url for url in urls if url not in outside]

    def leave(self, source: str, site: Site, kind: Loss, urls: list[str]) -> None:
        """Count what is left out of a source otherwise."""
        if urls:
            self._say(source, site, Counter({str(kind): len(urls)}), {kind: urls[0]})

    def _say(self, source: str, site: Site, counts: Mapping[str, int], examples: Mapping[str, str]) -> None:
        self._report.discovered(site.name, counts)
        words = [f"{count} {kind}" + (f" (such as {examples[kind]})" if kind in examples else "")
                 for kind, count in counts.items()]  # fmt: skip
        logger.info("%s: %s", source, ", ".join(words) or "nothing")
