"""The texts that a search has tried, and what it may see of the examples that they answered."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

SplitPart: TypeAlias = Literal["train", "select"]
"""`train` is what a writer is shown and texts are improved on, `select` what the best is chosen by.

The gate's examples are no part: nothing here can name them.
"""

SAME = "the same as"
"""How the fault of a text begins that was tried before."""


class TrialAnswer(Struct, frozen=True):
    """One example as a text's prompt answered it. `score` is a share in 0..1, 0 without an answer.

    `input` are its variables and `wanted` what is expected, as texts; `why` says what a scorer
    missed, or why there is no answer.
    """

    id: str
    input: str
    wanted: str
    output: str
    score: float
    passed: bool
    why: str = ""
    is_error: bool = False


class Trial(Struct, frozen=True):
    """One text that was tried, numbered in the order of writing; 0 is the text at present.

    `round` is the turn in which it was written, `parents` what it was written from. `fault` says
    why it cannot be used. `train` and `select` are mean scores in 0..1, None where not measured;
    `errors` counts examples without an answer among those measured.
    """

    number: int
    text: str
    round: int = 0
    parents: tuple[int, ...] = ()
    fault: str = ""
    train: float | None = None
    select: float | None = None
    errors: int = 0


class WriterText(Struct, frozen=True):
    """What a writer wrote; with a `fault` it wrote nothing of use, which that explains."""

    text: str
    fault: str = ""


class TextMeasurer(Protocol):
    """Has texts written and measured. Every call goes through the runner: cached, priced, bounded.

    Methods raise `BudgetError` at a ceiling and `ModelError` where nothing can be asked.
    """

    def write(self, asks: Sequence[str], *, first: int) -> tuple[WriterText, ...]:
        """The writer's answer to each; `first` numbers them, so that equal ones are asked apart."""
        ...

    def answers(
        self, texts: Sequence[str], part: SplitPart, ids: Sequence[str] | None = None
    ) -> tuple[tuple[TrialAnswer, ...], ...]:
        """For each text the examples of a part, or those of them with these ids, in file order."""
        ...

    def fault(self, text: str) -> str:
        """Why a text does not fit into the prompt; empty where it does."""
        ...

    def note(self, trial: Trial) -> None:
        """Write down what is known of a trial now."""
        ...
