"""The NEWSCRAWL_* settings, read once and validated whole: a misspelt name is an error."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import regex

from newscrawl.errors import ConfigError, program

# Every setting of ours. `settings/base.py` has their defaults and reasons; a test holds the two together.
SETTINGS = (
    "NEWSCRAWL_BUCKET", "NEWSCRAWL_STATE_DIR", "NEWSCRAWL_BATCH_ROWS", "NEWSCRAWL_BATCH_SECONDS",
    "NEWSCRAWL_OUTAGE_SECONDS", "NEWSCRAWL_SINCE", "NEWSCRAWL_WORKERS", "NEWSCRAWL_ENGINE", "NEWSCRAWL_PAGE_SECONDS",
    "NEWSCRAWL_CONTACT_URL", "NEWSCRAWL_SITES_FILE", "NEWSCRAWL_DEDUP_DAYS", "NEWSCRAWL_RECHECKS",
    "NEWSCRAWL_POLL_SECONDS", "NEWSCRAWL_BACKOFF_SECONDS", "NEWSCRAWL_HOLD_SECONDS", "NEWSCRAWL_BREAKER_URLS",
    "NEWSCRAWL_SOURCE_SECONDS", "NEWSCRAWL_ENTRY_SOURCES", "NEWSCRAWL_LISTING_PAGES", "NEWSCRAWL_HOME_SOURCES",
    "NEWSCRAWL_SITE_URLS", "NEWSCRAWL_OPT_OUTS", "NEWSCRAWL_CONNECT_TO", "NEWSCRAWL_DOUBTFUL_BELOW",
    "NEWSCRAWL_TRUST_CLOCK", "NEWSCRAWL_COSTLY_PAGES", "NEWSCRAWL_SITE_SECONDS", "NEWSCRAWL_RENDER_SECONDS",
    "NEWSCRAWL_STORY_PAGES", "NEWSCRAWL_WARC", "NEWSCRAWL_METRICS_FILE", "NEWSCRAWL_ALARM_WEBHOOK",
    "NEWSCRAWL_LEASE_SECONDS", "NEWSCRAWL_SIGNING_KEY", "NEWSCRAWL_SIGNATURE_AGENT",
    "NEWSCRAWL_RECHECKS_LEARN",
)  # fmt: skip
# Read by the test suite and the benchmarks, not by a crawl.
NOT_SETTINGS = ("NEWSCRAWL_SHARED",)

# What a variable set to nothing would stand for.
_EMPTIED = {"NEWSCRAWL_BUCKET": "the embedded server", "NEWSCRAWL_SITES_FILE": "the shipped registry"}

# Opt-outs that can be obeyed; `fetching/optout.py` says how each is stated.
_OPT_OUTS = (
    "tdm", "noarchive", "ai", "content-signal:search", "content-signal:ai-input", "content-signal:ai-train",
    "content-usage:search", "content-usage:ai-use", "content-usage:train-ai", "rsl",
    "rsl:search", "rsl:ai-index", "rsl:ai-input", "rsl:ai-train",
)  # fmt: skip

# It stands in a header: visible ASCII without blanks, and no parenthesis, which would end the comment that it is in.
_CONTACT = regex.compile(r"(?:https?://|mailto:)[!-'*-~]+")
# It stands in quotes in a header.
_AGENT = regex.compile(r"https://[!#-\[\]-~]+")
# The handler of the profile `captured`.
_CAPTURED = "newscrawl.demo.connect_to.ConnectToHandler"
# What reads a whole archive again: the workers of this process, or Daft, on this machine or on a Ray cluster.
ENGINES = ("", "daft", "ray")
_SPAN = regex.compile(r"(\d{1,6})\s{0,3}([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The validated settings of one run; defaults and their reasons stand in `settings/base.py`."""

    bucket: str | None
    state_dir: Path
    batch_rows: int
    batch_seconds: float
    outage_seconds: float
    since: timedelta | None
    contact: str | None
    workers: int
    engine: str
    page_seconds: float
    costly_pages: int
    connect_to: str | None
    dedup_window: timedelta | None
    poll_seconds: float
    rechecks: tuple[timedelta, ...]
    learns_rechecks: bool
    backoff_seconds: float
    hold_seconds: float
    breaker_urls: int
    source_seconds: float
    entry_sources: int
    listing_pages: int
    home_sources: int
    site_urls: int
    site_seconds: float
    render_seconds: float
    story_pages: int
    opt_outs: frozenset[str]
    doubtful_below: float
    trust_clock: bool
    warc: bool
    metrics_file: Path | None
    alarm_webhook: str | None
    lease_seconds: float
    signing_key: Path | None

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Config:
        """Read Scrapy settings (which already hold the environment's values). Raises `ConfigError`."""
        _refuse_others(settings)
        _refuse_unknown(settings)
        _refuse_emptied()
        _refuse_unheard_alarms(settings)
        return cls(
            bucket=settings["NEWSCRAWL_BUCKET"] or None,
            state_dir=_state_dir(str(settings["NEWSCRAWL_STATE_DIR"])),
            batch_rows=int(_number(settings, "NEWSCRAWL_BATCH_ROWS", 1, 1_000_000, whole=True)),
            batch_seconds=_number(settings, "NEWSCRAWL_BATCH_SECONDS", 0.1, 86_400),
            outage_seconds=_number(settings, "NEWSCRAWL_OUTAGE_SECONDS", 0, 86_400),
            since=span("NEWSCRAWL_SINCE", str(settings["NEWSCRAWL_SINCE"])),
            contact=_contact(str(settings["NEWSCRAWL_CONTACT_URL"])),
            workers=int(_number(settings, "NEWSCRAWL_WORKERS", 0, 1024, whole=True)) or (os.cpu_count() or 1),
            engine=_engine(str(settings["NEWSCRAWL_ENGINE"])),
            page_seconds=_number(settings, "NEWSCRAWL_PAGE_SECONDS", 1, 3600),
            costly_pages=int(_number(settings, "NEWSCRAWL_COSTLY_PAGES", 1, 1_000_000, whole=True)),
            connect_to=_connect_to(settings),
            dedup_window=_days(_number(settings, "NEWSCRAWL_DEDUP_DAYS", 0, 36_500, whole=True)),
            poll_seconds=_number(settings, "NEWSCRAWL_POLL_SECONDS", 0, 86_400),
            rechecks=_spans("NEWSCRAWL_RECHECKS", str(settings["NEWSCRAWL_RECHECKS"])),
            learns_rechecks=bool(_number(settings, "NEWSCRAWL_RECHECKS_LEARN", 0, 1, whole=True)),
            backoff_seconds=_number(settings, "NEWSCRAWL_BACKOFF_SECONDS", 0, 3600),
            hold_seconds=_number(settings, "NEWSCRAWL_HOLD_SECONDS", 0, 86_400),
            breaker_urls=int(_number(settings, "NEWSCRAWL_BREAKER_URLS", 1, 1_000_000, whole=True)),
            source_seconds=_number(settings, "NEWSCRAWL_SOURCE_SECONDS", 1, 3600),
            entry_sources=int(_number(settings, "NEWSCRAWL_ENTRY_SOURCES", 1, 1_000_000, whole=True)),
            listing_pages=int(_number(settings, "NEWSCRAWL_LISTING_PAGES", 1, 1_000_000, whole=True)),
            home_sources=int(_number(settings, "NEWSCRAWL_HOME_SOURCES", 1, 1_000_000, whole=True)),
            site_urls=int(_number(settings, "NEWSCRAWL_SITE_URLS", 1, 10_000_000, whole=True)),
            site_seconds=_number(settings, "NEWSCRAWL_SITE_SECONDS", 1, 864_000),
            render_seconds=_number(settings, "NEWSCRAWL_RENDER_SECONDS", 1, 3600),
            story_pages=int(_number(settings, "NEWSCRAWL_STORY_PAGES", 1, 100, whole=True)),
            opt_outs=_opt_outs(str(settings["NEWSCRAWL_OPT_OUTS"])),
            doubtful_below=_number(settings, "NEWSCRAWL_DOUBTFUL_BELOW", 0, 1),
            trust_clock=bool(_number(settings, "NEWSCRAWL_TRUST_CLOCK", 0, 1, whole=True)),
            warc=bool(_number(settings, "NEWSCRAWL_WARC", 0, 1, whole=True)),
            metrics_file=_metrics_file(str(settings["NEWSCRAWL_METRICS_FILE"])),
            alarm_webhook=_webhook(settings),
            lease_seconds=_number(settings, "NEWSCRAWL_LEASE_SECONDS", 6, 3600),
            signing_key=_signing_key(settings),
        )


def span(name: str, value: str) -> timedelta | None:
    """Parse an age such as 90m, 12h, 2d or 1w; "all" is None (no bound). Raises `ConfigError`."""
    if value.strip().lower() == "all":
        return None
    found = _SPAN.fullmatch(value.strip().lower())
    if not found or int(found[1]) > 100_000:
        raise ConfigError(f"{name}={value!r}: not an age; write 90m, 12h, 2d, 1w, or all for no bound")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _engine(value: str) -> str:
    if value not in ENGINES:
        raise ConfigError(f"NEWSCRAWL_ENGINE={value!r}: not an engine; write {' or '.join(ENGINES[1:])}, or nothing")
    return value


def _contact(value: str) -> str | None:
    if value and not _CONTACT.fullmatch(value):
        raise ConfigError(
            f"NEWSCRAWL_CONTACT_URL={value!r}: write a page such as https://example.org/crawler or a mailbox such as "
            "mailto:crawler@example.org"
        )
    return value or None


def _metrics_file(value: str) -> Path | None:
    path = Path(value).expanduser().absolute()
    if value and not path.parent.is_dir():
        raise ConfigError(f"NEWSCRAWL_METRICS_FILE={value!r}: there is no folder {path.parent}: make it")
    return path if value else None


def _webhook(settings: Mapping[str, Any]) -> str | None:
    value = str(settings["NEWSCRAWL_ALARM_WEBHOOK"])
    if value and not value.startswith(("http://", "https://")):
        raise ConfigError(f"NEWSCRAWL_ALARM_WEBHOOK={value!r}: write an address that begins with https://")
    return value or None


def _refuse_unheard_alarms(settings: Mapping[str, Any]) -> None:
    """An alarm comes after weeks, and whoever waits for it should not learn then that nobody is told."""
    is_on = str(settings.get("SPIDERMON_ENABLED", "")).lower() in ("1", "true")
    wished = [name for name in ("NEWSCRAWL_ALARM_WEBHOOK", "SPIDERMON_EMAIL_TO") if settings.get(name)]
    if wished and not is_on:
        raise ConfigError(f"{wished[0]} is told by spidermon: turn it on with SPIDERMON_ENABLED=1")
    if is_on and not find_spec("spidermon"):
        raise ConfigError("SPIDERMON_ENABLED: spidermon is not installed: pip install 'newscrawl[watch]'")
    if settings.get("SPIDERMON_EMAIL_TO") and not settings.get("SPIDERMON_EMAIL_SENDER"):
        raise ConfigError("SPIDERMON_EMAIL_TO is set and SPIDERMON_EMAIL_SENDER is not set: say whom mail is from")


def _state_dir(value: str) -> Path:
    if not value.strip():
        raise ConfigError("NEWSCRAWL_STATE_DIR is empty: name a folder, or leave the setting out")
    return Path(value).expanduser().absolute()


def _connect_to(settings: Mapping[str, Any]) -> str | None:
    """Such a crawl asks no host, so that it may be anonymous: only where the handler is there that asks none."""
    value = settings["NEWSCRAWL_CONNECT_TO"] or None
    if value and any(settings["DOWNLOAD_HANDLERS"].get(scheme) != _CAPTURED for scheme in ("http", "https")):
        raise ConfigError(
            f"NEWSCRAWL_CONNECT_TO is for captured pages alone, which `{program()} demo --pages DIR` serves: unset it"
        )
    return value


def _signing_key(settings: Mapping[str, Any]) -> Path | None:
    key, agent = (str(settings[name]) for name in ("NEWSCRAWL_SIGNING_KEY", "NEWSCRAWL_SIGNATURE_AGENT"))
    if key and not _AGENT.fullmatch(agent):
        raise ConfigError(
            f"NEWSCRAWL_SIGNATURE_AGENT={agent!r}: write the https address below which the public key of "
            "NEWSCRAWL_SIGNING_KEY is published, such as https://crawler.example.org"
        )
    if key and not find_spec("http_message_signatures"):
        raise ConfigError("NEWSCRAWL_SIGNING_KEY is used by a library: pip install 'newscrawl[signing]'")
    return Path(key).expanduser().absolute() if key else None


def _days(days: float) -> timedelta | None:
    return timedelta(days=days) if days else None


def _spans(name: str, value: str) -> tuple[timedelta, ...]:
    ages = [span(name, part) for part in value.split(",") if part.strip()]
    if None in ages:
        raise ConfigError(f"{name}={value!r}: write ages such as 2h,24h, or leave it empty for none")
    return tuple(age for age in ages if age is not None)


def _opt_outs(value: str) -> frozenset[str]:
    found = frozenset(kind for part in value.split(",") if (kind := part.strip().lower()))
    if unknown := found - set(_OPT_OUTS):
        raise ConfigError(
            f"NEWSCRAWL_OPT_OUTS={value!r}: {', '.join(sorted(unknown))} is none of {', '.join(_OPT_OUTS)}; "
            "separate several by commas, leave it empty to obey none"
        )
    return found


def _refuse_others(settings: Mapping[str, Any]) -> None:
    """A script's own `Settings()`, or a spider of ours in a folder that is no project: nothing is set."""
    if all(settings.get(name) is None for name in SETTINGS):
        raise ConfigError(
            "these are no settings of newscrawl's: set SCRAPY_SETTINGS_MODULE=newscrawl.settings.production, or begin "
            "yours with: from newscrawl.settings.base import *"
        )


def _refuse_unknown(settings: Mapping[str, Any]) -> None:
    for name in [*settings, *os.environ]:
        if name.startswith("NEWSCRAWL_") and name not in SETTINGS and name not in NOT_SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, n=1)
            mend = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(SETTINGS))}"
            where = "the environment" if name in os.environ else "the settings"
            raise ConfigError(f"{name}: unknown setting in {where}; {mend}")


def _refuse_emptied() -> None:
    """Where a script's own variable is not set, `NEWSCRAWL_BUCKET=$BUCKET` says nothing; a crawl would then go to the
    embedded server, or to all sites, in silence."""
    for name, instead in _EMPTIED.items():
        if name in os.environ and not os.environ[name].strip():
            raise ConfigError(
                f"{name} is set to nothing in the environment: give it a value, or unset it for {instead}"
            )


def _number(settings: Mapping[str, Any], name: str, least: float, most: float, *, whole: bool = False) -> float:
    value = settings[name]
    try:
        number = float(int(str(value))) if whole else float(str(value))
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        kind = "a whole number" if whole else "a number"
        range_ = "0 or 1" if whole and most == 1 else f"{kind} from {least:,.10g} to {most:,.10g}"
        raise ConfigError(f"{name}={value!r}: must be {range_}")
    return number
