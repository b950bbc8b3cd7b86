"""Which parts of an eval's fingerprint differ between two states of the files, and how."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from promptci.compare.pairing.renamedetection import same_examples
from promptci.parsing.source import Plain
from promptci.records.record import Record
from promptci.run.planning.task import Task
from promptci.specs.evalspec import Example


class FieldEdit(Struct, frozen=True):
    """One field of an example; a side is None where it was not given."""

    name: str
    base: Plain
    head: Plain


class ExampleEdit(Struct, frozen=True):
    """One example that is not the same on both sides; `fields` are those that were edited.

    One that another eval has now was moved, `to` that.
    """

    id: str
    kind: Literal["added", "taken", "removed", "edited", "moved"]
    fields: tuple[FieldEdit, ...] = ()
    to: str = ""
    source: str = ""


class PartDiff(Struct, frozen=True):
    """One eval on one model at base and head; a side is None where it does not ask that.

    `record` is the one in the files of the head, `base_build` the build that the base's record
    names. Either is None where there is none. `elsewhere` has the digests of examples that other
    evals took from this one, with their names, `taken` those of evals that were joined into it.
    """

    base: Task | None
    head: Task | None
    record: Record | None = None
    base_build: str | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """The head's task, or the base's where the head has none."""
        task = self.head or self.base
        assert task is not None
        return task

    @property
    def was(self) -> str:
        """What the base calls the eval, if otherwise."""
        is_same = self.base is None or self.base.spec.name == self.task.spec.name
        return "" if is_same or self.base is None else self.base.spec.name

    @property
    def title(self) -> str:
        """The eval, and what the base calls it if otherwise."""
        return f"{self.task.spec.name} (was {self.was})" if self.was else self.task.spec.name

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that differ, and `build`; none where a side is missing."""
        if self.base is None or self.head is None:
            return ()
        here = self.head.settings.build
        is_other = bool(here and self.base_build and here != self.base_build)
        return (
            *self.base.parts.differing(self.head.parts),
            *(("build",) if is_other else ()),
        )

    @property
    def stale_parts(self) -> tuple[str, ...] | None:
        """The parts that changed since the head's record was made; None without a record."""
        if self.record is None or self.head is None:
            return None
        return self.record.parts.differing(self.head.parts)


def pair_tasks(
    base: Sequence[Task], head: Sequence[Task], renames: Mapping[str, str] | None = None
) -> Iterator[tuple[Task | None, Task | None]]:
    """The tasks of both sides by eval and model, sorted.

    `renames` holds the names that evals have at the base where they are called otherwise.
    Where an eval has a single model on either side, the two belong together whatever their names.
    """
    before, after = (_by_eval(tasks) for tasks in (base, head))
    moved = {name: before.get(was, {}) for name, was in (renames or {}).items()}
    for was in (renames or {}).values():
        if was not in after:  # an eval that was split may keep its name
            before.pop(was, None)
    before |= moved
    for name in sorted(before.keys() | after.keys()):
        mine, theirs = before.get(name, {}), after.get(name, {})
        if len(mine) == len(theirs) == 1:
            yield next(iter(mine.values())), next(iter(theirs.values()))
            continue
        for model in sorted(mine.keys() | theirs.keys()):
            yield mine.get(model), theirs.get(model)


def example_edits(found: PartDiff) -> Iterator[ExampleEdit]:
    """The examples that are not the same on both sides: in the head's order, then those gone.

    One with another id alone is the same. Nothing where a side is missing.
    """
    if found.base is None or found.head is None:
        return
    before = {example.id: example for example in found.base.examples()}
    after = list(found.head.examples())
    now = {example.id: example.digest for example in after}
    same = same_examples({id_: each.digest for id_, each in before.items()}, now)
    earlier = {id_: before[was] for id_, was in same.items()}
    for was in same.values():
        before.pop(was)
    for example in after:
        known = earlier.get(example.id) or before.pop(example.id, None)
        if known is None:
            source = found.taken.get(example.digest, "")
            yield ExampleEdit(example.id, "taken" if source else "added", source=source)
        elif known.id != example.id:
            yield ExampleEdit(example.id, "edited", (FieldEdit("id", known.id, example.id),))
        elif edits := tuple(_edits(known, example)):
            yield ExampleEdit(example.id, "edited", edits)
    for id_, example in before.items():
        to = found.elsewhere.get(example.digest, "")
        yield ExampleEdit(id_, "moved" if to else "removed", to=to)


def _by_eval(tasks: Sequence[Task]) -> dict[str, dict[str, Task]]:
    found: dict[str, dict[str, Task]] = {}
    for task in tasks:
        found.setdefault(task.spec.name, {})[task.model.name] = task
    return found


def _edits(base: Example, head: Example) -> Iterator[FieldEdit]:
    before, after = _values(base), _values(head)
    for name in dict.fromkeys((*before, *after)):
        if name not in before or name not in after or _differ(before[name], after[name]):
            yield FieldEdit(name, before.get(name), after.get(name))


def _differ(one: Plain, other: Plain) -> bool:
    """Whether two values differ as JSON: 1 is not true."""
    return one != other or type(one) is not type(other)


def _values(example: Example) -> Mapping[str, Plain]:
    """What an example's digest covers, and its tags, by the name of the field."""
    values: dict[str, Plain] = {f"vars.{name}": value for name, value in example.vars.items()}
    if example.has_expected:
        values["expected"] = example.expected
    if example.tags:
        values["tags"] = list(example.tags)
    if example.scorers:
        values["scorers"] = list(example.scorers)
    return values
