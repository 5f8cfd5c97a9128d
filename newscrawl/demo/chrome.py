"""Everything around a story: header, navigation, sidebar, comments, footer, listing pages.

The sidebar and the related boxes name other stories of the site by their edition-1 headline, so a page whose
own story did not change stays byte for byte the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from zlib import crc32

from newscrawl.demo.names import WOMEN, person
from newscrawl.demo.newsroom import Page
from newscrawl.demo.outlets import DESKS, Outlet

COPYRIGHT = "© {title}। सर्वाधिकार सुरक्षित। बिना अनुमति सामग्री का पुनः प्रकाशन वर्जित है।"
# In Elementor's sidebar, a text widget as those of the story are.
_ABOUT = "यह अखबार गांव और कस्बे की खबरें लिखता है। हमारे संवाददाता चालीस जिलों में हैं और हर खबर मौके से भेजते हैं।"
_REMARKS = (
    "बहुत अच्छी रिपोर्ट, ऐसी खबरें और लाइए।", "प्रशासन कब जागेगा, यही देखना बाकी है।", "हमारे यहां भी यही हाल है भाई।",
    "खबर अधूरी लग रही है, आगे क्या हुआ?", "धन्यवाद, पहली बार किसी ने यह बात उठाई।", "सब चुनाव तक की बातें हैं।",
    "मेरे गांव का नाम देखकर अच्छा लगा।", "इस पर कार्रवाई होनी ही चाहिए।", "संपादक जी, तस्वीर पुरानी है।",
    "जय हिंद, मेहनत करने वालों को सलाम।", "आंकड़े कहां से लिए गए हैं, यह भी लिखिए।", "कल अखबार में भी पढ़ी थी यह बात।",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Printed:
    """A page's HTML and the lines of it that are not the story."""

    html: str
    foreign: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Another story of the site, as boxes print it."""

    href: str
    title: str
    lede: str


class View:
    """One outlet at one base URL (`http://host:port`), with what its boxes may link to."""

    def __init__(
        self, outlet: Outlet, base: str, seed: int, pages: Sequence[Page], hidden: Sequence[Page] = ()
    ) -> None:
        self.outlet, self.base, self.seed = outlet, base, seed
        self.hidden = {page.path: page for page in hidden}  # the articles behind trouble URLs
        self._linkable = [p for p in pages if p.outlet is outlet and p.listed and p.change != "new"]

    def links(self, page: Page, box: str, count: int) -> list[Link]:
        """`count` other stories for one box of one page: always the same ones."""
        rng = random.Random(f"{self.seed}:{page.path}:{box}")
        others = [p for p in self._linkable if p.story.id != page.story.id]
        return [Link(escape(p.path), p.first_title, p.lede) for p in rng.sample(others, min(count, len(others)))]

    def some(self, count: int) -> list[Page]:
        """`count` pages for a listing, always the same ones."""
        return self._linkable[:count]

    def layout(self, page: Page, head: str, main: str, related: Sequence[Link], *boilerplate: str) -> Printed:
        """The whole page around `main`; the related links and the sidebar's are what must not leak."""
        trending = self.links(page, "trending", 8)
        side = "".join(f'<li><a href="{x.href}">{escape(x.title)}</a></li>' for x in trending)
        sidebar = f'<h3>ट्रेंडिंग खबरें</h3><ol>{side}</ol><div class="ad">विज्ञापन</div>{_NEWSLETTER}'
        html = document(self.outlet, self.base, page.title, head, main, sidebar)
        foreign = [x.title for x in (*related, *trending)] + [*boilerplate, "ट्रेंडिंग खबरें", "सर्वाधिकार सुरक्षित"]
        foreign += [_ABOUT] if self.outlet.theme == "elementor" else []
        return Printed(html, tuple(dict.fromkeys(foreign)))


def document(outlet: Outlet, base: str, title: str, head: str, main: str, sidebar: str) -> str:
    """A full HTML document in the outlet's dress."""
    feed = ""
    if outlet.feed and "feeds" not in outlet.registry:
        feed = f'<link rel="alternate" type="application/{outlet.feed}+xml" title="{outlet.title}" href="{base}{outlet.feed_path}">'
    nav = "".join(f'<li><a href="/{slug}/">{name}</a></li>' for slug, name in DESKS.items())
    body = _frame(outlet, main, sidebar)
    return f"""<!doctype html>
<html lang="hi"><head><meta charset="utf-8">
<title>{escape(title)} | {outlet.title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
{feed}
<link rel="icon" href="{base}/favicon.ico"><style>{css(outlet.color)}{_THEME_CSS.get(outlet.theme, "").replace("$color", outlet.color)}</style>
<script>{_script(outlet)}</script></head>
<body class="theme-{outlet.theme}"><a class="skip" href="#content">मुख्य सामग्री पर जाएं</a>
<header class="top"><div class="brand"><a href="/">{outlet.title}</a></div><div class="slogan">खबर वही जो सच के साथ चले</div></header>
<nav class="menu"><ul><li><a href="/">होम</a></li>{nav}<li><a href="/video/">वीडियो</a></li><li><a href="/e-paper">ई-पेपर</a></li></ul></nav>
<div id="content">{body}</div>
<footer><div class="cols"><ul><li><a href="/about">हमारे बारे में</a></li><li><a href="/contact">संपर्क करें</a></li>
<li><a href="/privacy">निजता नीति</a></li><li><a href="/terms">उपयोग की शर्तें</a></li><li><a href="/careers">करियर</a></li></ul>
<ul>{nav}</ul></div><p>{COPYRIGHT.format(title=outlet.title)}</p></footer>
<noscript><img height="1" width="1" src="{base}/px.gif" alt=""></noscript>
<script>{_TRACKER}</script></body></html>"""


def _frame(outlet: Outlet, main: str, sidebar: str) -> str:
    """Main matter and sidebar, held together as the outlet's theme does it."""
    if outlet.theme == "table":
        return (
            f'<table class="frame" width="980" align="center"><tr><td class="m" valign="top">{main}</td>'
            f'<td class="s" width="260" valign="top">{sidebar}</td></tr></table>'
        )
    if outlet.theme == "elementor":
        widgets = elementor("sidebar", "sidebar", sidebar) + elementor("about", "text-editor", f"<p>{_ABOUT}</p>")
        return (
            f'<div class="wrap elementor-page"><div class="main">{main}</div><div class="sidebar elementor-column elementor-col-33">'
            f'<div class="elementor-widget-wrap elementor-element-populated">{widgets}</div></div></div>'
        )
    if outlet.theme == "blocks":
        return (
            f'<div class="wrap layout sidebar-enabled--false"><main class="main Page_main__r4Kd0">{main}</main></div>'
            f'<div class="sidebar Rail_bottom__j2Nw6">{sidebar}</div>'
        )
    if outlet.theme == "react":
        return (
            f'<div id="__next"><div class="wrap" data-reactroot=""><div class="main">{main}</div>'
            f'<div class="sidebar" data-testid="rail">{sidebar}</div></div></div>'
        )
    return f'<div class="wrap"><div class="main">{main}</div><aside class="sidebar">{sidebar}</aside></div>'


def elementor(key: str, kind: str, inner: str, anchor: str = "") -> str:
    """A widget as Elementor prints every one; its hash is stable in `key`, `anchor` is its id."""
    name = f"{crc32(key.encode()):08x}"[:7]
    place = f' id="{anchor}"' if anchor else ""
    return (
        f'<div class="elementor-element elementor-element-{name} elementor-widget elementor-widget-{kind}"{place} data-id="{name}" '
        f'data-element_type="widget" data-widget_type="{kind}.default"><div class="elementor-widget-container">{inner}</div></div>'
    )


def comments(view: View, page: Page) -> str:
    """Reader comments: a few stock remarks."""
    rng = random.Random(f"{view.seed}:{page.path}:comments")
    items = "".join(
        f'<li class="comment"><b>{person(rng)}</b> <small>{rng.randint(2, 23)} घंटे पहले</small><p>{remark}</p></li>'
        for remark in rng.sample(_REMARKS, rng.randint(0, 4))
    )
    return f'<div id="comments"><h3>टिप्पणियां</h3><ol>{items}</ol><form><textarea placeholder="अपनी राय लिखें"></textarea></form></div>'


def listing(outlet: Outlet, base: str, title: str, pages: Sequence[Page], more: str = "") -> str:
    """A section page, or the home page: headlines, some with a teaser, and `more` (pagination)."""
    items = []
    for i, page in enumerate(pages):
        teaser = f"<p>{escape(' '.join(page.lede.split()[:20]))}...</p>" if i % 3 == 0 else ""
        items.append(
            f'<div class="teaser"><a href="{escape(page.path)}"><h3>{escape(page.title)}</h3></a>{teaser}</div>'
        )
    main = f'<h1>{title}</h1>{"".join(items)}<div class="pager">{more}</div>'
    side = (
        '<h3>फोटो गैलरी</h3><ul><li><a href="/photos/">तस्वीरों में देखें दिनभर की हलचल</a></li>'
        '<li><a href="/video/">वीडियो खबरें</a></li><li><a href="/tag/">सभी विषय</a></li></ul>' + _NEWSLETTER
    )
    head = f'<link rel="canonical" href="{base}/"><meta property="og:type" content="website">'
    return document(outlet, base, title, head, main, side)


_NEWSLETTER = (
    '<div class="nl"><h3>न्यूजलेटर</h3><p>हर सुबह की चुनिंदा खबरें सीधे अपने इनबॉक्स में पाएं।</p>'
    '<form><input type="email" placeholder="ईमेल पता"><button>जुड़ें</button></form></div>'
)


def css(color: str) -> str:
    """The stylesheet; one colour a site."""
    return _CSS.replace("$color", color)


_CSS = """
*{box-sizing:border-box}body{margin:0;font-family:"Noto Sans Devanagari","Noto Sans",Mangal,sans-serif;color:#222;background:#f5f5f5;line-height:1.7}
a{color:inherit;text-decoration:none}a:hover{color:$color}.skip{position:absolute;left:-999px}
header.top{background:#fff;border-top:5px solid $color;padding:18px 4%;display:flex;align-items:baseline;gap:24px}
.brand a{font-size:34px;font-weight:700;color:$color}.slogan{color:#777;font-size:14px}
nav.menu{background:$color;color:#fff}nav.menu ul{margin:0 auto;padding:0 4%;list-style:none;display:flex;gap:22px}nav.menu li{padding:9px 0}
.wrap{max-width:1120px;margin:18px auto;display:grid;grid-template-columns:minmax(0,1fr) 300px;gap:26px;padding:0 14px}
.main,.sidebar{background:#fff;padding:20px 26px}.sidebar h3{border-left:4px solid $color;padding-left:8px;font-size:17px}
h1{font-size:30px;line-height:1.35;margin:8px 0 12px}.main h2{font-size:21px}.sidebar li{margin:8px 0;font-size:15px}
.post-cat,.kicker,.art-sec,.td-category,.cat{color:$color;font-weight:700;font-size:14px;list-style:none;padding:0}
.post-meta,.by,.credit,.art-by,.meta-row,.date,.td-module-date,.dt{color:#666;font-size:13px;margin-bottom:12px}.meta-row{display:flex;gap:24px}
figure{margin:14px 0}figure img,amp-img{background:linear-gradient(135deg,$color,#ddd);width:100%;height:auto;min-height:230px;display:block}figcaption{font-size:12px;color:#777}
.single-excerpt,.standfirst,.synopsis{font-size:17px;color:#444;border-left:3px solid #ccc;padding-left:12px;font-weight:400}
.teaser{border-bottom:1px solid #eee;padding:8px 0}.teaser h3{font-size:17px;margin:4px 0}.teaser p{font-size:14px;color:#555;margin:2px 0 6px}
.tdb-author-box{display:flex;gap:12px;align-items:center;border:1px solid #eee;padding:10px;margin-bottom:10px}.avatar{border-radius:50%;background:#ccc}
.tdb-author-descr{font-size:12px;color:#777}.td-block-title,.box h4{border-bottom:2px solid $color;font-size:16px;margin:22px 0 8px}
.yt-box{background:#fdecea;padding:16px;margin:20px 0;text-align:center}.btn{background:$color;color:#fff;padding:6px 18px;border-radius:3px}
.alsoread{background:#f3f6ff;border-left:4px solid $color;padding:8px 12px;margin:14px 0;font-weight:600}.app-promo{background:#fffbe6;padding:10px;text-align:center}
.ad{border:1px dashed #bbb;height:240px;display:flex;align-items:center;justify-content:center;color:#aaa;font-size:12px;margin:14px 0}
.nl input{width:65%;padding:6px}.nl button{background:$color;color:#fff;border:0;padding:7px 10px}#comments{border-top:1px solid #eee;margin-top:22px}
.comment p{margin:2px 0 10px}textarea{width:100%;height:60px}.go-to-top-button{float:right;font-size:12px;color:#999}.pager a{margin-right:14px;color:$color}
table.frame{background:#fff;margin-top:14px}.tx{font-size:17px;line-height:1.9}.s{background:#fafafa;padding:10px}.m{padding:10px 16px}
footer{background:#222;color:#ccc;margin-top:30px;padding:18px 4%;font-size:14px}footer .cols{display:flex;gap:60px}footer ul{list-style:none;padding:0}
@media(max-width:800px){.wrap{grid-template-columns:1fr}h1{font-size:24px}nav.menu ul{overflow:auto}}
"""

# What some themes add.
_THEME_CSS = {
    "elementor": """
.elementor-section{display:block}.elementor-inline-items{display:flex;gap:18px;list-style:none;padding:0;color:#666;font-size:13px}
.elementor-widget-text-editor p{margin:0 0 16px;font-size:17px}.elementor-widget-table-of-contents{border:1px solid #ddd;padding:6px 18px;margin:14px 0;background:#fafafa}
.elementor-grid{display:flex;flex-wrap:wrap;gap:12px}.elementor-share-btn{background:$color;color:#fff;padding:4px 14px;border-radius:3px;font-size:14px}
.elementor-post{flex:1 1 240px;border:1px solid #eee;padding:10px}.elementor-post__title{font-size:16px;margin:2px 0}.elementor-post__excerpt{font-size:13px;color:#666}.elementor-post__read-more{font-size:13px;color:$color}
""",
    "blocks": """
.layout.sidebar-enabled--false{display:block;max-width:760px}.StoryHead_kicker__b4Rt{color:$color;font-weight:700;font-size:14px}.Crumbs_crumbs__u7Yl2,.StoryHead_meta__Lq8zE{color:#777;font-size:13px}
.StoryHead_dek__2mVx7{color:#555;font-size:18px}.StoryBody_body__Yc3oX p{font-size:18px;margin:0 0 18px}.has-drop-cap:first-letter{font-size:46px;float:left;line-height:1;margin-right:8px;color:$color}
.RelatedBox_box__3kQ2x{background:#f1f8e9;padding:6px 18px;margin:18px 0;border-left:4px solid $color}.ActionBar_bar__5nHj1{display:flex;gap:10px;margin:18px 0}.Rail_bottom__j2Nw6{max-width:760px;margin:0 auto}
""",
    "react": """
[data-testid^=paragraph-]{font-size:17px;margin:0 0 16px}[data-testid=section-tag]{color:$color;font-weight:700;font-size:14px}[data-testid=byline]{color:#666;font-size:13px}
[data-testid=read-more]{display:block;margin:8px auto 18px;border:1px solid $color;color:$color;background:#fff;padding:8px 26px;border-radius:20px}[data-testid=follow]{background:#ede7f6;padding:10px;text-align:center;margin:14px 0}
[data-testid^=card-]{border-bottom:1px solid #eee;padding:8px 0;font-size:15px}[data-testid=topics] a{border:1px solid #ccc;border-radius:12px;padding:1px 10px;font-size:13px}
""",
    "live": """
.liveblog-flag{color:#fff;background:$color;display:inline-block;padding:2px 12px;font-size:13px;font-weight:700}.liveblog-dot{display:inline-block;width:8px;height:8px;border-radius:4px;background:#fff}
.liveblog-meta{color:#666;font-size:13px}.liveblog-pinned{background:#fff3e0;border:1px solid $color;padding:4px 18px;margin:14px 0}.liveblog-refresh{font-size:13px;color:#777;text-align:center;margin:10px 0}
.liveblog-entry{border-left:3px solid $color;padding:0 0 10px 18px;margin:0 0 18px 6px}.liveblog-entry__time{color:$color;font-weight:700;font-size:14px}.liveblog-entry__headline{font-size:19px;margin:4px 0}
.liveblog-entry__share{font-size:12px;color:#999}.liveblog-older{display:block;margin:0 auto;padding:8px 22px}
""",
}

_TRACKER = """
(function(w,d){var q=w.dl=w.dl||[];function t(n,p){q.push({event:n,ts:+new Date(),data:p||{}})}
t('page.view',{path:d.location.pathname,ref:d.referrer});var depth=0;w.addEventListener('scroll',function(){
var h=d.documentElement,p=Math.round((h.scrollTop+h.clientHeight)/h.scrollHeight*100);if(p>=depth+25){depth=p-p%25;t('page.depth',{pct:depth})}});
d.addEventListener('click',function(e){var a=e.target.closest&&e.target.closest('a');if(a){t('link.click',{href:a.getAttribute('href')})}});
function lazy(){[].forEach.call(d.querySelectorAll('img[data-src]'),function(i){if(i.getBoundingClientRect().top<w.innerHeight+200){i.src=i.dataset.src;i.removeAttribute('data-src')}})}
w.addEventListener('scroll',lazy);lazy()})(window,document);
"""


def _script(outlet: Outlet) -> str:
    """Page configuration as CMSs print it: bulk that is not text."""
    slots = [
        {
            "id": f"div-gpt-ad-{outlet.name}-{i}",
            "sizes": [[300, 250], [336, 280], [728, 90]],
            "lazy": i > 2,
            "refresh": 30 + i,
        }
        for i in range(32)
    ]
    labels = {f"label.{i}": f"{name} से जुड़ी ताजा सुर्खियां पढ़ें" for i, name in enumerate(DESKS.values())}
    users = [{"uid": i, "nick": name, "badge": "पाठक"} for i, name in enumerate(WOMEN[:20])]
    return f"window.__cfg={json.dumps({'site': outlet.title, 'ads': slots, 'i18n': labels, 'top': users}, ensure_ascii=False)};"
