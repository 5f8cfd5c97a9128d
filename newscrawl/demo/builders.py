"""HTML of the article pages that page builders and frameworks make: four themes. The story is cut into pieces.

Each paragraph stands in a box of its own, under names that say nothing or that also stand on what is no story.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zlib import crc32

from newscrawl.demo import parts
from newscrawl.demo.chrome import Link, Printed, View, elementor
from newscrawl.demo.newsroom import Page
from newscrawl.demo.teller import IST

# -- (i) Elementor -------------------------------------------------------------------------------------


def elementor_page(view: View, page: Page) -> Printed:
    """(i) Elementor: every paragraph is a widget, and so is all that is none; contents, counters, sharing buttons."""
    related = view.links(page, "related", 5)
    story = [_elementor_block(page, number, tag, text) for number, (tag, text) in enumerate(page.body)]
    contents = _contents(page)
    facts = f"""<ul class="elementor-inline-items elementor-icon-list-items elementor-post-info">
<li class="elementor-icon-list-item elementor-inline-item" itemprop="author"><span class="elementor-icon-list-text elementor-post-info__item elementor-post-info__item--type-author">{escape(", ".join(page.authors))}</span></li>
<li class="elementor-icon-list-item elementor-inline-item" itemprop="datePublished"><span class="elementor-icon-list-text elementor-post-info__item elementor-post-info__item--type-date">{parts.time(page)}</span></li></ul>"""
    shares = "".join(
        f'<div class="elementor-grid-item"><div class="elementor-share-btn elementor-share-btn_{name.lower()}" role="button" '
        f'tabindex="0" aria-label="Share on {name}"><span class="elementor-share-btn__icon"><i class="fab" aria-hidden="true"></i></span>'
        f'<div class="elementor-share-btn__text"><span class="elementor-share-btn__title">{name}</span></div></div></div>'
        for name in ("Facebook", "WhatsApp", "Telegram")
    )
    join = "ताजा खबरों के लिए हमारे व्हाट्सऐप चैनल से जुड़ें, रोज सुबह सात बजे दिन की पहली खबर आपके फोन पर।"
    main = "\n".join([
        f'<div data-elementor-type="single-post" data-elementor-id="{_number(page, "post") % 9000 + 1000}" '
        'class="elementor elementor-location-single post type-post status-publish format-standard has-post-thumbnail hentry">',
        '<section class="elementor-section elementor-top-section elementor-section-boxed"><div class="elementor-container elementor-column-gap-default">'
        '<div class="elementor-column elementor-col-66 elementor-top-column"><div class="elementor-widget-wrap elementor-element-populated">',
        elementor(page.path + "title", "theme-post-title", f'<h1 class="elementor-heading-title elementor-size-default">{escape(page.title)}</h1>'),
        elementor(page.path + "info", "post-info", facts),
        elementor(page.path + "image", "theme-post-featured-image", parts.figure(view, page)),
        elementor(page.path + "toc", "table-of-contents", contents) if contents else "",
        *story,
        elementor(page.path + "join", "text-editor", f"<p>{join}</p>"),
        elementor(page.path + "share", "share-buttons", f'<div class="elementor-grid">{shares}</div>'),
        elementor(page.path + "more", "heading", '<h4 class="elementor-heading-title elementor-size-default">इनसे जुड़ी खबरें</h4>'),
        elementor(page.path + "posts", "posts", f'<div class="elementor-posts-container elementor-posts elementor-grid">{_elementor_posts(related)}</div>'),
        "</div></div></div></section></div>",
    ])  # fmt: skip
    head = parts.meta(view, page, "description", "og", "iso")
    lines = [join, "इनसे जुड़ी खबरें", "WhatsApp", "Telegram", *(["इस खबर में क्या-क्या"] if contents else [])]
    return view.layout(page, head, main, related, *lines)


def _elementor_block(page: Page, number: int, tag: str, text: str) -> str:
    if tag == "h2":
        inner = f'<h2 class="elementor-heading-title elementor-size-default">{escape(text)}</h2>'
        return elementor(f"{page.path}{number}", "heading", inner, anchor=f"khand-{number}")
    return elementor(f"{page.path}{number}", "text-editor", f"<p>{escape(text)}</p>")


def _contents(page: Page) -> str:
    """The table of contents: the subheads once more, as links into the page. A story without them has none."""
    items = "".join(
        f'<li class="elementor-toc__list-item"><div class="elementor-toc__list-item-text-wrapper">'
        f'<a href="#khand-{i}" class="elementor-toc__list-item-text elementor-toc__top-level">{escape(text)}</a></div></li>'
        for i, (tag, text) in enumerate(page.body)
        if tag == "h2"
    )
    if not items:
        return ""
    return (
        '<div class="elementor-toc__header"><h4 class="elementor-toc__header-title">इस खबर में क्या-क्या</h4></div>'
        f'<div class="elementor-toc__body"><ol class="elementor-toc__list-wrapper">{items}</ol></div>'
    )


def _elementor_posts(links: list[Link]) -> str:
    return "".join(
        f'<article class="elementor-post elementor-grid-item post type-post hentry"><div class="elementor-post__text">'
        f'<h3 class="elementor-post__title"><a href="{x.href}">{escape(x.title)}</a></h3>'
        f'<div class="elementor-post__excerpt"><p>{escape(" ".join(x.lede.split()[:22]))}...</p></div>'
        f'<a class="elementor-post__read-more" href="{x.href}" tabindex="-1">पूरा पढ़ें »</a></div></article>'
        for x in links
    )


# -- (j) block editor ----------------------------------------------------------------------------------


def blocks_page(view: View, page: Page) -> Printed:
    """(j) Block editor: hashed class names, no sidebar, "paywall" from the third paragraph on, a box in between."""
    related = view.links(page, "related", 7)
    box = (
        '\n<div class="RelatedBox_box__3kQ2x richtext-0f3c19be42" data-block="related"><h3 class="RelatedBox_title__Zt1pa">'
        f"यह भी पढ़िए</h3>{parts.headlines(related[:2])}</div>"
    )
    told = _blocks(page)
    # Behind the third paragraph, or the last of a shorter story.
    third = [i for i, (tag, _) in enumerate(page.body) if tag == "p"][:3][-1]
    told[third] += box
    story = "\n".join(told)
    main = f"""
<div class="StoryLayout_grid__Hx20c"><nav class="Crumbs_crumbs__u7Yl2" aria-label="Breadcrumb"><a href="/">होम</a> › <a href="/{page.desk}/">{page.story.topic.section}</a></nav>
<header class="StoryHead_head__o1Wq9"><a class="StoryHead_kicker__b4Rt" href="/{page.desk}/">{page.story.topic.section}</a>
<h1 class="StoryHead_title__9sKfd">{escape(page.title)}</h1>
<p class="StoryHead_dek__2mVx7">{escape(page.summary)}</p>
<div class="StoryHead_meta__Lq8zE">{parts.byline(page)} <span aria-hidden="true">•</span> {parts.time(page)}</div></header>
{parts.figure(view, page)}
<div class="richtext-27ad835151 StoryBody_body__Yc3oX" data-block="richtext">
{story}
</div>
<div class="ActionBar_bar__5nHj1"><button type="button">सहेजें</button> <button type="button">खबर सुनें</button> <button type="button">लिंक कॉपी करें</button></div>
<section class="ReadNext_list__qP0d8" aria-label="आगे पढ़ें"><h2 class="ReadNext_title__x6TgB">आगे पढ़ें</h2>{parts.teasers(related[2:])}</section></div>"""
    head = parts.meta(view, page, "description", "og", "author") + (
        f'\n<meta name="parsely-pub-date" content="{parts.iso(page.published)}">'
    )
    return view.layout(page, head, main, related, "यह भी पढ़िए", "आगे पढ़ें", "खबर सुनें", "लिंक कॉपी करें")


def _blocks(page: Page) -> list[str]:
    """The blocks of the story as the editor prints each."""
    printed, paragraph = [], 0
    for tag, text in page.body:
        if tag == "h2":
            slug = "-".join("".join(c if c.isalnum() or c > "\u0900" else " " for c in text).split())
            printed.append(f'<h2 class="wp-block-heading StoryBody_h2__Vk7eN" id="{slug}">{escape(text)}</h2>')
            continue
        paragraph += 1
        dress = "StoryBody_p__9j8v_ has-drop-cap" if paragraph == 1 else "StoryBody_p__9j8v_"
        printed.append(f'<p class="{"paywall" if paragraph > 2 else dress}">{escape(text)}</p>')
    return printed


# -- (k) React -----------------------------------------------------------------------------------------


def react_page(view: View, page: Page) -> Printed:
    """(k) A React page, rendered by the server: bare divs, the second half hidden behind a button, all said thrice."""
    related = view.links(page, "related", 5)
    divs = [f'<div data-testid="paragraph-{number}">{escape(text)}</div>' for number, (_, text) in enumerate(page.body)]
    half = (len(divs) + 1) // 2
    rest = f'<div data-testid="article-rest" style="display:none">{"".join(divs[half:])}</div>' if divs[half:] else ""
    button = '<button type="button" data-testid="read-more" aria-expanded="false">पूरी खबर पढ़ने के लिए टैप करें</button>'
    cards = "".join(
        f'<div data-testid="card-{number}"><a href="{x.href}"><div>{escape(x.title)}</div></a>'
        f"<div>{escape(' '.join(x.lede.split()[:16]))}…</div></div>"
        for number, x in enumerate(related)
    )
    main = f"""
<div data-testid="article-page"><div data-testid="section-tag"><a href="/{page.desk}/">{page.story.topic.section}</a></div>
<h1 data-testid="headline">{escape(page.title)}</h1>
<div data-testid="byline">{escape(", ".join(page.authors))}<!-- --> | <!-- -->{parts.visible_date(page.published, page.outlet.date_style)}</div>
{parts.figure(view, page)}
<div data-testid="article-body">{"".join(divs[:half])}{rest}</div>{button if rest else ""}
<div data-testid="follow">गूगल न्यूज पर<!-- --> <!-- -->{page.outlet.title}<!-- --> <!-- -->को फॉलो करें</div>
<div data-testid="topics">{parts.tags(page)}</div>
<div data-testid="recommended"><div>आपके लिए चुनी गई खबरें</div>{cards}</div></div>"""
    data = parts.news_article(view, page) | {
        "isAccessibleForFree": True,
        "isPartOf": {
            "@type": ["CreativeWork", "Product"],
            "name": page.outlet.title,
            "productID": f"{page.outlet.name}:basic",
        },
    }
    head = parts.meta(view, page, "description", "og") + "\n" + parts.linked_data(data)
    lines = ["को फॉलो करें", "आपके लिए चुनी गई खबरें", *(["पूरी खबर पढ़ने के लिए टैप करें"] if rest else [])]
    printed = view.layout(page, head, main, related, *lines)
    return Printed(printed.html.replace("</body>", _next_data(page, related) + "</body>"), printed.foreign)


def _next_data(page: Page, related: list[Link]) -> str:
    """What the page is made from once more in the browser: the story again, and its boxes."""
    state = {
        "props": {
            "pageProps": {
                "article": {
                    "id": _number(page, "article"),
                    "headline": page.title,
                    "summary": page.summary,
                    "publishedAt": int(page.published.timestamp() * 1000),
                    "authors": list(page.authors),
                    "content": [{"type": "paragraph", "text": text} for _, text in page.body],
                },
                "recommended": [{"href": x.href, "title": x.title} for x in related],
            },
            "__N_SSP": True,
        },
        "page": "/article/[desk]/[id]/[slug]",
        "query": {"desk": page.desk},
        "buildId": f"{crc32(page.outlet.name.encode()):08x}",
        "isFallback": False,
        "gssp": True,
    }
    said = json.dumps(state, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script id="__NEXT_DATA__" type="application/json">{said}</script>'


# -- (l) live blog -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a live blog."""

    when: datetime
    headline: str | None
    text: str


def live_page(view: View, page: Page) -> Printed:
    """(l) A live blog: the story in timed entries, newest first, under a pinned summary; share links for each."""
    related = view.links(page, "related", 5)
    entries = list(_entries(page))
    told = "\n".join(_live_entry(view, page, len(entries) - i, entry) for i, entry in enumerate(entries))
    main = f"""
<main class="liveblog" id="liveblog"><div class="liveblog-flag"><span class="liveblog-dot"></span> LIVE <a href="/{page.desk}/">{page.story.topic.section}</a></div>
<h1 class="liveblog-title">{escape(page.title)}</h1>
<div class="liveblog-meta">{parts.byline(page)} <span class="liveblog-updated">आखिरी अपडेट: {parts.visible_date(entries[0].when, page.outlet.date_style)}</span></div>
{parts.figure(view, page)}
<section class="liveblog-pinned" data-pinned="true"><h4>अब तक की बड़ी बात</h4><p>{escape(page.summary)}</p></section>
<div class="liveblog-refresh" role="status">यह पेज हर 60 सेकंड में अपने आप अपडेट होता है। <a href="{escape(page.path)}">अभी रिफ्रेश करें</a></div>
<div class="liveblog-entries" id="liveblog-entries">
{told}
</div>
<button class="liveblog-older" type="button">पुराने अपडेट देखें</button>
<div class="liveblog-tags">{parts.tags(page)}</div>
<section class="liveblog-more"><h3>और लाइव कवरेज</h3>{parts.teasers(related)}</section></main>"""
    head = (
        parts.meta(view, page, "description", "og") + "\n" + parts.linked_data(_live_blog_posting(view, page, entries))
    )
    return view.layout(
        page, head, main, related, "आखिरी अपडेट", "अब तक की बड़ी बात", "हर 60 सेकंड में अपने आप अपडेट होता है",
        "अभी रिफ्रेश करें", "पुराने अपडेट देखें", "और लाइव कवरेज", "शेयर करें",
        *(f"{entry.when.astimezone(IST):%I:%M %p}" for entry in entries),
    )  # fmt: skip


def _entries(page: Page) -> Iterator[_Entry]:
    """The blocks of the body, put together again: a subhead is the headline of the paragraph behind it."""
    moments = iter(page.moments)
    headline = None
    for tag, text in page.body:
        if tag == "h2":
            headline = text
        else:
            yield _Entry(next(moments), headline, text)
            headline = None


def _live_entry(view: View, page: Page, number: int, entry: _Entry) -> str:
    address = escape(f"{view.base}{page.path}#update-{number}")
    head = (
        f'\n<h3 class="liveblog-entry__headline"><strong>{escape(entry.headline)}</strong></h3>'
        if entry.headline
        else ""
    )
    return f"""<article class="liveblog-entry" id="update-{number}" data-entry-id="{number}">
<div class="liveblog-entry__time"><time datetime="{parts.iso(entry.when)}">{entry.when.astimezone(IST):%I:%M %p}</time></div>{head}
<div class="liveblog-entry__content"><p>{escape(entry.text)}</p></div>
<div class="liveblog-entry__share"><span>शेयर करें</span> <a href="https://share.example.org/wa?u={address}">WhatsApp</a> <a href="https://share.example.org/x?u={address}">X</a> <a href="#update-{number}">लिंक</a></div></article>"""


def _live_blog_posting(view: View, page: Page, entries: list[_Entry]) -> dict[str, object]:
    """schema.org LiveBlogPosting: the story stands in the updates alone."""
    data = parts.news_article(view, page)
    del data["articleBody"]
    return data | {
        "@type": "LiveBlogPosting",
        "coverageStartTime": parts.iso(page.published),
        "coverageEndTime": parts.iso(entries[0].when),
        "liveBlogUpdate": [
            {
                "@type": "BlogPosting",
                "url": f"{view.base}{page.path}#update-{len(entries) - i}",
                # Which schema.org wants of each: without one the beginning of the text stands for it.
                "headline": entry.headline or " ".join(entry.text.split()[:10]) + "...",
                "datePublished": parts.iso(entry.when),
                "articleBody": entry.text,
            }
            for i, entry in enumerate(entries)
        ],
    }


def _number(page: Page, of: str) -> int:
    """A number as a CMS would give, stable for the page."""
    return crc32(f"{of}:{page.path}".encode())
