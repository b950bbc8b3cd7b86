"""`promptci run --watch`: evaluate what each saved file changes, until interrupted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from promptci.commands.display import look
from promptci.errors import BudgetError, ModelError, NothingToRunError, PromptCIError, SpecError
from promptci.interrupt import EXIT_CODE
from promptci.project.project import Project
from promptci.project.running import plan_run, run_evals
from promptci.project.watching import Watched, is_of_interest, watched_files
from promptci.render.terminal import run as report
from promptci.render.terminal.closing import closing
from promptci.run.selection import Selection
from promptci.secrets.safetext import for_terminal

STEP = 50
"""Milliseconds without another change after which those seen are one."""
MOST = 200
"""Milliseconds after which they are, whatever comes."""
LOOK = 100
"""Milliseconds between looks at single files."""

_SURVIVED = (SpecError, NothingToRunError, ModelError, BudgetError)
"""What the next save may mend."""

_Stamps = Mapping[Path, tuple[int, int, int]]


@dataclass
class WatchedRun:
    """A run that is done again, of the files as they are then."""

    project: Project
    watched: Watched
    selection: Selection
    confirm: int
    writes: bool
    files: list[Path] = field(default_factory=list)

    def until_interrupted(self) -> int:
        """Evaluate now and after each change; gives the exit code of what was interrupted."""
        root = self.project.workspace.repo.root
        self.files = [root / "promptci.yaml"]
        changes = _changes(root, self.files)
        next(changes)  # from here on nothing that is saved is missed
        self.evaluate()
        click.echo("watching; Ctrl-C ends it", err=True)
        while True:
            try:
                names = next(changes)
            except KeyboardInterrupt:
                click.echo("", err=True)
                return EXIT_CODE
            if names:
                click.echo(for_terminal(f"\n{', '.join(names)}"), err=True)
                self.evaluate()

    def evaluate(self) -> None:
        """Evaluate what is due, as the files are now, and show what moved."""
        project = self.project.again()
        try:
            project.workspace.learn_keys()
            project.workspace.names = self.selection.names
            project.workspace.runs_the_rest = True
            self.files[:] = watched_files(project.workspace.suite, project.workspace.repo.root)
            self._show(project)
            project.end()
        except _SURVIVED as error:
            click.echo(for_terminal(str(error)), err=True)
        finally:
            project.close()

    def _show(self, project: Project) -> None:
        watched = self.watched
        plan = watched.due(plan_run(project, self.selection))
        if not plan.tasks:
            click.echo("nothing to evaluate: no eval is changed by that", err=True)
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
            click.echo("nothing moved", err=True)
        click.echo(closing(result.progress, result.written, moved, keeps=result.keeps), err=True)
        if result.stopped is not None:
            raise result.stopped


def _changes(root: Path, files: list[Path]) -> Iterator[list[str]]:
    """The names of files that were saved, again and again; the first time there are none.

    Folders are watched by the system. Single `files` elsewhere are looked at: editors put a new
    file in the place of an old one, of which whoever watches the file does not hear.
    """
    try:
        from watchfiles import Change
        from watchfiles import watch as watch_folders
    except ImportError as error:
        cure = "pip install watchfiles"
        raise PromptCIError(f"--watch needs the package watchfiles ({error}): {cure}") from None
    folders = [root / name for name in ("prompts", "evals") if (root / name).is_dir()]
    before = _stamps(files)

    def wanted(_: Change, path: str) -> bool:
        return is_of_interest(str(Path(path).relative_to(root)))

    for changes in watch_folders(
        *folders,
        watch_filter=wanted,
        debounce=MOST,
        step=STEP,
        rust_timeout=LOOK,
        yield_on_timeout=True,
    ):
        now = _stamps(files)
        found = {Path(path) for _, path in changes}
        found |= {path for path in {*now, *before} if now.get(path) != before.get(path)}
        before = now
        yield sorted(str(path.relative_to(root)) for path in found)
        before = {path: before.get(path, stamp) for path, stamp in _stamps(files).items()}


def _stamps(files: list[Path]) -> _Stamps:
    found = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = status.st_mtime_ns, status.st_size, status.st_ino
    return found
