"""`python -m newscrawl.demo`: serve the demo web (or captured pages) until stopped."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from newscrawl.demo.process import Plan, run
from newscrawl.errors import NewscrawlError


def main(argv: list[str] | None = None) -> int:
    """Parse, serve, and return the exit code (2: wrong arguments, or the port is taken; 13: `--dir` takes no file)."""
    parser = argparse.ArgumentParser(prog="python -m newscrawl.demo", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="where sites.toml, truth.json, demo.json are kept")
    parser.add_argument("--pages", type=Path, help="serve this folder of captured pages instead")
    parser.add_argument("--port", type=int, help="default: the one of the last start, else a free one")
    parser.add_argument("--seed", type=int, help="default 7")
    parser.add_argument("--edition", type=int, choices=(1, 2), help="1, or 2: the same web a little later")
    parser.add_argument("--sites", type=int, help="default 12")
    parser.add_argument("--articles", type=int, help="articles a site, default 60")
    parser.add_argument("--now", type=_moment, help="ISO time that dates are relative to; default: this hour")
    args = parser.parse_args(argv)
    plan = Plan(
        folder=args.dir,
        pages=args.pages,
        port=args.port,
        seed=args.seed,
        edition=args.edition,
        sites=args.sites,
        articles=args.articles,
        now=args.now,
    )
    try:
        asyncio.run(run(plan))
    except NewscrawlError as error:
        print(f"newscrawl.demo: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
