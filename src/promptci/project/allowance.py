"""What a command may spend, over all its runs, and with what runs cut short before it took."""

from collections.abc import Iterable

from promptci.digest import short_digest
from promptci.project.project import Project
from promptci.run.plan import Task
from promptci.run.workers import make_budget
from promptci.spending.limits import Limits


class Allowance:
    """One budget for all runs of a command; what it spends is written down as it goes."""

    def __init__(self, project: Project, limits: Limits) -> None:
        self.budget = make_budget(limits, project.models)
        self._ledger = project.ledger if self.budget.has_ceiling else None
        if self._ledger is not None:
            self.budget.note = self._ledger.add

    def begin(self, tasks: Iterable[Task]) -> None:
        """Count what earlier commands spent on the same work before they were cut short."""
        if self._ledger is not None:
            works = {f"{t.spec.name} {t.model.name} {t.fingerprint}" for t in tasks}
            self.budget.count_before(self._ledger.begin(map(short_digest, works)))
