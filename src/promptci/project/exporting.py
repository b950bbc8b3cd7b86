"""Write prompts, examples and answers in the forms of other tools."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from promptci.atomic import write_bytes
from promptci.errors import RequestError
from promptci.exporters.exported import ExportedAnswer, ExportedEval, ExportOptions
from promptci.exporters.finetune import input_digest
from promptci.exporters.kinds import EXPORTERS
from promptci.parsing.source import did_you_mean, excerpt
from promptci.project.project import Project
from promptci.records.record import Record, Result
from promptci.run.plan import make_plan
from promptci.run.recall import recall_all
from promptci.run.selection import Selection
from promptci.run.solve import first_asked
from promptci.run.task import Task

PLAIN = ExportOptions()
_AT_ONCE = 500
"""Answers that are looked up together."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The files that were written and what there is to say of them."""

    kind: str
    written: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0: what cannot be exported is refused or told."""
        return 0


def export_evals(
    project: Project,
    kind: str,
    names: Sequence[str],
    folder: Path,
    *,
    options: ExportOptions = PLAIN,
    models: Sequence[str] = (),
    with_gates: bool = False,
    overwrite: bool = False,
) -> ExportResult:
    """Write evals with what is stored of them into a folder, in the form of a kind.

    Nothing is asked. For fine-tuning, examples whose inputs another eval tests, and those that
    must pass, are kept out unless `with_gates`. Raises `RequestError` for a kind that is not known
    and for files that are there already.
    """
    exporter = EXPORTERS.get(kind)
    if exporter is None:
        raise RequestError(f"there is no export `{excerpt(kind)}`: {did_you_mean(kind, EXPORTERS)}")
    selection = Selection(tuple(names), tuple(models))
    plan = make_plan(project.workspace.suite, selection, project.models.build)
    evals = tuple(_exported(project, task) for task in plan.tasks)
    if kind == "finetune" and not with_gates:
        options = replace(options, kept_out=_gated(project, plan.tasks))
    made = exporter.write(evals, _dated(project, options))
    there = [name for name in made.files if (folder / name).exists()]
    if there and not overwrite:
        listed = ", ".join(str(folder / name) for name in there)
        raise RequestError(f"{listed}: there already; nothing was written: --force replaces them")
    for name, parts in made.files.items():
        write_bytes(folder / name, parts())
    remarks = (*made.remarks, *_not_carried(plan.tasks))
    return ExportResult(kind, tuple(str(folder / name) for name in made.files), remarks)


def _not_carried(tasks: Sequence[Task]) -> Iterator[str]:
    """What no form here has a place for: how an answer is picked."""
    for name in dict.fromkeys(task.prompt.name for task in tasks if task.prompt.solve):
        yield f"`{name}` picks each answer from several samples: its first request was written"


def _exported(project: Project, task: Task) -> ExportedEval:
    """An eval on one model, its answers read a few hundred at a time."""
    tree = project.workspace.repo.worktree
    record = project.workspace.records(tree, task.spec.name).get(task.model.name)
    results = _results(record, task)
    return ExportedEval(task, partial(_answers, project, task, results))


def _results(record: Record | None, task: Task) -> Mapping[str, Result]:
    """The results of a record that is of these files, by example."""
    if record is None or record.fingerprint != task.fingerprint:
        return {}
    return {result.id: result for result in record.results}


def _answers(
    project: Project, task: Task, results: Mapping[str, Result]
) -> Iterator[ExportedAnswer]:
    examples = task.examples()
    while some := list(islice(examples, _AT_ONCE)):
        stored = recall_all(task, some, project.workspace.cache.get)
        for example, found in zip(some, stored, strict=True):
            request, *_ = first_asked(task, example)
            answer = None if found is None else found.completion
            yield ExportedAnswer(example, request, answer, results.get(example.id))


def _gated(project: Project, exported: Sequence[Task]) -> frozenset[str]:
    """Inputs that must not be trained on: those of other evals, and those that must pass."""
    names = {task.spec.name for task in exported}
    plan = make_plan(project.workspace.suite, Selection(()), project.models.build)
    kept: set[str] = set()
    for task in plan.tasks:
        must = set(task.spec.gate.must_pass)
        others = task.spec.name not in names
        kept.update(input_digest(each) for each in task.examples() if others or each.id in must)
    return frozenset(kept)


def _dated(project: Project, options: ExportOptions) -> ExportOptions:
    """The options with the commit checked out and its time, which makes exports repeatable."""
    repo = project.workspace.repo
    head = repo.head()
    if head is None:
        return options
    seconds = int(repo.git("show", "--no-patch", "--format=%ct", head.id, "--").strip() or 0)
    return replace(options, commit=head.id, time=seconds)
