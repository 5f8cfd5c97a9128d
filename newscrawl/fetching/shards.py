"""Shards: the site list cut by host, so that several processes share it and each host has one owner.

Rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998): each shard draws a
number for a domain, and the highest draw has it. Any machine computes the same cut from the list alone, and where
shards are added only the domains move that the new ones win.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import regex

from newscrawl.errors import ConfigError
from newscrawl.fetching.scope import registered_domain
from newscrawl.sites import Site

_SHARD = regex.compile(r"(\d{1,5})/(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` shards; `index` counts from 0, as the completion index of a Kubernetes Job does."""

    index: int
    count: int

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read `INDEX/COUNT`, such as 0/16 to 15/16. Raises `ConfigError`."""
        found = _SHARD.fullmatch(value.strip())
        if not found or int(found[1]) >= int(found[2]):
            raise ConfigError(
                f"-a shard={value!r}: write INDEX/COUNT with an index that counts from 0, as 0/16 to 15/16 for the "
                "first and the last of 16 shards"
            )
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, sites: Sequence[Site]) -> list[Site]:
        """The sites of this shard, in their order. Sites that share a registered domain share a shard."""
        owners = _owners(sites)
        return [site for site in sites if shard_of(owners[site.name], self.count) == self.index]


def shard_of(domain: str, count: int) -> int:
    """Which of `count` shards has a registered domain."""
    # BLAKE2 and no `hash()`, which is another in each process.
    draws = [hashlib.blake2b(f"{shard}:{domain}".encode(), digest_size=8).digest() for shard in range(count)]
    return draws.index(max(draws))


def _owners(sites: Sequence[Site]) -> dict[str, str]:
    """For each site the domain by which it is cut: the first, by name, of all that are tied to its own by entries that
    name several (a paper with a feed at a feed service, say)."""
    parent: dict[str, str] = {}

    def root(domain: str) -> str:
        parent.setdefault(domain, domain)
        while parent[domain] != domain:
            parent[domain] = parent[parent[domain]]
            domain = parent[domain]
        return domain

    domains = {site.name: sorted({registered_domain(host) for host in site.hosts}) for site in sites}
    for named in domains.values():
        for other in named[1:]:
            first, second = sorted((root(named[0]), root(other)))
            parent[second] = first
    return {site.name: root(domains[site.name][0]) for site in sites}
