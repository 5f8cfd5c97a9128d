"""The demo web as a whole: pages, listings, feeds and troubles of every site, answered by path. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from newscrawl.demo import chrome, feed_xml, themes
from newscrawl.demo.chrome import View
from newscrawl.demo.feed_xml import Entry
from newscrawl.demo.http_server import Reply, Request
from newscrawl.demo.newsroom import Newsroom, Page
from newscrawl.demo.outlets import DESKS, FOUNDERS, OUTLETS, Outlet
from newscrawl.demo.troubles import Memory, Trouble, redirect, troubles_of

# The "now" of a web made without one: fixed, so that tests see the same dates every day.
DEFAULT_NOW = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
_PER_LISTING = 8
_LICENCE = "/license.xml"

Handler = Callable[[Memory], Reply]


@dataclass(frozen=True, kw_only=True)
class DemoWeb:
    """A generated web. `bases[i]` is the URL root of `outlets[i]`; `at()` moves it to other addresses."""

    seed: int
    edition: int
    now: datetime
    outlets: tuple[Outlet, ...]
    pages: tuple[Page, ...]
    later: tuple[Page, ...]  # the pages of edition 2
    troubles: dict[str, tuple[Trouble, ...]]  # by outlet name
    bases: tuple[str, ...]
    memory: Memory = field(default_factory=Memory, compare=False)

    @classmethod
    def generate(
        cls, seed: int = 7, edition: int = 1, sites: int = 12, articles: int = 60, now: datetime = DEFAULT_NOW
    ) -> DemoWeb:
        """The web of `seed`. Same arguments, same bytes. `ValueError` for sizes it cannot have."""
        if not 1 <= sites <= len(OUTLETS):
            raise ValueError(f"sites must be 1 to {len(OUTLETS)}, not {sites}")
        if not 1 <= articles <= 500 or edition not in (1, 2):
            raise ValueError("articles must be 1 to 500 and edition 1 or 2")
        outlets = OUTLETS[:sites]
        room = Newsroom(seed, outlets[:FOUNDERS], articles, now)
        pages = room.publish()
        troubles = {outlet.name: tuple(troubles_of(outlet, room)) for outlet in room.outlets}
        later = room.second_edition(pages)
        # Whoever joins comes after all that, and changes none of it.
        if joined := outlets[FOUNDERS:]:
            room = room.joined_by(joined)
            new = room.publish()
            troubles |= {outlet.name: () for outlet in joined}
            pages, later = [*pages, *new], [*later, *room.second_edition(new)]
        bases = tuple(f"http://127.0.0.{i + 2}:8080" for i in range(sites))
        return cls(
            seed=seed,
            edition=edition,
            now=now,
            outlets=outlets,
            pages=tuple(later if edition == 2 else pages),
            later=tuple(later),
            troubles=troubles,
            bases=bases,
        )

    def second_edition(self) -> DemoWeb:
        """The same web later: as if generated with `edition=2`, but at once. Trouble counters begin anew."""
        return replace(self, edition=2, pages=self.later, memory=Memory())

    def at(self, bases: Sequence[str]) -> DemoWeb:
        """The same web under other URL roots (one a site)."""
        if len(bases) != len(self.outlets):
            raise ValueError(f"{len(self.outlets)} sites need as many bases, not {len(bases)}")
        return replace(self, bases=tuple(bases))

    def registry(self) -> str:
        """The sites.toml that names these sites."""
        out = ["# The demo web's sites, written by newscrawl.demo.\n"]
        for outlet, base in zip(self.outlets, self.bases, strict=True):
            given = {
                "feeds": [base + outlet.feed_path] if "feeds" in outlet.registry else [],
                "sitemaps": [f"{base}/sitemap.xml"] if "sitemaps" in outlet.registry else [],
                "sections": [f"{base}/{d}/" for d in DESKS] if "sections" in outlet.registry else [],
            }
            lines = [f"{key} = [{', '.join(map(_quoted, urls))}]" for key, urls in given.items() if urls]
            out.append("\n".join(
                ["[[site]]", f"name = {_quoted(outlet.name)}", f"home = {_quoted(base + '/')}", *lines,
                 f"delay = {outlet.crawl_delay or 0}", 'language = "hi"', ""]
            ))  # fmt: skip
        return "\n".join(out)

    def respond(self, site: int, request: Request) -> Reply:
        """The answer of site number `site`."""
        handler = self._routes[site].get(request.target)
        if handler is None and request.target.startswith("/media/"):
            return Reply(body=_PICTURE, content_type="image/svg+xml")
        if handler is None:
            return Reply(status=404, body=_NOT_FOUND.encode(), etag="")
        return handler(self.memory)

    # -- routes ------------------------------------------------------------------------------------

    @cached_property
    def views(self) -> tuple[View, ...]:
        """One view a site, in site order."""
        return tuple(
            View(o, b, self.seed, self.pages, [t.page for t in self.troubles[o.name] if t.page])
            for o, b in zip(self.outlets, self.bases, strict=True)
        )

    @cached_property
    def _routes(self) -> tuple[dict[str, Handler], ...]:
        return tuple(self._site_routes(view) for view in self.views)

    def of_site(self, outlet: Outlet) -> list[Page]:
        """The site's listed pages, newest first."""
        return sorted((p for p in self.pages if p.outlet is outlet), key=lambda p: (p.published, p.path), reverse=True)

    def _site_routes(self, view: View) -> dict[str, Handler]:
        outlet, base = view.outlet, view.base
        pages = self.of_site(outlet)
        routes: dict[str, Handler] = {}
        for page in pages:
            routes[page.path] = _page_handler(view, page)
            if page.amp:
                routes[f"{page.path}/amp"] = _page_handler(view, page, amp=True)
        for trouble in self.troubles[outlet.name]:
            if trouble.page:
                routes[trouble.page.path] = _page_handler(view, trouble.page)
        for trouble in self.troubles[outlet.name]:
            if trouble.answer and trouble.listed.startswith("/"):
                routes[trouble.listed] = _trouble_handler(view, trouble)
            if trouble.kind == "redirect_chain" and trouble.page:
                routes |= {f"/go/step{n}": _redirect(f"{base}/go/step{n + 1}") for n in (2, 3)}
                routes["/go/step4"] = _redirect(base + trouble.page.path)
            if trouble.kind == "redirect_loop":
                routes["/loop/b"] = _redirect(f"{base}/loop/a")
        newest = max((p.modified or p.published for p in pages), default=self.now)
        self._listings(view, pages, newest, routes)
        entries = self.entries(view)
        sitemap = "/sitemap.xml" if outlet.sitemap else None
        routes["/robots.txt"] = _text(
            feed_xml.robots(base, sitemap, outlet.disallow, outlet.crawl_delay, _LICENCE if outlet.licence else None),
            "text/plain",
            None,
        )
        if outlet.licence:
            routes[_LICENCE] = _text(feed_xml.rsl(outlet.licence), "application/rsl+xml", None)
        if outlet.sitemap:
            half = (len(entries) + 1) // 2
            parts = [entries[:half], entries[half:]]
            names = [f"{base}/sitemap-news-{i + 1}.xml" for i in range(len(parts))]
            routes["/sitemap.xml"] = _text(feed_xml.sitemap_index(names, newest), "application/xml", newest)
            for i, part in enumerate(parts):
                xml = feed_xml.news_urlset(part, outlet.title)
                routes[f"/sitemap-news-{i + 1}.xml"] = _text(xml, "application/xml", newest)
        if outlet.feed:
            shown = self.feed_entries(view)
            xml = (feed_xml.rss if outlet.feed == "rss" else feed_xml.atom)(outlet, base, shown)
            etag = f'"{outlet.name}-feed"' if outlet.lying_etag else None
            routes[outlet.feed_path] = _text(
                xml,
                f"application/{outlet.feed}+xml; charset=utf-8",
                None if outlet.lying_etag else newest,
                etag,
            )
        return routes

    def _listings(self, view: View, pages: list[Page], newest: datetime, routes: dict[str, Handler]) -> None:
        outlet, base = view.outlet, view.base
        routes["/"] = _text(chrome.listing(outlet, base, outlet.title, pages[:20]), None, newest)
        strange = self.troubles[outlet.name] if "sections" in outlet.registry else ()
        for number, (desk, name) in enumerate(DESKS.items()):
            own = [p for p in pages if p.desk == desk]
            chunks = [own[i : i + _PER_LISTING] for i in range(0, len(own), _PER_LISTING)] or [[]]
            for i, chunk in enumerate(chunks):
                path = f"/{desk}/" if i == 0 else f"/{desk}/page/{i + 1}/"
                more = f'<a rel="next" href="/{desk}/page/{i + 2}/">अगला पृष्ठ</a>' if i + 1 < len(chunks) else ""
                if i == 0:
                    more += "".join(f'<a href="{t.listed}">और पढ़ें</a>' for t in strange[number :: len(DESKS)])
                html = chrome.listing(outlet, base, name, chunk, more)
                routes[path] = _text(html, None, newest)

    def entries(self, view: View) -> list[Entry]:
        """Everything the site's sitemaps list: articles, AMP twins, troubles."""
        out = []
        for page in self.of_site(view.outlet):
            out.append(_entry(view, page))
            if page.amp:
                out.append(replace(_entry(view, page), url=f"{view.base}{page.path}/amp"))
        return out + [_trouble_entry(view, t) for t in self.troubles[view.outlet.name]]

    def feed_entries(self, view: View) -> list[Entry]:
        """What the feed lists: the newest articles and the first troubles."""
        newest = [_entry(view, page) for page in self.of_site(view.outlet)[: view.outlet.feed_items]]
        return newest + [_trouble_entry(view, t) for t in self.troubles[view.outlet.name] if t.listed.startswith("/")]


def _entry(view: View, page: Page) -> Entry:
    return Entry(view.base + page.path, page.title, page.published, page.modified, page.summary)


def _trouble_entry(view: View, trouble: Trouble) -> Entry:
    url = view.base + trouble.listed if trouble.listed.startswith("/") else trouble.listed
    return Entry(url)


def _page_handler(view: View, page: Page, *, amp: bool = False) -> Handler:
    def answer(_: Memory) -> Reply:
        html = themes.article(view, page, amp=amp).html
        return Reply(body=html.encode(), modified=page.modified or page.published)

    return answer


def _trouble_handler(view: View, trouble: Trouble) -> Handler:
    def answer(memory: Memory) -> Reply:
        assert trouble.answer is not None
        memory.asked[view.base + trouble.listed] += 1
        return trouble.answer(view, memory.asked[view.base + trouble.listed])

    return answer


def _redirect(url: str) -> Handler:
    return lambda _: redirect(url)


def _text(text: str, content_type: str | None, modified: datetime | None, etag: str | None = None) -> Handler:
    body = text.encode()
    kind = content_type or "text/html; charset=utf-8"
    return lambda _: Reply(body=body, content_type=kind, modified=modified, etag=etag, revalidate=etag is None)


def _quoted(text: str) -> str:
    return f'"{text}"'


# Any picture asked for: the site's colours come from its stylesheet, this adds only a horizon.
_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 440">'
    b'<path d="M0 320 200 180 360 300 540 150 780 330V440H0z" fill="#fff" opacity=".35"/></svg>'
)
_NOT_FOUND = "<!doctype html><html lang='hi'><title>404</title><h1>पृष्ठ नहीं मिला</h1></html>"
