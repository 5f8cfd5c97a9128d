"""The terms of an RSL licence: which uses of a host's pages it grants to nobody without more ado.

https://rslstandard.org/rsl (1.0): sections 3.3 (content), 3.4 (license, usage vocabulary), 3.5 (permits), 3.6
(prohibits), 3.7 (payment), 4.7 (in feeds). Names of the drafts before it, which plugins still write, are read as what
became of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from newscrawl.discovery.robots_rules import Rules, rules_for_all
from newscrawl.discovery.signals import NO_PATH
from newscrawl.text.urls import site_host

_NAMESPACE = "{https://rslstandard.org/rsl}"
USES = ("search", "ai-index", "ai-input", "ai-train")
# What a word of the vocabulary covers.
_COVERED = {
    "all": USES,
    "ai-all": ("ai-index", "ai-input", "ai-train"),
    **{use: (use,) for use in USES},
    "train-ai": ("ai-train",),
    "train-genai": ("ai-train",),
    "ai-use": ("ai-input",),
    "ai-summarize": ("ai-input",),
}
# All who may be, section 3.4.1.2: to permit each of them is no condition.
_USERS = {"commercial", "non-commercial", "education", "government", "personal"}
# To name the author is no licence that somebody must ask for.
_FREE = {"free", "attribution"}
# A file has some; each is compared with each URL of its host.
_ASSETS, _LICENCES = 1_000, 100
# A feed declares the module at its root, and has a hundred kilobytes.
_MODULE, _FEED_HEAD, _FEED_BYTES = b"rslstandard.org/rsl", 16_384, 8 * 1024 * 1024


class Asset(NamedTuple):
    """Pages that a licence is about, by a path as in robots.txt, of any host that names it or of one; and the uses of
    them that are refused."""

    host: str | None
    path: str
    refused: frozenset[str]


def read_rsl(body: bytes) -> list[Asset]:
    """What an RSL document says of its assets, in order. `ValueError`: it is none. In a worker: it is from outside."""
    contents = _contents(body)
    if not contents:
        raise ValueError("no RSL document: no content in it")
    return [asset for content in contents if (asset := _asset(content))]


def read_feed(body: bytes, url: str) -> dict[str, Rules]:
    """What the licences in a feed state of pages of its site (4.7): as `terms_of`, with a rule for `rsl`, that there is
    one. Empty where there is none, or nothing of it can be read. In a worker."""
    if _MODULE not in body[:_FEED_HEAD] or len(body) > _FEED_BYTES:
        return {}
    try:
        contents = _contents(body, recover=True)
    except ValueError:
        return {}
    found: list[Asset] = []
    for content in contents:
        asset = _asset(content) if content.get("url") else None
        # Of its own origin alone, and of the names that are the same paper.
        if asset and (asset.host is None or site_host(f"//{asset.host}") == site_host(url)):
            paths = _pages_at(asset.path) if _is_of_item(content) else [asset.path]
            found += (Asset(None, path, asset.refused) for path in paths)
    if not found:
        return {}
    return {"rsl": rules_for_all(("disallow", asset.path) for asset in found)} | terms_of(found, "")


def terms_of(assets: Iterable[Asset], host: str) -> dict[str, Rules]:
    """For each use that is refused, by its kind (`rsl:ai-train`), rules that forbid a URL of this host to any agent.

    Of several assets with a URL the one of the longest path counts, as in robots.txt; of two with one path what either
    refuses.
    """
    by_path: dict[str, frozenset[str]] = {}
    for asset in assets:
        if asset.host in (None, host):
            by_path[asset.path] = by_path.get(asset.path, frozenset()) | asset.refused
    refused = frozenset[str]().union(*by_path.values())
    return {f"rsl:{use}": _written(use, by_path) for use in USES if use in refused}


def _contents(body: bytes, *, recover: bool = False) -> list[etree._Element]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, recover=recover
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as e:
        raise ValueError(f"no XML: {e}") from e
    # Of what is no markup at all nothing is recovered.
    return [*root.iter(f"{_NAMESPACE}content")][:_ASSETS] if root is not None else []


def _is_of_item(content: etree._Element) -> bool:
    parent = content.getparent()
    return parent is not None and etree.QName(parent).localname in ("item", "entry")


def _pages_at(path: str) -> list[str]:
    """Patterns of the page at a path alone, whatever is asked of it: "/khabar-1" would be "/khabar-12", too."""
    if path.endswith(("/", "*", "$")):
        return [path]
    return [f"{path}$", f"{path}{'&' if '?' in path else '?'}"]


def _written(use: str, by_path: dict[str, frozenset[str]]) -> Rules:
    return rules_for_all(("disallow" if use in refused else "allow", path) for path, refused in by_path.items())


def _asset(content: etree._Element) -> Asset | None:
    # Empty, it means all that the licence is given to.
    host, path = None, content.get("url", "").strip() or ("/" if "url" in content.attrib else "")
    if path.lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(path)
        except ValueError:
            return None  # "http://[": an asset that is nowhere
        host, path = parts.netloc.lower(), (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.startswith(("/", "*")) or NO_PATH.search(path):
        return None
    licences = content.findall(f"{_NAMESPACE}license")[:_LICENCES]
    if not licences:
        return Asset(host, path, frozenset())  # an asset without terms
    # Each is an offer. Where a server gives out licences there is none without it, were it for free.
    offered = () if content.get("server") else licences
    return Asset(host, path, frozenset(USES).difference(*map(_granted, offered)))


def _granted(licence: etree._Element) -> set[str]:
    """The uses that a licence grants to everyone."""
    if any(_asks(payment) for payment in licence.iterfind(f"{_NAMESPACE}payment")) or _is_for_some(licence):
        return set()
    permitted = [*_said(licence, "permits", "usage")]
    # What is permitted is a closed list; where none is, all is that is not prohibited.
    uses = {use for words in permitted for word in words for use in _COVERED.get(word, ())} if permitted else set(USES)
    return uses.difference(
        *(_COVERED.get(word, ()) for words in _said(licence, "prohibits", "usage") for word in words)
    )


def _asks(payment: etree._Element) -> bool:
    kind = payment.get("type")
    # Without a kind it is one where it names what is to be paid, or terms of whom.
    return kind not in _FREE if kind else len(payment) > 0


def _is_for_some(licence: etree._Element) -> bool:
    """Whether a licence is for some users, or some countries: who reads an archive is not known."""
    users = [*_said(licence, "permits", "user")]
    some = [
        *_said(licence, "permits", "geo"),
        *_said(licence, "prohibits", "geo"),
        *_said(licence, "prohibits", "user"),
    ]
    return any(some) or (bool(users) and not _USERS.issubset(word for words in users for word in words))


def _said(licence: etree._Element, name: str, kind: str) -> Iterator[list[str]]:
    """The words of each element of a name and kind, lower case."""
    for element in licence.iterfind(f"{_NAMESPACE}{name}"):
        if element.get("type", "usage") == kind:
            yield "".join(map(str, element.itertext())).lower().replace(",", " ").split()
