"""The import table: what each part of the house may know of the others. docs/architecture.md shows it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Leaves: they import nothing of ours, and every part may import them.
LEAVES = {
    "newscrawl",
    "newscrawl.errors",
    "newscrawl.items",
    "newscrawl.hindi",
    "newscrawl.urls",
    "newscrawl.dates",
    "newscrawl.sqlite",
    "newscrawl.memory",
}

# Part -> parts that it may import besides the leaves and itself. A part is the longest prefix of a module's name.
MAY_IMPORT = {
    "newscrawl.sites": set(),
    "newscrawl.config": set(),
    "newscrawl.state": set(),
    "newscrawl.lock": set(),
    "newscrawl.ledger": set(),
    "newscrawl.sources": set(),
    "newscrawl.extraction": set(),
    "newscrawl.dedup": set(),
    "newscrawl.bucket": set(),
    "newscrawl.discovery": {"newscrawl.sites", "newscrawl.ledger"},
    "newscrawl.fetching": {"newscrawl.sites"},
    # A page's way through a worker: the one place where extraction and signature meet.
    "newscrawl.worker": {"newscrawl.extraction", "newscrawl.dedup"},
    "newscrawl.preload": {"newscrawl.extraction", "newscrawl.dedup"},
    # Bucket, ledger and index in step, and what a run holds open.
    "newscrawl.archive": {"newscrawl.bucket", "newscrawl.dedup", "newscrawl.ledger", "newscrawl.state"},
    # Why an article collapsed or not, for people.
    "newscrawl.similar": {"newscrawl.archive", "newscrawl.bucket", "newscrawl.dedup"},
    "newscrawl.consistency": {"newscrawl.archive", "newscrawl.bucket", "newscrawl.state"},
    "newscrawl.committer": {"newscrawl.archive", "newscrawl.bucket", "newscrawl.dedup"},
    "newscrawl.funnel": {"newscrawl.bucket"},
    "newscrawl.run": {
        "newscrawl.looplag",
        "newscrawl.archive",
        "newscrawl.bucket",
        "newscrawl.committer",
        "newscrawl.config",
        "newscrawl.dedup",
        "newscrawl.funnel",
        "newscrawl.lock",
        "newscrawl.sources",
        "newscrawl.state",
    },
    "newscrawl.spiders": {
        "newscrawl.config",
        "newscrawl.discovery",
        "newscrawl.fetching",
        "newscrawl.ledger",
        "newscrawl.run",
        "newscrawl.sites",
        "newscrawl.sources",
    },
    "newscrawl.looplag": set(),
    "newscrawl.progress": {"newscrawl.run"},
    "newscrawl.report": {"newscrawl.run"},
    "newscrawl.demo": set(),
    # A download handler like that of every crawl.
    "newscrawl.demo.connect_to": {"newscrawl.demo", "newscrawl.fetching"},
    # Commands may know every part.
    "newscrawl.commands": {"*"},
    "pipelines": {"newscrawl.run", "newscrawl.worker"},
    "settings": set(),
}


def modules() -> dict[str, Path]:
    found = {}
    for folder in ("newscrawl", "pipelines", "settings"):
        for path in (ROOT / folder).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


def part_of(module: str) -> str:
    if module in LEAVES:
        return module
    parts = [p for p in MAY_IMPORT if module == p or module.startswith(p + ".")]
    assert parts, f"{module} belongs to no part of the import table"
    return max(parts, key=len)


def imports_of(path: Path, known: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else node.module)
    return {name for name in found if name.split(".")[0] in ("newscrawl", "pipelines", "settings")}


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_imports_only_what_the_table_allows(module: str) -> None:
    part = part_of(module)
    for imported in imports_of(modules()[module], set(modules())):
        target = part_of(imported)
        if part in LEAVES:
            assert target in LEAVES, f"{module} is a leaf and imports {imported}"
            continue
        allowed = MAY_IMPORT[part]
        assert target in LEAVES or target == part or "*" in allowed or target in allowed, (
            f"{module} may not import {imported}: see MAY_IMPORT"
        )


def test_nothing_in_newscrawl_imports_pipelines_or_settings() -> None:
    known = modules()
    for module, path in known.items():
        if module.startswith("newscrawl"):
            names = {name.split(".")[0] for name in imports_of(path, set(known))}
            assert not names & {"pipelines", "settings"}, module
