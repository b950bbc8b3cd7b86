"""Which evals of the last commit a run's evals came from, and which examples others have now."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from promptci.compare.pairing.renamedetection import (
    Traits,
    aligned,
    joined,
    match_origins,
    may_be_another,
    split_evals,
    traits_of_examples,
    traits_of_records,
)
from promptci.errors import SpecError
from promptci.project.project import Project
from promptci.records.record import Parts, Record
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.specs.evalspec import Example
from promptci.suite.filenames import path_eval_name
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite

_Name = tuple[str, str]
"""Eval and model."""


def former_names(
    project: Project,
    plan: Plan,
    found: Mapping[str, Mapping[str, Record]],
    committed: Callable[[str], Mapping[str, Record]],
) -> dict[str, str]:
    """The names at the last commit of the plan's evals that have another one now.

    `found` are the records of their names as they are, `committed` gives others. Splits are said.
    """
    tasks = {task.spec.name: task for task in plan.tasks}
    new = {name for name, records in found.items() if _is_other(tasks[name], records)}
    listed = (
        project.workspace.committed.files("evals") if new and project.workspace.committed else []
    )
    there = sorted(path_eval_name(path) for path in listed if path.endswith(".scores.yaml"))
    if not there:
        return {}
    known = {name: traits_of_records(committed(name).values()) for name in there}
    now = _all_traits(project, {name: _traits(task) for name, task in tasks.items()})
    origins = match_origins(known, now)
    _say_splits(project, {name: was for name, was in origins.items() if name != was})
    return {name: was for name, was in origins.items() if name in new and name != was}


def _all_traits(project: Project, planned: Mapping[str, Traits]) -> dict[str, Traits]:
    """What all evals are known by, as far as they can be read."""
    suite, found = project.workspace.suite, dict(planned)
    for name in suite.evals.keys() - found.keys():
        with suppress(SpecError):
            found[name] = traits_of_examples(_examples(suite, name))
    return found


def _examples(suite: Suite, name: str) -> Iterator[Example]:
    return Golden.of(suite.tree, suite.evals[name]).examples()


def shared_out(
    project: Project,
    records: Mapping[_Name, Record],
    plan: Plan,
    committed: Callable[[str], Mapping[str, Record]],
) -> dict[_Name, Record]:
    """Records by the ids that examples have now, without those that other evals have now.

    Those of evals that are gone are taken in, where their examples are here now.
    """
    suite, found = project.workspace.suite, dict[_Name, Record]()
    elsewhere: dict[str, set[str]] = {}
    for task in plan.tasks:
        key = task.spec.name, task.model.name
        record = records.get(key)
        if record is None or record.parts.examples == task.parts.examples:
            continue
        now = {example.id: example.digest for example in task.golden.examples()}
        gone = {result.digest for result in record.results} - set(now.values())
        for name in suite.evals if gone else ():
            if name not in elsewhere:
                with suppress(SpecError):
                    elsewhere[name] = {example.digest for example in _examples(suite, name)}
        others = {digest for name, each in elsewhere.items() if name != key[0] for digest in each}
        found[key] = aligned(record, now, others & gone)
        if set(now.values()) - {result.digest for result in record.results}:
            found[key] = joined(found[key], _gone(project, key[1], committed), now)
    return {**records, **found}


def _gone(
    project: Project, model: str, committed: Callable[[str], Mapping[str, Record]]
) -> Iterator[Record]:
    """The last commit's records of evals that no file has now, on one model."""
    listed = project.workspace.committed.files("evals") if project.workspace.committed else []
    for path in listed:
        name = path_eval_name(path)
        if path.endswith(".scores.yaml") and name not in project.workspace.suite.evals:
            yield from (each for each in committed(name).values() if each.model == model)


def _say_splits(project: Project, origins: Mapping[str, str]) -> None:
    """Say which evals were split."""
    for was, parts in split_evals(origins, project.workspace.suite.evals).items():
        project.observer.remark(f"`{was}` was split: {was} → {', '.join(parts)}")


def _is_other(task: Task, records: Mapping[str, Record]) -> bool:
    """Whether records are not those of a task's eval: there are none, or of other examples."""
    if any(record.parts.examples == task.parts.examples for record in records.values()):
        return False
    if not records:
        return True
    return may_be_another(_traits(task), traits_of_records(records.values()))


def _traits(task: Task) -> Traits:
    return traits_of_examples(task.golden.examples(), _kin(task.parts, task.prompt.name))


def _kin(parts: Parts, prompt: str) -> tuple[str, ...]:
    return parts.prompt, parts.scorers, parts.model, prompt
