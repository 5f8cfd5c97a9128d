"""A cache of what was made of short texts, bounded in bytes: a hostile page's long ones never enter it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")


class Remembered(dict[_K, _T], Generic[_K, _T]):
    """What was made of a text, or of a tuple of texts, under that; made when it is first asked for.

    It holds at most `entries`, then begins anew. Of texts that have more than `longest` characters together it is made
    each time. Looked up, not called: what is known costs a fifth of a call to an `lru_cache` that looks at the length.
    """

    def __init__(self, make: Callable[[_K], _T], entries: int, longest: int) -> None:
        super().__init__()
        self._make, self._entries, self._longest = make, entries, longest

    def __missing__(self, of: _K) -> _T:
        made = self._make(of)
        texts = of if isinstance(of, tuple) else (of,)
        if sum(len(text) for text in texts if isinstance(text, str)) <= self._longest:
            if len(self) >= self._entries:
                self.clear()
            self[of] = made
        return made
