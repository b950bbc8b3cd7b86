"""What a check found: the result of each eval, and what a reviewer should know beside that."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.check.basejudges import NOT_CHANGED, JudgedByBase
from promptci.check.baserevision import Base
from promptci.check.verification import Stale
from promptci.compare.compared import Compared
from promptci.compare.gate.gatechanges import GateChanges
from promptci.compare.results import NOT_ASKED, BaseAnswers
from promptci.errors import PromptCIError, verdict_code
from promptci.records.record import Accepted, Record
from promptci.spending.limits import NOTHING_TAKEN, Taken

if TYPE_CHECKING:
    from promptci.batching.receipt import Receipt
    from promptci.compare.outcomes.outcome import EvalOutcome


class Skipped(Struct, frozen=True):
    """An eval that was not evaluated, for want of a key or of what the base knows, and why.

    `unknown_in` is the eval's file where it wants an endpoint or own code that the base does not
    know; empty where only a key is missing.
    `claim` is what the committed records say instead, which is the author's word and no verdict:
    compared with the base's record, or by itself where the base has none. None without a record.
    """

    name: str
    model: str
    why: str
    claim: "Compared | EvalOutcome | None" = None
    unknown_in: str = ""


class Checked(Struct, frozen=True):
    """What a check found.

    `compared` are the evals that changed, `fresh` those that are new, `reused` those whose
    fingerprint is the base's, by eval and model. `flaky` are examples whose committed verdict
    came back when asked again, `unknown` changed evals that could not be judged without asking,
    and `removed` evals of the base that are gone. `renamed` holds the name at the base of those
    that have another one now, `split` the evals among which one was split. `skipped` are evals
    that could not be evaluated. `by_base` is what the base's judges say of evals whose judges
    the change alters, and `asked_by_base` what the base's own examples and scorers say of evals
    that the change judges otherwise. `moved` are subjects that are tested otherwise or not at
    all, `claimed` changed evals that rest on the author's records alone, `gate_changes` by what
    evals are judged where the change moved that. `evaluate_with` is the command by which
    somebody with the keys evaluates what a fork's job could not. `ended` are accepted losses
    that hold no longer, each with its record, `healed` those whose example passes, by eval,
    model and id. `rescored` says of evals whose scorers changed both scores, `edited_scores` of
    those with edited examples. `notes` are sentences that a reviewer should read, `batches`
    what rode in batches, `taken` what all of it asked and cost. `stopped` says what ended the
    check before its end, such as a ceiling. `folder` is where the project is in its repository,
    empty at its top.
    """

    basis: Base
    compared: tuple[Compared, ...] = ()
    fresh: "tuple[EvalOutcome, ...]" = ()
    reused: tuple[tuple[str, str], ...] = ()
    stale: tuple[Stale, ...] = ()
    flaky: tuple[tuple[str, str, str], ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    gate_changes: tuple[GateChanges, ...] = ()
    notes: tuple[str, ...] = ()
    by_base: JudgedByBase = NOT_CHANGED
    asked_by_base: BaseAnswers = NOT_ASKED
    moved: tuple[str, ...] = ()
    is_frozen: bool = False
    claimed: tuple[tuple[str, str], ...] = ()
    evaluate_with: str = ""
    stopped: PromptCIError | None = None
    ended: tuple[tuple[Record, Accepted], ...] = ()
    healed: tuple[tuple[str, str, str], ...] = ()
    rescored: tuple[str, ...] = ()
    edited_scores: tuple[str, ...] = ()
    batches: "tuple[Receipt, ...]" = ()
    taken: Taken = NOTHING_TAKEN
    folder: str = ""

    @property
    def judged(self) -> set[tuple[str, str]]:
        """What was compared or skipped or is new, by eval and model."""
        judged = {(each.name, each.pair.head.model.name) for each in self.compared}
        judged |= {(each.name, each.model) for each in self.skipped}
        return judged | {(each.record.eval, each.record.model) for each in self.fresh}

    @property
    def names(self) -> set[str]:
        """The evals that a check knows of at the head."""
        known = {name for name, _ in (*self.judged, *self.reused, *self.unknown)}
        return known | {each.eval for each in self.stale}

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """Eval and id of examples that must pass, as the base has it, and that are gone."""
        return tuple((each.eval, id_) for each in self.gate_changes for id_ in each.missing)

    @property
    def remarks(self) -> Iterator[str]:
        """All sentences that a reviewer should read."""
        yield from self.notes
        yield from self.rescored
        for changes in self.gate_changes:
            yield from changes.sentences()

    @property
    def exit_code(self) -> int:
        """1 where something certainly blocks, else that of what stopped it, 3 without a verdict.

        0 where all passes.
        """
        compared = (*self.compared, *self.by_base.found, *self.asked_by_base.found)
        is_open = self.stale or self.unknown or self.skipped or self.by_base.obstacles
        mute = any(c.is_undecided for c in compared) or any(o.is_undecided for o in self.fresh)
        blocked = any(each.is_blocked for each in compared)
        failed = any(each.failures and not each.is_undecided for each in self.fresh)
        return verdict_code(
            is_worse=bool(blocked or failed or self.missing or self.ended),
            is_open=bool(is_open or mute or self.claimed),
            stopped=self.stopped,
        )
