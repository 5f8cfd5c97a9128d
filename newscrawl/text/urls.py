"""When two URLs are one page: the key that ledger and dedup index use. Requests keep the URL as found."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, unquote, urljoin, urlsplit

import regex
from w3lib.url import canonicalize_url, url_query_cleaner

from newscrawl.text.remember import Remembered

# Parameters that only tell where the reader came from, or number a visit: a server that sees no cookie writes the
# latter into every link, anew with each answer. A closed list on purpose: courlan's wider pattern also takes "cid",
# "eid", "gallery..." for trackers, and on old Hindi CMSes those name the article.
_TRACKERS = regex.compile(
    r"(?:utm_[^=]+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|gad_source|gad_campaignid|srsltid|msclkid|twclid|ttclid|yclid|"
    r"li_fat_id|igshid|igsh|mibextid|sfnsn|__twitter_impression|mc_cid|mc_eid|_ga|_gl|pk_[^=]+|mtm_[^=]+|"
    r"at_(?:medium|campaign|campaign_type|format|link_\w+|ptr_name|bbc_team|custom\d+)|at_xt_[^=]+|gaa_(?:at|n|ts|sig)|"
    r"amp_(?:js_v|gsa|ct|tf)|usqp|_branch_(?:match_id|referrer)|ocid|ref_src|ref_url|share_source|cmpid|ICID|guccounter|"
    r"PHPSESSID|jsessionid|ASPSESSIONID[^=]*|CFID|CFTOKEN)",
    regex.IGNORECASE,
)
# Java writes a visit's number behind a ";", ASP.NET as a folder: "/(S(dk3f0a))/".
_VISIT = regex.compile(
    r";jsessionid=[\w.!-]*+(?=[?#/]|$)|/\((?:[AFSX]\([\w-]{1,100}+\)){1,4}+\)(?=/)", regex.IGNORECASE
)
_DEFAULT_PORT = regex.compile(r"^(http://[^/?#]*):80(?=[/?#]|$)|^(https://[^/?#]*):443(?=[/?#]|$)")

# What no URL holds; in a request line it would begin a header of its own.
_CONTROL = regex.compile(r"[\x00-\x1f\x7f]")
# A name of letters, digits, hyphens and dots, or an address: what else stands for a host, DNS refuses, and the failure
# would be laid at the door of the host that was meant.
_HOST = regex.compile(r"(?:[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}_-]{0,62}+)\.?)++|\[[0-9A-Fa-f:.]{2,45}\]")
_PLAIN = regex.compile(r"\Ahttps?://[^/\s]++(?:/[\w!-Z_~\p{M}-]*+)?+$")
# "https://https://", "https:////"
_SCHEMES = regex.compile(r"\A(?:https?:/{0,9}+(?=https?:/)){0,9}+(https?):/{2,9}+", regex.I)
# What stands in a URL as itself.
_PRINTED = "!#$%&'()*+,/:;=?@[]~"
# DNS has no longer name.
_HOST_CHARS = 260
# No server takes a longer one; the crawl refuses it at half of this, escaped.
_LONGEST = 4096
# One paper by several names: bare, for the web, for phones.
_TWINS = ("www.", "m.", "amp.", "mobile.")
# The file behind a site's bare address.
_HOME_PAGE = regex.compile(r"^(?:index|default|home)\.\w{3,5}$", regex.I)
# A reference that was escaped once more than it should be, or twice.
_ESCAPED = regex.compile(r"&(?:(?:amp|#0{0,5}38|#x0{0,4}26);)+", regex.I)


def web_url(url: str, base: str = "") -> str | None:
    """The absolute http or https URL that a page or feed means by `url`, or None where it is none.

    Hostile and careless pages hold "http://[", line breaks and lone surrogates where a URL should be; and what no page
    may have us ask for: a user name or password, a host that is none.
    """
    try:
        url = url.strip()
        # As nearly all are; joining takes longer than all the rest.
        target = url if _PLAIN.match(url) else urljoin(base, url)
        target.encode()
        parts = urlsplit(target)
        port = parts.port  # parsed only when asked for; "http://a:b/" is none
    except ValueError:
        return None
    authority, _, after = parts.netloc.rpartition("]")
    host = f"{authority}]" if authority else after.partition(":")[0]
    if parts.scheme not in ("http", "https") or port == 0 or len(target) > _LONGEST or not _HOST.fullmatch(host):
        return None
    if _CONTROL.search(target) or "@" in parts.netloc:
        return None
    return target if host.isascii() and not host.endswith(".") else _named_once(target, host)


def leads_home(href: str, base: str) -> bool:
    """Whether a link leads to its site's front page, with its file's name or without."""
    if (target := web_url(href, base)) is None:
        return False
    parts = urlsplit(target)
    return not parts.query and _HOME_PAGE.sub("", parts.path.strip("/")) == ""


def _named_once(url: str, host: str) -> str | None:
    """A URL with its host as it is asked for: Devanagari as DNS has it (xn--), and without the dot that ends a name."""
    try:
        name = host.removesuffix(".").encode("idna").decode("ascii")
    except UnicodeError:
        return None
    start = url.index("//") + len("//")
    return url[:start] + name + url[start + len(host) :]


def listed_url(said: str, base: str) -> str | None:
    """The URL that a feed, sitemap or link means, without its fragment; None where it is none, or empty."""
    said = _spelled(_ESCAPED.sub("&", said.strip()), base)
    target = web_url(said, base) if said else None
    # "#!" begins what some old pages have for a path.
    return target.partition("#")[0] if target and "#!" not in target else target


def _spelled(said: str, base: str) -> str:
    """An address as it was meant by who wrote backslashes, a scheme twice or in three slashes, or the own host without
    any: browsers take the first three so, and a path that begins with the site's name is none."""
    if _PLAIN.match(said) and "://" not in said[len("https://") :]:
        return said
    path, mark, query = said.partition("?")
    said = _SCHEMES.sub(r"\1://", path.replace("\\/", "/").replace("\\", "/")) + mark + query
    first = said.partition("/")[0]
    named = "." in first and "[" not in first and len(first) <= _HOST_CHARS
    is_host = named and _HOST.fullmatch(first.partition(":")[0])
    return f"//{said}" if is_host and site_host(f"//{first}") == site_host(base) else said


def says(pattern: str, url: str) -> bool:
    """Whether a pattern is found in a URL, as it is written, with its letters to be read, or all of them escaped: of a
    paper's Hindi addresses its pages print one and its sitemaps the other."""
    if regex.search(pattern, url):
        return True
    if url.isascii() and "%" not in url:
        return False
    readable = unquote(url)
    return any(regex.search(pattern, other) for other in (readable, quote(readable, safe=_PRINTED)))


def site_host(url: str) -> str:
    """The host of a URL without the prefixes that mean the same paper (www., m., amp.), and with a port of its own."""
    host = urlsplit(url).netloc.lower().removesuffix(":80").removesuffix(":443")
    return next((host.removeprefix(twin) for twin in _TWINS if host.startswith(twin) and host.count(".") > 1), host)


def site_label(url: str) -> str:
    """The site's name in its address, by which titles and the CMS's own account call it: "khabar" of
    https://www.khabar.example/."""
    return urlsplit(url).netloc.lower().removeprefix("www.").split(".")[0]


def twin_of(url: str) -> str:
    """The key of a URL under which its twins on www., m. and amp. are the same page."""
    key = url_key(url)
    return next((key.removeprefix(twin) for twin in _TWINS if key.startswith(twin)), key)


# A page's URL and canonical URL are asked for when it is judged, noted and committed: those of a whole batch. As long
# as a URL that is fetched may be.
_DIGESTS: Remembered[str, str] = Remembered(
    lambda url: hashlib.sha256(url_key(url).encode("utf-8", "surrogatepass")).hexdigest(), entries=16_384, longest=2083
)


def url_digest(url: str) -> str:
    """SHA-256 of a page's key, hexadecimal: names the page where its address may not stand."""
    return _DIGESTS[url]


def url_key(url: str) -> str:
    """Return the normal form under which a page is known once.

    Scheme and host in lower case, default port and fragment dropped, tracking parameters and numbers of a visit
    dropped, the other parameters sorted, percent-encoding uniform. http and https, with and without a trailing slash,
    are the same page on every news site seen, so the key has neither.
    """
    return _KEYS[url]


def _key(url: str) -> str:
    key = canonicalize_url(untracked(url))
    key = _DEFAULT_PORT.sub(lambda m: m[1] or m[2], key)
    rest = key.partition("://")[2]
    path, mark, query = rest.partition("?")
    return path.rstrip("/") + mark + query


# What reads a page asks for its own key half a dozen times, and for those of the links that a site's pages share.
_KEYS: Remembered[str, str] = Remembered(_key, entries=4096, longest=2083)


def untracked(url: str) -> str:
    """A URL without the parts that only tell where the reader came from, or number a visit."""
    url = _VISIT.sub("", url)
    trackers = _trackers(url)
    return url_query_cleaner(url, trackers, remove=True) if trackers else url


def is_tracked(url: str) -> bool:
    """Whether parts of a URL only tell where the reader came from, or number a visit."""
    return bool(_trackers(url)) or _VISIT.search(url) is not None


def _trackers(url: str) -> list[str]:
    query = url.partition("?")[2].partition("#")[0]
    names = (parameter.partition("=")[0] for parameter in query.replace(";", "&").split("&"))
    return [name for name in names if _TRACKERS.fullmatch(name)] if query else []
