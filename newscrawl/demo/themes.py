"""HTML of the article pages: twelve themes, each with the habits that mislead extractors.

Eight are here, four in `builders`. What a theme prints around the story is returned with it (`Printed.foreign`), so that the truth can say which
lines must not be in an extracted text.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from newscrawl.demo import builders, chrome, parts
from newscrawl.demo.chrome import Link, Printed, View
from newscrawl.demo.newsroom import Page


def article(view: View, page: Page, *, amp: bool = False) -> Printed:
    """The page in its site's theme; `amp` gives the AMP twin."""
    if amp:
        return _amp(view, page)
    return _THEMES[page.outlet.theme](view, page)


def _jannah(view: View, page: Page) -> Printed:
    """(a) WordPress Jannah: section line above the title, related list, back-to-top button."""
    related = view.links(page, "related", 4)
    main = f"""
<article id="the-post" class="container-wrapper post-content tie-standard">
<header class="entry-header-outer"><nav id="breadcrumb"><a href="/">होम</a> / <span>{page.story.city}</span></nav>
<span class="post-cat-wrap"><a class="post-cat" href="/{page.desk}/">{page.story.topic.section}</a></span>
<h1 class="post-title entry-title">{escape(page.title)}</h1>
<div class="post-meta">{parts.byline(page)} {parts.time(page)} <span class="meta-reading-time">2 मिनट में पढ़ें</span></div></header>
<div class="featured-area">{parts.figure(view, page)}</div>
<div class="entry-content entry clearfix">
{parts.paragraphs(page)}
</div>
<div class="post-bottom-meta post-bottom-tags">{parts.tags(page)}</div>
</article>
<div id="related-posts" class="container-wrapper"><div class="mag-box-title"><h3>Related Articles</h3></div>
{parts.headlines(related)}</div>
{chrome.comments(view, page)}
<a id="go-to-top" class="go-to-top-button" href="#go-to-tie-body"><span>Back to top button</span></a>"""
    head = parts.meta(view, page, "description", "og", "iso")
    return view.layout(page, head, main, related, "Related Articles", "Back to top button")


def _excerpt(view: View, page: Page) -> Printed:
    """(b) The lede is repeated as an excerpt that breaks off; date and follow lines; subscribe box."""
    related = view.links(page, "related", 5)
    cut = " ".join(page.body[0][1].split()[:32]) + " […]"
    main = f"""
<div class="single-wrap"><h1>{escape(page.title)}</h1>
<div class="single-excerpt"><p>{escape(cut)}</p></div>
<div class="meta-row"><div>{parts.byline(page)}</div>
<div>Date Updated <b>{parts.visible_date(page.modified or page.published, page.outlet.date_style)}</b></div>
<div>फॉलो करें: <a href="#">f</a> <a href="#">x</a> <a href="#">in</a></div></div>
{parts.figure(view, page)}
<div class="single-content">
{parts.paragraphs(page)}
</div>
<div class="yt-box"><h3>Subscribe to Our YouTube Channel!</h3>
<p>Stay updated with our latest videos. Click the button below to subscribe now!</p><a class="btn" href="#">Subscribe</a></div>
<div class="also"><h4>यह भी देखें</h4>{parts.headlines(related)}</div></div>"""
    head = parts.meta(view, page, "description", "og", "author") + (
        f'\n<meta name="publish-date" content="{parts.iso(page.published)}">'
        f'\n<meta property="article:published_time" content="{parts.iso(page.published)}">'
    )
    return view.layout(
        page, head, main, related, "[…]", "Date Updated", "फॉलो करें", "Subscribe to Our YouTube Channel",
        "Stay updated with our latest videos", "यह भी देखें",
    )  # fmt: skip


def _tail(view: View, page: Page) -> Printed:
    """(c) A summary under the title, then a tail of empty and filled boxes behind the text."""
    related = view.links(page, "related", 9)
    main = f"""
<div class="story-page"><div class="crumb"><a href="/">Home</a> &gt; <a href="/{page.desk}/">{page.story.topic.section}</a></div>
<h1 class="headline">{escape(page.title)}</h1>
<h2 class="subhead synopsis">{escape(page.summary)}</h2>
<div class="by">{parts.byline(page)} | {parts.visible_date(page.published, page.outlet.date_style)}</div>
{parts.figure(view, page)}
<div class="story-body" id="storyBody">
{parts.paragraphs(page)}
</div>
<div class="box"><h4>Tags</h4>{parts.tags(page)}</div>
<div class="box"><h4>Share this story</h4><a href="#">WhatsApp</a> <a href="#">Facebook</a> <a href="#">X</a></div>
<div class="box"><h4>Latest News</h4>{parts.headlines(related[:3])}</div>
<div class="box"><h4>Must Read</h4>{parts.teasers(related[3:6])}</div>
<div class="box"><h4>Don't Miss</h4>{parts.headlines(related[6:])}</div></div>"""
    head = parts.meta(view, page, "description", "og", "iso", "keywords", "author")
    return view.layout(page, head, main, related, "Share this story", "Must Read", "Don't Miss", "Latest News")


def _plain(view: View, page: Page) -> Printed:
    """(d) A plain page: title, date, paragraphs; hardly any metadata."""
    related = view.links(page, "related", 4)
    main = f"""
<h1>{escape(page.title)}</h1>
<p class="date">प्रकाशित: {parts.visible_date(page.published, page.outlet.date_style)}</p>
{parts.paragraphs(page)}
<hr><h3>और खबरें</h3>{parts.headlines(related)}"""
    return view.layout(page, parts.meta(view, page, "keywords"), main, related, "और खबरें")


def _newspaper(view: View, page: Page) -> Printed:
    """(e) tagDiv Newspaper: author box in front, an inline "read also" line, teasers, AMP plugin's line."""
    related = view.links(page, "related", 6)
    where = len(page.body) - 1 if len(page.body) % 2 else len(page.body) // 2
    other = related[0] if related else Link("/", page.outlet.title, "")
    line = f'<p><strong>ये भी पढ़ें :- <a href="{other.href}">{escape(other.title)}</a></strong></p>'
    author = page.authors[0] if page.authors else page.outlet.title
    role = f"संवाददाता, {page.outlet.title} (नव रेखा मीडिया समूह का उपक्रम)"
    main = f"""
<div class="td-post-template tdc-content-wrap"><ul class="td-category"><li><a href="/{page.desk}/">{page.story.topic.section}</a></li></ul>
<h1 class="entry-title tdb-title-text">{escape(page.title)}</h1>
<div class="tdb-author-box td_block_wrap"><img class="avatar" src="{view.base}/media/avatar.jpg" width="60" height="60" alt="">
<div class="tdb-author-name-wrap"><a class="tdb-author-name" rel="author" href="#">{escape(author)}</a>
<div class="tdb-author-descr">{role}</div></div></div>
<div class="td-module-date">{parts.time(page)}</div>
<div class="td-post-featured-image">{parts.figure(view, page)}</div>
<div class="td-post-content tagdiv-type">
{parts.paragraphs(page, {where: line})}
</div>
<div class="td_block_wrap"><h4 class="td-block-title">Latest News</h4>{parts.teasers(related[1:3])}</div>
<div class="td_block_wrap"><h4 class="td-block-title">More Articles Like This</h4>{parts.headlines(related[3:])}</div>
{chrome.comments(view, page)}
<div class="amp-wp-footer"><a href="#">Exit mobile version</a></div></div>"""
    head = parts.meta(view, page, "og", "iso")
    return view.layout(
        page,
        head,
        main,
        related,
        "ये भी पढ़ें",
        role,
        "Latest News",
        "More Articles Like This",
        "Exit mobile version",
    )


def _table(view: View, page: Page) -> Printed:
    """(f) An old table layout: no paragraphs, text parted by line breaks, hardly any metadata."""
    related = view.links(page, "related", 5)
    text = "<br><br>\n".join(escape(text) for _, text in page.body)
    main = f"""
<table width="100%" cellpadding="4" cellspacing="0"><tr><td class="cat">{page.story.topic.section}</td></tr>
<tr><td class="hl"><font size="5"><b>{escape(page.title)}</b></font></td></tr>
<tr><td class="dt">{escape(", ".join(page.authors))} / {parts.visible_date(page.published, page.outlet.date_style)}</td></tr>
<tr><td align="center"><img src="{view.base}{page.image}" width="420" height="260" alt=""></td></tr>
<tr><td class="tx">{text}</td></tr>
<tr><td><a href="#">खबर का प्रिंट लें</a> | <a href="#">मित्र को भेजें</a></td></tr>
<tr><td><b>संबंधित समाचार</b>{parts.headlines(related)}</td></tr></table>"""
    return view.layout(page, parts.meta(view, page), main, related, "खबर का प्रिंट लें", "मित्र को भेजें", "संबंधित समाचार")


def _amp_main(view: View, page: Page) -> Printed:
    """(g) The main page of an AMP pair (or a page without a twin)."""
    related = view.links(page, "related", 5)
    twin = f'\n<link rel="amphtml" href="{view.base}{page.path}/amp">' if page.amp else ""
    main = f"""
<main class="story"><span class="kicker">{page.story.topic.section}</span><h1>{escape(page.title)}</h1>
<p class="standfirst">{escape(page.summary)}</p>
<div class="credit">लेखक: {parts.byline(page)} · {parts.time(page)}</div>{parts.figure(view, page)}
<section class="content">
{parts.paragraphs(page)}
</section>
<aside class="inline-related"><h3>इन्हें भी पढ़ें</h3>{parts.teasers(related)}</aside></main>
{chrome.comments(view, page)}"""
    head = parts.meta(view, page, "description", "og", "iso", "author", "keywords") + twin
    return view.layout(page, head, main, related, "इन्हें भी पढ़ें")


def _amp(view: View, page: Page) -> Printed:
    """The AMP twin: same story, own markup, canonical to the main page."""
    related = view.links(page, "amp", 3)
    html = f"""<!doctype html>
<html ⚡ lang="hi"><head><meta charset="utf-8"><title>{escape(page.title)}</title>
{parts.meta(view, page)}
<meta name="viewport" content="width=device-width,minimum-scale=1"><style amp-custom>{chrome.css(page.outlet.color)}</style>
{parts.linked_data(parts.news_article(view, page))}
</head><body><header><a href="/">{page.outlet.title}</a></header>
<article><h1>{escape(page.title)}</h1><div class="amp-meta">{parts.byline(page)} {parts.time(page)}</div>
<amp-img src="{view.base}{page.image}" width="780" height="440" layout="responsive"></amp-img>
{parts.paragraphs(page)}
</article><section><h2>और पढ़ें</h2>{parts.headlines(related)}</section>
<footer><p>{chrome.COPYRIGHT.format(title=page.outlet.title)}</p></footer></body></html>"""
    return Printed(html, (*(x.title for x in related), "और पढ़ें"))


def _jsonld(view: View, page: Page) -> Printed:
    """(h) JSON-LD carries everything; the markup is a heap of divs."""
    related = view.links(page, "related", 6)
    middle = (
        f'<div class="alsoread">यह भी पढ़ें: <a href="{related[0].href}">{escape(related[0].title)}</a></div>'
        if related
        else ""
    )
    main = f"""
<div class="art-hd"><div class="art-sec">{page.story.topic.section}</div><h1>{escape(page.title)}</h1>
<div class="art-by">By: {parts.byline(page)} <span>Updated: {parts.visible_date(page.modified or page.published, page.outlet.date_style)}</span></div></div>
{parts.figure(view, page)}
<div class="art-txt" id="article-body">
{parts.paragraphs(page, {min(1, len(page.body) - 1): middle})}
</div>
<div class="app-promo">ताजा खबरों के लिए हमारा ऐप डाउनलोड करें</div>
<div class="more-like">{parts.teasers(related[1:])}</div>"""
    head = parts.meta(view, page, "description", "og") + "\n" + parts.linked_data(parts.news_article(view, page))
    return view.layout(page, head, main, related, "यह भी पढ़ें", "हमारा ऐप डाउनलोड करें")


_THEMES: dict[str, Callable[[View, Page], Printed]] = {
    "jannah": _jannah,
    "excerpt": _excerpt,
    "tail": _tail,
    "plain": _plain,
    "newspaper": _newspaper,
    "table": _table,
    "amp": _amp_main,
    "jsonld": _jsonld,
    "elementor": builders.elementor_page,
    "blocks": builders.blocks_page,
    "react": builders.react_page,
    "live": builders.live_page,
}
