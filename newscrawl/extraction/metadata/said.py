"""What the sources of one field say, in the order in which they are believed.

A field's sources are asked one after the other until one is believed; whoever asks why (`scrapy explain`) has the
others asked, too, by the same function.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple


class Said(NamedTuple):
    """What one source says of a field; `refused`: why it is not believed."""

    source: str
    value: Any
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A field's value and the source that gave it, None where nobody did, with all that was said."""

    value: Any = None
    source: str | None = None
    said: tuple[Said, ...] = ()

    def refusing(self, why: str) -> Heard:
        """The same without a value: what the believed source said is refused after all."""
        said = tuple(one._replace(refused=why) if one.source == self.source else one for one in self.said)
        return replace(self, value=None, source=None, said=said)

    def or_else(self, said: Iterable[Said]) -> Heard:
        """The same where it has a value, else what the next sources say."""
        more = tuple(said)
        taken = next((one for one in more if one.value and one.refused is None), None)
        heard = (*self.said, *more)
        if self.source is not None or taken is None:
            return replace(self, said=heard)
        return Heard(taken.value, taken.source, heard)


def believed(said: Iterable[Said], *, whole: bool = False) -> Heard:
    """The first source that says something and is not refused; `whole`: the sources behind it are asked as well."""
    taken, heard = None, []
    for one in said:
        if not one.value:
            continue
        heard.append(one)
        if taken is None and one.refused is None:
            taken = one
            if not whole:
                break
    return Heard(taken.value if taken else None, taken.source if taken else None, tuple(heard))
