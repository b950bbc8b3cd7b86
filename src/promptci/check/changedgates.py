"""By what a change judges otherwise than the base does."""

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from promptci.check.basestate import BaseState
from promptci.compare.gate.gatechanges import GateChanges, gate_changes, removed_eval
from promptci.run.planning.task import Task
from promptci.suite.golden import Golden
from promptci.suite.outlines import outlines
from promptci.suite.suite import Suite


def changed_gates(base: BaseState, head: Suite, tasks: Sequence[Task]) -> Iterator[GateChanges]:
    """By what evals are judged, where the change moved that; examples are read if need be."""
    parts = {task.spec.name: (task.parts, its) for task in tasks if (its := base.parts(task))}
    has_other_sets = base.suite.config.plain_sets != head.config.plain_sets
    for name, spec in sorted(head.evals.items()):
        before = base.spec(name)
        if before is None:
            continue
        both = parts.get(name)
        found = gate_changes(
            base.suite,
            head,
            before,
            spec,
            has_same_examples=both is not None and both[0].examples == both[1].examples,
            has_other_scorers=has_other_sets
            if both is None
            else both[0].scorers != both[1].scorers,
            elsewhere=partial(base.elsewhere, name, anywhere=True),
            parts=base.parts_of(name),
        )
        if base.parts_of(name)[:1] != (name,):  # the first part tells what is gone
            found = replace(found, removed=(), missing=(), moved=())
        if not found.is_same:
            yield found
    for was, name in sorted(base.joins.items()):
        yield from _not_taken(base, head, was, name)
    gone = (removed_eval(base.suite.evals[name]) for name in base.removed(head))
    yield from (changes for changes in gone if changes.missing)


def _not_taken(base: BaseState, head: Suite, was: str, name: str) -> Iterator[GateChanges]:
    """What an eval lost when it was joined into another one."""
    spec = base.suite.evals[was]
    there = {e.digest for e in outlines(Golden.of(head.tree, head.evals[name]))}
    examples = list(outlines(Golden.of(base.suite.tree, spec)))
    gone = tuple(sorted(e.id for e in examples if e.digest not in there))
    missing = tuple(id_ for id_ in spec.gate.must_pass if id_ in gone)
    if gone:
        yield GateChanges(was, removed=gone, missing=missing, must_pass=spec.gate.must_pass)
