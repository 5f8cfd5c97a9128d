"""The house: which room may import which, on what floor each stands, and that nothing goes round in a circle.

`pytest -s tests/house/test_rooms.py` prints it from the top floor to the ground; docs/architecture.md shows the same.
"""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support import ROOT

# What everybody names: these stand loose in newscrawl/, and every room may import the first ones.
COMMON = {"newscrawl", "newscrawl.doing", "newscrawl.errors", "newscrawl.interrupts", "newscrawl.items"}
LOOSE = COMMON | {
    "newscrawl.__main__",
    "newscrawl.config",
    "newscrawl.ray",
    "newscrawl.sites",
}
# Folders of the repository that a wheel has inside newscrawl, and that go by that name everywhere.
INSIDE = ("pipelines", "settings")

# Room -> rooms that it may import, besides itself and what is common. Each permission is used.
MAY_IMPORT: dict[str, set[str]] = {
    "newscrawl.text": set(),
    "newscrawl.config": set(),
    "newscrawl.sites": {"newscrawl.text"},
    "newscrawl.ray": set(),
    # Pure functions: bytes and texts in, values out.
    "newscrawl.discovery": {"newscrawl.text"},
    "newscrawl.extraction": {"newscrawl.text"},
    "newscrawl.bucket": set(),
    "newscrawl.watch": set(),
    "newscrawl.server": {"newscrawl.bucket", "newscrawl.config"},
    "newscrawl.state": {"newscrawl.text"},
    # Its index lies in tables of the state database.
    "newscrawl.dedup": {"newscrawl.state", "newscrawl.text"},
    "newscrawl.fetching": {"newscrawl.discovery", "newscrawl.sites", "newscrawl.text"},
    # A page's and a source's way through a worker, where readers, extraction, signature and the records of the raw
    # archive meet; what is learned goes to the state.
    "newscrawl.workers": {
        "newscrawl.bucket",
        "newscrawl.dedup",
        "newscrawl.discovery",
        "newscrawl.extraction",
        "newscrawl.fetching",
        "newscrawl.state",
    },
    # Where bucket and state meet.
    "newscrawl.archive": {
        "newscrawl.bucket",
        "newscrawl.config",
        "newscrawl.dedup",
        "newscrawl.state",
        "newscrawl.tables",
        "newscrawl.text",
    },
    # Derived from the bucket, for readers. Events are linked by the words that matching cuts.
    "newscrawl.tables": {"newscrawl.bucket", "newscrawl.dedup"},
    "newscrawl.run": {
        "newscrawl.archive",
        "newscrawl.bucket",
        "newscrawl.config",
        "newscrawl.dedup",
        "newscrawl.extraction",
        "newscrawl.fetching",
        "newscrawl.server",
        "newscrawl.state",
        "newscrawl.text",
        "newscrawl.watch",
        "newscrawl.workers",
    },
    "newscrawl.spiders": {
        "newscrawl.config",
        "newscrawl.discovery",
        "newscrawl.fetching",
        "newscrawl.run",
        "newscrawl.sites",
        "newscrawl.state",
        "newscrawl.text",
        "newscrawl.workers",
    },
    # A crawl of a few pages, with a folder in place of state and bucket.
    "newscrawl.trial": {
        "newscrawl.archive",
        "newscrawl.bucket",
        "newscrawl.config",
        "newscrawl.discovery",
        "newscrawl.fetching",
        "newscrawl.run",
        "newscrawl.sites",
        "newscrawl.spiders",
        "newscrawl.state",
        "newscrawl.text",
        "newscrawl.workers",
    },
    # A web of its own; of the crawler it knows the download handler that it stands in for.
    "newscrawl.demo": {"newscrawl.fetching"},
    # What a person is told of one page: the path of a crawl, in the open.
    "newscrawl.why": {
        "newscrawl.config",
        "newscrawl.dedup",
        "newscrawl.extraction",
        "newscrawl.fetching",
        "newscrawl.run",
        "newscrawl.state",
        "newscrawl.text",
        "newscrawl.workers",
    },
    "newscrawl.commands": {
        "newscrawl.archive",
        "newscrawl.bucket",
        "newscrawl.config",
        "newscrawl.fetching",
        "newscrawl.run",
        "newscrawl.server",
        "newscrawl.sites",
        "newscrawl.spiders",
        "newscrawl.state",
        "newscrawl.tables",
        "newscrawl.text",
        "newscrawl.trial",
        "newscrawl.why",
        "newscrawl.workers",
    },
    # Only finds the settings.
    "newscrawl.__main__": set(),
    "pipelines": {"newscrawl.dedup", "newscrawl.fetching", "newscrawl.run", "newscrawl.workers"},
    "settings": set(),
}


@cache
def modules() -> dict[str, Path]:
    """Every module of the house, by its name."""
    found = {}
    for folder in ("newscrawl", "pipelines", "settings"):
        for path in (ROOT / folder).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    for name in INSIDE:
        del found[f"newscrawl.{name}"]
    return found


def room_of(module: str) -> str:
    """A folder, or a module that stands loose."""
    if module in LOOSE:
        return module
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] == "newscrawl" else 1])


@cache
def imports_of(module: str) -> set[str]:
    """The modules of the house that a module imports, at its head or later."""
    path, found = modules()[module], set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                full = f"{source}.{alias.name}"
                found.add(full if full in modules() else source)
    # Both go by the name that they have in a wheel.
    inside = tuple(f"newscrawl.{name}" for name in INSIDE)
    found = {name.removeprefix("newscrawl.") if name.startswith(inside) else name for name in found}
    return {name for name in found if name in modules()} - {module}


def used() -> dict[str, set[str]]:
    """Room -> the rooms that it imports."""
    rooms: dict[str, set[str]] = {room_of(m): set() for m in modules()}
    for module in modules():
        rooms[room_of(module)] |= {room_of(name) for name in imports_of(module)} - {room_of(module)}
    return rooms


def floors() -> list[list[str]]:
    """The rooms from the top floor to the ground: a room stands above all that it imports."""
    rooms, height = used(), {}
    for room in TopologicalSorter(rooms).static_order():
        height[room] = 1 + max((height[below] for below in rooms[room]), default=0)
    return [sorted(r for r in rooms if height[r] == floor) for floor in range(max(height.values()), 0, -1)]


def printed() -> str:
    """The house as a list, a room a line: its floor, its name, what its first line says."""
    lines = []
    top = floors()
    for number, rooms in enumerate(top):
        for room in rooms:
            says = ast.get_docstring(ast.parse(modules()[room].read_text(encoding="utf-8"))) or ""
            lines.append(f"{len(top) - number}  {room:<22} {says.splitlines()[0]}")
    return "\n".join(lines)


def test_the_house_has_floors_and_the_docs_show_it() -> None:
    print("\n" + printed())
    shown = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert f"```\n{printed()}\n```" in shown, "docs/architecture.md shows another house: paste what is printed above"


def test_no_module_imports_itself_by_way_of_others() -> None:
    try:
        list(TopologicalSorter({m: imports_of(m) for m in modules()}).static_order())
    except CycleError as e:
        pytest.fail(f"a circle of modules: {' -> '.join(e.args[1])}")


def test_every_room_imports_what_the_table_allows_and_the_table_allows_nothing_else() -> None:
    found = {room: rooms - COMMON for room, rooms in used().items() if room not in COMMON}
    table = "\n".join(f"    {room!r}: {sorted(rooms)}," for room, rooms in sorted(found.items()))
    assert found == MAY_IMPORT, f"MAY_IMPORT is not what is used; if that is wanted, write\n{table}"


def test_what_is_common_imports_nothing() -> None:
    assert not set().union(*(imports_of(m) for m in COMMON)) - COMMON


def test_nothing_in_newscrawl_imports_pipelines_or_settings() -> None:
    for module in modules():
        if module.startswith("newscrawl"):
            assert not {name.split(".")[0] for name in imports_of(module)} & {"pipelines", "settings"}, module


def test_only_what_everybody_names_stands_loose() -> None:
    loose = {f"newscrawl.{p.stem}" for p in (ROOT / "newscrawl").glob("*.py")} - {"newscrawl.__init__"}
    assert loose <= LOOSE


def test_no_two_modules_have_one_name() -> None:
    """Scrapy finds commands by the name of their module, and profiles of settings are named by what they are for."""
    named: dict[str, list[str]] = {}
    for module in modules():
        if room_of(module) not in ("newscrawl.commands", "settings") and not module.endswith("__"):
            named.setdefault(module.rpartition(".")[2], []).append(module)
    twice = {name: found for name, found in named.items() if len(found) > 1 and not _own_room(found)}
    assert not twice, "rename one of each: a reader cannot tell which is meant"


def _own_room(found: list[str]) -> bool:
    # archive/archive.py holds what the room is named for.
    short, long = sorted(found, key=len)[:2]
    return len(found) == 2 and long == f"{short}.{short.rpartition('.')[2]}"
