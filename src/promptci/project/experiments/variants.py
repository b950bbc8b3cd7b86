"""Evaluate every variant of a prompt on the same examples, and compare each with the prompt."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations

from msgspec import Struct

from promptci.compare.comparison import compare_records
from promptci.compare.experiments.variants import (
    VariantPair,
    VariantResult,
    VariantsResult,
    efficient,
)
from promptci.compare.family import judge_family
from promptci.compare.judgement import Test, judge_comparison
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.errors import Fault, RequestError, SpecError
from promptci.project.experiments.stepforms import forms_of_steps
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.driving.work import Finished
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.selection import select_one
from promptci.run.planning.task import Task
from promptci.specs.answerer import Answerer
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.spending.limits import Limits
from promptci.suite.suite import Suite

ITSELF = "as it is"
"""What the prompt without any variant is called."""


class _Variant(Struct, frozen=True):
    name: str
    task: Task


def compare_variants(
    project: Project,
    name: str,
    limits: Limits,
    *,
    models: tuple[str, ...] = (),
    test: Test = "exact",
) -> VariantsResult:
    """Ask every variant of an eval's prompt, the prompt itself first; no record is written.

    Each is tested against each other on the same examples, Holm's correction over all pairs.
    Raises `RequestError` for a prompt without variants.
    """
    chosen = list(_tasks(project, name, models))
    thoughts: Counter[int] = Counter()

    def take(finished: Finished) -> None:
        thoughts[id(finished.task)] += finished.took.thought_tokens

    plan = Plan(tuple(each.task for each in chosen), is_partial=True)
    outcomes = Session(project, limits).run(plan, take).outcomes()
    names = [_label(each, outcomes) for each in chosen]
    pairs = _pairs(names, outcomes, test)
    judgements = (None, *(pair.judgement for pair in pairs[: len(names) - 1]))
    rows = zip(chosen, names, outcomes, judgements, efficient(outcomes), strict=True)
    found = (
        VariantResult(name, outcome, judgement, thoughts[id(each.task)], mark)
        for each, name, outcome, judgement, mark in rows
    )
    return VariantsResult(chosen[0].task.spec.name, tuple(found), pairs)


def estimate_variants(
    project: Project, name: str, limits: Limits, *, models: tuple[str, ...] = ()
) -> tuple[Estimate, ...]:
    """What the variants would ask, found without asking."""
    chosen = list(_tasks(project, name, models))
    plan = Plan(tuple(each.task for each in chosen), is_partial=True)
    found = dry_run(plan, cache=project.workspace.cache, price_of=project.price_under(limits))
    for variant, estimate in zip(chosen, found, strict=True):
        estimate.form = variant.name
    return found


def _label(each: _Variant, outcomes: tuple[EvalOutcome, ...]) -> str:
    """The variant's name, with its model where there are several."""
    several = len({outcome.record.model for outcome in outcomes}) > 1
    return f"{each.name} on {each.task.model.name}" if several else each.name


def _tasks(project: Project, name: str, models: tuple[str, ...]) -> Iterator[_Variant]:
    suite = project.workspace.suite
    spec = select_one(suite, name)
    prompt = suite.prompts[spec.prompt]
    for variant, form in _forms(suite, prompt).items():
        faults: list[Fault] = []
        ready = make_ready(suite, spec, form, project.models.build, faults)
        if ready is None:
            raise SpecError([each for each in faults if not each.warning])
        own = (form.model,) if form.model not in (None, prompt.model) else ()
        for name in dict.fromkeys(models or own or suite.models(spec)):
            try:
                model = suite.config.model(str(name))
            except RequestError as error:
                if models or not own:
                    raise
                raise SpecError([form.model_mark.fault(str(error))]) from None
            yield _Variant(variant, make_task(ready, form, model, project.models.build))


def _forms(suite: Suite, prompt: Answerer) -> Mapping[str, Answerer]:
    """The prompt and its variants by name; of a flow those of its steps' prompts in their places.

    Raises `RequestError` where there are none.
    """
    if isinstance(prompt, Flow):
        known = partial(_prompt_of, suite)
        found: dict[str, Answerer] = dict(forms_of_steps(prompt, known, suite.config))
        what = "no prompt of the flow's steps has variants"
    else:
        found = dict(prompt.variants)
        what = "the prompt has no variants"
    if not found:
        cure = "add some below `variants:`, such as `cot: {append: Think step by step.}`"
        raise RequestError(f"{prompt.mark.path}: {what}: {cure}")
    return {ITSELF: prompt, **found}


def _prompt_of(suite: Suite, name: str) -> Prompt:
    found = suite.prompts[name]
    assert isinstance(found, Prompt)
    return found


def _pairs(
    names: Sequence[str], outcomes: Sequence[EvalOutcome], test: Test
) -> tuple[VariantPair, ...]:
    """Each two, those with the first before all others; one family."""
    task = outcomes[0].task
    pairs = list(combinations(range(len(names)), 2))
    judged = [
        judge_comparison(
            compare_records(outcomes[one].record, outcomes[other].record),
            tolerance=task.spec.gate.tolerance,
            clusters=task.clusters or None,
            test=test,
        )
        for one, other in pairs
    ]
    family = judge_family(judged, [each.p is not None for each in judged])
    return tuple(
        VariantPair(names[one], names[other], judgement)
        for (one, other), judgement in zip(pairs, family, strict=True)
    )
