"""`scrapy explain`: one page through the steps, from a file or from a server, as a person reads it."""

from __future__ import annotations

import gzip
import io
import json
import re
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location, new_run_id
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.dedup.judge import entry_of, judge
from newscrawl.dedup.signature import header
from newscrawl.extraction.clean.templates import Templates, line_key
from newscrawl.items import Article
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state import template_store
from newscrawl.state.database import State
from newscrawl.state.sqlite import transaction
from newscrawl.why.known import learned_lines
from newscrawl.why.terminal import show
from tests.run.test_span_page import chromium
from tests.samples import NOW, OTHER, STORY, article, html
from tests.support import Archive, CountingWeb, scrapy, stating_host
from tests.why.test_why import PAGE, explained


@pytest.fixture
def web() -> Iterator[CountingWeb]:
    pages = {
        "/khabar-ek-do-teen-1": (200, {}, PAGE.encode()),
        "/band/khabar-1": (200, {}, PAGE.encode()),
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /band/\n"),
    }
    with CountingWeb(pages) as found:
        yield found


def told(*arguments: str, **variables: str) -> str:
    result = scrapy("explain", *arguments, COLUMNS="80", **variables)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


def test_a_saved_page_is_shown_step_by_step(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    shown = told(str(page), "--url", "https://www.example.org/khabar-ek-do-teen-1")
    for heading in ("values, and where each came from", "ways of reading", "lines as served", "verdict", "the archive"):
        assert heading in shown
    assert "title: पुल बनकर तैयार\n    from h1" in shown
    assert "- देश खेल  [opening: before the headline]" in shown or "- देश खेल  [boxes: nav]" in shown
    for line in STORY.split("\n"):
        assert f"\n+ {line}\n" in shown, "a pipe gets whole lines"
    assert "language: hi" in shown and "confidence: " in shown
    assert "no archive was asked" in shown and "\x1b" not in shown


def test_a_terminal_of_eighty_columns_has_two_columns_and_one_of_sixty_has_one(tmp_path: Path) -> None:
    from rich.console import Console

    found = explained(PAGE)
    for width in (80, 60, 40):
        out = io.StringIO()
        show(found, Console(file=out, force_terminal=True, width=width, highlight=False))
        lines = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
        assert max(map(cell_len, lines)) <= width
        first = " ".join(STORY.split()[:3])
        assert any(line.startswith("+ ") and line.count(first) == (2 if width == 80 else 1) for line in lines)


def test_a_page_that_is_no_story_says_why(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(html("बहुत छोटा।", "छोटा"), encoding="utf-8")
    shown = told(str(page))
    assert "reject" in shown and "too_short" in shown
    page.write_text("", encoding="utf-8")
    assert "no_content" in told(str(page))


def test_a_page_is_fetched_as_robots_txt_allows(web: CountingWeb) -> None:
    shown = told(f"{web.url}/khabar-ek-do-teen-1")
    assert "पुल बनकर तैयार" in shown and "confidence" in shown
    refused = scrapy("explain", f"{web.url}/band/khabar-1")
    assert refused.returncode == 2 and "robots.txt" in refused.stderr, refused.stderr
    assert "Traceback" not in refused.stderr and len(refused.stderr.strip().splitlines()) <= 2, refused.stderr
    assert "/band/khabar-1" not in web.requests
    with CountingWeb() as gone:
        address = gone.url
    refused = scrapy("explain", f"{address}/khabar-1")
    assert refused.returncode == 2 and "refused" in refused.stderr and len(refused.stderr.strip().splitlines()) == 1


def test_a_host_is_told_who_asks_or_is_not_asked() -> None:
    with CountingWeb({"/khabar-ek-do-teen-1": (200, {}, PAGE.encode())}) as web:
        told(f"{web.url}/khabar-ek-do-teen-1", NEWSCRAWL_CONTACT_URL="mailto:who@example.org")
    assert web.agents == {"newscrawl/0.1 (+mailto:who@example.org)"}
    refused = scrapy("explain", "https://news.invalid/khabar-1")
    assert refused.returncode == 2 and "NEWSCRAWL_CONTACT_URL is not set" in refused.stderr


def test_what_its_host_states_of_a_page_is_told_as_a_crawl_records_it() -> None:
    pages = stating_host()
    # The page has a licence of its own, which refuses what the host's permits.
    own = b"<content url='/'><license><prohibits>search</prohibits></license></content>"
    pages["/own.xml"] = (200, {}, b"<rsl xmlns='https://rslstandard.org/rsl'>" + own + b"</rsl>")
    link = '</own.xml>; rel="license"; type="application/rsl+xml"'
    pages["/khabar-ek-do-teen-1"] = (200, {"Link": link}, PAGE.encode())
    with CountingWeb(pages) as web:
        shown = told(f"{web.url}/khabar-ek-do-teen-1")
    for words in (
        "tdm: tdmrep.json",
        "content-signal:ai-train: content-signal:ai-train in robots.txt",
        f"rsl:ai-train: rsl:ai-train by {web.url}/license.xml",
        f"rsl:search: rsl:search by {web.url}/own.xml",
    ):
        assert words in shown


def test_a_tdmrep_that_is_torn_states_nothing(web: CountingWeb) -> None:
    web.pages["/.well-known/tdmrep.json"] = (200, {}, b'[{"location": "/"')
    assert "पुल बनकर तैयार" in told(f"{web.url}/khabar-ek-do-teen-1")


def test_a_redirect_is_followed_within_the_site_alone(web: CountingWeb) -> None:
    with CountingWeb({"/admin": (200, {}, PAGE.encode())}) as within:
        web.pages["/chali-1"] = (302, {"Location": "/khabar-ek-do-teen-1"}, b"")
        web.pages["/bahar-1"] = (302, {"Location": f"{within.url}/admin"}, b"")
        assert "पुल बनकर तैयार" in told(f"{web.url}/chali-1")
        refused = scrapy("explain", f"{web.url}/bahar-1")
        assert refused.returncode == 2 and "forbidden" in refused.stderr and "Traceback" not in refused.stderr
        assert not within.requests


def test_a_story_behind_a_page_that_leads_on_is_read_to_its_end_by_the_entry_of_its_site(
    web: CountingWeb, tmp_path: Path
) -> None:
    web.pages["/age-1"] = (200, {}, b'<meta http-equiv="refresh" content="0; url=/desh/jalashay-safai-101">')
    for number, text in ((1, STORY), (2, OTHER)):
        linked = '<meta property="og:type" content="article"><link rel="canonical" href="/desh/jalashay-safai-101">'
        linked += '<link rel="next" href="/desh/jalashay-safai-101?page=2">' if number == 1 else ""
        path = "/desh/jalashay-safai-101" + ("?page=2" if number == 2 else "")
        web.pages[path] = (200, {}, html(text).replace("<head>", f"<head>{linked}").encode())
    registry = tmp_path / "sites.toml"
    registry.write_text(f'[[site]]\nname = "a"\nhome = "{web.url}/"\nkind = "trust"\n')
    shown = told(f"{web.url}/age-1", "-s", f"NEWSCRAWL_SITES_FILE={registry}")
    assert f"url: {web.url}/desh/jalashay-safai-101\n" in shown
    assert "+ कप्तान अनुराग टोप्पो" in shown, "the story's second page"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{page}", "--html", "{page}"), "is the page itself"),
        (("{page}", "--url", "not a url"), "is no web address"),
        (("{page}", "--language", "hin"), "invalid choice"),
        (("{packed}",), "unpack it first"),
        (("https://a.example/1", "--url", "https://a.example/2"), "is for a saved page"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    saved, packed = tmp_path / "page.html", tmp_path / "page.html.gz"
    saved.write_text(PAGE)
    packed.write_bytes(gzip.compress(PAGE.encode()))
    result = scrapy("explain", *(one.format(page=saved, packed=packed) for one in arguments))
    assert result.returncode == 2 and words in result.stderr and "Traceback" not in result.stderr
    assert saved.read_text() == PAGE


def test_a_line_that_crawls_have_learned_is_known(tmp_path: Path) -> None:
    assert learned_lines(tmp_path, "a") == frozenset()
    state = State(tmp_path)
    learned = Templates()
    line = "हमारे साथ जुड़े रहने के लिए रोज सुबह यह पन्ना खोलें।"
    for number in range(40):
        keys = learned.observe("a", (number, line_key(line)))
        with transaction(state.db):
            template_store.load(state.db)
            template_store.save(state.db, "a", learned.pages()["a"], keys, learned.rows("a", keys))
    state.close()
    assert learned_lines(tmp_path, "a") == {line_key(line)} == learned.of("a")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    result = scrapy("explain", str(tmp_path / "missing.html"))
    assert result.returncode == 2 and "missing.html" in result.stderr and "Traceback" not in result.stderr
    assert scrapy("explain").returncode == 2


@pytest.mark.parametrize(
    ("status", "robots", "refusal"),
    [
        (503, b"", "robots.txt cannot be read (HTTP 503)"),
        (200, "\ufeffUser-agent: *\nDisallow: /nagar".encode("utf-16-le"), "forbidden: robots.txt"),
        (404, b"User-agent: *\nDisallow: /\n", None),
    ],
)
def test_the_robots_txt_of_a_page_counts_as_in_a_crawl_and_is_asked_for_once(
    tmp_path: Path, status: int, robots: bytes, refusal: str | None
) -> None:
    pages = {"/robots.txt": (status, {"Content-Type": "text/plain"}, robots), "/nagar-101": (200, {}, PAGE.encode())}
    with CountingWeb(dict(pages)) as web:
        done = scrapy("explain", f"{web.url}/nagar-101", "-s", "RETRY_TIMES=0", NEWSCRAWL_STATE_DIR=str(tmp_path))
    assert web.requests.count("/robots.txt") == 1
    is_shown = refusal is None
    assert (done.returncode == 0, "/nagar-101" in web.requests) == (is_shown, is_shown), done.stderr
    assert (refusal or "") in done.stderr


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state of a crawl that stored one story."""
    folder = tmp_path / "state"
    state = State(folder)
    index = DedupIndex(state.db)
    stored = judge(article(), index)
    assert isinstance(stored, Article)
    IndexWriter(state.writer).commit([entry_of(stored)], [])
    state.close()
    return folder


GROWN = STORY + "\nमौके पर नगर पालिका के कर्मचारी और वार्ड पार्षद भी मौजूद थे।"


@pytest.mark.parametrize(
    ("text", "url", "verdict"),
    [
        (STORY, "https://b.example/doosri-site-9", "a duplicate of {} (exact)"),
        (GROWN, "https://a.example/jalashay-safai-101", "a revision of {}, under the same canonical URL"),
        (OTHER, "https://a.example/hockey-7", "an article: a story of its own"),
    ],
)
def test_the_state_says_what_the_page_would_be_taken_for_and_stays_as_it_is(
    state: Path, text: str, url: str, verdict: str
) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in state.iterdir()}
    known = explained(html(text), url, state).known
    assert known.verdict == verdict.format(article().id) and "knows 1 articles" in known.asked
    assert len(known.neighbours) == (0 if text is OTHER else 1)
    for one in known.neighbours:
        assert one.article_id == article().id and one.verdict.startswith("the same story")
        assert one.same_page == ("a.example" in url) and one.weighed and one.differs
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in state.iterdir()} == before


def test_a_state_that_a_crawl_is_writing_is_asked_as_it_stands(state: Path) -> None:
    crawl = State(state)
    newer = judge(article(OTHER, "https://b.example/hockey-1"), DedupIndex(crawl.db))
    assert isinstance(newer, Article)
    IndexWriter(crawl.writer).commit([entry_of(newer)], [])
    known = explained(html(OTHER), "https://c.example/hockey-2", state).known
    crawl.close()
    assert known.verdict == f"a duplicate of {newer.id} (exact)" and "knows 2 articles" in known.asked


def test_the_bucket_says_what_the_neighbours_are_called_and_stands_in_for_a_state(
    s3: EmbeddedS3, state: Path, tmp_path: Path
) -> None:
    found = Archive(s3, uuid.uuid4().hex)
    place = Location(s3.bucket, found.root.partition("/")[2])
    writer = BatchWriter(s3.store(), place, new_run_id(datetime.now(UTC)), header())
    writer.write(writer.batch([article(title="जलाशय की सफाई शुरू", story_id=article().id, id=article().id)]))
    saved, empty = tmp_path / "page.html", tmp_path / "empty"
    saved.write_text(html(STORY), encoding="utf-8")
    words = ("explain", saved, "--url", "https://b.example/doosri-site-9", "--bucket")
    for folder, asked in ((state, f"{state / 'state.db'} was asked"), (empty, f"a state made of s3://{found.root}")):
        done = scrapy(*words, **found.variables, NEWSCRAWL_STATE_DIR=str(folder))
        assert done.returncode == 0, done.stderr
        known = done.stdout[done.stdout.index("== what the archive takes it for ==") :]
        assert asked in known and f"a duplicate of {article().id} (exact)" in known
        assert (
            f"\n  “जलाशय की सफाई शुरू”, a, {article().published_at or NOW:%Y-%m-%d %H:%M} UTC, {article().url}\n" in known
        )
    assert not empty.exists(), "what was made of the bucket is gone"


def test_a_state_of_an_earlier_release_is_left_as_it_is(state: Path) -> None:
    with closing(sqlite3.connect(state / "state.db", isolation_level=None)) as db:
        db.execute("ALTER TABLE articles DROP COLUMN moved_at")
    known = explained(html(), state=state).known
    assert known.verdict is None and "cannot be read without writing to it" in known.asked


def test_a_state_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database at all, but text" * 100)
    saved = tmp_path / "page.html"
    saved.write_text(PAGE, encoding="utf-8")
    refused = scrapy("explain", saved, "-s", f"NEWSCRAWL_STATE_DIR={tmp_path}")
    assert refused.returncode != 0 and "bucket rebuild" in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize("width", [390, 1100])
def test_a_browser_shows_the_page_and_asks_for_nothing(width: int, state: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "page.html", tmp_path / "why.html"
    saved.write_text(
        PAGE.replace(STORY.split()[0], '<img src="https://nadi.example/x.png"><b>&lt;i&gt;</b>' + STORY.split()[0])
    )
    told(str(saved), "--html", str(out), "-s", f"NEWSCRAWL_STATE_DIR={state}")
    command = [
        chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--v=0",
        f"--log-net-log={tmp_path / 'net.json'}", f"--window-size={width},900", "--dump-dom", out.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "<h1>Why this page" in done.stdout and "पुल बनकर तैयार" in done.stdout and "&lt;i&gt;" in done.stdout
    assert "a duplicate of" in done.stdout
    assert not re.findall(r"^.*CONSOLE.*$", done.stderr, re.MULTILINE)
    log = json.loads((tmp_path / "net.json").read_text())
    assert not {e["params"]["url"] for e in log["events"] if "nadi.example" in e.get("params", {}).get("url", "")}
