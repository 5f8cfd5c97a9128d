"""JSON-LD as CMSes print it: what is broken in one place costs that place, never its neighbours.

The kinds: marks around the JSON (CDATA, comments, a BOM, a semicolon), quotes (as entities, unescaped inside a string,
single), escapes that JSON has not, several values in one script, commas missing or too many, an end that was cut off.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.text import lenient_json
from tests.extraction.support import TITLE, article, blocks, document

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))

_NODE = {
    "@type": "NewsArticle",
    "headline": "मेले में झूलों की जांच पूरी",
    "datePublished": "2026-11-13T08:15:00+05:30",
    "author": {"@type": "Person", "name": "सुषमा रावत"},
    "articleSection": "जिला",
}
_GOOD = json.dumps(_NODE, ensure_ascii=False, indent=1)
_BROKEN = {
    "CDATA": f"<![CDATA[{_GOOD}]]>",
    "CDATA behind line comments": f"//<![CDATA[\n{_GOOD}\n//]]>",
    "CDATA behind block comments": f"/*<![CDATA[*/{_GOOD}/*]]>*/",
    "an HTML comment": f"<!--\n{_GOOD}\n-->",
    "a byte order mark": f"\ufeff{_GOOD}",
    "a semicolon": f"{_GOOD};",
    "entities for quotes": _GOOD.replace('"', "&quot;"),
    "numbered entities for quotes": _GOOD.replace('"', "&#34;"),
    "an escape that JSON has not": _GOOD.replace("मेले में", r"\'मेले\' में"),
    "quotes inside a string": _GOOD.replace("झूलों", '"झूलों"'),
    "quotes at the end of a string": _GOOD.replace("पूरी", '"पूरी"'),
    "quotes and a comma inside a string": _GOOD.replace("झूलों", '"झूलों", पुलों'),
    "a line break inside a string": _GOOD.replace("झूलों की", "झूलों\nकी"),
    "a tab inside a string": _GOOD.replace("झूलों की", "झूलों\tकी"),
    "a second value behind the first": f'{{"@type": "WebSite", "name": "x"}}\n{_GOOD}',
    "a second value behind a comma": f'{{"@type": "WebSite", "name": "x"}},{_GOOD}',
    "a broken value before it": f'{{"@type": "WebSite", "name": }}{_GOOD}',
    "a comma too many": _GOOD.replace('"जिला"', '"जिला",'),
    "a comma too few": _GOOD.replace('पूरी",', 'पूरी"'),
    "a bracket too many": f"{_GOOD}}}",
    "an end that was cut off": _GOOD.rstrip("}\n"),
    "an end that was cut off in a string": _GOOD.rstrip("}\n") + ', "description": "झूलों की',
    "comments": _GOOD.replace('"headline"', '/* शीर्षक */ "headline"'),
    "keys without quotes": _GOOD.replace('"headline"', "headline"),
    "single quotes": _GOOD.replace('"', "'"),
    "JavaScript's nothing": _GOOD.replace('"headline"', '"image": undefined, "headline"'),
}


@pytest.mark.parametrize("script", _BROKEN.values(), ids=_BROKEN.keys())
def test_a_broken_script_is_read_as_far_as_it_makes_sense(script: str) -> None:
    head = f'<script type="application/ld+json">{script}</script>'
    story = article(document(f"<article><h1>{TITLE}</h1>{blocks()}</article>", head))
    assert story.published_at is not None and story.published_at.isoformat() == "2026-11-13T02:45:00+00:00"
    assert story.authors == ("सुषमा रावत",)
    assert story.section == "जिला"


@pytest.mark.parametrize("script", _BROKEN.values(), ids=_BROKEN.keys())
def test_no_field_swallows_another(script: str) -> None:
    [node] = [value for value in lenient_json.values(script) if value.get("@type") == "NewsArticle"]
    assert set(node) - {"description", "image"} == set(_NODE)
    assert len(node["headline"]) <= len(_NODE["headline"]) + 10  # type: ignore[arg-type]


def test_quotes_inside_a_string_are_part_of_it() -> None:
    headlines = '"headline": "नेता बोले "भारत": आगे", "alternativeHeadline": "उसने "नहीं", फिर "हां" कहा"'
    text = f'{{{headlines}, "keywords": ["क "ख" ग", "घ"]}}'
    assert lenient_json.values(text) == [
        {
            "headline": 'नेता बोले "भारत": आगे',
            "alternativeHeadline": 'उसने "नहीं", फिर "हां" कहा',
            "keywords": ['क "ख" ग', "घ"],
        }
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("tail", ["}", ",}"])
def test_a_number_that_python_cannot_read_costs_itself(tail: str) -> None:
    [value] = lenient_json.values(f'{{"headline": "नदी पर पुल", "wordCount": {"9" * 5000}{tail}')
    assert value == {"headline": "नदी पर पुल", "wordCount": None}


@settings(max_examples=EXAMPLES, deadline=None)
@given(_JSON, st.booleans())
def test_good_json_is_read_as_it_stands(value: Any, ascii_only: bool) -> None:
    assert lenient_json.values(json.dumps([value], ensure_ascii=ascii_only)) == [[value]]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(alphabet="{}[]\",:'\\/*\n truefalsnu1-.eक&;quot<!>"))
def test_no_text_raises(text: str) -> None:
    for value in lenient_json.values(text):
        json.dumps(value)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(alphabet="}],: \n;x1"))
def test_noise_before_a_good_value_does_not_hide_it(noise: str) -> None:
    assert _NODE in lenient_json.values(noise + _GOOD)


@pytest.mark.parametrize(
    "run", ['"', "'", "{", "[", '{"a":', "\\", '" ', '"a",', "/*", "//", '"\n', "a", '{"":"," ', "{'"]
)
def test_a_long_run_of_anything_costs_in_proportion(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    step = lenient_json._Mender._step

    def counted(mender: lenient_json._Mender) -> None:
        nonlocal steps
        steps += 1
        step(mender)

    monkeypatch.setattr(lenient_json._Mender, "_step", counted)
    lenient_json.values('{"a":"x" y' + run * 20_000)
    assert steps <= 20_000 * len(run) + 100
