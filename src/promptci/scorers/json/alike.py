"""When two JSON values count as equal, and where they differ."""

from collections import Counter
from collections.abc import Hashable, Iterator
from decimal import Context, Decimal
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from promptci.parsing.source import Plain, excerpt
from promptci.scorers.base.options import Options
from promptci.scorers.base.verdict import Unjudged, shorten
from promptci.scorers.json.jsonpath import Steps, written_path
from promptci.scorers.json.pairing import most_pairs

MAX_STEPS = 300_000
"""Values compared where lists have no order and numbers a tolerance: n items take n * n."""

_Distance = Annotated[float, Meta(ge=0, le=1e300)]


_CONTEXT = Context(prec=60, traps=[])


class _Missing:
    """Marks what is missing."""


MISSING: Final = _Missing()
_Found: TypeAlias = Plain | _Missing


class AlikeOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes two values equal."""

    tolerance: Annotated[
        _Distance, Meta(description="how far a number may be from the one wanted")
    ] = 0.0
    relative: Annotated[
        _Distance, Meta(description="the same as a share of the number wanted; the larger counts")
    ] = 0.0
    ignore_case: Annotated[bool, Meta(description="texts are equal in any case")] = False
    unordered: Annotated[bool, Meta(description="lists are equal in any order")] = False


class Leaf(Struct, frozen=True):
    """One place in what is wanted, and whether the same is there. `got` may be `MISSING`.

    `is_extra` marks a place that should not be there; `wanted` is null then.
    """

    path: Steps
    wanted: Plain
    got: _Found
    is_right: bool
    is_extra: bool = False

    @property
    def is_given(self) -> bool:
        """Whether anything is there."""
        return not isinstance(self.got, _Missing)

    def in_words(self) -> str:
        """What is wrong here, for a line why."""
        place = f"{excerpt(written_path(self.path), 40)}: " if self.path else ""
        if self.is_extra:
            return f"{place}not wanted"
        if isinstance(self.got, _Missing):
            return f"{place}missing"
        return f"{place}got {shorten(self.got, 30)}, expected {shorten(self.wanted, 30)}"


class Equality:
    """Compares two values. Raises `Unjudged` where it would take too long."""

    def __init__(self, options: AlikeOptions) -> None:
        self.options = options
        self.has_tolerance = bool(options.tolerance or options.relative)
        self.steps = 0

    def same(self, wanted: Plain, got: Plain) -> bool:
        """Whether both are equal as JSON: 1 is 1.0, but true is not 1; keys have no order."""
        if self.options.unordered and not self.has_tolerance:
            return _could_be(wanted, got) and self._key(wanted) == self._key(got)
        self._step()
        if isinstance(wanted, dict) and isinstance(got, dict):
            return wanted.keys() == got.keys() and all(
                self.same(value, got[key]) for key, value in wanted.items()
            )
        if isinstance(wanted, list) and isinstance(got, list):
            return self._same_items(wanted, got)
        if isinstance(wanted, bool) or isinstance(got, bool):
            return wanted is got
        if isinstance(wanted, str) and isinstance(got, str) and self.options.ignore_case:
            return wanted.casefold() == got.casefold()
        return wanted == got or self._is_near(wanted, got)

    def leaves(
        self, wanted: Plain, got: _Found, path: Steps = (), *, extra: bool, items: bool
    ) -> Iterator[Leaf]:
        """Every place in what is wanted; with `extra` also what should not be there.

        Objects are entered, lists only with `items`; anything else is compared as a whole.
        """
        if isinstance(wanted, dict) and wanted:
            found = got if isinstance(got, dict) else {}
            for key, value in wanted.items():
                inner = found.get(key, MISSING)
                yield from self.leaves(value, inner, (*path, key), extra=extra, items=items)
            if extra:
                yield from (
                    Leaf((*path, key), None, value, False, True)
                    for key, value in found.items()
                    if key not in wanted
                )
        elif isinstance(wanted, list) and wanted and items:
            yield from self._items(wanted, got, path, extra=extra)
        else:
            yield Leaf(path, wanted, got, not isinstance(got, _Missing) and self.same(wanted, got))

    def _items(
        self, wanted: list[Plain], got: _Found, path: Steps, *, extra: bool
    ) -> Iterator[Leaf]:
        found = got if isinstance(got, list) else []
        for index, value in enumerate(wanted):
            inner = found[index] if index < len(found) else MISSING
            yield from self.leaves(value, inner, (*path, index), extra=extra, items=True)
        if extra:
            for index in range(len(wanted), len(found)):
                yield Leaf((*path, index), None, found[index], False, True)

    def _same_items(self, wanted: list[Plain], got: list[Plain]) -> bool:
        if len(wanted) != len(got):
            return False
        if not self.options.unordered:
            return all(map(self.same, wanted, got))
        edges = [
            [right for right, item in enumerate(got) if self.same(value, item)] for value in wanted
        ]
        return len(most_pairs(edges)) == len(wanted)

    def _is_near(self, wanted: Plain, got: Plain) -> bool:
        if not self.has_tolerance:
            return False
        if not isinstance(wanted, int | float) or not isinstance(got, int | float):
            return False
        goal = _decimal(wanted)
        share = _CONTEXT.multiply(_decimal(self.options.relative), goal.copy_abs())
        reach = max(_decimal(self.options.tolerance), share)
        return _CONTEXT.subtract(_decimal(got), goal).copy_abs() <= reach

    def _step(self) -> None:
        self.steps += 1
        if self.options.unordered and self.steps > MAX_STEPS:
            raise Unjudged(f"more than {MAX_STEPS:,} steps to compare lists in any order")

    def _key(self, value: Plain) -> Hashable:
        """The same for values that are equal where lists have no order and nothing is near."""
        if isinstance(value, dict):
            return frozenset((key, self._key(inner)) for key, inner in value.items())
        if isinstance(value, list):
            return ("list", frozenset(Counter(map(self._key, value)).items()))
        if isinstance(value, bool):
            return (bool, value)
        folds = isinstance(value, str) and self.options.ignore_case
        return value.casefold() if folds and isinstance(value, str) else value


def _decimal(number: float) -> Decimal:
    """A number as it is written: 1.1 is as far from 1.0 as 0.1 says."""
    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))


def _could_be(wanted: Plain, got: Plain) -> bool:
    """Whether keys and lengths are the same, down to the first lists; a huge answer ends here."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return wanted.keys() == got.keys() and all(_could_be(wanted[key], got[key]) for key in got)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got)
    return not isinstance(got, dict | list)
