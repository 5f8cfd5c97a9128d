"""What README, docs, docstrings and comments name exists: files, settings, commands, modules, make targets."""

from __future__ import annotations

import ast
import importlib
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache

import pytest

from newscrawl.config import NOT_SETTINGS, SETTINGS
from tests.support import ROOT

_PATH = re.compile(r"(?<![\w/.*<:{-])((?:[\w.-]+/)*[\w-]+\.(?:py|md|toml|cfg|txt|svg|lock|npy|ya?ml))\b(?![\w*/])")
_FOLDER = re.compile(r"`((?:newscrawl|pipelines|settings|tests|docs|benchmarks)(?:/[\w.-]+)*/)`")
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[\w-]+)?\)")
_SETTING = re.compile(r"\bNEWSCRAWL_[A-Z_]+\b(?!\*)")
_COMMAND = re.compile(r"\b(?:scrapy|newscrawl) (bucket|crawl|demo|sites)(?: ([a-z]+))?\b")
_MAKE = re.compile(r"`make ([a-z]+)`")
_MODULE = re.compile(r"(?<![\w.])((?:newscrawl|pipelines|settings|benchmarks)(?:\.\w+)+)\b")
# Files of a user, of a run, of a web server.
_ELSEWHERE = {"my.toml", "truth.json", "demo.json", "index.jsonl", "robots.txt"}


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(listed.stdout.splitlines())


def prose() -> Iterator[tuple[str, str]]:
    """(file, text): documents whole, of code the docstrings and comments."""
    for name in tracked():
        path = ROOT / name
        if path.suffix == ".md":
            yield name, path.read_text(encoding="utf-8")
        elif path.suffix == ".py":
            source = path.read_text(encoding="utf-8")
            kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
            nodes = (n for n in ast.walk(ast.parse(source)) if isinstance(n, kinds))
            yield name, "\n".join(filter(None, (ast.get_docstring(n) for n in nodes)))
            tokens = tokenize.generate_tokens(io.StringIO(source).readline)
            yield name, "\n".join(t.string for t in tokens if t.type == tokenize.COMMENT)
        elif name in ("Makefile", ".ci/run", "newscrawl/sites.toml"):
            yield name, path.read_text(encoding="utf-8")


def unknown(text: str, source: str = "README.md") -> list[str]:
    """The names in a text of the file `source` that name nothing."""
    links = _LINK.findall(text) if source.endswith(".md") else []
    return [
        *(name for name in _PATH.findall(text) if name not in links and not _is_file(name)),
        *(name for name in _FOLDER.findall(text) if not (ROOT / name).is_dir()),
        *(name for name in links if not (ROOT / source).parent.joinpath(name).exists()),
        *(name for name in _SETTING.findall(text) if name not in SETTINGS and name not in NOT_SETTINGS),
        *(f"{command} {action}" for command, action in _COMMAND.findall(text) if not _is_command(command, action)),
        *(f"make {target}" for target in _MAKE.findall(text) if target not in _targets()),
        *(name for name in _MODULE.findall(text) if not _resolves(name)),
    ]


def _is_file(name: str) -> bool:
    """Whole from the root, or as its room is spoken of: `fetching/hosts.py`, `hosts.py`."""
    return name.rpartition("/")[2] in _ELSEWHERE or any(f"/{known}".endswith(f"/{name}") for known in tracked())


def _is_command(command: str, action: str) -> bool:
    from newscrawl.commands.actions import ACTIONS

    return command != "bucket" or not action or action in ACTIONS


@cache
def _targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@cache
def _resolves(name: str) -> bool:
    parts = name.split(".")
    if parts[-1] in ("toml", "py", "md", "timer", "cron", "schema_version", "header"):  # files; metadata
        return True
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for attribute in parts[end:]:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


def test_everything_that_is_named_exists() -> None:
    wrong = [f"{source}: {name}" for source, text in prose() for name in unknown(text, source)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "see docs/captured.md", "`newscrawl/worker.py`", "hosts2.py", "`newscrawl/queue/`", "[x](nothing.md)",
        "NEWSCRAWL_BATCHES", "scrapy bucket dance", "`make coffee`", "newscrawl.hindi.fold",
        "newscrawl.text.hindi.fald",
    ],
)  # fmt: skip
def test_a_name_of_nothing_is_found(text: str) -> None:
    assert len(unknown(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "docs/architecture.md", "`fetching/hosts.py`", "hosts.py", "`newscrawl/bucket/`", "[x](docs/reading.md#duckdb)",
        "NEWSCRAWL_BATCH_ROWS", "any NEWSCRAWL_* setting", "scrapy bucket rebuild", "`make test`",
        "newscrawl.text.hindi.fold", "newscrawl.extraction.extract", "https://example.org/a/page.md",
    ],
)  # fmt: skip
def test_a_name_of_something_is_not(text: str) -> None:
    assert unknown(text) == []
