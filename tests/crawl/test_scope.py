"""What a site names of another's: this machine's doors, and the pages of a site of the same domain."""

from __future__ import annotations

import urllib.request
from contextlib import ExitStack
from pathlib import Path

from newscrawl.server import weed
from newscrawl.server.embedded import EmbeddedS3
from tests.crawl.small_sites import Web, urlset
from tests.support import Archive


def test_no_request_comes_to_the_embedded_servers_own_ports(s3: EmbeddedS3, tmp_path: Path, archive: Archive) -> None:
    """Its filer serves objects without keys. A site on this machine's own address is the one that could lead there."""
    filer = weed.ports(s3.s3_port - weed.ports(0).s3).filer
    door, story = f"http://127.0.0.1:{filer}/buckets/{s3.bucket}/", "/khabar-ek-do-teen-1"
    with urllib.request.urlopen(door) as answer:
        assert answer.status == 200, "whoever asks is answered"
    with ExitStack() as stack:
        web = Web(stack)
        one = web.site("one", {story: (302, {"Location": door}, b"")}, feeds=["/feed"], address="127.0.0.1")
        one.pages["/feed"] = urlset((door, None), (f"http://localhost:{filer}/x-1", None), (story, None))
        report, said = web.crawl(tmp_path, archive)
    assert report["discovery"]["one"]["out_of_scope"] == 2 and "no entry names" in said
    [row] = archive.rows("rejects")
    assert (row["reason"], archive.rows("articles")) == ("forbidden", []) and str(filer) in row["detail"]
