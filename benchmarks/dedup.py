"""Near-duplicate benchmark: `python -m benchmarks.dedup PART ...`, the parts are in its --help."""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """Run one part of the benchmark; docs/benchmarks.md has the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedup", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    pairs = parts.add_parser("pairs", help="labelled pairs, JSON lines of label, text_a, text_b")
    pairs.add_argument("file", type=Path)
    fit = parts.add_parser("fit", help="fit the weights of the verdict; figures in sample and cross-validated")
    fit.add_argument("files", type=Path, nargs="+", help="labelled pairs")
    fit.add_argument(
        "--collection", type=Path, required=True, help="texts whose pairs tell how often so much is shared: weights"
    )
    fit.add_argument("--days", type=Path, help="benchmarks/data/dayset.jsonl: labelled articles of the collection")
    fit.add_argument("--repeats", type=int, default=10)
    fit.add_argument("--write", type=Path, help="where the weights go: newscrawl/dedup/likeness.toml")
    collection = parts.add_parser("collection", help="texts, JSON lines of id, text: what collapses")
    collection.add_argument("file", type=Path)
    collection.add_argument("--sample", type=int, default=0, help="weakest collapses to print")
    days = parts.add_parser("days", help="the labelled day set: stories in every order, and the peers'")
    days.add_argument("collection", type=Path, help="texts, JSON lines of id, text")
    days.add_argument("--labels", type=Path, default=Path(__file__).with_name("data") / "dayset.jsonl")
    days.add_argument("--shuffles", type=int, default=20)
    days.add_argument("--pairs", type=Path, nargs="*", default=[], help="labelled pairs, to fit without a stretch")
    orders = parts.add_parser("orders", help="labelled pairs through one index in many orders")
    orders.add_argument("files", type=Path, nargs="+")
    orders.add_argument("--shuffles", type=int, default=100)
    demo = parts.add_parser("demo", help="the demo web in many orders")
    demo.add_argument("--seed", type=int, default=1)
    demo.add_argument("--shuffles", type=int, default=100)
    scale = parts.add_parser("scale", help="synthetic stories through the embedded index")
    scale.add_argument("--size", type=int, default=100_000, help="stories bulk-loaded")
    scale.add_argument("--stream", type=int, default=200_000, help="stories streamed afterwards")
    scale.add_argument("--directory", type=Path, help="where the index lies (default: the temporary folder)")
    scale.add_argument("--peers", action="store_true", help="datasketch's own storage at the same size")
    events = parts.add_parser("events", help="the labelled day set: stories linked as events")
    events.add_argument("collection", type=Path, help="texts, JSON lines of id, text")
    events.add_argument("--labels", type=Path, default=Path(__file__).with_name("data") / "dayset.jsonl")
    sets = parts.add_parser("unseen", help="invented events, sequences, pages and templates")
    sets.add_argument("--half", choices="ABCD", default="A")
    sets.add_argument("--file", type=Path, default=Path(__file__).with_name("data") / "invented_sets.jsonl")
    sets.add_argument("--details", action="store_true", help="what is wrong")
    state = parts.add_parser("state", help="texts, JSON lines of id, text: bytes of the whole state a story")
    state.add_argument("file", type=Path)
    signatures = parts.add_parser("signatures", help="signatures a second over JSON lines of text")
    signatures.add_argument("file", type=Path)
    options = parser.parse_args()

    # Only now: --help answers at once.
    from benchmarks import dedup_orders, dedup_scale, event_links, likeness, unseen_sets
    from benchmarks import dedup_quality as quality

    if options.part == "pairs":
        quality.pairs(options.file)
    elif options.part == "fit":
        likeness.report(options.files, options.collection, options.days, options.repeats, options.write)
    elif options.part == "collection":
        quality.collection(options.file, options.sample)
    elif options.part == "demo":
        dedup_orders.demo_orders(options.seed, options.shuffles)
    elif options.part == "days":
        dedup_orders.days(options.labels, options.collection, options.shuffles, options.pairs)
    elif options.part == "events":
        event_links.events(options.labels, options.collection)
    elif options.part == "unseen":
        unseen_sets.unseen(options.file, options.half, details=options.details)
    elif options.part == "orders":
        dedup_orders.orders(options.files, options.shuffles)
    elif options.part == "scale":
        dedup_scale.scale(options.size, options.stream, options.directory, options.peers)
    elif options.part == "state":
        dedup_scale.state(options.file)
    else:
        dedup_scale.signatures(options.file)


if __name__ == "__main__":
    main()
