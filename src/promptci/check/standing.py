"""Find the last commit whose score record of an eval was made from that commit's own files.

A record that was not is no base: a fall would hide behind it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from promptci.compare.renames import find_renames
from promptci.compare.sides import ComparedSide, Pick, revision_side
from promptci.errors import Fault, PromptCIError, SpecError
from promptci.git.commits import file_at, first_parents
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.records.record import Record
from promptci.records.scorefile import NewerFormatError, parse
from promptci.run.oldrecords import update_record
from promptci.run.plan import BuildOf, Task, make_ready, make_task
from promptci.specs.evalspec import EvalSpec
from promptci.suite.evalfiles import EvalFiles, in_commit
from promptci.suite.suite import CONFIG, Suite, load_base, load_suite

FARTHEST = 200
"""Commits that changed an eval's files and are looked at before the search is given up."""

Adopt = Callable[[Suite], Suite]
"""Puts today's configuration in the place of an older one, so that no key goes astray."""


@dataclass(frozen=True, slots=True)
class RecordedEval:
    """An eval at a commit whose record fits its files; `name` is what it is called there."""

    revision: Revision
    suite: Suite
    name: str
    record: Record


@dataclass(frozen=True, slots=True)
class Standing:
    """What an eval is to be held against.

    `why` says what is wrong with the record of the commit asked about, and is empty if that fits.
    `found` is the eval at the last commit whose record fits; None where there is no such commit.
    """

    found: RecordedEval | None
    why: str = ""

    def said(self, whose: str) -> str:
        """A sentence on what is held against what, where a record was passed over; else nothing."""
        if not self.why:
            return ""
        if self.found is None:
            return f"{whose}'s record {self.why}, and no commit before has one that fits its files"
        there = f"{self.found.revision.short}, the last commit whose record fits its files"
        return f"{whose}'s record {self.why}: judged against {there}"


@dataclass(frozen=True, slots=True)
class _State:
    """An eval at one commit: its tasks by model and its records, or what is wrong with them."""

    suite: Suite | None
    tasks: Mapping[str, Task] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    damage: str = ""

    @property
    def has_record(self) -> bool:
        """Whether there is a file of records, readable or not."""
        return bool(self.records or self.damage)

    def chosen(self, model: str, *, is_only: bool) -> str:
        """The model here that belongs to one of the head; empty for none.

        Where both sides have a single one, the two belong together: it was swapped.
        """
        if model in self.tasks:
            return model
        return next(iter(self.tasks)) if is_only and len(self.tasks) == 1 else ""

    def fault(self, model: str) -> str:
        """Why there is no record of a model that fits; empty if there is."""
        if self.damage:
            return f"is damaged ({self.damage})"
        if not self.tasks:
            return "is of files that cannot be read"
        if model not in self.records:
            return "is missing"
        return "" if record_fits(self.records[model], self.tasks[model]) else "is stale"


FindStanding = Callable[[str, str, bool], Standing | None]
"""What an eval of the base is to be held against: its name there, the model, if it is the only."""


def with_stand_ins(base: ComparedSide, others: Mapping[str, Sequence[Standing]]) -> ComparedSide:
    """A base in which other commits stand in for single evals, by their names at the head."""
    sides = {
        name: revision_side(each.found.suite, each.found.revision.short, {name: each.found.name})
        for name, found in others.items()
        for each in found
        if each.found is not None
    }

    def pick(spec: EvalSpec) -> Pick | None:
        return sides.get(spec.name, base).pick(spec)

    return replace(base, pick=pick)


def record_fits(record: Record, task: Task) -> bool:
    """Whether a record was made from what a task asks, by whatever build of the model."""
    return (
        not record.is_merged
        and record.parts == task.parts
        and record.fingerprint == task.fingerprint
    )


@dataclass(frozen=True)
class StandingRecords:
    """Looks for records that fit, along the first parents of a commit; each is read once."""

    repo: Repo
    build_of: BuildOf
    adopt: Adopt
    _known: dict[tuple[str, str], _State | None] = field(default_factory=dict)

    def last(
        self, start: Revision, name: str, model: str, *, is_only: bool = False
    ) -> Standing | None:
        """The last commit, from `start` on, whose record of an eval on a model fits its files.

        `is_only` says that the eval has no other model now. None where `start` has no such eval,
        or not on that model, or where nobody ever committed a record of it.
        """
        first = self._state(start, name)
        if first is None:
            return None
        chosen = first.chosen(model, is_only=is_only)
        if first.tasks and not chosen:
            return None
        fault, here = first.fault(chosen), self._recorded(start, name, first, chosen)
        if not fault:
            return Standing(here)
        was_recorded = first.has_record
        for revision, there, state in self._earlier(start, name, first):
            was_recorded = was_recorded or state.has_record
            chosen = state.chosen(model, is_only=is_only)
            if chosen and not state.fault(chosen):
                return Standing(self._recorded(revision, there, state, chosen), fault)
        if not was_recorded:
            return None
        return Standing(here if _is_rescored(first, chosen) else None, fault)

    def _recorded(
        self, revision: Revision, name: str, state: _State, model: str
    ) -> RecordedEval | None:
        """The eval at a commit with its record; None where it has none or cannot be read."""
        if state.suite is None or model not in state.records:
            return None
        return RecordedEval(revision, self.adopt(state.suite), name, state.records[model])

    def _earlier(
        self, start: Revision, name: str, state: _State
    ) -> Iterator[tuple[Revision, str, _State]]:
        """The eval at each commit before `start` that changed its files, through renames."""
        left, at = FARTHEST, start
        while left > 0:
            names = name
            for id_ in first_parents(self.repo, at, _paths(name, state), most=left):
                left, at = left - 1, Revision(id_)
                if id_ == start.id:
                    continue
                found = self._state(at, name) or self._former(at, name, state)
                if found is None:
                    return
                if isinstance(found, str):
                    name = found
                    break
                state = found
                yield at, name, state
            if name == names:
                return

    def _former(self, revision: Revision, name: str, newer: _State) -> str | None:
        """What an eval is called at a commit that does not have its name; None for nothing."""
        if newer.suite is None:
            return None
        try:
            return find_renames(load_base(self.repo.tree(revision)), newer.suite).get(name)
        except PromptCIError:
            return None

    def _state(self, revision: Revision, name: str) -> _State | None:
        """An eval at a commit; None where it is not there."""
        key = (revision.id, name)
        if key not in self._known:
            self._known[key] = self._read(revision, name)
        return self._known[key]

    def _read(self, revision: Revision, name: str) -> _State | None:
        records, damage = _records(self.repo, revision, name)
        try:
            files = EvalFiles(in_commit(self.repo, revision), name, name=revision.short)
            if not files.has_eval:
                return None
            suite = load_suite(files)
            tasks = {task.model.name: task for task in _tasks(suite, name, self.build_of)}
            if any(task.judges.runs_code for task in tasks.values()):  # which must be listed
                whole = replace(suite, tree=self.repo.tree(revision))
                tasks = {task.model.name: task for task in _tasks(whole, name, self.build_of)}
        except PromptCIError:
            return _State(None, {}, records, damage)
        records = {
            each: update_record(record, tasks[each]) if each in tasks else record
            for each, record in records.items()
        }
        return _State(suite, tasks, records, damage)


def _is_rescored(state: _State, model: str) -> bool:
    """Whether a record fits its files but for the scorers, which a release may have changed."""
    if model not in state.records or model not in state.tasks:
        return False
    made, asked = state.records[model].parts, state.tasks[model].parts
    return replace(made, scorers=asked.scorers) == asked


def _tasks(suite: Suite, name: str, build_of: BuildOf) -> Iterator[Task]:
    """What an eval asks, a task per model; nothing where its examples or scorers are faulty."""
    spec, faults = suite.evals.get(name), list[Fault]()
    if spec is None:
        return
    prompt = suite.prompts[spec.prompt]
    ready = make_ready(suite, spec, prompt, build_of, faults)
    if ready is not None:
        for model in suite.models(spec):
            yield make_task(ready, prompt, suite.config.model(model), build_of)


def _records(repo: Repo, revision: Revision, name: str) -> tuple[Mapping[str, Record], str]:
    """The records of an eval at a commit by model, or what is wrong with them."""
    path = f"evals/{name}.scores.yaml"
    data = file_at(repo, revision, path)
    if data is None:
        return {}, ""
    try:
        return parse(data.decode("utf-8"), path, name), ""
    except NewerFormatError:
        raise
    except SpecError as error:
        return {}, f"line {error.faults[0].line}: {error.faults[0].message.rpartition(': ')[0]}"
    except UnicodeDecodeError:
        return {}, "it is not UTF-8"


def _paths(name: str, state: _State) -> tuple[str, ...]:
    """The files by which an eval may have changed."""
    endings = (".yaml", ".yml", ".scores.yaml")
    paths = {CONFIG, "prompts", *(f"evals/{name}{ending}" for ending in endings)}
    for task in state.tasks.values():
        paths |= {task.spec.mark.path, task.prompt.mark.path, task.golden.path} - {""}
    return tuple(sorted(paths))
