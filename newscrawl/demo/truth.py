"""The truth of a web, as data: what each URL is and what a perfect crawl makes of it.

`truth.json` is `{seed, edition, now, sites, pages}`. `sites`: `{name, title, theme, base, feed, sitemap}`.
A page:

- `url`: as discovery finds it; `final_url`: where the text stands after redirects (else equal);
  `canonical`: its rel=canonical; `site`, `theme`; `discovered_via`: any of "sitemap", "feed", "section".
- `kind`: "article", "amp", or the kind of trouble (`redirect_chain`, `gzip_bomb`, ...).
- `expect`: "article", "duplicate", "reject", or "none" (never fetched, or no row of its own); `reason`: the
  value of `items.Reason` in the row of a reject, and of what robots.txt forbids; else null.
- `story`: pages with one story id tell one story. Which carrier a crawl meets first is open: **one** of a
  story's pages ends as article and the others as duplicates, whatever `expect` says of each.
- `relation` of the page to its story: "original"; "copy" (verbatim but for dateline and full stops),
  "edit" (synonyms, a sentence less), "trim" (first two thirds), "brief" (its opening), "grown"
  (paragraphs behind), "added" (one paragraph inside); "event" (`event` shared, independently told: a
  story of its own), "template" (`template_group` shared: same frame, other numbers: a story of its own),
  "roundup" (first paragraphs of several stories: a story of its own), "amp" (canonical to its main page:
  of the two one ends as article and the other as no row, or as a duplicate of it).
- `change`: what edition 2 did to the page since edition 1: "new", "text", "headline", or null. On a
  second crawl "text" and "headline" are duplicates of relation `revision`.
- `title`, `authors`, `section`, `summary`, `tags`, `published_at`, `modified_at`, `image_url`,
  `language`: what the story has; `on_page` names those that the theme prints in machine-readable or
  visible form.
- `body`: the blocks of the story as printed; of a live blog the newest entry first, an entry's headline before
  its text. `must_not_contain`: lines on the page that are not the story.
"""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawl.demo import themes
from newscrawl.demo.chrome import View
from newscrawl.demo.newsroom import Page
from newscrawl.demo.troubles import Trouble
from newscrawl.demo.web import DemoWeb

# Which facts each theme's page gives away; the rest only feeds and sitemaps say.
_ON_PAGE = {
    "jannah": "title authors section summary tags published_at image_url",
    "excerpt": "title authors summary published_at image_url",
    "tail": "title authors section summary tags published_at image_url",
    "plain": "title tags published_at",
    "newspaper": "title authors section published_at image_url",
    "table": "title authors section published_at image_url",
    "amp": "title authors section summary tags published_at image_url",
    "jsonld": "title authors section summary tags published_at image_url",
    "elementor": "title authors section summary tags published_at image_url",
    "blocks": "title authors section summary published_at image_url",
    "react": "title authors section summary tags published_at image_url",
    "live": "title authors section summary tags published_at image_url",
}


def truth_of(web: DemoWeb) -> dict[str, object]:
    """The truth of a web, as written to truth.json: a JSON-ready dict."""
    pages: list[dict[str, object]] = []
    for view in web.views:
        in_feed = {e.url for e in web.feed_entries(view)} if view.outlet.feed else set()
        for page in web.of_site(view.outlet):
            pages.append(_article(view, page, in_feed))
            if page.amp:
                pages.append(_amp_twin(view, page))
        pages += [_trouble(view, t, in_feed) for t in web.troubles[view.outlet.name]]
    return {
        "seed": web.seed,
        "edition": web.edition,
        "now": web.now.isoformat(),
        "sites": [
            {
                "name": v.outlet.name,
                "title": v.outlet.title,
                "theme": v.outlet.theme,
                "base": v.base,
                "feed": v.base + v.outlet.feed_path if v.outlet.feed else None,
                "sitemap": f"{v.base}/sitemap.xml" if v.outlet.sitemap else None,
            }
            for v in web.views
        ],
        "pages": pages,
    }


def _via(view: View, url: str, in_feed: set[str]) -> list[str]:
    outlet = view.outlet
    ways = ["sitemap"] if outlet.sitemap else []
    ways += ["feed"] if url in in_feed else []
    return ways + (["section"] if "sections" in outlet.registry else [])


def _article(view: View, page: Page, in_feed: set[str], *, amp: bool = False) -> dict[str, object]:
    url = view.base + page.path
    own = "\n".join((page.title, *(text for _, text in page.body)))
    foreign = themes.article(view, page, amp=amp).foreign
    return {
        "url": url,
        "final_url": url,
        "canonical": url,
        "discovered_via": _via(view, url, in_feed),
        "site": view.outlet.name,
        "theme": view.outlet.theme,
        "kind": "article",
        "expect": page.expect,
        "reason": None,
        "story": page.story.id,
        "relation": page.relation,
        "event": page.story.event,
        "template_group": page.story.template_group,
        "change": page.change,
        "title": page.title,
        "authors": list(page.authors),
        "section": page.story.topic.section,
        "summary": page.summary,
        "tags": list(page.story.tags),
        "published_at": _utc(page.published),
        "modified_at": _utc(page.modified),
        "image_url": view.base + page.image,
        "on_page": _ON_PAGE[view.outlet.theme].split(),
        "language": "hi",
        "body": [text for _, text in page.body],
        "must_not_contain": [line for line in foreign if line not in own],
    }


def _amp_twin(view: View, page: Page) -> dict[str, object]:
    url = f"{view.base}{page.path}/amp"
    return _article(view, page, set(), amp=True) | {
        "url": url,
        "final_url": url,
        "kind": "amp",
        "expect": "none",
        "relation": "amp",
        "discovered_via": _via(view, url, set()),
    }


def _trouble(view: View, trouble: Trouble, in_feed: set[str]) -> dict[str, object]:
    here = trouble.listed.startswith("/")
    url = view.base + trouble.listed if here else trouble.listed
    told = {"kind": trouble.kind, "expect": trouble.expect, "reason": trouble.reason}
    found = {"url": url, "discovered_via": _via(view, url, in_feed)}
    if trouble.page:
        final = view.base + trouble.page.path if trouble.kind == "redirect_chain" else url
        return _article(view, trouble.page, in_feed) | found | told | {"final_url": final}
    return {
        **found,
        "final_url": url,
        "canonical": None,
        "site": view.outlet.name,
        "theme": view.outlet.theme,
        **told,
        "story": None,
        "relation": None,
        "event": None,
        "template_group": None,
        "change": None,
        "language": trouble.language,
    }


def _utc(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat() if when else None
