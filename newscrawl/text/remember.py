"""A cache of what was made of short texts, bounded in bytes: a hostile page's long ones never enter it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def remember(entries: int, longest: int) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """As `lru_cache(entries)`, for functions of texts: where these have more than `longest` characters together, the
    answer is made each time. The cache then holds at most `entries * longest` characters, and what is made of them.
    """

    def decorate(function: Callable[_P, _T]) -> Callable[_P, _T]:
        cached = lru_cache(maxsize=entries)(function)

        @wraps(function)
        def answered(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            size = 0
            for value in args:  # no generator: where the answer is known, it took most of the time
                if isinstance(value, str):
                    size += len(value)
            return cached(*args, **kwargs) if size <= longest else function(*args, **kwargs)  # type: ignore[arg-type]

        return answered

    return decorate
