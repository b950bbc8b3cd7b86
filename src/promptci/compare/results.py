"""What a run, a comparison and repeated runs found as a whole, and what that exits with."""

from collections.abc import Mapping

from msgspec import Struct, field

from promptci.batching.receipt import Receipt
from promptci.compare.compared import Compared
from promptci.compare.noise import Noise
from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, outcomes_exit_code
from promptci.compare.sides import ComparedSide
from promptci.errors import Fault, PromptCIError, verdict_code
from promptci.spending.limits import NOTHING_TAKEN, Progress, Taken


class RunResult(Struct, frozen=True):
    """The result of a run.

    `written` are the paths of the score records that changed; `keeps` says whether records were to
    be written at all. `progress` counts what was asked, confirmations included. `stopped` says what
    ended the run before its end, such as a ceiling; the outcomes are then what there is so far.
    `left_out` says of evals why they could not be run at all, `batches` what rode in batches.
    `unchanged` are those, by eval and model, that were not to be run since nothing changed.
    """

    outcomes: tuple[EvalOutcome, ...]
    lost: tuple[LostAnswer, ...]
    written: tuple[str, ...]
    progress: Progress
    keeps: bool
    stopped: PromptCIError | None = None
    left_out: tuple[Fault, ...] = ()
    batches: tuple[Receipt, ...] = ()
    unchanged: tuple[tuple[str, str], ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where the gate of an eval with a verdict blocks, 3 where answers are missing, else 0.

        That of what stopped it, since then no gate was applied to the end; 2 where it would be 0
        and an eval could not be run for a fault in its file.
        """
        if self.stopped is not None:
            return self.stopped.exit_code
        is_short = any(not fault.warning for fault in self.left_out)
        return outcomes_exit_code(self.outcomes) or (2 if is_short else 0)


class OtherScorers(Struct, frozen=True):
    """The `evals` of one side of a comparison whose own scorers did not judge them.

    `by` names the side whose scorers judged both, `side` the one whose scorers are others; `scores`
    say what its records say by those, as `other_score` words it.
    """

    by: str
    side: str
    evals: tuple[str, ...]
    scores: tuple[str, ...] = ()


def other_score(where: str, record: str, was: float, now: float | None) -> str:
    """What a `record` says of an eval, on a model, and what other scorers do; empty if the same.

    `was` and `now` are scores from 0 to 1; the second is None where it is not known.
    """
    told = f"{was:.1%}", None if now is None else f"{now:.1%}"
    if told[0] == told[1]:
        return ""
    return f"{where}: {record} says {told[0]}" + (f", now {told[1]}" if told[1] else "")


class CompareResult(Struct, frozen=True):
    """What a comparison found.

    `obstacles` says of evals why they could not be compared. `unchanged` are those, by eval and
    model, that both sides ask alike, beside others that differ: they were not asked and are no part
    of the family of tests. `stopped` says what ended it before its end, such as a ceiling.
    `rescored` are evals of a side that were judged by the other side's scorers.
    """

    found: tuple[Compared, ...]
    base: ComparedSide
    head: ComparedSide
    obstacles: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = False
    unchanged: tuple[tuple[str, str], ...] = ()
    stopped: PromptCIError | None = None
    batches: tuple[Receipt, ...] = ()
    rescored: OtherScorers | None = None

    @property
    def exit_code(self) -> int:
        """1 where the head is worse, else that of what stopped it, 3 without a verdict, or 0.

        If strict, it is 1 as well where the head might be worse.
        """
        mute = any(contest.is_undecided for each in self.found for contest in each.contests)
        return verdict_code(
            is_worse=any(each.is_blocked or self._is_doubtful(each) for each in self.found),
            is_open=mute or any(each.is_undecided for each in self.found),
            stopped=self.stopped,
        )

    def _is_doubtful(self, each: Compared) -> bool:
        is_short = each.judgement.verdict == "underpowered" and not each.is_undecided
        return self.is_strict and is_short and not each.is_untouched


class NoiseResult(Struct, frozen=True):
    """How much an eval varies, on each model; `taken` is what measuring that asked and cost."""

    found: tuple[Noise, ...]
    taken: Taken = NOTHING_TAKEN

    @property
    def exit_code(self) -> int:
        """3 where too many answers are missing, else 0."""
        return 3 if any(each.is_undecided for each in self.found) else 0
