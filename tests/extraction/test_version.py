"""Whoever changes what extraction does is asked whether its version must be raised."""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from importlib.metadata import version
from pathlib import Path

from newscrawl.extraction import version as ours
from newscrawl.extraction.story import extract
from newscrawl.items import Article
from tests.samples import html, page
from tests.support import ROOT

# What Hindi letters, dates and addresses are is decided there.
FOLDERS = ("newscrawl/extraction", "newscrawl/text")


def meaning(path: Path) -> str:
    """What a file of rules says to the machine: no comments, no docstrings, no layout."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return json.dumps(tomllib.loads(text), ensure_ascii=False, sort_keys=True, default=str)
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return repr(_shape(tree))


def _shape(node: object) -> object:
    """A tree of Python as nested tuples: neither `ast.dump` nor `ast.unparse` is the same in two Pythons."""
    if isinstance(node, ast.AST):
        fields = ((name, _shape(value)) for name, value in ast.iter_fields(node) if value not in (None, []))
        return (type(node).__name__, *fields)
    return tuple(map(_shape, node)) if isinstance(node, list) else repr(node)


def digest() -> str:
    """Of all rules, and of the library that reads the pages first."""
    files = sorted(p for folder in FOLDERS for p in (ROOT / folder).rglob("*") if p.suffix in (".py", ".toml"))
    found = hashlib.sha256(version("trafilatura").encode())
    for path in files:
        if path.name != "version.py":
            found.update(f"\n{path.relative_to(ROOT).as_posix()}\n{meaning(path)}".encode())
    return found.hexdigest()[:16]


def test_rules_that_changed_are_noted_beside_the_version() -> None:
    assert digest() == ours.RULES_DIGEST, (
        "the rules of extraction changed: raise EXTRACTION_VERSION in newscrawl/extraction/version.py if any page can "
        f'get another text, headline, date or verdict by it, and write RULES_DIGEST = "{digest()}" in any case'
    )


def test_comments_and_docstrings_are_no_rules(tmp_path: Path) -> None:
    bare, told = tmp_path / "bare.py", tmp_path / "told.py"
    bare.write_text("def f(x):\n    return x\n")
    told.write_text('"""Says."""\n\n\ndef f(x):  # and says\n    """Says more."""\n    return x\n')
    assert meaning(bare) == meaning(told)
    told.write_text("def f(x):\n    return -x\n")
    assert meaning(bare) != meaning(told)


def test_every_article_says_what_made_it() -> None:
    from newscrawl.dedup.signature import signature

    made = extract(page(html()), signature)
    assert isinstance(made, Article) and made.extraction_version == ours.EXTRACTION_VERSION > 0
