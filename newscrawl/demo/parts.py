"""What the themes print alike: paragraphs, picture, head metadata, dates, boxes of links."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape

from newscrawl.demo.chrome import Link, View
from newscrawl.demo.names import MONTHS, devanagari
from newscrawl.demo.newsroom import Page
from newscrawl.demo.teller import IST


def visible_date(when: datetime, style: str) -> str:
    """The date as people read it, in one of the spellings found on Hindi sites (IST)."""
    t = when.astimezone(IST)
    month = MONTHS[t.month - 1]
    if style == "devanagari":
        return devanagari(f"{t.day} {month} {t.year}, {t:%H:%M}") + " बजे"
    if style == "english":
        return f"{t:%B} {t.day}, {t.year} {t:%I:%M %p} IST"
    if style == "dotted":
        return f"{t:%d.%m.%Y} | {t:%H:%M}"
    if style == "slashed":
        return f"{t:%d/%m/%Y} {t:%H:%M} बजे"
    return f"{t.day} {month} {t.year}, {t:%I:%M %p}"


def paragraphs(page: Page, after: dict[int, str] | None = None) -> str:
    """The body; `after[i]` is foreign markup that the theme pushes in behind block i."""
    return "\n".join(
        f"<{tag}>{escape(text)}</{tag}>{(after or {}).get(i, '')}" for i, (tag, text) in enumerate(page.body)
    )


def figure(view: View, page: Page) -> str:
    """The lead picture with its caption."""
    return (
        f'<figure class="lead"><img src="{view.base}{page.image}" width="780" height="440" '
        f'alt="{escape(page.title)}"><figcaption>सांकेतिक तस्वीर</figcaption></figure>'
    )


def meta(view: View, page: Page, *kinds: str) -> str:
    """Head metadata of the given kinds: "og", "iso" (article:* times), "author", "keywords", "description"."""
    canonical = view.base + page.path
    out = [f'<link rel="canonical" href="{escape(canonical)}">']
    if "description" in kinds:
        out.append(f'<meta name="description" content="{escape(page.summary)}">')
    if "og" in kinds:
        out += [
            '<meta property="og:type" content="article">',
            f'<meta property="og:site_name" content="{page.outlet.title}">',
            f'<meta property="og:title" content="{escape(page.title)}">',
            f'<meta property="og:description" content="{escape(page.summary)}">',
            f'<meta property="og:url" content="{escape(canonical)}">',
            f'<meta property="og:image" content="{view.base}{page.image}">',
        ]
    if "iso" in kinds:
        out.append(f'<meta property="article:published_time" content="{iso(page.published)}">')
        out.append(f'<meta property="article:section" content="{page.story.topic.section}">')
        out += [f'<meta property="article:tag" content="{escape(tag)}">' for tag in page.story.tags]
        if page.modified:
            out.append(f'<meta property="article:modified_time" content="{iso(page.modified)}">')
    if "author" in kinds and page.authors:
        out.append(f'<meta name="author" content="{escape(", ".join(page.authors))}">')
    if "keywords" in kinds:
        out.append(f'<meta name="keywords" content="{escape(", ".join(page.story.tags))}">')
    return "\n".join(out)


def iso(when: datetime) -> str:
    """The date as machines read it (IST)."""
    return when.astimezone(IST).isoformat(timespec="seconds")


def byline(page: Page) -> str:
    """The authors, or nothing."""
    return f'<span class="author">{escape(", ".join(page.authors))}</span>' if page.authors else ""


def time(page: Page) -> str:
    """When it came out, for people and machines."""
    return f'<time datetime="{iso(page.published)}">{visible_date(page.published, page.outlet.date_style)}</time>'


def tags(page: Page) -> str:
    """The tags as links."""
    return "".join(f'<a href="/tag/" rel="tag">{escape(tag)}</a> ' for tag in page.story.tags)


def teasers(links: list[Link]) -> str:
    """Headlines, each with the beginning of its story."""
    return "".join(
        f'<div class="teaser"><a href="{link.href}"><h3>{escape(link.title)}</h3></a>'
        f"<p>{escape(' '.join(link.lede.split()[:18]))}...</p></div>"
        for link in links
    )


def headlines(links: list[Link]) -> str:
    """Headlines alone."""
    return "<ul>" + "".join(f'<li><a href="{x.href}">{escape(x.title)}</a></li>' for x in links) + "</ul>"


def news_article(view: View, page: Page) -> dict[str, object]:
    """schema.org NewsArticle with the whole body, as larger publishers ship it."""
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": view.base + page.path},
        "headline": page.title,
        "description": page.summary,
        "articleSection": page.story.topic.section,
        "keywords": list(page.story.tags),
        "inLanguage": "hi",
        "datePublished": iso(page.published),
        "dateModified": iso(page.modified or page.published),
        "author": [{"@type": "Person", "name": name} for name in page.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": page.outlet.title},
        "image": {"@type": "ImageObject", "url": view.base + page.image, "width": 780, "height": 440},
        "articleBody": " ".join(text for tag, text in page.body if tag == "p"),
    }


def linked_data(data: dict[str, object]) -> str:
    """JSON-LD as the head carries it."""
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
