"""Who wrote a story first: precision and recall of `extraction.metadata.origin` on labelled texts.

    python -m benchmarks.origins TEXTS

TEXTS is the folder of measuring data (`texts/` under NEWSCRAWL_SHARED); labels by id are in
`benchmarks/data/origins.jsonl`. A text of a pair goes by its file, its line from 0 and its side: "neardup_dev2:69:a".
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newscrawl.extraction.metadata.origin import origin

LABELS = Path(__file__).with_name("data") / "origins.jsonl"


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by origin: labelled so, found so, and both; and how many texts that nobody read got one."""

    labelled: Counter[str]
    found: Counter[str]
    right: Counter[str]
    unread: int

    @property
    def precision(self) -> float:
        """Of the origins found in labelled texts, the share that is right."""
        return self.right.total() / self.found.total()

    @property
    def recall(self) -> float:
        """Of the origins labelled, the share that is found."""
        return self.right.total() / self.labelled.total()


def measure(folder: Path) -> Figures:
    """Compare what is found in the texts of `folder` with the labels."""
    labels = {row["id"]: row["origin"] for row in map(json.loads, LABELS.read_text(encoding="utf-8").splitlines())}
    labelled = Counter(said for said in labels.values() if said)
    found, right, unread = Counter[str](), Counter[str](), 0
    for name, text in _texts(folder):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        # A text has no byline, and nothing was cleaned from it here.
        if (said := origin((), lines, lines)) is None:
            continue
        if name in labels:
            found[said] += 1
            right[said] += labels[name] == said
        else:
            unread += 1
    return Figures(labelled, found, right, unread)


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()  # pairs repeat articles of the collection
    for row in _rows(folder / "ddnews_dev.jsonl.gz"):
        seen.add(row["text"].strip())
        yield row["id"], row["text"]
    for name in ("neardup_dev", "neardup_dev2"):
        for number, row in enumerate(_rows(folder / f"{name}.jsonl.gz")):
            for side in "ab":
                text = row[f"text_{side}"]
                if text.strip() not in seen:
                    seen.add(text.strip())
                    yield f"{name}:{number}:{side}", text


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Who wrote a story first: precision and recall.")
    parser.add_argument("texts", type=Path, help="folder with ddnews_dev.jsonl.gz and the pairs")
    figures = measure(parser.parse_args().texts)
    print("| origin | labelled | found | right |\n|---|---:|---:|---:|")
    for name in sorted(figures.labelled | figures.found):
        print(f"| {name} | {figures.labelled[name]} | {figures.found[name]} | {figures.right[name]} |")
    print(
        f"\nprecision {figures.precision:.3f}, recall {figures.recall:.3f}; in texts without a label: {figures.unread}"
    )


if __name__ == "__main__":
    main()
