"""When a gate can no longer pass: nothing that is still to be asked would change that."""

from msgspec import Struct

from promptci.errors import GateMissedError
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task

_ROUNDING = 1e-9


class _Tally(Struct):
    """One task: results so far, and the scores of those that are no errors."""

    finished: int = 0
    answered: int = 0
    score: float = 0.0


class FailFast:
    """Ends a run with the first result after which its gate fails whatever the others say.

    That is a must-pass example that fails, or so many low scores that perfect ones would not reach
    the floor any more. An error decides nothing, since it is asked for again.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tallies = {id(task): _Tally() for task in plan.tasks}
        self._done = 0

    def take(self, finished: Finished) -> None:
        """Add one result. Raises `GateMissedError` when it decides."""
        task, result = finished.task, finished.evaluated.result
        tally = self._tallies[id(task)]
        self._done += 1
        tally.finished += 1
        if result.fate != "error":
            tally.answered += 1
            tally.score += result.score
        why = ""
        if result.fate == "fail" and result.id in task.spec.gate.must_pass:
            why = f"`{result.id}` must pass and fails"
        elif _is_out_of_reach(task, tally):
            why = f"the score cannot reach the floor of {task.spec.gate.min_score:.1%} any more"
        if why:
            raise GateMissedError(f"{task.spec.name} on {task.model.name}: {why}; {self._rest()}")

    def _rest(self) -> str:
        left = self._plan.count - self._done
        stopped = f"stopped with {left:,} of {self._plan.count:,} examples undecided"
        return f"{stopped}, what was answered is kept"


def _is_out_of_reach(task: Task, tally: _Tally) -> bool:
    """Whether the floor is missed even if each example that is left scores 1."""
    floor = task.spec.gate.min_score
    if floor is None or task.chosen is not None:
        return False
    left = task.count - tally.finished
    all_in = tally.answered + left
    return all_in > 0 and (tally.score + left) / all_in + _ROUNDING < floor
