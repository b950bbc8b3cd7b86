"""What the committed records claim of evals that could not be evaluated for want of a key."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.checked import Skipped
from promptci.compare.compared import Compared
from promptci.compare.planruns import RunPlan
from promptci.records.record import Record
from promptci.run.planning.task import Task
from promptci.run.recall import Find

if TYPE_CHECKING:
    from promptci.compare.outcomes.outcome import EvalOutcome

FindRecord = Callable[[Task], Record | None]
"""The committed record of a task; None without one."""


class ClaimedScores(Struct, frozen=True):
    """Tells which evals lack answers since an endpoint is `barred`, and what records say instead.

    `barred` says of endpoints why they are not asked. `base` takes the task of the base's side,
    under the name of the head's eval.
    """

    barred: Mapping[str, str]
    base: FindRecord
    head: FindRecord
    run: RunPlan
    find: Find

    def why(self, outcome: "EvalOutcome") -> str:
        """Why there is no verdict on an outcome, if that is for want of a key; else nothing."""
        return next((why for why in self.barred.values() if why in outcome.errors), "")

    def of(self, found: Compared) -> Skipped | None:
        """A comparison that lacks answers, with what both records claim; None if it does not."""
        why, pair = self.why(found.head) or self.why(found.base), found.pair
        if not why:
            return None
        base, head = self.base(pair.base), self.head(pair.head)
        claim = None
        if base is not None and head is not None:
            from promptci.compare.comparing import compare_pairs  # late: few checks lack a key

            records = replace(pair, base_record=base, head_record=head)
            [claim] = compare_pairs([records], self.run, self.find, times=0)
        return Skipped(pair.head.spec.name, pair.head.model.name, why, claim)

    def of_new(self, outcome: "EvalOutcome") -> Skipped | None:
        """The same of a new eval."""
        why, task = self.why(outcome), outcome.task
        if not why:
            return None
        record = self.head(task)
        return Skipped(
            task.spec.name, task.model.name, why, claimed(task, record) if record else None
        )


def claimed(task: Task, record: Record) -> "EvalOutcome":
    """An outcome as its record has it, compared with its floors."""
    from promptci.compare.outcomes.outcome import failures, from_record  # late: few are new

    return replace(from_record(task, record), failures=tuple(failures(task, record)))
