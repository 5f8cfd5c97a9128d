"""The demo web as a process of its own: what it keeps in its folder, its ports, its signals.

The folder holds `demo.json` (seed, sizes, now, addresses: a second start serves the same URLs and bytes),
`sites.toml` and `truth.json`. SIGUSR1 moves a running web to its second edition, ports unchanged; SIGTERM and
SIGINT end it, and so does the death of the parent process (Linux).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newscrawl.demo.captured import CapturedWeb
from newscrawl.demo.http_server import HttpServer, Reply, Request
from newscrawl.demo.truth import truth_of
from newscrawl.demo.web import DemoWeb
from newscrawl.errors import ConfigError, StateUnwritable
from newscrawl.interrupts import die_with_parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to serve. None: as at the last start over this folder, else the default."""

    folder: Path
    pages: Path | None = None
    port: int | None = None
    seed: int | None = None
    edition: int | None = None
    sites: int | None = None
    articles: int | None = None
    now: datetime | None = None


class Served:
    """A web being served: what its addresses are, and the switch to another edition."""

    def __init__(self, web: DemoWeb, addresses: Sequence[tuple[str, int]]) -> None:
        self._sites = {address: i for i, address in enumerate(addresses)}
        self.bases = [f"http://{host}:{port}" for host, port in addresses]
        self.web = web.at(self.bases)

    def show(self, web: DemoWeb) -> None:
        """Serve `web` from now on, at the same addresses; trouble counters go on."""
        moved = web.at(self.bases)
        moved.memory.asked.update(self.web.memory.asked)
        self.web = moved

    def answer(self, request: Request) -> Reply:
        """The app: the local address tells the site."""
        return self.web.respond(self._sites[request.address], request)


@contextlib.asynccontextmanager
async def serve(web: DemoWeb, addresses: Sequence[tuple[str, int]] | None = None) -> AsyncIterator[Served]:
    """Serve `web` inside a running loop. `addresses`: one (host, port) a site; default free ones."""
    addresses = addresses or free_addresses(len(web.outlets))
    served = Served(web, addresses)
    server = HttpServer(served.answer)
    await server.listen(addresses)
    try:
        yield served
    finally:
        await server.close()


def free_addresses(sites: int, port: int = 0) -> list[tuple[str, int]]:
    """One loopback address a site with one port, or, where only 127.0.0.1 exists, one port a site.

    `OSError` when the asked-for `port` is taken.
    """
    hosts = [f"127.0.0.{i + 2}" for i in range(sites)]
    # With no port asked for, one that is free on the first host may be taken on another: try a few.
    for attempt in range(20):
        with contextlib.ExitStack() as stack:
            try:
                first = stack.enter_context(_bound(hosts[0], port))
                number = first.getsockname()[1]
                for host in hosts[1:]:
                    stack.enter_context(_bound(host, number))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    break
                if port or attempt == 19:
                    raise
                continue
            return [(host, number) for host in hosts]
    with contextlib.ExitStack() as stack:
        ports = [port + i if port else 0 for i in range(sites)]
        sockets = [stack.enter_context(_bound("127.0.0.1", number)) for number in ports]
        return [("127.0.0.1", s.getsockname()[1]) for s in sockets]


def _bound(host: str, port: int) -> socket.socket:
    probe = socket.socket()
    try:
        # As asyncio's servers do: a port in TIME_WAIT from the last start counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
    except OSError:
        probe.close()
        raise
    return probe


async def run(plan: Plan) -> None:
    """Serve until a signal. `ConfigError` and `StateUnwritable` (exit codes 2 and 13) say what to mend."""
    die_with_parent(signal.SIGTERM)
    plan.folder.mkdir(parents=True, exist_ok=True)
    stop, turn = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, turn.set)
    if plan.pages:
        await _run_captured(plan, plan.pages, stop)
    else:
        await _run_web(plan, stop, turn)


async def _run_web(plan: Plan, stop: asyncio.Event, turn: asyncio.Event) -> None:
    kept = _kept(plan.folder)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    now = plan.now or (datetime.fromisoformat(str(kept["now"])) if "now" in kept else hour)
    size = {
        "seed": _first(plan.seed, kept.get("seed"), 7),
        "sites": _first(plan.sites, kept.get("sites"), 12),
        "articles": _first(plan.articles, kept.get("articles"), 60),
    }
    edition = _first(plan.edition, kept.get("edition"), 1)
    try:
        web = DemoWeb.generate(edition=edition, now=now, **size)
    except ValueError as error:
        raise ConfigError(f"demo web: {error}") from error
    known = [(str(h), int(p)) for h, p in kept.get("addresses", [])]
    if plan.port is None and len(known) == size["sites"]:
        addresses = known
    else:
        addresses = _addresses(size["sites"], plan.port or 0)

    def remember(shown: DemoWeb) -> None:
        _write(plan.folder / "sites.toml", shown.registry())
        _write(plan.folder / "truth.json", json.dumps(truth_of(shown), ensure_ascii=False, indent=1))
        state = {**size, "edition": shown.edition, "now": now.isoformat(), "addresses": addresses}
        _write(plan.folder / "demo.json", json.dumps(state, indent=1))

    async with contextlib.AsyncExitStack() as stack:
        try:
            served = await stack.enter_async_context(serve(web, addresses))
        except OSError as error:
            raise _taken(addresses, plan.folder, error) from error
        remember(served.web)
        _tell(" ".join(["ready", *(f"{base}/" for base in served.bases)]), stop)
        while not stop.is_set():
            await _either(stop, turn)
            if turn.is_set() and not stop.is_set():
                turn.clear()
                served.show(served.web.second_edition())
                remember(served.web)
                _tell("edition 2", stop)


async def _run_captured(plan: Plan, pages: Path, stop: asyncio.Event) -> None:
    web = CapturedWeb.load(pages)
    state = plan.folder / "captured.json"
    known = json.loads(state.read_text())["port"] if state.exists() else 0
    server = HttpServer(web.respond)
    address = ("127.0.0.1", plan.port or known)
    try:
        [(host, port)] = await server.listen([address])
    except OSError as error:
        raise _taken([address], plan.folder, error) from error
    _write(plan.folder / "sites.toml", web.registry())
    _write(state, json.dumps({"port": port}))
    _tell(f"ready {host}:{port}", stop)
    await stop.wait()
    await server.close()


def _addresses(sites: int, port: int) -> list[tuple[str, int]]:
    try:
        return free_addresses(sites, port)
    except OSError as error:
        raise ConfigError(f"port {port} on loopback is taken ({error.strerror}); choose another with --port") from error


def _taken(addresses: Sequence[tuple[str, int]], folder: Path, error: OSError) -> ConfigError:
    host, port = addresses[0]
    return ConfigError(
        f"cannot listen on {host}:{port} ({error.strerror or error}): stop the demo that still runs there, "
        f"or choose another port with --port, or another folder than {folder}"
    )


def _first(*values: object) -> int:
    return int(str(next(v for v in values if v is not None)))


def _kept(folder: Path) -> dict[str, Any]:
    path = folder / "demo.json"
    if not path.exists():
        return {}
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON ({error}); delete it to start afresh") from error
    if not isinstance(state, dict):
        raise ConfigError(f"{path} holds no object; delete it to start afresh")
    return state


def _write(path: Path, text: str) -> None:
    """Atomically: a reader sees the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise StateUnwritable(f"{path} cannot be written ({error.strerror}); make room and start again") from error


def _tell(line: str, stop: asyncio.Event) -> None:
    """Say `line` to whoever started us; where nobody reads it any more, nobody will stop us either."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would say so once more at its end
        stop.set()


async def _either(*events: asyncio.Event) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
