"""datasketch, without SciPy until something needs it.

datasketch imports SciPy's integration at once, to choose bands and rows by a threshold. Ours are given, and it takes
50 MB of a crawl's process and a third of a second of each command.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


def _quad(*args: Any, **options: Any) -> Any:
    from scipy.integrate import quad  # type: ignore[import-untyped]

    return quad(*args, **options)


_integrate = ModuleType("scipy.integrate")
_integrate.quad = _quad  # type: ignore[attr-defined]
# SciPy's own stays where it was imported already, and comes back for whoever imports it next.
_ours = sys.modules.setdefault("scipy.integrate", _integrate) is _integrate
try:
    from datasketch import MinHash, MinHashLSH
    from datasketch.storage import UnorderedStorage, unordered_storage
finally:
    if _ours:
        del sys.modules["scipy.integrate"]

__all__ = ["MinHash", "MinHashLSH", "UnorderedStorage", "unordered_storage"]
