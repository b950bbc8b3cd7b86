"""Everything that one report page is made from."""

from collections.abc import Sequence

from msgspec import Struct, field

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.results import CompareResult, RunResult
from promptci.judges.judgeresult import JudgeResult
from promptci.reportdata.answerbook import AnswerBook
from promptci.reportdata.pastscores import Past

WORKING_TREE = "the working tree"
"""What the head is called where none is named."""


class Reported(Struct, frozen=True):
    """What a page shows.

    `result` is a check's, a comparison's or a run's, None without a base. `alone` are evals with
    one side only: new ones, and those that did not change. `book` holds the answers, `past` what
    the last commits recorded, `judges` how far judges agree with people. `head` says what was
    evaluated. With `is_from_records` answers are not stored here: committed records are used.
    `elsewhere` are evals whose head is not what the files say now.
    """

    result: Checked | CompareResult | RunResult | None
    head: str
    book: AnswerBook
    alone: tuple[EvalOutcome, ...] = ()
    past: Past = field(default_factory=Past)
    judges: JudgeResult = field(default_factory=lambda: JudgeResult(()))
    is_from_records: bool = False
    elsewhere: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def compared(self) -> Sequence[Compared]:
        """The evals with two sides."""
        if isinstance(self.result, Checked):
            return self.result.compared
        return self.result.found if isinstance(self.result, CompareResult) else ()

    @property
    def outcomes(self) -> Sequence[EvalOutcome]:
        """The evals with one side."""
        return (*self.fresh, *self.alone)

    @property
    def fresh(self) -> Sequence[EvalOutcome]:
        """Those of them that are new, or that a run evaluated."""
        if isinstance(self.result, RunResult):
            return self.result.outcomes
        return self.result.fresh if isinstance(self.result, Checked) else ()
