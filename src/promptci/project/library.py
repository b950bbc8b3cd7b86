"""The library: one class with what the command line can do, for programs."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self

from promptci.check.checked import Checked
from promptci.compare.results import CompareResult, RunResult
from promptci.errors import RequestError
from promptci.parsing.source import Plain
from promptci.project.asking import ask_prompt
from promptci.project.checking import CheckOptions, check_change
from promptci.project.comparing import CompareOptions, compare_sides
from promptci.project.linting import LintResult, lint_project
from promptci.project.observer import Observer
from promptci.project.project import Project
from promptci.project.running import plan_run, run_evals
from promptci.project.scoring import GivenOutputs, ScoreResult, open_outputs, score_outputs
from promptci.project.session import Session
from promptci.run.planning.selection import Selection
from promptci.specs.config import Config
from promptci.spending.limits import CONFIRM, MOST_CONFIRM, Limits, limits_under


def open_project(
    folder: str | os.PathLike[str] = ".",
    *,
    environ: Mapping[str, str] | None = None,
    allow_code: bool = False,
    observer: Observer | None = None,
) -> "OpenedProject":
    """Open the project around a folder of a git repository, to be closed or used in a `with`.

    `environ` holds the keys of hosted endpoints; pass `os.environ` to use those of this process,
    since nothing is read from it otherwise. `allow_code` lets scorers run that are the user's own
    code. An `observer` receives progress and remarks. Raises `RepoError` when something is first
    asked of a folder that is in no repository.
    """
    path = Path(folder).absolute()
    given = {} if environ is None else environ
    return OpenedProject(Project(path, environ=given, allow_code=allow_code, observer=observer))


class OpenedProject:
    """A project: each method gives a frozen result whose `exit_code` is that of the command.

    Methods print nothing. They raise `PromptCIError`, whose `exit_code` is the command's, where
    there is no result: `SpecError` for faults in files, `RequestError` for what was asked wrongly,
    `RepoError`, `StorageError`, `ModelError`, `BudgetError` and `NothingToRunError`.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        project.workspace.learn_keys()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._project.end()
        self.close()

    def close(self) -> None:
        """Let go of the cache, the repository and the models."""
        self._project.close()

    def run(
        self,
        *names: str,
        limits: Limits | None = None,
        models: tuple[str, ...] = (),
        tags: tuple[str, ...] = (),
        examples: tuple[str, ...] = (),
        confirm: int = CONFIRM,
        writes: bool = True,
    ) -> RunResult:
        """Evaluate the named evals, all without a name, and write their score records.

        `models` are asked instead of the evals' own; `tags` and `examples` narrow the golden
        examples, whose partial result is never written. Without `limits` the configuration's
        ceilings hold.
        """
        self._project.workspace.names = _names(names)
        self._project.workspace.runs_the_rest = True
        plan = plan_run(self._project, Selection(names, models, tags, examples))
        given = limits or limits_under(self._project.config)
        return run_evals(self._project, plan, given, confirm=_times(confirm), writes=writes)

    def check(
        self,
        base: str | None = None,
        *,
        head: str | None = None,
        staged: bool = False,
        frozen: bool = False,
        limits: Limits | None = None,
        confirm: int = CONFIRM,
    ) -> Checked:
        """Check the working tree, the index or a commit against a base revision."""
        options = CheckOptions(base, head, staged=staged, frozen=frozen, confirm=_times(confirm))

        def ceilings(config: Config) -> Limits:
            return limits or limits_under(config)

        return check_change(self._project, options, ceilings)

    def compare(
        self,
        base: str,
        head: str,
        *names: str,
        limits: Limits | None = None,
        confirm: int = CONFIRM,
        test: Literal["exact", "midp"] = "exact",
        strict: bool = False,
    ) -> CompareResult:
        """Compare two prompt files, models, version labels or revisions on the named evals."""
        self._project.workspace.names = _names(names)
        options = CompareOptions(names, confirm=_times(confirm), test=test, strict=strict)
        given = limits or limits_under(self._project.config)
        return compare_sides(self._project, base, head, given, options)

    def ask(
        self,
        prompt: str,
        variables: Mapping[str, Plain],
        *,
        model: str | None = None,
        limits: Limits | None = None,
    ) -> str:
        """What a prompt's model, or another one, answers to values for the prompt's variables."""
        given = limits or limits_under(self._project.config)
        session = Session(self._project, given)
        return ask_prompt(self._project, session, prompt, variables, model=model)

    def score(
        self,
        name: str,
        outputs: BinaryIO | str | os.PathLike[str],
        *,
        model: str | None = None,
        partial: bool = False,
        limits: Limits | None = None,
    ) -> ScoreResult:
        """Score outputs obtained elsewhere: JSONL with `id` and `output`, by its path or open.

        A file that is open must give bytes and be seekable.
        """
        if isinstance(outputs, str | os.PathLike):
            with open_outputs(Path(outputs)) as file:
                return self.score(name, file, model=model, partial=partial, limits=limits)
        self._project.workspace.names = (name,)
        given = GivenOutputs(outputs, getattr(outputs, "name", "outputs"), model, partial)
        ceilings = limits or limits_under(self._project.config)
        return score_outputs(self._project, name, given, ceilings)

    def lint(self, *names: str, strict: bool = False) -> LintResult:
        """Find the faults and doubts in all files, or in those named; asks no model."""
        return lint_project(self._project, _names(names), strict=strict)


def _times(confirm: int) -> int:
    """How often examples are asked again, within the range of the option."""
    if not 0 <= confirm <= MOST_CONFIRM:
        raise RequestError(f"`confirm` must be 0 to {MOST_CONFIRM}, not {confirm!r}")
    return confirm


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of evals as they were given. Raises `TypeError` for a list in the place of names."""
    for name in names:
        if not isinstance(name, str):
            wrong = f"a name of an eval is a str, not {type(name).__name__}"
            raise TypeError(f"{wrong}: give several one after the other, as in run(*names)")
    return names
