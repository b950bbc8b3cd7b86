"""What a run, a comparison and repeated runs found as a whole, and what that exits with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.compare.compared import Compared
from promptci.compare.gate.gatechanges import GateChanges
from promptci.compare.pairing.comparedside import ComparedSide
from promptci.errors import Fault, PromptCIError, verdict_code
from promptci.records.record import Record
from promptci.spending.limits import NOTHING_TAKEN, Progress, Taken

if TYPE_CHECKING:
    from promptci.batching.receipt import Receipt
    from promptci.compare.noise import Noise
    from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer


class RunResult(Struct, frozen=True):
    """The result of a run.

    `written` are the paths of the score records that changed; `keeps` says whether records were to
    be written at all. `progress` counts what was asked, confirmations included. `stopped` says what
    ended the run before its end, such as a ceiling; the outcomes are then what there is so far.
    `left_out` says of evals why they could not be run at all, `batches` what rode in batches.
    `unchanged` are those, by eval and model, that were not to be run since nothing changed.
    """

    outcomes: "tuple[EvalOutcome, ...]"
    lost: "tuple[LostAnswer, ...]"
    written: tuple[str, ...]
    progress: Progress
    keeps: bool
    stopped: PromptCIError | None = None
    left_out: tuple[Fault, ...] = ()
    batches: "tuple[Receipt, ...]" = ()
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
        from promptci.compare.outcomes.outcome import outcomes_exit_code  # late: runs only

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


def edited_scores(
    found: Sequence[Compared],
    changes: Sequence[GateChanges],
    record_of: Callable[[str, str], Record | None],
    record: str,
) -> Iterator[str]:
    """What the base's records say of evals whose golden examples were edited, and what is so now.

    `record_of` finds them by eval and model, `record` is what they are called.
    """
    edited = {each.eval for each in changes if each.edited and not each.is_scored_otherwise}
    for each in found:
        base = record_of(each.name, each.pair.base.model.name) if each.name in edited else None
        if base is not None and not each.head.is_undecided:
            where = f"{each.title} on {each.pair.head.model.name}"
            if said := other_score(where, record, base.score, each.head.record.score):
                yield said


def scores_by_both(
    found: Sequence[Compared], record_of: Callable[[str, str], Record | None]
) -> Iterator[str]:
    """The scores by the base's scorers and by the change's, where those differ.

    `record_of` finds the base's records by eval and model.
    """
    for each in found:
        base, head = record_of(each.name, each.pair.base.model.name), each.head.record
        if base is None or base.parts.scorers == head.parts.scorers:
            continue
        where = f"{each.title} on {head.model}"
        if said := other_score(where, "the record", base.score, head.score):
            yield said


class MovedLosses(Struct, frozen=True):
    """Examples that a change edits or takes away, and those lost as the base has them.

    `must_pass` are those of the lost that the base's gate names.
    """

    eval: str
    moved: int
    lost: tuple[str, ...]
    must_pass: tuple[str, ...]


class BaseAnswers(Struct, frozen=True):
    """The answers to the base's questions.

    `found` are evals judged by the base's scorers on those of its examples that the change leaves
    as they are, `moved` what became of the others. `obstacles` says of evals why they could not be
    asked.
    """

    found: tuple[Compared, ...] = ()
    moved: tuple[MovedLosses, ...] = ()
    obstacles: tuple[tuple[str, str], ...] = ()

    @property
    def is_undecided(self) -> bool:
        """Whether the base's questions have not been answered."""
        return any(each.is_undecided for each in self.found)

    @property
    def blocked(self) -> tuple[Compared, ...]:
        """The evals that may not pass by the base's questions."""
        return tuple(each for each in self.found if each.blocks)


NOT_ASKED = BaseAnswers()


class CompareResult(Struct, frozen=True):
    """What a comparison found.

    `obstacles` says of evals why they could not be compared; `undecided` are those of them that
    both sides have, `removed` those that the base alone has. `unchanged` are those, by eval and
    model, that both sides ask alike, beside others that differ: they were not asked and are no
    part of the family of tests. `stopped` says what ended it before its end, such as a ceiling.
    `rescored` are evals of a side that were judged by the other side's scorers. Of a base that
    is a revision, `gate_changes` says by what its evals are judged there and are not now,
    `asked_by_base` what its own examples and scorers say of those, `moved` what is tested
    otherwise or not any more, and `edited_scores` what its records say of those with edited
    examples. `taken` is what it asked and cost, contests and repeats included.
    """

    found: tuple[Compared, ...]
    base: ComparedSide
    head: ComparedSide
    obstacles: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = False
    unchanged: tuple[tuple[str, str], ...] = ()
    stopped: PromptCIError | None = None
    batches: "tuple[Receipt, ...]" = ()
    rescored: OtherScorers | None = None
    gate_changes: tuple[GateChanges, ...] = ()
    edited_scores: tuple[str, ...] = ()
    asked_by_base: BaseAnswers = NOT_ASKED
    undecided: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    taken: Taken = NOTHING_TAKEN

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """Eval and id of examples that must pass, as the base has it, and that are gone."""
        return tuple((each.eval, id_) for each in self.gate_changes for id_ in each.missing)

    @property
    def exit_code(self) -> int:
        """1 where the head is worse, else that of what stopped it, 3 without a verdict, or 0.

        If strict, it is 1 as well where the head might be worse.
        """
        mute = any(contest.is_undecided for each in self.found for contest in each.contests)
        found, asked = self.found, self.asked_by_base
        blocked = any(each.is_blocked for each in (*found, *asked.found))
        return verdict_code(
            is_worse=blocked or bool(self.missing) or any(map(self._is_doubtful, found)),
            is_open=mute
            or bool(self.undecided or asked.obstacles)
            or asked.is_undecided
            or any(each.is_undecided for each in found),
            stopped=self.stopped,
        )

    def _is_doubtful(self, each: Compared) -> bool:
        is_short = each.judgement.verdict == "underpowered" and not each.is_undecided
        return self.is_strict and is_short and not each.is_untouched


class NoiseResult(Struct, frozen=True):
    """How much an eval varies, on each model; `taken` is what measuring that asked and cost."""

    found: "tuple[Noise, ...]"
    taken: Taken = NOTHING_TAKEN

    @property
    def exit_code(self) -> int:
        """3 where too many answers are missing, else 0."""
        return 3 if any(each.is_undecided for each in self.found) else 0
