# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""A story of several pages becomes one row with the text of all of them, and what is missing of it is said."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.crawl.small_sites import NOW, Web, asked, urlset
from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive

PARTS = [
    STORY,
    "ठेकेदार ने कहा कि मानसून से पहले गाद निकालने का काम पूरा कर लिया जाएगा और पाइप नए डाले जाएंगे।\nपार्षदों ने काम की निगरानी के लिए पांच लोगों की समिति बनाने का सुझाव दिया।",
    "समिति हर पंद्रह दिन में बैठेगी और अपनी रिपोर्ट नगर पालिका की बैठक में सबके सामने रखेगी।\nजलाशय के पास ठेला लगाने वालों को दूसरी जगह देने की मांग भी उठी है।",
    "पुराने लोग बताते हैं कि यह जलाशय सवा सौ साल पहले अकाल के समय खुदवाया गया था।\nउसके घाट पर आज भी छठ के समय सैकड़ों परिवार जुटते हैं।",
]  # fmt: skip


def part(number: int, path: str, *, last: int, title: str = "जलाशय की सफाई शुरू", text: str = "") -> Answer:
    links = f'<link rel="canonical" href="{path}"><meta property="og:type" content="article">'
    links += f'<link rel="next" href="{path}?page={number + 1}">' if number < last else ""
    return 200, {}, html(text or PARTS[number - 1], title).replace("<head>", f"<head>{links}").encode()


def story(path: str, *, last: int, of: int | None = None) -> dict[str, Answer | list[Answer]]:
    """The pages of a story, up to `of`, of the `last` that it announces."""
    numbers = range(1, (of or last) + 1)
    return {path + (f"?page={n}" if n > 1 else ""): part(n, path, last=last) for n in numbers}


@pytest.fixture
def web() -> Iterator[Web]:
    with ExitStack() as stack:
        yield Web(stack)


def test_one_story_of_all_its_pages_and_each_loss_is_said(web: Web, tmp_path: Path, archive: Archive) -> None:
    whole = web.site("whole", story("/jalashay-safai-kaam-101", last=3), sitemaps=["/news.xml"])
    whole.pages["/news.xml"] = urlset(("/jalashay-safai-kaam-101", NOW))
    # Only page 2 is listed.
    second = web.site("second", story("/jalashay-safai-kaam-102", last=2), sitemaps=["/news.xml"])
    second.pages["/news.xml"] = urlset(("/jalashay-safai-kaam-102?page=2", NOW))
    torn = web.site("torn", story("/jalashay-safai-kaam-103", last=3, of=1), sitemaps=["/news.xml"])
    torn.pages["/news.xml"] = urlset(("/jalashay-safai-kaam-103", NOW))
    long = web.site("long", story("/jalashay-safai-kaam-104", last=4), sitemaps=["/news.xml"])
    long.pages["/news.xml"] = urlset(("/jalashay-safai-kaam-104", NOW))
    closed = web.site("closed", story("/jalashay-safai-kaam-105", last=2), sitemaps=["/news.xml"])
    closed.pages["/news.xml"] = urlset(("/jalashay-safai-kaam-105", NOW))
    closed.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /*?page=\n")
    # The next story by number, and one that stands where page 2 would.
    other = web.site("other", {}, sitemaps=["/news.xml"])
    other.pages["/news.xml"] = urlset(("/khabar/41", NOW), ("/jalashay-safai-kaam-106", NOW))
    for path, title, text, following in (
        ("/khabar/41", "हॉकी में जीत", OTHER, "/khabar/42"),
        ("/khabar/42", "नई सड़क", PARTS[1], ""),
        ("/jalashay-safai-kaam-106", "जलाशय की सफाई शुरू", STORY, "/jalashay-safai-kaam-106?page=2"),
        ("/jalashay-safai-kaam-106?page=2", "हॉकी में जीत", OTHER, ""),
    ):
        link = f'<link rel="next" href="{following}">' if following else ""
        other.pages[path] = (200, {}, html(text, title).replace("<head>", f"<head>{link}").encode())

    report, said = web.crawl(tmp_path, archive, NEWSCRAWL_STORY_PAGES="3")

    rows = archive.rows("articles") + archive.rows("duplicates")
    told = {row["url"].split("/", 3)[3]: row["text"].split("\n") for row in rows}
    lines = [text.split("\n") for text in PARTS]
    assert told == {
        "jalashay-safai-kaam-101": lines[0] + lines[1] + lines[2],
        "jalashay-safai-kaam-102": lines[0] + lines[1],
        "jalashay-safai-kaam-103": lines[0],
        "jalashay-safai-kaam-104": lines[0] + lines[1] + lines[2],
        "jalashay-safai-kaam-105": lines[0],
        "jalashay-safai-kaam-106": lines[0],
        "khabar/41": OTHER.split("\n"),
    }
    assert asked(whole)[1:] == ["/jalashay-safai-kaam-101" + page for page in ("", "?page=2", "?page=3")]
    assert asked(closed)[1:] == ["/jalashay-safai-kaam-105"]
    assert "/khabar/42" not in other.requests
    [second_page] = archive.rows("rejects")
    assert second_page["url"].endswith("-102?page=2") and second_page["reason"] == "not_article"
    assert report["later_pages"] == {"joined": 5, "unlike": 1, "missing": 2, "cut": 1}
    assert report["funnel"] | {"articles": 0, "duplicates": 0} == {
        "fetched": 8, "articles": 0, "duplicates": 0, "rejects": 1, "unchanged": 0,
    }  # fmt: skip
    assert "later pages" in said and "-103?page=2: gone" in said and "-105?page=2: forbidden" in said


def test_a_story_that_was_whole_is_unchanged_and_one_that_was_torn_is_revised(
    web: Web, tmp_path: Path, archive: Archive
) -> None:
    whole = web.site("whole", story("/jalashay-safai-kaam-101", last=3), feeds=["/feed"])
    torn = web.site("torn", story("/jalashay-safai-kaam-103", last=2, of=1), feeds=["/feed"])
    for host, path in ((whole, "/jalashay-safai-kaam-101"), (torn, "/jalashay-safai-kaam-103")):
        host.pages["/feed"] = urlset((path, None))
    web.crawl(tmp_path, archive)
    torn.pages |= story("/jalashay-safai-kaam-103", last=2)
    for host, path in ((whole, "/jalashay-safai-kaam-101"), (torn, "/jalashay-safai-kaam-103")):
        host.pages["/feed"] = urlset((path, datetime.now(UTC) + timedelta(minutes=1)))
    report, _ = web.crawl(tmp_path, archive)
    assert report["funnel"]["unchanged"] == 1 and report["relations"] == {"revision": 1}
    [revised] = [row for row in archive.rows("duplicates") if row["relation"] == "revision"]
    assert revised["text"].split("\n") == PARTS[0].split("\n") + PARTS[1].split("\n")


# Half a minute: `make faults`.
@pytest.mark.faults
def test_a_story_that_was_cut_off_between_two_pages_comes_whole_with_the_next_run(
    web: Web, tmp_path: Path, archive: Archive
) -> None:
    path = "/jalashay-safai-kaam-101"
    host = web.site("cut", story(path, last=3), feeds=["/feed"])
    host.pages |= {"/feed": urlset((path, None)), f"{path}?page=2": (0, {}, b"")}
    crawl = web.start(tmp_path, archive)
    while f"{path}?page=2" not in host.requests:
        assert crawl.poll() is None
        time.sleep(0.05)
    os.killpg(crawl.pid, signal.SIGKILL)
    crawl.wait()
    host.pages |= story(path, last=3)
    web.crawl(tmp_path, archive)
    [row] = archive.rows("articles")
    assert row["text"].split("\n") == "\n".join(PARTS[:3]).split("\n")


@pytest.mark.faults
def test_a_later_page_that_costs_a_worker_costs_no_more_than_itself(web: Web, tmp_path: Path, archive: Archive) -> None:
    path = "/jalashay-safai-kaam-101"
    host = web.site("dear", story(path, last=3), feeds=["/feed"])
    hanging = f'<article {" ".join(f"a{n}=1" for n in range(200_000))}><a href="?page=3">3</a>'
    host.pages |= {"/feed": urlset((path, None)), f"{path}?page=2": (200, {}, hanging.encode())}
    report, said = web.crawl(tmp_path, archive, NEWSCRAWL_PAGE_SECONDS="3")
    [row] = archive.rows("articles")
    assert row["text"] == PARTS[0] and report["later_pages"] == {"missing": 1} and "no result within 3 s" in said
