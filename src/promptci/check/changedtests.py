"""What a change tests otherwise than the base does, or not at all any more."""

from collections.abc import Container, Iterable, Iterator

from promptci.check.basestate import BaseState
from promptci.check.changedtexts import same_questions, untested_texts
from promptci.compare.gate.gatechanges import first_named
from promptci.compare.pairing.comparedside import known_model
from promptci.compare.pairing.renamedetection import split_evals
from promptci.specs.answerer import Answerer, prompts_of
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.stepdependencies import (
    conditional_calls,
    resting_prompts,
    same_for_all,
    unasked_answers,
)
from promptci.specs.flows.steps import CallStep
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden
from promptci.suite.leakedexamples import looked_up_examples, shown_examples
from promptci.suite.suite import Suite


def moved_subjects(
    base: BaseState, head: Suite, only: Container[str] | None = None
) -> Iterator[str]:
    """Evals that test another prompt or model than at the base, and prompts that none tests.

    What could hide a loss of an example that must pass comes first, since a reader is shown few.
    With `only` these evals alone are looked at, and the prompts that they tested.
    """
    evals = {name: spec for name, spec in head.evals.items() if only is None or name in only}
    found = [(name, spec, base.spec(name)) for name, spec in sorted(evals.items())]
    both = [(name, before, spec) for name, spec, before in found if before is not None]
    guarded = [each for each in both if each[1].gate.must_pass]
    rest = [each for each in both if not each[1].gate.must_pass]
    for name, before, spec in guarded:
        yield from _shown(base, head, before, spec)
        yield from _moved(base, head, name, before, spec)
    for _, before, spec in rest:
        yield from _shown(base, head, before, spec)
    pairs = ((base.suite.prompts[was.prompt], head.prompts[now.prompt]) for _, was, now in both)
    yield from dict.fromkeys(said for was, now in pairs for said in _dropped(was, now))
    texts = {name: (spec, before) for name, spec, before in found}
    yield from same_questions(base.suite, head, texts)
    yield from untested_texts(base.suite, head, texts)
    if only is None:
        yield from _put_aside(base.suite, head)
    tested = _tested(base.suite, None if only is None else [before for _, before, _ in both])
    gone = tested & head.prompts.keys() - _tested(head)
    ours = {before.prompt for _, before, _ in guarded}
    for name in sorted(gone, key=lambda name: (name not in ours, name)):
        yield f"the {_word(head.prompts[name])} `{name}` is not tested any more"
    for name, before, spec in rest:
        yield from _moved(base, head, name, before, spec)
    for was, name in sorted(base.joins.items()):
        if name in evals:
            yield f"`{was}` was joined into `{name}`"
    for was, parts in split_evals(base.renames, evals).items():
        yield f"`{was}` was split: {was} → {', '.join(parts)}"


def _put_aside(base: Suite, head: Suite) -> Iterator[str]:
    """New prompts that no eval tests, where a tested one is gone: that may be what it is now."""
    gone = sorted(_tested(base) - head.prompts.keys())
    if gone:
        more = f" and {len(gone) - 1:,} more" if len(gone) > 1 else ""
        for name in sorted(head.prompts.keys() - base.prompts.keys() - _tested(head)):
            new = f"the {_word(head.prompts[name])} `{name}` is new and not tested"
            yield f"{new}, and `{gone[0]}`{more}, which the base tests, is gone"


def _word(answerer: Answerer) -> str:
    return "flow" if isinstance(answerer, Flow) else "prompt"


def _tested(suite: Suite, specs: Iterable[EvalSpec] | None = None) -> set[str]:
    """Prompts and flows that an eval tests, and the prompts on which an answer of a flow rests."""
    found = {spec.prompt for spec in (suite.evals.values() if specs is None else specs)}
    for name in list(found):
        answerer = suite.prompts[name]
        found |= resting_prompts(answerer) if isinstance(answerer, Flow) else set()
    return found


def _moved(
    base: BaseState, head: Suite, name: str, before: EvalSpec, spec: EvalSpec
) -> Iterator[str]:
    if before.prompt != spec.prompt and before.prompt in head.prompts:
        sides = ((head, spec), (base.suite, before))
        word, theirs = (_word(suite.prompts[each.prompt]) for suite, each in sides)
        there = f"`{before.prompt}`" if word == theirs else f"the {theirs} `{before.prompt}`"
        yield f"`{name}` tests the {word} `{spec.prompt}` here and {there} at the base"
    models, mine = base.suite.models(before), head.models(spec)
    if len(models) == len(mine) == 1 and models != mine:
        yield f"`{name}` runs on `{mine[0]}` here and on `{models[0]}` at the base"
    for model in sorted(set(models) & set(mine)):
        now, then = (known_model(suite, model) for suite in (head, base.suite))
        if now is not None and then is not None and now.identity != then.identity:
            yield f"`{name}` runs on `{model}`, which is {_identities(now, then)}"
    was, prompt = base.suite.prompts[before.prompt], head.prompts[spec.prompt]
    if was.digest != prompt.digest or _step_models(was) != _step_models(prompt):
        yield from _answered(name, was, prompt)


def _identities(now: ModelSpec, then: ModelSpec) -> str:
    """What one name of a model means on both sides, by what differs."""
    if now.model_id != then.model_id:
        return f"`{now.model_id}` here and `{then.model_id}` at the base"
    here, there = now.endpoint, then.endpoint
    if here.name != there.name:
        return f"at the endpoint `{here.name}` here and at `{there.name}` at the base"
    return f"at {here.address} here and at {there.address} at the base"


def _answered(name: str, was: Answerer, now: Answerer) -> Iterator[str]:
    """That an answer comes about in another way: by a flow, on another model, of more samples."""
    here, there = (_kind(each) for each in (now, was))
    if here != there:
        yield f"`{name}` takes {here} here and {there} at the base"
    then = _step_models(was)
    for step, model in _step_models(now).items():
        if step in then and model != then[step]:
            ids = f"{_model(model)} here and {_model(then[step])} at the base"
            yield f"the step `{step}` of `{name}` runs on {ids}"
    if isinstance(now, Flow) and isinstance(was, Flow):
        kept = {step.name for step in was.calls} - same_for_all(was)
        for step in sorted(same_for_all(now) & kept):
            yield f"the step `{step}` of `{name}` is asked the same for every example"
        always = {step.name for step in was.calls} - conditional_calls(was)
        for step in sorted(conditional_calls(now) & always):
            yield f"the step `{step}` of `{name}` is asked only under a condition now"
        old = [step.canonical[2:] for step in unasked_answers(was)]
        new = (step.name for step in unasked_answers(now) if step.canonical[2:] not in old)
        for step in dict.fromkeys(new):
            yield f"`{name}` answers with `{step}`, for which nothing is asked, by a condition now"


def _dropped(was: Answerer, now: Answerer) -> Iterator[str]:
    """What prompts hold an answer to at the base, by its form or with tools, and not any more."""
    before = {each.name: each for each in prompts_of(was)}
    if isinstance(was, Prompt) and isinstance(now, Prompt):
        before = {now.name: was}
    for each in prompts_of(now):
        old = before.get(each.name)
        if old is None or old.digest == each.digest:
            continue
        if old.response_format is not None and each.response_format is None:
            yield f"the prompt `{each.name}` has no `response_format` any more"
        if old.tools and not each.tools:
            yield f"the prompt `{each.name}` has no `tools` any more"


def _kind(answerer: Answerer) -> str:
    """What gives an answer, in a few words."""
    if isinstance(answerer, Flow):
        return "the answer of a flow"
    if answerer.retrieve is not None:
        return "documents looked up"
    if answerer.solve is not None:
        return f"the pick of {answerer.solve.n} samples"
    return "a single answer"


def _step_models(answerer: Answerer) -> dict[str, str]:
    """The models that the steps of a flow name, empty where one names none."""
    steps = answerer.deep if isinstance(answerer, Flow) else ()
    calls = {path: step for path, step in steps if isinstance(step, CallStep)}
    return {path: step.model.name if step.model else "" for path, step in calls.items()}


def _model(name: str) -> str:
    return f"`{name}`" if name else "the eval's model"


def _shown(base: BaseState, head: Suite, before: EvalSpec, spec: EvalSpec) -> Iterator[str]:
    """That golden examples are shown to the model now, or looked up by a flow.

    What they score then says nothing.
    """
    prompt, was = head.prompts[spec.prompt], base.suite.prompts[before.prompt]
    if was.digest == prompt.digest:
        return
    golden = Golden.of(head.tree, spec)
    ways = (
        (shown_examples, "{} shown to the model by its prompt now"),
        (looked_up_examples, "{} among what its flow looks up or goes by now"),
    )
    for find, said in ways:
        ids = [each.id for each in find(golden, prompt)]
        known = {each.id for each in find(golden, was)} if ids else set()
        new = [id_ for id_ in ids if id_ not in known]
        if new:
            named = first_named(new, before.gate.must_pass)
            examples = "1 golden example" if len(new) == 1 else f"{len(new):,} golden examples"
            how = said.format("is" if len(new) == 1 else "are")
            yield f"{examples} of `{spec.name}` {how} ({named})"
