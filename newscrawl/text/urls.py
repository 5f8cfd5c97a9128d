"""When two URLs are one page: the key that ledger and dedup index use. Requests keep the URL as found."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import regex
from w3lib.url import canonicalize_url, url_query_cleaner

from newscrawl.text.remember import remember

# Parameters that only tell where the reader came from. A closed list on purpose: courlan's wider pattern
# also takes "cid", "eid", "gallery..." for trackers, and on old Hindi CMSes those name the article.
_TRACKERS = regex.compile(
    r"(?:utm_[^=]+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|twclid|yclid|igshid|igsh|mc_cid|mc_eid|_ga|_gl|"
    r"pk_[^=]+|mtm_[^=]+|at_medium|at_campaign|ocid|ref_src|ref_url|share_source|cmpid|ICID|guccounter)",
    regex.IGNORECASE,
)
_DEFAULT_PORT = regex.compile(r"^(http://[^/?#]*):80(?=[/?#]|$)|^(https://[^/?#]*):443(?=[/?#]|$)")


# What no URL holds; in a request line it would begin a header of its own.
_CONTROL = regex.compile(r"[\x00-\x1f\x7f]")


def web_url(url: str, base: str = "") -> str | None:
    """The absolute http or https URL that a page or feed means by `url`, or None where it is none.

    Hostile and careless pages hold "http://[", line breaks and lone surrogates where a URL should be.
    """
    try:
        target = urljoin(base, url.strip())
        target.encode()
        parts = urlsplit(target)
        _ = parts.port  # parsed only when asked for; "http://a:b/" is none
    except ValueError:
        return None
    return target if parts.scheme in ("http", "https") and parts.hostname and not _CONTROL.search(target) else None


# A page's URL and canonical URL are asked for when it is judged, noted and committed: those of a whole batch.
@remember(16_384, longest=2083)  # as long as a URL that is fetched may be
def url_key(url: str) -> str:
    """Return the normal form under which a page is known once.

    Scheme and host in lower case, default port and fragment dropped, tracking parameters dropped, the
    others sorted, percent-encoding uniform. http and https, with and without a trailing slash, are the
    same page on every news site seen, so the key has neither.
    """
    trackers = _trackers(url)
    key = canonicalize_url(url_query_cleaner(url, trackers, remove=True) if trackers else url)
    key = _DEFAULT_PORT.sub(lambda m: m[1] or m[2], key)
    rest = key.partition("://")[2]
    path, mark, query = rest.partition("?")
    return path.rstrip("/") + mark + query


def is_tracked(url: str) -> bool:
    """Whether parameters of a URL only tell where the reader came from."""
    return bool(_trackers(url))


def _trackers(url: str) -> list[str]:
    query = url.partition("?")[2]
    names = [name.partition("=")[0] for name in regex.split("[&;]", query.partition("#")[0])]
    return [name for name in names if _TRACKERS.fullmatch(name)]
