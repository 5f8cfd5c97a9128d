"""The boto3 client, every knob set, of boto3's own chain or of explicit credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
from boto3.session import Session
from botocore.config import Config
from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CLIENT_SETTINGS: dict[str, Any] = {
    # `legacy`, the default, does not retry all throttling codes.
    "retries": {"mode": "standard", "max_attempts": 3},
    # A host that drops packets must not hold a batch for boto3's 60 s a try.
    "connect_timeout": 5,
    # Parts are a few MB; a server that is silent for this long is away.
    "read_timeout": 30,
    # As many as read together where many small objects are needed; a crawl's one writer opens one.
    "max_pool_connections": 16,
    # boto3's default adds a checksum trailer over HTTPS, which Ceph, Swift and others refuse.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    # Idle connections through NAT die silently between two batches.
    "tcp_keepalive": True,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Explicit endpoint and keys, for a server that we started ourselves."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"


def connect(credentials: Credentials | None, settings: dict[str, Any]) -> tuple[Session, S3Client]:
    """Session and client, of boto3's chain or of explicit credentials.

    Behind an endpoint of one's own, buckets are addressed by path (`host/bucket`): virtual hosts need a
    wildcard DNS entry that such servers seldom have. A style set in the AWS configuration file wins.
    """
    core = botocore.session.Session()
    # Half of what a listing costs is dateutil's guess at the form of each date.
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    if credentials:
        session = Session(
            botocore_session=core,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            region_name=credentials.region,
        )
        by_path = Config(**settings, s3={"addressing_style": "path"})
        return session, session.client("s3", endpoint_url=credentials.endpoint, config=by_path)
    session = Session(botocore_session=core)
    client = session.client("s3", config=Config(**settings))
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    styled = core.get_scoped_config().get("s3")
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) or (
        isinstance(styled, dict) and "addressing_style" in styled
    ):
        return session, client
    return session, session.client("s3", config=Config(**settings, s3={"addressing_style": "path"}))


def _moment(value: Any) -> datetime:
    """A date of an answer: S3's own form, and whatever else botocore knows."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value.endswith("Z") else parse_timestamp(value)
    except (AttributeError, ValueError):
        return parse_timestamp(value)
