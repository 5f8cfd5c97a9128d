"""What `scrapy crawl news -a ...` asks for: sites, age bound, page bound; validated before anything runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import regex

from newscrawl.config import Config, span
from newscrawl.errors import ConfigError
from newscrawl.fetching.browser import check_browser
from newscrawl.fetching.scope import is_loopback
from newscrawl.fetching.shards import Shard
from newscrawl.fetching.signing import read_key
from newscrawl.sites import SHIPPED, Site, load

_ARGUMENTS = ("sites", "sites_file", "since", "limit", "shard")
_PAGES = regex.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The validated arguments of a crawl. None: no bound; of `shard`: all sites in one process. `limit_each`: pages of
    one site. `known`: the names of all sites of the registry, those that this crawl leaves out among them."""

    sites: list[Site]
    since: timedelta | None
    limit: int | None
    limit_each: int | None = None
    shard: Shard | None = None
    known: frozenset[str] = frozenset()

    @property
    def leased(self) -> tuple[int, int] | None:
        """Index and count of the shard whose lease the run needs."""
        return (self.shard.index, self.shard.count) if self.shard else None

    @property
    def idle(self) -> str | None:
        """Why this crawl asks nobody, in words; None where it has sites."""
        return None if self.sites else f"no site of this crawl falls to shard {self.shard}: nobody is asked"

    @classmethod
    def read(
        cls, arguments: Mapping[str, str], config: Config, sites_file: str = "", own: Collection[str] = ()
    ) -> Plan:
        """Validate the spider arguments; the `own` ones of a spider are its to judge. Raises `ConfigError` naming the
        argument and the mend."""
        refuse_unknown(arguments, own)
        for name in arguments:
            # `-a sites=$SITES` of a variable that is not set would ask every site of the registry.
            if name in ("sites", "sites_file") and not arguments[name].strip(", "):
                raise ConfigError(f"-a {name}={arguments[name]!r}: names none; leave it out for the default")
        path = Path(arguments.get("sites_file") or sites_file or SHIPPED)
        pick = [name for part in arguments.get("sites", "").split(",") if (name := part.strip())]
        since = span("-a since", arguments["since"]) if "since" in arguments else config.since
        shard = Shard.parse(arguments["shard"]) if "shard" in arguments else None
        if shard and config.bucket is None:
            raise ConfigError(
                f"-a shard={shard}: shards write to one bucket: set NEWSCRAWL_BUCKET (the embedded server belongs to a "
                "single process)"
            )
        sites = load(path, pick)
        registry = load(path) if pick else sites
        if shard:
            # Cut as a whole, so that a pick of sites changes nobody's shard.
            ours = shard.of(registry)
            sites = [site for site in sites if site in ours]
        check_browser(sites)
        refuse_anonymous(sites, config)
        if config.signing_key:
            read_key(config.signing_key)
        known = frozenset(site.name for site in registry)
        return cls(sites=sites, since=since, limit=_limit(arguments.get("limit")), shard=shard, known=known)


def refuse_unknown(arguments: Iterable[str], own: Collection[str] = ()) -> None:
    """Raise `ConfigError` where an argument is neither ours nor the spider's `own`."""
    for name in arguments:
        if name not in _ARGUMENTS and name not in own:
            raise ConfigError(
                f"-a {name}=...: unknown argument; there are {', '.join([*_ARGUMENTS, *own])}, and those that the"
                " __init__ of a spider of yours names"
            )


def refuse_anonymous(sites: list[Site], config: Config) -> None:
    """Raise `ConfigError` where a crawl would ask other machines without saying who crawls."""
    if config.contact is None and config.connect_to is None and (foreign := _foreign_host(sites)):
        raise ConfigError(
            f"NEWSCRAWL_CONTACT_URL is not set, and {foreign} is not this machine: set it to a page or mailbox "
            "that says who you are (https://... or mailto:...), so that publishers know whom to tell"
        )


def _foreign_host(sites: list[Site]) -> str | None:
    """The first host that is not loopback by its own name."""
    return next((host for site in sites for host in sorted(site.hosts) if not is_loopback(host)), None)


def _limit(value: str | None) -> int | None:
    if value is None:
        return None
    if not _PAGES.fullmatch(value.strip()) or int(value) < 1:
        raise ConfigError(f"-a limit={value!r}: must be a whole number of pages from 1")
    return int(value)
