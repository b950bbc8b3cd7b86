"""The examples of a page in the order in which a reader should see them, none of them in memory."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

from promptci.render.json.page.parts import PageExampleV1
from promptci.reportdata.diskvalues import DiskValues

FATES = ("lost", "error", "flaky", "won", "changed", "new", "removed", "same")
"""What can become of an example, in the order in which a reader should see it."""


class PageExamples(Sequence[PageExampleV1]):
    """Examples put aside in a temporary file, lost ones first; each is read when it is wanted.

    `evals` are evals with their models in the order in which a reader should see them.
    """

    def __init__(
        self, examples: Iterable[PageExampleV1], evals: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._kept = DiskValues(PageExampleV1)
        ranks = {name: rank for rank, name in enumerate(evals)}
        order = sorted((_place(each, ranks), self._kept.add(each)) for each in examples)
        self._numbers = array("q", (number for _, number in order))

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> PageExampleV1: ...

    @overload
    def __getitem__(self, at: slice) -> list[PageExampleV1]: ...

    def __getitem__(self, at: int | slice) -> PageExampleV1 | list[PageExampleV1]:
        if isinstance(at, slice):
            return [self._kept.read(number) for number in self._numbers[at]]
        return self._kept.read(self._numbers[at])

    def __iter__(self) -> Iterator[PageExampleV1]:
        return map(self._kept.read, self._numbers)


def _place(
    example: PageExampleV1, ranks: Mapping[tuple[str, str], int]
) -> tuple[int, bool, bool, bool, int, str, str, str]:
    """Lost examples first; in each fate those that must pass first, accepted ones last.

    Of new ones those that fail come first.
    """
    place = FATES.index(example.fate)
    fails = example.head is not None and example.head.fate == "fail"
    return (
        place if place < len(FATES) - 1 or not fails else place - 1,
        example.accepted,
        not example.must_pass,
        example.fate == "new" and not fails,
        ranks.get((example.eval, example.model), len(ranks)),
        example.eval,
        example.model,
        example.id,
    )
