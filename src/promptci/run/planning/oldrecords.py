"""Records of format 1, whose digests were short: recognised by the files that they were made from.

A short digest is never compared with a long one. The files beside an old record are digested as its
promptci did; where that gives what the record says, it gets the long digests of the same files.
"""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import asdict, replace

from promptci.digest import SHORT, ContentDigest, digest
from promptci.errors import Fault, PromptCIError
from promptci.git.repo import Tree
from promptci.parsing.source import Plain
from promptci.records.record import Parts, Record, Results
from promptci.run.planning.ready import Ready, make_ready, make_task
from promptci.run.planning.scoringpart import scoring
from promptci.run.planning.task import Task, no_build
from promptci.suite.examplesdigest import example_line, own_scorers
from promptci.suite.loading import load_suite
from promptci.suite.packedlines import SortedLines
from promptci.suite.suite import Suite

_FINGERPRINT = 16
"""Hex digits that a fingerprint had."""


def update_records(
    records: Mapping[str, Record], tree: Tree, eval_name: str
) -> Mapping[str, Record]:
    """An eval's records from a tree, old ones with the digests that the tree's files have today.

    One that was not made from these files keeps its short digests, which equal nothing.
    """
    try:
        from promptci.suite.evalfiles import EvalFiles, in_tree  # late: few records are old

        files = EvalFiles(in_tree(tree), eval_name, name=tree.name, below=tree.files)
        suite = replace(load_suite(files), tree=tree)  # own code is listed
        ready = _ready(suite, eval_name)
        if ready is None:
            return records
        return {name: _updated(record, suite, ready) for name, record in records.items()}
    except PromptCIError:
        return records


def update_record(record: Record, task: Task) -> Record:
    """The same of one record, by a task made from the files beside it.

    Each part is recognised by itself: what has changed since is still told from what has not.
    """
    return _Former(task).update(record) if record.is_old else record


def _ready(suite: Suite, eval_name: str) -> Ready | None:
    spec, faults = suite.evals.get(eval_name), list[Fault]()
    if spec is None:
        return None
    lenient = replace(spec, strict_variables=False)
    return make_ready(suite, lenient, suite.prompts[spec.prompt], no_build, faults)


def _updated(record: Record, suite: Suite, ready: Ready) -> Record:
    if not record.is_old or record.model not in suite.models(ready.spec):
        return record
    model = suite.config.model(record.model)
    return update_record(
        record, make_task(ready, suite.prompts[ready.spec.prompt], model, no_build)
    )


class _Former(Struct, frozen=True, dict=True):
    """A task's digests as format 1 had them."""

    task: Task

    @cached_property
    def parts(self) -> Parts:
        task, now = self.task, self.task.parts
        return Parts(
            prompt=now.prompt[:SHORT],
            examples=self._examples(),
            scorers=digest(_shortened(scoring(task.spec, task.judges)))[:SHORT],
            model=now.model[:SHORT],
        )

    def _examples(self) -> str:
        judges = self.task.judges
        lines = SortedLines()
        for each in self.task.golden.examples():
            own = _shortened(own_scorers(judges, each))
            lines.add(example_line(each, each.digest[:SHORT], own))
        return lines.digest()[:SHORT]

    def update(self, record: Record) -> Record:
        """A record with long digests wherever this task has what it says."""
        made, former, now = (asdict(each) for each in (record.parts, self.parts, self.task.parts))
        parts = Parts(**{k: now[k] if made[k] == former[k] else made[k] for k in now})
        has_same_examples = record.parts.examples == self.parts.examples
        results = self._results(record) if has_same_examples else record.results
        is_whole = parts == self.task.parts and results is not record.results
        is_same = record.fingerprint == digest(asdict(self.parts))[:_FINGERPRINT]
        fingerprint = self.task.fingerprint if is_whole and is_same else record.fingerprint
        return replace(record, parts=parts, results=results, fingerprint=fingerprint)

    def _results(self, record: Record) -> Results:
        """The results with the examples' digests; as they were unless each is of its example."""
        digests = {each.id: each.digest for each in self.task.golden.examples()}
        if digests.keys() != {result.id for result in record.results}:
            return record.results
        if any(digests[result.id][:SHORT] != result.digest for result in record.results):
            return record.results
        return tuple(replace(each, digest=digests[each.id]) for each in record.results)


def _shortened(value: list[Plain]) -> list[Plain]:
    return [_cut(each) for each in value]


def _cut(value: Plain) -> Plain:
    """A value with the digests inside it as long as they were."""
    if isinstance(value, ContentDigest):
        return value[:SHORT]
    if isinstance(value, dict):
        return {key: _cut(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(each) for each in value]
    return value
