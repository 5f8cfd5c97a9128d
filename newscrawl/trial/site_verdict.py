"""From what a trial saw to a verdict on the site's entry, with the mend. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newscrawl.items import Reason
from newscrawl.sites import Site
from newscrawl.spiders.finds import LEFT_BEHIND
from newscrawl.trial.evidence import Evidence, SourceSeen, is_closed
from newscrawl.workers.source_work import SourceKind


class Finding(StrEnum):
    """What became of a site's trial, the best first."""

    OK = "ok"
    PARTLY = "partly"  # articles come, but a source that the entry names cannot be read, or most pages give none
    FALLBACK = "fallback"  # no source that the entry names leads to a story; articles come from the home page
    UNDATED = "undated"
    STALE = "stale"
    WRONG_LANGUAGE = "wrong_language"
    NO_ARTICLE = "no_article"
    NO_LINKS = "no_links"
    ROBOTS = "robots"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"

    @property
    def works(self) -> bool:
        """Whether fresh articles in the entry's language come."""
        return self in (Finding.OK, Finding.PARTLY, Finding.FALLBACK, Finding.UNDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A finding in words, and what to do (`mends`, a line each; none where all is well)."""

    finding: Finding
    words: str
    mends: tuple[str, ...] = ()


# Pages of which it says something that all of them fall to one story.
_TELLING = 3
_NOT_ASKED = "nothing was asked"


def verdict(seen: Evidence, now: datetime, languages: Collection[str]) -> Verdict:
    """What a trial's evidence says of the entry. `languages`: those that a text's language can be told among."""
    named = [s for s in seen.sources if s.named]
    dead = [s for s in named if s.problem]
    if seen.articles:
        return _alive(seen, named, dead, now)
    if seen.stopped:
        return Verdict(finding=Finding.STOPPED, words="the check was stopped before this site was through")
    if not any(s.problem is None for s in seen.sources):
        return _unread(seen)
    mends = tuple(_mend_of(s) for s in dead)
    if not seen.links:
        left = ", ".join(f"{count} {kind}" for kind, count in seen.left_out.most_common(3))
        words = "its sources were read, and name no article" + (f" ({left})" if left else "")
        narrow = seen.left_out.get("not_wanted")
        mend = "article_url is too narrow: correct it" if narrow else "name a feed, sitemap or section in its entry"
        if seen.left_out.get("out_of_scope"):
            mend = "what it names lies on another domain: where that is the same paper's, name a feed or page of it"
        return Verdict(finding=Finding.NO_LINKS, words=words, mends=(*mends, mend))
    return _no_article(seen, mends, languages)


def _alive(seen: Evidence, named: list[SourceSeen], dead: list[SourceSeen], now: datetime) -> Verdict:
    mends = tuple(_mend_of(s) for s in dead)
    if len(seen.articles) >= _TELLING and len(seen.stories) == 1:
        words = f"all {len(seen.articles)} pages fall to one story"
        mend = (
            "look at two of them: a notice stands in the place of the stories, and the site gives none (render = true "
            'where scripts bring them), or all name one canonical address (canonical = "ignore")'
        )
        return Verdict(finding=Finding.NO_ARTICLE, words=words, mends=(*mends, mend))
    if seen.newest and now - seen.newest > LEFT_BEHIND:
        words = f"the newest article is of {seen.newest:%Y-%m-%d}"
        mend = f"look at {seen.site.home} in a browser: it may have stopped or moved; then mend or drop the entry"
        return Verdict(finding=Finding.STALE, words=words, mends=(*mends, mend))
    # Of an entry that names others the home page is asked where none of them leads to a story.
    if named and any(s.kind in (SourceKind.HOME, SourceKind.FRONT) for s in seen.sources):
        words = "no source that the entry names leads to a story; its home page was used"
        idle = (f"{s.url}: leads to no story: take it out, or correct the address" for s in named if not s.problem)
        return Verdict(finding=Finding.FALLBACK, words=words, mends=(*mends, *idle))
    words = _what_comes(seen)
    if dead:
        words = f"{len(dead)} of {len(named)} sources that the entry names cannot be read; {words}"
        return Verdict(finding=Finding.PARTLY, words=words, mends=mends)
    if len(seen.rejects) > len(seen.articles):
        return Verdict(finding=Finding.PARTLY, words=words, mends=(_mend_of_pages(seen),))
    if seen.newest is None:
        words += "; neither they nor its sources tell a date that is not yet to come"
        return Verdict(finding=Finding.UNDATED, words=words)
    return Verdict(finding=Finding.OK, words=words)


def _what_comes(seen: Evidence) -> str:
    words = "articles come"
    if seen.rejects:
        words += f" of {len(seen.articles)} of {len(seen.articles) + len(seen.rejects)} pages ({_reasons(seen)})"
    words += f", {seen.copies} with the story of another page" if seen.copies else ""
    outside = seen.left_out["out_of_scope"]
    return words + (f"; {outside} of what its sources name lies on another domain" if outside else "")


def _reasons(seen: Evidence) -> str:
    """Why pages gave none, the most frequent first; of a server's answer which it was."""
    told = Counter(
        f"{r.reason} ({r.detail})" if r.reason is Reason.HTTP_ERROR and r.detail else str(r.reason)
        for r in seen.rejects
    )
    return ", ".join(f"{count} {found}" for found, count in told.most_common())


def _unread(seen: Evidence) -> Verdict:
    """No source could be read."""
    problems = [s.problem for s in seen.sources if s.problem]
    if seen.robots == "unreadable":
        words = seen.left or problems[0]
        mend = "a robots.txt that cannot be read forbids everything (RFC 9309): try later, or ask the publisher"
        return Verdict(finding=Finding.ROBOTS, words=words, mends=(mend,))
    if any(map(is_closed, seen.sources)):
        mend = "the publisher does not want crawlers: drop the entry, or ask for leave"
        if seen.hidden:
            mend = "it forbids them to search engines, too, as one does that was left from a test: tell the publisher"
        return Verdict(finding=Finding.ROBOTS, words="robots.txt forbids its sources to us", mends=(mend,))
    words = problems[-1] if problems else seen.left or _NOT_ASKED
    if words == _NOT_ASKED:
        mend = "another entry names the same home or source, which is asked once: leave it to one of them (sites lint)"
    elif "redirect loop" in words:
        mend = "its pages lead to each other: open the address in a browser, and put in the one where that ends"
    elif moved := re.search(r"redirect to (\S+)|off the site list: (\S+)", words):
        mend = f"it moved: put {moved[1] or moved[2]} into the entry if that is the same paper"
    elif "HTTP 403" in words or "HTTP 401" in words or "HTTP 429" in words:
        mend = "the server refuses crawlers, or this address: try later and from elsewhere, or ask the publisher"
    elif any(s.kind is SourceKind.HOME and s.problem and s.problem.startswith(Reason.GONE) for s in seen.sources):
        mend = "the home page is gone: correct the address, or drop the entry"
    else:
        mend = "no server answers there: check the address in a browser; try later, or drop the entry"
    return Verdict(finding=Finding.UNREACHABLE, words=words, mends=(mend,))


def _no_article(seen: Evidence, mends: tuple[str, ...], languages: Collection[str]) -> Verdict:
    """Addresses were named, and none of those that were asked gave an article."""
    if not seen.rejects:
        return Verdict(finding=Finding.NO_ARTICLE, words=seen.left or "none of its pages was fetched", mends=mends)
    if language := foreign(seen):
        most = sum(r.reason is Reason.WRONG_LANGUAGE for r in seen.rejects)
        words = f"{most} of {len(seen.rejects)} pages are in {language!r}, not {seen.site.language!r}"
        can = f'language = "{language}"' if language in languages else "drop it, for that language is not known here"
        mend = f"correct the entry: {can}, or {_narrower(seen.site)}"
        return Verdict(finding=Finding.WRONG_LANGUAGE, words=words, mends=(*mends, mend))
    words = f"none of {len(seen.rejects)} pages gave an article: {_reasons(seen)}"
    return Verdict(finding=Finding.NO_ARTICLE, words=words, mends=(*mends, _mend_of_pages(seen)))


def _mend_of_pages(seen: Evidence) -> str:
    """What to do where pages give no article, by the most frequent reason."""
    reason, _ = Counter(r.reason for r in seen.rejects).most_common(1)[0]
    example = next(r.url for r in seen.rejects if r.reason is reason)
    if reason is Reason.NOT_ARTICLE and seen.site.names(example):
        return f"its entry calls them articles, and they are none: take them out; scrapy explain {example} says why"
    return {
        Reason.FORBIDDEN: "robots.txt or an opt-out forbids its pages: drop the entry, or ask the publisher",
        Reason.LOGIN_WALL: "its pages ask for a login: drop the entry, or name sections that do not",
        Reason.NOT_ARTICLE: 'name its article addresses by article_url, or take all by kind = "trust"',
        Reason.WRONG_LANGUAGE: f"give the entry {_narrower(seen.site)}",
    }.get(reason, f"look at one: scrapy explain {example}")


def _narrower(site: Site) -> str:
    return f"an article_url that its {site.language} pages alone match"


def foreign(seen: Evidence) -> str | None:
    """The language of most pages, where that is not the entry's and no article came."""
    details = Counter(r.detail for r in seen.rejects if r.reason is Reason.WRONG_LANGUAGE and r.detail)
    if seen.articles or not details or 2 * sum(details.values()) < len(seen.rejects):
        return None
    return details.most_common(1)[0][0]


def _mend_of(source: SourceSeen) -> str:
    """What to do about a source that the entry names and that cannot be read."""
    problem = source.problem or ""
    if problem.startswith(Reason.GONE):
        how = "take it out of the entry"
    elif problem.startswith(Reason.FORBIDDEN):
        how = "take it out of the entry: it may not be asked"
    elif problem.startswith((Reason.HTTP_ERROR, Reason.FETCH_FAILED)):
        how = "try later; take it out where it stays so"
    else:
        how = f"what answers is no {source.kind}: take it out, or correct the address"
    return f"{source.url}: {problem}: {how}"
