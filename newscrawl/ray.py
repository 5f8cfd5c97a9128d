"""`python -m newscrawl.ray --shards 16 [ARGUMENTS OF crawl news]`: the shards of a crawl on a Ray cluster.

One actor a shard, each of which starts the very command that Kubernetes and systemd do, `crawl news -a shard=I/N`, and
Ray puts it on a machine with a core to spare. An actor whose machine dies is begun again on another by Ray; the lease
in the bucket sees to it that a shard has one owner all the same. Needs `pip install 'newscrawl[ray]'`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from pathlib import Path

from newscrawl.errors import ConfigError, LeaseLost, Stopped

# What of the environment that starts this the crawls are to have.
_OURS = ("NEWSCRAWL_", "AWS_", "SCRAPY_", "OTEL_")
# How often a shard is asked for that another run has: one that died holds it for NEWSCRAWL_LEASE_SECONDS, say 90.
_TRIES, _PAUSE_SECONDS = 12, 15.0
# `-a shard=` takes five digits.
_MOST = 99_999


class ShardCrawl:
    """One shard's crawl, a process of its own on the machine of this actor."""

    def __init__(self) -> None:
        self._crawl: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def crawl(self, index: int, count: int, arguments: list[str], environment: dict[str, str]) -> int:
        """Crawl the shard to its end; returns the exit code (docs/exit-codes.md), as a shell has it (128 + n) where a
        signal killed the crawl."""
        state = Path(environment.get("NEWSCRAWL_STATE_DIR", ".newscrawl")) / f"shard-{index}"
        own = os.environ | environment | {"NEWSCRAWL_STATE_DIR": str(state)}
        command = [sys.executable, "-m", "newscrawl", "crawl", "news", "-a", f"shard={index}/{count}", *arguments]
        code = Stopped.exit_code
        for _ in range(_TRIES):
            if self._stopped.is_set():
                break
            self._crawl = subprocess.Popen(command, env=own)
            code = as_shell(self._crawl.wait())
            if code != LeaseLost.exit_code or self._stopped.wait(_PAUSE_SECONDS):
                break
        return code

    def stop(self) -> None:
        """Have the crawl commit what is under way and end, and begin no other."""
        self._stopped.set()
        if self._crawl is not None:
            self._crawl.terminate()


def as_shell(code: int) -> int:
    """A process's end as a shell tells it: Popen's -9 would be less than 0, and a killed shard no failure."""
    return code if code >= 0 else 128 - code


def count_of(value: str) -> int:
    """How many shards, as `-a shard=` takes it. Raises argparse's error."""
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= _MOST:
        raise argparse.ArgumentTypeError(f"{value!r} is no number of shards from 1 to {_MOST:,}")
    return int(value)


def crawl_shards(count: int, arguments: list[str]) -> dict[int, int]:
    """Crawl all shards on the cluster that `ray.init` is connected to; returns their exit codes.

    On Ctrl-C each crawl is asked to end, and waited for. Raises `ImportError` without Ray.
    """
    import ray

    # A core each; begun again wherever its machine dies; `stop` is heard while it crawls.
    actor_of = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=-1, max_concurrency=2)(ShardCrawl)
    environment = {name: value for name, value in os.environ.items() if name.startswith(_OURS)}
    actors = [actor_of.remote() for _ in range(count)]
    runs = [actor.crawl.remote(index, count, arguments, environment) for index, actor in enumerate(actors)]
    try:
        codes = ray.get(runs)
    except KeyboardInterrupt:
        ray.get([actor.stop.remote() for actor in actors])
        codes = ray.get(runs)
    return dict(enumerate(codes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=count_of, required=True, help="how many, each of which takes a core")
    parser.add_argument("--address", help="of the cluster; default: RAY_ADDRESS, else one on this machine")
    given, arguments = parser.parse_known_args()
    try:
        import ray
    except ImportError:
        print("newscrawl.ray needs Ray: pip install 'newscrawl[ray]'", file=sys.stderr)
        sys.exit(ConfigError.exit_code)
    # Ray tells its makers of each cluster where nobody forbids it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(address=given.address)
    codes = crawl_shards(given.shards, arguments)
    for index, code in codes.items():
        print(f"shard {index}/{given.shards}: exit code {code}")
    sys.exit(max(codes.values()))


if __name__ == "__main__":
    main()
