"""What golden examples are like, and what became of them: the results of `promptci examples`."""

from collections.abc import Mapping

from msgspec import Struct


class GoldenStats(Struct, frozen=True):
    """What an eval's golden examples are like.

    `classes` and `tags` count examples; `lengths` are the least, the median and the most characters
    of an input. `near` pairs ids of nearly equal inputs. `always_…` are examples of the same fate
    at each of the `commits` on record, `flapping` those that changed it at least twice.
    """

    name: str
    count: int
    classes: Mapping[str, int]
    tags: Mapping[str, int]
    lengths: tuple[int, float, int]
    near: tuple[tuple[str, str], ...]
    always_pass: tuple[str, ...]
    always_fail: tuple[str, ...]
    flapping: tuple[str, ...]
    commits: int


class SplitResult(Struct, frozen=True):
    """The files that an eval's examples were split into, with how many, and leaks between them."""

    files: Mapping[str, int]
    leaks: tuple[tuple[str, str], ...]

    @property
    def exit_code(self) -> int:
        """1 where nearly equal inputs ended in different parts, else 0."""
        return 1 if self.leaks else 0


class JudgedCandidates(Struct, frozen=True):
    """How many candidates are golden examples now, stay candidates, or are not drafted again."""

    taken: int = 0
    skipped: int = 0
    dropped: int = 0
