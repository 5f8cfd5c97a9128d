"""`scrapy demo`: start the demo news web (or captured pages), crawl it, show what came of it."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

import newscrawl
from newscrawl import doing, interrupts
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError, Stopped, program
from newscrawl.state.lock import RunLock

# Generating 12 sites takes about 4 s; a loaded machine may need many times that.
_READY_SECONDS = 60
_LAST_PORT = 65535


class Command(ScrapyCommand):
    """Runs the real `scrapy crawl news` as a child, against a web of its own on loopback."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        return "[--pages DIR] [--edition 1|2] [--port PORT]"

    def short_desc(self) -> str:
        return "Crawl the demo news web (or a folder of captured pages) into the embedded bucket"

    def long_desc(self) -> str:
        return (
            "Starts a news web of its own on loopback and an S3 server, crawls the one into the other, and says how to "
            f"ask it. Ctrl-C ends it with code 11. Examples: {program()} demo; {program()} demo --edition 2"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--pages", type=Path, help="a folder of captured pages with index.jsonl")
        parser.add_argument("--edition", type=int, choices=(1, 2), help="2: the demo web a little later")
        parser.add_argument("--port", type=int, help="port of the demo web (default: the last one, else a free one)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError(f"{program()} demo {self.syntax()}")
        if opts.port is not None and not 0 <= opts.port <= _LAST_PORT:
            raise UsageError(f"--port {opts.port} is no port: give one from 1 to {_LAST_PORT}", print_help=False)
        assert self.settings
        # The demo has settings, state and bucket of its own, so that it never mixes with a real archive.
        project = "captured" if opts.pages else "demo"
        if os.environ.get("SCRAPY_PROJECT") != project:
            os.environ["SCRAPY_PROJECT"] = project
            # Set by this process from the other project; it would win over the line above.
            os.environ.pop("SCRAPY_SETTINGS_MODULE", None)
            doing.cleared()
            with interrupts.kept():
                os.execve(sys.executable, [*_command(), "demo", *sys.argv[1:]], _environment())
        lock: RunLock | None = None
        try:
            web_dir = Config.read(self.settings).state_dir / "web"
            lock = RunLock(web_dir).acquire()
            print("starting the demo news web ..." if not opts.pages else f"serving {opts.pages} ...", file=sys.stderr)
            doing.show("writing its pages")
            interrupts.heed()
            with _demo_web(web_dir, opts) as address:
                doing.cleared()  # the crawl has one of its own
                print("starting the S3 server and the crawl ...", file=sys.stderr)
                self.exitcode = _crawl(web_dir, address if opts.pages else None)
        except NewscrawlError as e:
            doing.cleared()
            print(f"{program()} demo: {e}", file=sys.stderr)
            self.exitcode = e.exit_code
        finally:
            doing.cleared()
            if lock:
                lock.release()


@contextlib.contextmanager
def _demo_web(directory: Path, opts: argparse.Namespace) -> Iterator[str]:
    """The demo web in a process of its own; yields the address that it announces."""
    command = [sys.executable, "-m", "newscrawl.demo", "--dir", str(directory)]
    for name in ("pages", "edition", "port"):
        if (value := getattr(opts, name)) is not None:
            command += [f"--{name}", str(value.absolute() if isinstance(value, Path) else value)]
    web: subprocess.Popen[str] | None = None
    ready = False
    try:
        with interrupts.held():  # half started it could not be ended
            # A session of its own: Ctrl-C is for the crawl, which still wants its pages in flight.
            web = subprocess.Popen(
                command, env=_environment(), stdout=subprocess.PIPE, text=True, start_new_session=True
            )
        assert web.stdout
        if not select.select([web.stdout], [], [], _READY_SECONDS)[0]:
            raise ConfigError(f"the demo web was not ready after {_READY_SECONDS} s: try again on a quieter machine")
        line = web.stdout.readline()
        if not line.startswith("ready "):
            # It has said on stderr what is wrong.
            raise ConfigError(f"the demo web did not start (exit code {web.wait()})")
        ready = True
        yield line.split()[1]
    finally:
        # One that still writes its sites listens to nothing, and leaves nothing that the next start does not make anew.
        if web:
            web.terminate() if ready else web.kill()
            web.wait()


def _environment() -> dict[str, str]:
    """The environment of a child that must find this newscrawl, in whatever folder of a checkout it is started."""
    here = str(Path(newscrawl.__file__).parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))}


def _command() -> list[str]:
    """The beginning of one of our command lines. What says of Ctrl-C in one line comes first, for Scrapy takes a second
    to load."""
    run = f"runpy.run_module({program()!r}, run_name='__main__', alter_sys=True)"
    return [sys.executable, "-c", f"import newscrawl.interrupts as i, runpy; i.listen(); {run}"]


def _crawl(directory: Path, connect_to: str | None) -> int:
    command = [*_command(), "crawl", "news", "-a", f"sites_file={directory / 'sites.toml'}"]
    if connect_to:
        command += ["-s", f"NEWSCRAWL_CONNECT_TO={connect_to}"]
    interrupts.heed()
    crawl: subprocess.Popen[bytes] | None = None
    terminated = False

    def hand_on(number: int, frame: FrameType | None) -> None:
        nonlocal terminated
        terminated = True
        if crawl:
            crawl.send_signal(number)

    # Ctrl-C reaches the crawl itself, which finishes the pages in flight or says that it had not begun; we wait for it.
    # A SIGTERM reaches only us: hand it on.
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on)}
    try:
        with interrupts.kept():
            crawl = subprocess.Popen(command, env=_environment())
            before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
        if terminated:
            crawl.terminate()
        code = crawl.wait()
        # One that could not say so itself yet.
        return Stopped.exit_code if code in (-signal.SIGINT, -signal.SIGTERM) else code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
