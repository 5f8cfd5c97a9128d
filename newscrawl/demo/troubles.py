"""The web's bad days: the kinds of trouble, what each site answers, and the outcome that a careful crawler reaches.

A trouble URL is listed in its site's sitemap and feed (or section page), so every crawl meets it. Counters
that make a trouble pass by itself (429, then 200) live in `Memory`, one per server process.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import escape

from newscrawl.demo import chrome, themes
from newscrawl.demo.chrome import View
from newscrawl.demo.http_server import Reply
from newscrawl.demo.newsroom import Newsroom, Page
from newscrawl.demo.outlets import Outlet

# Decompressed size of the bomb: far over any sane page limit, small enough to inflate in a test.
BOMB_BYTES = 300 << 20
BIG_PAGE_BYTES = 30 << 20


@dataclass
class Memory:
    """How often each trouble URL was asked for, in this process."""

    asked: Counter[str] = field(default_factory=Counter)


# (site view, how often it was asked for, this time included) -> reply
Answer = Callable[[View, int], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One trouble URL. `listed` is what sitemaps and feeds name: the path, or a foreign absolute URL.

    `answer` makes the reply; None: the URL is not on this web at all. `page` is the good article behind
    it, if there is one.
    """

    kind: str
    listed: str
    expect: str
    reason: str | None = None
    answer: Answer | None = None
    page: Page | None = None
    language: str = "hi"


Build = Callable[[Outlet, Newsroom], Trouble]


def troubles_of(outlet: Outlet, room: Newsroom) -> Iterator[Trouble]:
    """The troubles of one site. Kinds are dealt round, so that a web of any size has each of them."""
    mine = room.outlets.index(outlet)
    for i, build in enumerate(_KINDS):
        if i % len(room.outlets) == mine:
            yield build(outlet, room)
    if outlet.disallow:
        for n in (1, 2):
            page = room.extra(outlet, f"disallowed-{n}")
            path = f"{outlet.disallow}khas-{n}/"
            yield Trouble(
                kind="disallowed",
                listed=path,
                expect="none",
                reason="forbidden",
                page=page,
                answer=_shows(page.path),
            )


# -- good articles behind a bad way ----------------------------------------------------------------------


def _good(kind: str, path: str, answer: Callable[[str], Answer]) -> Build:
    """An article page reached through `path`; `answer` gets the article's own path."""

    def build(outlet: Outlet, room: Newsroom) -> Trouble:
        page = room.extra(outlet, f"trouble-{kind}")
        return Trouble(kind=kind, listed=path, expect="article", page=page, answer=answer(page.path))

    return build


def _shows(path: str) -> Answer:
    return lambda view, nth: Reply(body=_html(view, path).encode())


def _html(view: View, path: str) -> str:
    """The article behind a trouble, as its theme prints it."""
    page = view.hidden[path]
    return themes.article(view, page).html


def _chain(path: str) -> Answer:
    return lambda view, nth: redirect(f"{view.base}/go/step2", 301)


def _throttled(path: str) -> Answer:
    def answer(view: View, nth: int) -> Reply:
        if nth == 1:
            return Reply(status=429, headers={"Retry-After": "1"}, body=b"too many requests", etag="")
        return _shows(path)(view, nth)

    return answer


def _hiccup(path: str) -> Answer:
    def answer(view: View, nth: int) -> Reply:
        return Reply(status=500, body=b"internal error", etag="") if nth == 1 else _shows(path)(view, nth)

    return answer


def _wrong_charset(path: str) -> Answer:
    """UTF-8 bytes, declared iso-8859-1 in the header; the document itself says utf-8."""
    return lambda view, nth: Reply(body=_html(view, path).encode(), content_type="text/html; charset=iso-8859-1")


def _utf16(path: str) -> Answer:
    """Really another encoding, declared right."""
    return lambda view, nth: Reply(
        body=_html(view, path).replace('<meta charset="utf-8">', "").encode("utf-16"),
        content_type="text/html; charset=utf-16",
    )


def _entities(path: str) -> Answer:
    """windows-1252 with numeric character references, as an old CMS writes Hindi."""
    return lambda view, nth: Reply(
        body=_html(view, path)
        .replace('<meta charset="utf-8">', '<meta charset="windows-1252">')
        .encode("cp1252", "xmlcharrefreplace"),
        content_type="text/html; charset=windows-1252",
    )


# -- pages that are no story -----------------------------------------------------------------------------


def _bad(kind: str, path: str, reason: str, answer: Answer, language: str = "hi") -> Build:
    return lambda outlet, room: Trouble(
        kind=kind,
        listed=path,
        expect="reject",
        reason=reason,
        answer=answer,
        language=language,
    )


def _never(kind: str, url: str) -> Build:
    """A listed URL that leads off the site list: a careful crawler never asks for it, nor gives it a row."""
    return lambda outlet, room: Trouble(kind=kind, listed=url, expect="none")


def _document(view: View, title: str, main: str, head: str = "") -> Reply:
    html = chrome.document(view.outlet, view.base, title, head, main, "")
    return Reply(body=html.encode())


def _foreign(title: str, paragraphs: tuple[str, ...]) -> Answer:
    main = f"<article><h1>{escape(title)}</h1>{''.join(f'<p>{escape(p)}</p>' for p in paragraphs)}</article>"
    return lambda view, nth: Reply(
        body=f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body>{main}</body></html>".encode()
    )


_ENGLISH = (
    "The district library will stay open until midnight from Monday, officials said, after students preparing for "
    "entrance examinations asked for longer hours. The reading hall seats two hundred and forty people.",
    "Librarians will work in three shifts, and a guard will be posted at the gate. A canteen run by a women's "
    "cooperative is to serve tea and simple meals until eleven at night.",
    "The cost of the longer hours, about nine lakh rupees a year, will be borne by the municipal council. Members of "
    "the council said that they would review attendance after three months and decide whether to go on.",
    "Students welcomed the decision. Many of them share rented rooms and said that they had nowhere quiet to read "
    "once the evening classes were over.",
)
_MARATHI = (
    "शहरातील जुन्या बाजारपेठेत रविवारी सकाळपासून पाणीपुरवठा बंद राहणार असल्याची माहिती महापालिकेने दिली आहे. "
    "मुख्य जलवाहिनीच्या दुरुस्तीचे काम हाती घेण्यात आल्यामुळे हा निर्णय घेतला असल्याचे अधिकाऱ्यांनी सांगितले.",
    "या कामासाठी सुमारे बारा तास लागणार आहेत. नागरिकांनी आदल्या दिवशीच पाण्याचा साठा करून ठेवावा, असे आवाहन "
    "करण्यात आले आहे. रुग्णालये आणि शाळांसाठी टँकरची व्यवस्था केली जाणार आहे.",
    "दरम्यान, व्यापाऱ्यांनी या कामाबद्दल नाराजी व्यक्त केली. सणासुदीच्या तोंडावर दुरुस्ती करण्याऐवजी पावसाळ्यानंतर लगेच "
    "हे काम पूर्ण करायला हवे होते, असे त्यांचे म्हणणे आहे. महापालिकेने मात्र गळती वाढल्यामुळे पर्याय नव्हता, असे स्पष्ट केले.",
    "सोमवारी दुपारनंतर पाणीपुरवठा सुरळीत होईल आणि सुरुवातीचे काही तास पाणी कमी दाबाने येईल, असेही त्यांनी सांगितले.",
)


def _soft_404(view: View, nth: int) -> Reply:
    main = (
        "<h1>क्षमा करें, यह पृष्ठ नहीं मिला</h1><p>आप जिस पृष्ठ को खोज रहे हैं, वह हटा दिया गया है, उसका नाम बदल "
        "गया है या वह अस्थायी रूप से उपलब्ध नहीं है। त्रुटि 404।</p><p>कृपया पता जांच लें या होम पेज पर लौटें।</p>"
    )
    return _document(view, "404 पृष्ठ नहीं मिला", main)


def _login(view: View, nth: int) -> Reply:
    main = (
        "<h1>यह लेख केवल सदस्यों के लिए है</h1><p>पूरा लेख पढ़ने के लिए कृपया लॉग इन करें या सदस्यता लें। सदस्यता "
        "लेने पर आपको विज्ञापन रहित पठन, ई-पेपर और विशेष न्यूजलेटर मिलेंगे।</p><form><label>मोबाइल नंबर</label>"
        "<input name='m'><label>पासवर्ड</label><input type='password' name='p'><button>लॉग इन करें</button></form>"
        "<p>पहले से सदस्य हैं? यहां लॉग इन करें। नए पाठक हैं? आज ही सदस्यता लें।</p>"
    )
    return _document(view, "लॉग इन करें", main)


def _tag(view: View, nth: int) -> Reply:
    return Reply(body=chrome.listing(view.outlet, view.base, "विषय: ताजा खबरें", view.some(14)).encode())


def _video(view: View, nth: int) -> Reply:
    main = (
        "<h1>वीडियो: बाजार में सुबह की रौनक</h1><div class='player'><video controls src='/media/v.mp4'></video></div>"
        "<p>देखिए हमारे संवाददाता की यह वीडियो रिपोर्ट।</p>"
    )
    head = '<meta property="og:type" content="video.other">'
    return _document(view, "वीडियो: बाजार में सुबह की रौनक", main, head)


def _short(view: View, nth: int) -> Reply:
    main = "<article><h1>तस्वीर: घाट पर सूर्योदय</h1><p>सुबह की पहली किरण के साथ घाट पर जुटे लोग।</p></article>"
    return _document(view, "तस्वीर: घाट पर सूर्योदय", main)


def _loop(view: View, nth: int) -> Reply:
    return redirect(f"{view.base}/loop/b")


def _stalled(view: View, nth: int) -> Reply:
    return Reply(body=b"<!doctype html><html><head><title>", stall=True, compress=False, etag="")


def _bomb_reply(view: View, nth: int) -> Reply:
    return Reply(body=bomb(), headers={"Content-Encoding": "gzip"}, compress=False, etag="")


def _status(status: int, text: str) -> Answer:
    return lambda view, nth: Reply(status=status, body=f"<html><body><h1>{text}</h1></body></html>".encode(), etag="")


_KINDS: tuple[Build, ...] = (
    _good("redirect_chain", "/go/step1", _chain),
    _bad("redirect_loop", "/loop/a", "fetch_failed", _loop),
    _bad("not_found", "/purani-khabar-404.html", "gone", _status(404, "पृष्ठ नहीं मिला")),
    _bad("gone", "/hatai-gayi-khabar.html", "gone", _status(410, "यह खबर हटा दी गई है")),
    _good("throttled", "/bheed/khabar-429.html", _throttled),
    _good("server_hiccup", "/khabar-500-phir-200.html", _hiccup),
    _bad("server_error", "/khabar-500.html", "http_error", _status(500, "आंतरिक त्रुटि")),
    _bad("stalled_body", "/atki-hui-khabar.html", "fetch_failed", _stalled),
    _bad("big_page", "/sampoorn-suchi.html", "too_large", lambda view, nth: big_page()),
    _bad("gzip_bomb", "/sankuchit.html", "too_large", _bomb_reply),
    _good("wrong_charset", "/galat-charset.html", _wrong_charset),
    _good("utf16", "/utf16-khabar.html", _utf16),
    _good("entities", "/purana-cms.html", _entities),
    _bad("empty_body", "/khali-panna.html", "no_content", lambda view, nth: Reply(etag="")),
    _bad("english", "/en/library-hours.html", "wrong_language", _foreign("Library to stay open until midnight", _ENGLISH), "en"),
    _bad("marathi", "/mr/panipurvatha.html", "wrong_language", _foreign("रविवारी पाणीपुरवठा बंद", _MARATHI), "mr"),
    _bad("redirect_private", "/bahar/1", "forbidden", lambda view, nth: redirect("http://10.0.0.1/admin", 302)),
    _bad("redirect_metadata", "/bahar/2", "forbidden", lambda view, nth: redirect("http://169.254.169.254/latest/", 302)),
    _bad("redirect_offsite", "/bahar/3", "forbidden", lambda view, nth: redirect("http://news.example.org/khabar", 302)),
    _bad("redirect_file", "/bahar/4", "forbidden", lambda view, nth: redirect("file:///etc/hostname", 302)),
    _never("private_address", "http://10.0.0.1/khabar-1.html"),
    _never("metadata_address", "http://169.254.169.254/latest/meta-data/"),
    _never("off_site", "https://news.example.org/bahari-khabar-2.html"),
    _bad("tag_page", "/tag/", "not_article", _tag),
    _bad("video_page", "/video/", "not_article", _video),
    _bad("soft_404", "/lupt-khabar.html", "error_page", _soft_404),
    _bad("login_wall", "/premium/lekh-1.html", "login_wall", _login),
    _bad("too_short", "/photos/ghat.html", "too_short", _short),
)  # fmt: skip


# -- replies ---------------------------------------------------------------------------------------------


@cache
def bomb() -> bytes:
    """A gzip stream of a few hundred KB that inflates to `BOMB_BYTES` of spaces."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    parts = [packer.compress(b"<html><body><p>")]
    parts += [packer.compress(block) for _ in range(BOMB_BYTES >> 20)]
    return b"".join([*parts, packer.flush()])


def redirect(location: str, status: int = 301) -> Reply:
    """A redirect without body."""
    return Reply(status=status, headers={"Location": location}, etag="")


def big_page() -> Reply:
    """30 MB of valid HTML, uncompressed."""
    line = "<p>पुराने अंकों की पूरी सूची यहां एक ही पन्ने पर दी गई है।</p>\n".encode()
    return Reply(body=b"<!doctype html><html><body>" + line * (BIG_PAGE_BYTES // len(line)), compress=False, etag="")
