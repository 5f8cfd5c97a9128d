"""How the site list is cut: each host has one owner, and the cut is the same everywhere."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from newscrawl.errors import ConfigError
from newscrawl.fetching.hosts import RunEnds
from newscrawl.fetching.http_protocol import BoundedFactory
from newscrawl.fetching.scope import registered_domain
from newscrawl.fetching.shards import Shard
from newscrawl.sites import SHIPPED, Site, load
from newscrawl.spiders.plan import Plan
from tests.support import scrapy


def cut(sites: list[Site], count: int) -> dict[str, int]:
    """The shard of each site; no site is in two."""
    owners = [(site.name, index) for index in range(count) for site in Shard(index, count).of(sites)]
    assert sorted(name for name, _ in owners) == sorted(site.name for site in sites)
    return dict(owners)


def paper(number: int, *feeds: str) -> Site:
    return Site(name=f"paper-{number}", home=f"https://www.paper-{number}.example/", feeds=feeds)


def test_each_shipped_site_and_each_domain_is_in_one_shard() -> None:
    sites = load(SHIPPED)
    for count in (1, 2, 16, 64):
        owners = cut(sites, count)
        domains = {(registered_domain(host), owners[site.name]) for site in sites for host in site.hosts}
        assert len(domains) == len({domain for domain, _ in domains}), count


def test_the_cut_is_the_same_on_every_machine_and_in_every_release() -> None:
    # Another release that cuts otherwise would have two owners for a host while machines are brought up to date.
    assert [cut([paper(n)], 16)[f"paper-{n}"] for n in range(8)] == [13, 2, 15, 10, 4, 15, 2, 15]


def test_shards_get_about_as_much_each() -> None:
    sizes = Counter(cut([paper(n) for n in range(4_000)], 16).values())
    assert len(sizes) == 16
    assert min(sizes.values()) >= 200 and max(sizes.values()) <= 300


def test_a_shard_more_takes_its_sites_from_all_and_moves_no_other() -> None:
    sites = [paper(n) for n in range(1_000)]
    before, after = cut(sites, 16), cut(sites, 17)
    moved = {name for name in before if before[name] != after[name]}
    assert {after[name] for name in moved} == {16}
    assert 30 <= len(moved) <= 90


def test_sites_that_share_a_host_share_a_shard_however_they_are_tied() -> None:
    # 1 and 2 by the feed service, 2 and 3 by its own host.
    tied = [
        paper(1, "https://feeds.service.example/1"),
        paper(2, "https://feeds.service.example/2", "https://www.paper-3.example/2"),
        paper(3),
    ]
    for count in range(2, 40):
        assert len({cut([*tied, paper(4)], count)[site.name] for site in tied}) == 1


@pytest.mark.parametrize("value", ["16/16", "3", "-1/4", "0/0", "a/b", "1/2/3", "", "1 / 2"])
def test_what_names_no_shard_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="counts from 0"):
        Shard.parse(value)


def test_a_shard_that_no_site_falls_to_says_so() -> None:
    sites = [paper(n) for n in range(3)]
    said = [Plan(sites=(s := Shard(i, 64)).of(sites), since=None, limit=None, shard=s).idle for i in range(64)]
    assert said.count(None) == len(set(cut(sites, 64).values()))
    assert said[0] == "no site of this crawl falls to shard 0/64: nobody is asked"


def test_a_crawl_of_a_shard_needs_a_bucket_that_others_reach(tmp_path: Path) -> None:
    sites = tmp_path / "sites.toml"
    sites.write_text('[[site]]\nname = "paper"\nhome = "http://127.0.0.52:9/"\n')
    arguments = ["crawl", "news", "-a", f"sites_file={sites}", "-a"]
    done = scrapy(*arguments, "shard=0/4", NEWSCRAWL_STATE_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "set NEWSCRAWL_BUCKET" in done.stderr and "Traceback" not in done.stderr
    done = scrapy(*arguments, "shard=4/4", NEWSCRAWL_STATE_DIR=str(tmp_path))
    assert done.returncode == 2 and "counts from 0" in done.stderr


def test_a_request_that_waited_for_its_connection_is_not_written_by_who_lost_its_host() -> None:
    # A process may be paused between the two looks: while it connects.
    owned = True

    def may_send() -> None:
        if not owned:
            raise RunEnds("not asked: another run may have its host")

    protocol = BoundedFactory(may_send, lambda protocol: None, "of a test").buildProtocol(None)
    wire = StringTransport()
    protocol.makeConnection(wire)
    request = Request(b"GET", b"/nagar-ki-khabar-101", Headers({b"host": [b"127.0.0.1"]}), None)
    owned = False
    failed: list[Failure] = []
    protocol.request(request).addErrback(failed.append)
    assert isinstance(failed[0].value, RunEnds)
    assert wire.value() == b"" and wire.disconnecting
