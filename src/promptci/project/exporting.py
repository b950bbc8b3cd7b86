"""Write prompts, examples and answers in the forms of other tools."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.atomic import write_bytes
from promptci.errors import NothingToRunError, RequestError
from promptci.exporters.exported import ExportedAnswer, ExportedEval, Exporter, ExportOptions
from promptci.exporters.finetune import input_digest
from promptci.exporters.kinds import EXPORTERS
from promptci.git.revision import Revision
from promptci.git.tree import Tree
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt
from promptci.project.project import Project
from promptci.records.record import Record
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection, select
from promptci.run.planning.task import Task
from promptci.run.recall import recall_all
from promptci.run.solving.questions import first_asked, opening_request
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.request import Request
from promptci.suite.loading import load_suite
from promptci.suite.suite import Suite

PLAIN = ExportOptions()
_AT_ONCE = 500
"""Answers that are looked up together."""


class Chosen(Struct, frozen=True):
    """What is exported: evals by name or all, on models by name or all, at commits or as it is."""

    names: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ()


class ExportResult(Struct, frozen=True):
    """The files that were written, or how much of what was sent, and what there is to say."""

    kind: str
    written: tuple[str, ...]
    remarks: tuple[str, ...]
    sent: Mapping[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0: what cannot be exported is refused or reported."""
        return 0


def export_evals(
    project: Project,
    kind: str,
    chosen: Chosen,
    folder: Path,
    *,
    options: ExportOptions = PLAIN,
    with_gates: bool = False,
    overwrite: bool = False,
) -> ExportResult:
    """Write evals with what is stored of them into a folder, in the form of a kind.

    Nothing is asked. For fine-tuning, examples whose inputs another eval tests, and those that
    must pass, are kept out unless `with_gates`. Raises `RequestError` for a kind that is not known
    or cannot hold commits, and for files that are there already.
    """
    exporter = EXPORTERS.get(kind)
    if exporter is None:
        raise RequestError(f"there is no export `{excerpt(kind)}`: {did_you_mean(kind, EXPORTERS)}")
    found = exported_evals(project, exporter, chosen)
    evals = tuple(each for each in found if each.task.retriever is None)
    looked_up = [each.task for each in found if each.task.retriever is not None]
    flows = "" if exporter.of_flows else _flows(project, chosen)
    if flows and not found:
        raise RequestError(f"{flows}: name an eval of a prompt")
    if not evals:
        raise NothingToRunError("no form here has a place for prompts that look documents up")
    head = project.workspace.repo.head()
    options = replace(options, commit="" if head is None else head.id)
    if kind == "finetune" and not with_gates:
        options = replace(options, kept_out=_gated(project, [each.task for each in evals]))
    made = exporter.write(evals, options)
    there = [name for name in made.files if (folder / name).exists()]
    if there and not overwrite:
        listed = ", ".join(str(folder / name) for name in there)
        raise RequestError(f"{listed}: there already; nothing was written: --force replaces them")
    for name, parts in made.files.items():
        write_bytes(folder / name, parts())
    carried = _not_carried([each.task for each in evals])
    remarks = (*made.remarks, *carried, *map(_left_out, looked_up), *filter(None, [flows]))
    return ExportResult(kind, tuple(str(folder / name) for name in made.files), remarks)


def _flows(project: Project, chosen: Chosen) -> str:
    """Which of the evals are left out, since they test flows; empty where none is."""
    if chosen.revisions:
        return ""
    suite = project.workspace.suite
    specs = select(suite, chosen.names)
    names = [f"`{s.name}`" for s in specs if isinstance(suite.prompts[s.prompt], Flow)]
    if not names:
        return ""
    forms = ", ".join(f"`{name}`" for name, each in EXPORTERS.items() if each.of_flows)
    return f"flows go with {forms} alone, so {', '.join(names)} cannot be exported"


def _not_carried(tasks: Sequence[Task]) -> Iterator[str]:
    """What no form here has a place for: how an answer is picked."""
    for name in dict.fromkeys(task.prompt.name for task in tasks if task.prompt.solve):
        yield f"`{name}` picks each answer from several samples: its first request was written"


def _left_out(task: Task) -> str:
    return f"`{task.spec.name}` looks documents up and was left out: no form has a place for that"


def exported_evals(
    project: Project, exporter: Exporter, chosen: Chosen
) -> tuple[ExportedEval, ...]:
    """The evals that are chosen, in the working tree, or at each revision in the order asked for.

    Raises `RequestError` for revisions of a kind that holds one state alone.
    """
    repo = project.workspace.repo
    if not chosen.revisions:
        suite = project.workspace.suite
        found = _at(project, repo.worktree, suite, repo.head(), chosen)
        return tuple(_carried(exporter, found))
    if not exporter.of_commits:
        kinds = ", ".join(f"`{name}`" for name, each in EXPORTERS.items() if each.of_commits)
        raise RequestError(
            f"`{exporter.name}` holds one state of the files: --at goes with {kinds}"
        )
    every: list[ExportedEval] = []
    asked = {each.id: each for each in map(repo.resolve, chosen.revisions)}
    for revision in asked.values():
        tree = repo.tree(revision)
        every += _at(project, tree, load_suite(tree, chosen.names), revision, chosen)
    return tuple(_carried(exporter, every))


def _carried(exporter: Exporter, evals: Iterable[ExportedEval]) -> Iterator[ExportedEval]:
    """Those that the kind has a place for."""
    return (each for each in evals if exporter.of_flows or not isinstance(each.task.prompt, Flow))


def _at(
    project: Project, tree: Tree, suite: Suite, revision: Revision | None, chosen: Chosen
) -> Iterator[ExportedEval]:
    """The evals of one tree, their answers read a few hundred at a time."""
    commit = "" if revision is None else revision.id
    time = _time(project, commit) if commit else 0
    plan = make_plan(suite, Selection(chosen.names, chosen.models), project.models.build)
    for task in plan.tasks:
        record = project.workspace.records(tree, task.spec.name).get(task.model.name)
        if record is not None and record.fingerprint != task.fingerprint:
            record = None
        answers = partial(_answers, project, task, record)
        yield ExportedEval(task, answers, commit, time, record)


def _answers(project: Project, task: Task, record: Record | None) -> Iterator[ExportedAnswer]:
    """Examples with what is stored of them, and their results in a record of the same files."""
    results = {} if record is None else {result.id: result for result in record.results}
    examples = task.examples()
    while some := list(islice(examples, _AT_ONCE)):
        stored = recall_all(task, some, project.workspace.cache.get)
        for example, found in zip(some, stored, strict=True):
            request = _first_request(task, example)
            answer = None if found is None else found.completion
            yield ExportedAnswer(example, request, answer, results.get(example.id))


def _first_request(task: Task, example: Example) -> Request:
    """What is asked first: with the first turn of the user, where it is written down."""
    if task.talk is not None and task.talk.user is None:
        return first_asked(task, example)[0]
    if isinstance(task.prompt, Flow):
        asked = first_asked(task, example)
        return asked[0] if asked else Request(task.settings, ())
    return opening_request(task, example)


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


def _time(project: Project, commit: str) -> int:
    """When a commit was made, in seconds: exports of the same commit are the same."""
    shown = project.workspace.repo.git("show", "--no-patch", "--format=%ct", commit, "--")
    return int(shown.strip() or 0)
