"""The nouns: what flows from page to bucket.

One fetched page becomes exactly one outcome: `Article` (kept), `Duplicate`, `Reject`, or, for a recheck
that found the same text, `Unchanged` (counted, no row). Column-by-column documentation for readers of
the bucket is `docs/bucket-contract.md`; here stands what the code needs to know. All times are aware
datetimes in UTC. Absent is `None`, never `""`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

SCHEMA_VERSION = 1


class Relation(StrEnum):
    """How a duplicate relates to the anchor article of the story it fell to."""

    EXACT = "exact"  # same normalised text
    NEAR = "near"  # edited copy: most shingles shared both ways
    CONTAINED = "contained"  # one text holds most of the other: trimmed copy or grown version
    REVISION = "revision"  # the same canonical URL with changed text or headline


class Reason(StrEnum):
    """Why a fetched page is no story. Closed list of the bucket contract: add, never rename."""

    NOT_ARTICLE = "not_article"  # listing, tag, gallery or video page
    TOO_SHORT = "too_short"  # fewer words than a story has
    WRONG_LANGUAGE = "wrong_language"  # detail: the detected ISO 639-1 code
    NO_CONTENT = "no_content"  # empty body, or not HTML
    LOGIN_WALL = "login_wall"  # the text asks for a login or subscription instead of telling the story
    ERROR_PAGE = "error_page"  # "page not found" served with status 200
    HTTP_ERROR = "http_error"  # status >= 400 other than 404 and 410, after retries
    GONE = "gone"  # 404 or 410
    TOO_LARGE = "too_large"  # over DOWNLOAD_MAXSIZE, before or after decompression; more elements than a page has
    FETCH_FAILED = "fetch_failed"  # no response: time-out, DNS, reset, redirect loop; detail says which
    FORBIDDEN = "forbidden"  # robots.txt or an opt-out forbids it, or it leads off the site list
    EXTRACT_FAILED = "extract_failed"  # the extractor hung on this page, or crashed twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What discovery (feed or sitemap) already said of an article; used where the page is silent."""

    title: str | None = None
    published_at: datetime | None = None
    zone_assumed: bool = False  # IST was taken, for `published_at` was said without a zone
    modified_at: datetime | None = None


# Names and values of an answer's headers, in order.
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterPage:
    """The second or a later page of a story, as fetched; see `Page`."""

    url: str
    body: bytes = field(repr=False)
    content_type: str | None
    headers: Headers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer for one article URL, as fetched.

    `discovered_url` is the URL that discovery found (the ledger's key), `url` the one that answered
    after redirects. `body` is decompressed but undecoded; `content_type` is the raw header value and
    `status` the HTTP status (both None when there was no response, and then `failure` says why).
    """

    discovered_url: str
    url: str
    site: str
    fetched_at: datetime
    status: int | None
    body: bytes = field(default=b"", repr=False)  # Scrapy logs an item that a pipeline drops or fails of
    content_type: str | None = None
    language: str = "hi"
    hint: Hint = field(default_factory=Hint)
    # A feed or a news sitemap names this address as an article; the site's entry does (`article_url`, `kind`).
    announced: bool = False
    named: bool = False
    # What it names as its canonical address is not believed (the site's `canonical = "ignore"`).
    own_address: bool = False
    failure: tuple[Reason, str] | None = None
    # Opt-outs that headers and robots.txt state and settings do not obey, and the kinds that are obeyed: the head is
    # read for more of them in the worker.
    reservations: tuple[str, ...] = ()
    obeyed: frozenset[str] = frozenset()
    # The pages on which its story goes on, in order.
    later: tuple[LaterPage, ...] = ()
    # Keys of lines that the site prints in story after story (`extraction.templates`).
    template_lines: frozenset[int] = frozenset()
    # The answer's, where it goes into the raw archive; None: it does not.
    headers: Headers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """Where the answer of one URL lies among WARC records, and what an index of them says of it.

    `at` is when it came; `offset` and `length` are of its gzip member, in bytes; `digest` is of the body.
    """

    url: str
    at: datetime
    mime: str
    status: str
    digest: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """What was fetched for one page, as WARC records: `body` are their gzip members, `entries` the answers in it."""

    body: bytes
    entries: tuple[RawEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page stands in a story of several: the `first` page's address if it is a later one, and the `following`
    one's if the page announces it."""

    first: str | None = None
    following: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What near-duplicate detection keeps of a text, made in the worker.

    `minhash`: little-endian uint32 hash values, 4 bytes a permutation. `keys`: 64-bit fingerprints of
    word windows, ascending, the second candidate key. `shingles`: number of distinct shingles of the text.
    """

    minhash: bytes
    keys: tuple[int, ...]
    shingles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A stored article that belongs to another story since a page came which its own verdict could not know.

    `story_id` is its own id where it founds a story now; then relation and scores are None, else they are those with
    that story's anchor. `because_of`: the id of the page that came. Of two moves of an article the later counts; they
    never have one `moved_at`.
    """

    article_id: str
    story_id: str
    story_before: str
    moved_at: datetime
    because_of: str
    relation: Relation | None = None
    jaccard: float | None = None
    containment: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A story as extracted. `story_id` is None until dedupe decides; a kept article founds its own."""

    id: str
    discovered_url: str
    url: str
    canonical_url: str
    site: str
    title: str
    text: str
    fetched_at: datetime
    language: str
    word_count: int
    content_sha256: str
    signature: Signature
    story_id: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None
    zone_assumed: bool | None = None  # IST was taken, for published_at was said without a zone
    modified_at: datetime | None = None
    image_url: str | None = None
    reservations: tuple[str, ...] = ()  # the page's
    kind: str | None = None  # article, liveblog, gallery, video, opinion
    confidence: float | None = None  # how sure the text is, 0 to 1
    origin: str | None = None  # who wrote it first: pti, ani, ians, uni, reuters, ap, afp, hs, own
    line_keys: tuple[int, ...] = ()  # no column: for `extraction.templates`
    moves: tuple[Move, ...] = ()  # rows of their own: what this article's coming changed
    joined: int = 0  # no column: of the page's later pages, those whose text is part of this
    extraction_version: int | None = None  # which extraction made it
    raw: RawPage | None = None  # no column: for the raw archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An article that fell to a known story. Its full text stays, so the collapse can be undone."""

    article: Article
    duplicate_of: str
    relation: Relation
    jaccard: float
    containment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A fetched page that is no story. `url` is the discovered URL: that is the one asked for."""

    url: str
    site: str
    fetched_at: datetime
    reason: Reason
    http_status: int | None = None
    detail: str | None = None
    raw: RawPage | None = None  # no column: for the raw archive


def rejected(page: Page, reason: Reason, detail: str | None = None) -> Reject:
    """The outcome of a page that gives no story."""
    return Reject(
        url=page.discovered_url,
        site=page.site,
        fetched_at=page.fetched_at,
        reason=reason,
        http_status=page.status,
        detail=detail,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A recheck whose text did not change: no row, only a count in the commit record."""

    discovered_url: str
    url: str
    site: str
    fetched_at: datetime
    article_id: str
    line_keys: tuple[int, ...] = ()  # the article's


Outcome = Article | Duplicate | Reject | Unchanged


def asked(outcome: Outcome) -> str:
    """The URL that discovery found."""
    page = outcome.article if isinstance(outcome, Duplicate) else outcome
    return page.url if isinstance(page, Reject) else page.discovered_url
