"""`promptci run --watch`: evaluate what each saved file changes, until interrupted."""

from pathlib import Path

import click
from msgspec import Struct, field

from promptci.commands.display import look, say
from promptci.errors import BudgetError, ModelError, NothingToRunError, SpecError
from promptci.interrupt import EXIT_CODE, raise_pending
from promptci.project.project import Project
from promptci.project.running import plan_run, run_evals
from promptci.render.idlist import named
from promptci.render.terminal.evaluate import run as report
from promptci.render.terminal.evaluate.closing import closing
from promptci.run.planning.selection import Selection
from promptci.secrets.safetext import for_terminal
from promptci.spending.limits import Limits
from promptci.watching.saves import Before, saved_files
from promptci.watching.watched import Watched, watched_files

_SURVIVED = (SpecError, NothingToRunError, ModelError, BudgetError)
"""What the next save may fix."""

MOST_NAMES = 5
"""Files of one save that are named."""


class WatchedRun(Struct):
    """A run that is done again, of the files as they are then."""

    project: Project
    watched: Watched
    selection: Selection
    confirm: int
    writes: bool
    files: dict[Path, Before] = field(default_factory=dict)

    def until_interrupted(self) -> int:
        """Evaluate now and after each change; gives the exit code of what was interrupted."""
        root = self.project.workspace.repo.root
        changes = saved_files(root, self.files)
        next(changes)  # from here on nothing that is saved is missed
        self.evaluate()
        say("watching; Ctrl-C ends it")
        while True:
            try:
                raise_pending()  # an interrupt that found a run at its very end has ended nothing
                names = next(changes)
            except KeyboardInterrupt:
                say("")
                return EXIT_CODE
            if names:
                say(f"\n{named(names, MOST_NAMES)}")
                self.evaluate()

    def evaluate(self) -> None:
        """Evaluate what is due, as the files are now, and show what moved."""
        project = self.project.again()
        project.workspace.repo.worktree.looks = {}
        try:
            project.workspace.learn_keys()
            project.workspace.names = self.selection.names
            project.workspace.runs_the_rest = True
            self._show(project)
            project.end()
            self.files.clear()
        except _SURVIVED as error:
            say(str(error))
        finally:
            repo = project.workspace.repo
            self.files |= watched_files(repo.worktree, repo.root)
            project.close()

    def _show(self, project: Project) -> None:
        watched = self.watched
        plan = watched.due(plan_run(project, self.selection))
        if not plan.tasks:
            say("nothing to evaluate: no eval is changed by that")
            return
        limits = watched.remaining
        result = run_evals(project, plan, limits, confirm=self.confirm, writes=self.writes)
        for line in list(watched.fates(result.outcomes)):
            click.echo(for_terminal(line))
        moved = watched.moved(result)
        names = {(outcome.record.eval, outcome.record.model) for outcome in moved}
        lost = [each for each in result.lost if (each.eval, each.model) in names]
        if moved:
            click.echo(report.report(moved, lost, look()), nl=False)
        elif result.stopped is None:
            say("nothing moved")
        say(closing(result.progress, result.written, moved, keeps=result.keeps))
        if result.stopped is not None:
            raise result.stopped


def watch_run(
    project: Project, limits: Limits, selection: Selection, confirm: int, *, writes: bool
) -> int:
    """Evaluate what is selected now and after each change; gives the exit code."""
    watched = WatchedRun(project, Watched(limits), selection, confirm, writes)
    return watched.until_interrupted()
