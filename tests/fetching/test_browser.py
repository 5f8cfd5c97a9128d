"""Where a page can be rendered, and what is said where it cannot."""

from __future__ import annotations

import pytest

from newscrawl.errors import ConfigError
from newscrawl.fetching.browser import check_browser
from newscrawl.sites import Site


def test_a_machine_without_browser_refuses_a_site_that_needs_one_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    plain, scripted = (
        Site(name=name, home="https://a.example/", render=name == "scripted") for name in ("a", "scripted")
    )
    check_browser([plain])
    with pytest.raises(ConfigError, match=r"^scripted: render = true needs (?:pip install|Chromium: apt-get install)"):
        check_browser([plain, scripted])
