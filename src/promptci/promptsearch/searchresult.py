"""The outcome of a search: its trials, the looks at the gate, and the branch."""

from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.promptsearch.trials import Trial
from promptci.spending.limits import NOTHING_TAKEN, Taken

LookVerdict: TypeAlias = Literal["accepted", "refused", "undecided"]


class GateLook(Struct, frozen=True):
    """One text judged on the gate's examples, which the search had not seen.

    `number` counts the looks at this gate, of all searches; `level` is what `p` is compared with.
    Scores are shares. `why` says what it was refused for, or is not decided by.
    """

    trial: int
    number: int
    level: float
    verdict: LookVerdict
    p: float | None = None
    base_score: float | None = None
    head_score: float | None = None
    examples: int = 0
    lost: int = 0
    won: int = 0
    why: str = ""
    commit: str = ""


class SearchResult(Struct, frozen=True):
    """A search of one eval's prompt on one model, or of the prompt of a `step` of its flow.

    `stopped` says which ceiling ended it before its time; `left` is how many texts were not
    written. `kept` are the trials to be judged at the gate, the best first.
    """

    eval: str
    step: str
    by: str
    model: str
    writer: str
    train: int
    select: int
    trials: tuple[Trial, ...]
    kept: tuple[int, ...] = ()
    looks: tuple[GateLook, ...] = ()
    branch: str = ""
    stopped: str = ""
    left: int = 0
    taken: Taken = NOTHING_TAKEN

    @property
    def accepted(self) -> tuple[GateLook, ...]:
        """The looks that found a better prompt, that of the best first."""
        return tuple(look for look in self.looks if look.verdict == "accepted")

    @property
    def exit_code(self) -> int:
        """0 with a prompt accepted; else 4 where a ceiling ended it, 3 where a look is open, 1."""
        if self.accepted:
            return 0
        if self.stopped:
            return 4
        return 3 if any(look.verdict == "undecided" for look in self.looks) else 1


class TriedLook(Struct, frozen=True):
    """A look at a gate as the ledger has it; `verdict` is empty where it did not end."""

    trial: int
    number: int
    level: float
    p: float | None
    verdict: str
    why: str
    branch: str


class TriedSearch(Struct, frozen=True):
    """One search as the ledger has it: its address, how it was made, and what it tried."""

    search: str
    step: str
    by: str
    model: str
    writer: str
    seed: int
    trials: tuple[Trial, ...]
    looks: tuple[TriedLook, ...]
