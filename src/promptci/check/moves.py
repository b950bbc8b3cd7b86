"""What a change tests, or judges by, otherwise than the base does."""

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from promptci.check.basestate import BaseState
from promptci.check.gatechanges import GateChanges, first_named, gate_changes, removed_eval
from promptci.compare.renamedetection import split_evals
from promptci.run.task import Task
from promptci.suite.golden import Golden
from promptci.suite.lint import shown_examples
from promptci.suite.suite import Suite


def moved_subjects(base: BaseState, head: Suite) -> Iterator[str]:
    """Evals that test another prompt or model than at the base, and prompts that none tests."""
    for name, spec in sorted(head.evals.items()):
        before = base.spec(name)
        if before is None:
            continue
        if before.prompt != spec.prompt and before.prompt in head.prompts:
            prompts = f"`{spec.prompt}` here and `{before.prompt}` at the base"
            yield f"`{name}` tests the prompt {prompts}"
        models, mine = base.suite.models(before), head.models(spec)
        if len(models) == len(mine) == 1 and models != mine:
            yield f"`{name}` runs on `{mine[0]}` here and on `{models[0]}` at the base"
        for model in sorted(set(models) & set(mine)):
            now, then = (s.config.model(model) for s in (head, base.suite))
            if now.identity != then.identity:
                ids = f"`{now.model_id}` here and `{then.model_id}` at the base"
                yield f"`{name}` runs on `{model}`, which is {ids}"
        yield from _shown(base, head, name)
    for was, name in sorted(base.joins.items()):
        yield f"`{was}` was joined into `{name}`"
    for was, parts in split_evals(base.renames, head.evals).items():
        yield f"`{was}` was split: {was} → {', '.join(parts)}"
    tested = {spec.prompt for spec in head.evals.values()}
    was_tested = {spec.prompt for spec in base.suite.evals.values()}
    for name in sorted(was_tested & head.prompts.keys() - tested):
        yield f"the prompt `{name}` is not tested any more"


def _shown(base: BaseState, head: Suite, name: str) -> Iterator[str]:
    """That golden examples are shots now, so that what they score says nothing."""
    spec, before = head.evals[name], base.spec(name)
    prompt, was = (
        head.prompts[spec.prompt],
        base.suite.prompts.get(before.prompt) if before else None,
    )
    if not prompt.shots or (was is not None and was.digest == prompt.digest):
        return
    golden = Golden.of(head.tree, spec)
    known = {each.digest for each in shown_examples(golden, was)} if was is not None else set()
    ids = [each.id for each in shown_examples(golden, prompt) if each.digest not in known]
    if ids:
        must = spec.gate.must_pass if before is None else before.gate.must_pass
        named = first_named(ids, must)
        is_, shots = ("is a shot", "it") if len(ids) == 1 else ("are shots", "them")
        examples = "1 golden example" if len(ids) == 1 else f"{len(ids):,} golden examples"
        yield (
            f"{examples} of `{name}` {is_} of its prompt now ({named}), so the model is shown "
            f"the answer to {shots}"
        )


def changed_gates(base: BaseState, head: Suite, tasks: Sequence[Task]) -> Iterator[GateChanges]:
    """By what evals are judged, where the change moved that; examples are read if need be."""
    parts = {task.spec.name: (task.parts, base.parts(task)) for task in tasks}
    has_other_sets = _shared_sets(base.suite) != _shared_sets(head)
    for name, spec in sorted(head.evals.items()):
        before = base.spec(name)
        if before is None:
            continue
        mine, its = parts[name]
        found = gate_changes(
            base.suite,
            head,
            before,
            spec,
            has_same_examples=its is not None and mine.examples == its.examples,
            has_other_scorers=has_other_sets if its is None else mine.scorers != its.scorers,
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
    yield from (terms for terms in gone if terms.missing)


def _not_taken(base: BaseState, head: Suite, was: str, name: str) -> Iterator[GateChanges]:
    """What an eval lost when it was joined into another one."""
    spec = base.suite.evals[was]
    there = {e.digest for e in Golden.of(head.tree, head.evals[name]).examples()}
    examples = list(Golden.of(base.suite.tree, spec).examples())
    gone = tuple(sorted(e.id for e in examples if e.digest not in there))
    missing = tuple(id_ for id_ in spec.gate.must_pass if id_ in gone)
    if gone:
        yield GateChanges(was, removed=gone, missing=missing, must_pass=spec.gate.must_pass)


def _shared_sets(suite: Suite) -> object:
    """Shared scorers as they are written, for evals where no record tells."""
    return {name: node.plain() for name, node in suite.config.scorer_sets.items()}
