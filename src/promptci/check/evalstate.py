"""An eval at one commit: its tasks, and its records or what is wrong with them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import Fault, PromptCIError, SpecError
from promptci.git.commits import file_at
from promptci.git.repo import Repo, Tree
from promptci.git.revision import Revision
from promptci.records.chunkfiles import score_path
from promptci.records.record import Record
from promptci.records.recordfile import check_chunks, chunked, commit_opener, read_records
from promptci.records.scorefile import NewerFormatError
from promptci.run.planning.oldrecords import update_record
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.task import BuildOf, Task
from promptci.suite.evalfiles import EvalFiles, in_commit
from promptci.suite.loading import load_suite
from promptci.suite.suite import Suite


class EvalState(Struct, frozen=True, dict=True):
    """An eval at one commit, with the records that it has there or what is wrong with them.

    Its examples are read when its tasks are first asked for: many a commit has no record.
    """

    name: str
    suite: Suite | None
    written: Mapping[str, Record]
    damage: str
    build_of: BuildOf
    tree: Callable[[], Tree]

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        """What it asks, by model; nothing where its files cannot be used."""
        if self.suite is None:
            return {}
        try:
            tasks = {task.model.name: task for task in _tasks(self.suite, self.name, self.build_of)}
            if any(task.judges.runs_code for task in tasks.values()):  # which must be listed
                whole = replace(self.suite, tree=self.tree())
                tasks = {task.model.name: task for task in _tasks(whole, self.name, self.build_of)}
        except PromptCIError:
            return {}
        return tasks

    @cached_property
    def records(self) -> Mapping[str, Record]:
        """Its records by model, as they would be written today."""
        tasks = self.tasks
        return {
            model: update_record(record, tasks[model]) if model in tasks else record
            for model, record in self.written.items()
        }

    @property
    def has_record(self) -> bool:
        """Whether there is a file of records, readable or not."""
        return bool(self.written or self.damage)

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


def record_fits(record: Record, task: Task) -> bool:
    """Whether a record was made from what a task asks, by whatever build of the model."""
    return (
        not record.is_merged
        and record.parts == task.parts
        and record.fingerprint == task.fingerprint
    )


def fits_as_read(
    suite: Suite, name: str, model: str, records: Mapping[str, Record], build_of: BuildOf
) -> bool:
    """Whether a record fits the files of a suite, as far as is known without reading more.

    False says nothing: the eval may be faulty, or of a record in chunks they may be damaged.
    """
    if model not in records or chunked(records):
        return False
    try:
        tasks = {task.model.name: task for task in _tasks(suite, name, build_of)}
    except PromptCIError:
        return False
    return model in tasks and record_fits(update_record(records[model], tasks[model]), tasks[model])


def is_rescored(state: EvalState, model: str) -> bool:
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
    path = score_path(name)
    data = file_at(repo, revision, path)
    if data is None:
        return {}, ""
    try:
        records = read_records(data, path, name, commit_opener(repo, revision.id))
        check_chunks(records)
    except NewerFormatError:
        raise
    except SpecError as error:
        return {}, f"line {error.faults[0].line}: {error.faults[0].message.rpartition(': ')[0]}"
    return records, ""


def read_eval_state(
    repo: Repo, revision: Revision, name: str, build_of: BuildOf
) -> EvalState | None:
    """Read an eval at a commit; None where it is not there."""
    records, damage = _records(repo, revision, name)
    suite: Suite | None = None
    with suppress(PromptCIError):
        files = EvalFiles(
            in_commit(repo, revision),
            name,
            name=revision.short,
            below=repo.tree(revision).files,
        )
        if not files.has_eval:
            return None
        suite = load_suite(files)
    return EvalState(name, suite, records, damage, build_of, partial(repo.tree, revision))
