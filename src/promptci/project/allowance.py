"""What a command may spend, over all its runs, shared with other runs of the same work."""

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
            self.budget.alone = self._ledger.alone

    def begin(self, tasks: Iterable[Task]) -> None:
        """Count what other commands have spent on the same work."""
        if self._ledger is not None:
            works = {f"{t.spec.name} {t.model.name} {t.fingerprint}" for t in tasks}
            self.budget.count_others(self._ledger.begin(map(short_digest, works)))
