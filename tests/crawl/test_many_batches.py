"""A run that finds many small batches rolls them up at its end, and a lost state comes back from what it wrote."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from newscrawl.bucket.rolling import ROLL_UP_AT
from tests.crawl.small_sites import Web, page, urlset
from tests.support import Archive, scrapy


@pytest.mark.faults  # a crawl of hundreds of batches
def test_a_runs_small_batches_are_rolled_up(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        paths = [f"/khabar-{number}" for number in range(ROLL_UP_AT + 5)]
        site = web.site("a", {path: page(number) for number, path in enumerate(paths)}, sitemaps=["/news.xml"])
        site.pages["/news.xml"] = urlset(*((site.url + path, None) for path in paths))
        web.crawl(tmp_path, archive, NEWSCRAWL_BATCH_ROWS="1")
        [manifest] = [name for name in archive.names() if name == "rollup/manifest.json"]
        assert sum(segment["batches"] for segment in archive.document(manifest)["segments"]) == len(paths)
        (tmp_path / "state").rename(tmp_path / "lost")
        asked = len(site.requests)
        report, _ = web.crawl(tmp_path, archive)
        assert report["funnel"]["fetched"] == 0, "the state knows every page again"
        assert [path for path in site.requests[asked:] if path in paths] == []
    checked = scrapy("bucket", "check", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), **archive.variables)
    assert checked.returncode == 0, checked.stdout
