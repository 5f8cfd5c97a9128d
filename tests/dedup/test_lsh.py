"""SciPy is left out of a crawl, and is there for whoever needs it."""

from __future__ import annotations

import subprocess
import sys

from tests.support import ROOT

PROGRAM = """
import sys
import newscrawl.run
assert not {"scipy.integrate", "scipy.special", "scipy.sparse"} & sys.modules.keys()
from datasketch import MinHashLSH
lsh = MinHashLSH(threshold=0.7)
print(lsh.b, lsh.r)
import scipy.integrate
scipy.integrate.odeint
"""


def test_scipy_is_imported_when_datasketch_or_anybody_needs_it_and_not_before() -> None:
    plain = "from datasketch import MinHashLSH\nlsh = MinHashLSH(threshold=0.7)\nprint(lsh.b, lsh.r)"
    said = [
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
        for program in (PROGRAM, plain)
    ]
    assert said[0].returncode == 0, said[0].stderr
    assert said[0].stdout == said[1].stdout != ""
