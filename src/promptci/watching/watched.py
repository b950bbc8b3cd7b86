"""Which evals a saved file makes due, and what moved by it."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.results import RunResult
from promptci.git.worktree import WorkTree
from promptci.projectpaths import CONFIG
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.specs.evalspec import Gate
from promptci.spending.limits import Limits
from promptci.suite.filenames import FOLDERS
from promptci.watching.saves import Before, is_of_interest

_Name = tuple[str, str]
_Basis = tuple[str, Gate]


def watched_files(tree: WorkTree, root: Path) -> dict[Path, Before]:
    """What was read beside the folders `prompts`, `evals` and `flows`, and how it was then.

    That is the configuration, examples, documents, pictures, schemas, own code, and folders in
    which documents were looked for.
    """
    looks = tree.looks or {}
    apart = (path for path in (CONFIG, *looks) if path.partition("/")[0] not in FOLDERS)
    return {root / path: looks.get(path) for path in apart if path and is_of_interest(path)}


class Watched(Struct):
    """What has been seen so far, by eval and model: what was evaluated, and what came of it.

    `limits` are those of the whole watch; what was spent is not there for the next evaluation.
    """

    limits: Limits
    _bases: dict[_Name, _Basis] = field(default_factory=dict)
    _seen: dict[_Name, EvalOutcome] = field(default_factory=dict)
    _asked: int = 0
    _cost: Decimal = Decimal(0)

    def due(self, plan: Plan) -> Plan:
        """The part of a plan that is not as it was, or has no verdict yet."""
        return replace(plan, tasks=tuple(task for task in plan.tasks if self._is_due(task)))

    @property
    def remaining(self) -> Limits:
        """The ceilings, less what was spent."""
        requests, cost = self.limits.max_requests, self.limits.max_cost
        return replace(
            self.limits,
            max_requests=None if requests is None else max(0, requests - self._asked),
            max_cost=None if cost is None else max(Decimal(0), cost - self._cost),
        )

    def moved(self, result: RunResult) -> tuple[EvalOutcome, ...]:
        """The outcomes that differ from those before, which are remembered."""
        self._asked += result.progress.asked
        self._cost += result.progress.cost
        found = []
        for outcome in result.outcomes:
            name, before = _name(outcome.task), self._seen.get(_name(outcome.task))
            if before is None or _differs(before, outcome):
                found.append(outcome)
            self._bases[name], self._seen[name] = _basis(outcome.task), outcome
        return tuple(found)

    def fates(self, outcomes: Iterable[EvalOutcome]) -> Iterator[str]:
        """How examples fared before and now, a line each, for outcomes not remembered yet."""
        for outcome in outcomes:
            before = self._seen.get(_name(outcome.task))
            known = {} if before is None else {r.id: r.fate for r in before.record.results}
            for result in outcome.record.results:
                was = known.get(result.id)
                if was is not None and was != result.fate:
                    yield f"{outcome.record.eval} / {result.id}: {was} → {result.fate}"

    def _is_due(self, task: Task) -> bool:
        before = self._seen.get(_name(task))
        is_known = before is not None and not before.is_undecided
        return not is_known or self._bases[_name(task)] != _basis(task)


def _name(task: Task) -> _Name:
    return task.spec.name, task.model.name


def _basis(task: Task) -> _Basis:
    return task.fingerprint, task.spec.gate


def _differs(before: EvalOutcome, now: EvalOutcome) -> bool:
    def shown(outcome: EvalOutcome) -> tuple[object, ...]:
        fates: Sequence[tuple[str, str, float]] = [
            (each.id, each.fate, each.score) for each in outcome.record.results
        ]
        return fates, outcome.failures, dict(outcome.errors)

    return shown(before) != shown(now)
