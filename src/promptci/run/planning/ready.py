"""Evals whose examples and scorers have been looked at, and the tasks made of them."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import asdict

from promptci.digest import LONG, long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.records.record import Parts
from promptci.run.planning.answering import builds_of, picker_of, reach_from, settings_of
from promptci.run.planning.boundconversation import Talk, bind_talk, tool_doubts
from promptci.run.planning.retriever import make_retriever
from promptci.run.planning.samplepicker import SamplePicker
from promptci.run.planning.scoringpart import scoring
from promptci.run.planning.stepjudges import step_judges, used_by_steps
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.answerer import Answerer, prompts_of, retrieval_of, takes_votes
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.specs.modelspec import ModelSpec
from promptci.specs.sampling import VOTE_COUNTING
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden, Stamp
from promptci.suite.scanned import scan_once
from promptci.suite.scanresult import Scan
from promptci.suite.suite import Suite


class Ready(Struct, frozen=True):
    """An eval whose examples and scorers have been looked at: any prompt may be tried on it.

    `suite` is where what a prompt names beside its model is looked for, `steps` are what judges
    the steps of a flow, by their names, `talk` says how an answer takes several turns.
    """

    suite: Suite
    spec: EvalSpec
    golden: Golden
    judges: Judges
    found: Scan
    stamp: Stamp = None
    steps: Mapping[str, Judges] = field(default_factory=dict)
    talk: Talk | None = None


def make_ready(
    suite: Suite,
    spec: EvalSpec,
    prompt: Answerer,
    build_of: BuildOf,
    faults: list[Fault],
    *,
    scorers_of: tuple[Suite, EvalSpec] | None = None,
    known: Golden | None = None,
    only_known: bool = False,
    look_before: Callable[[], object] = lambda: None,
) -> Ready | None:
    """Look at an eval's examples for a prompt; None after adding what is wrong to `faults`.

    Scorers of `scorers_of`, another state of the files, judge instead of its own, `known` are its
    examples where they were read before; `scan_once` says what `only_known` and `look_before` are.
    """
    home, written = scorers_of or (suite, spec)
    mine: list[Fault] = []
    try:
        reach = reach_from(home, written.mark.path, build_of)
        judges = Judges(written, reach, mine, used_by_steps(home, written, prompt, build_of))
        golden = Golden.of(suite.tree, spec) if known is None else known
        stamp = golden.stamp()
        found = scan_once(golden, spec, prompt, judges, mine, only_known, look_before)
        for each in prompts_of(prompt):
            picker_of(suite, each, build_of, mine)
        steps = step_judges(home, written, prompt, found.steps, build_of, mine, golden)
        if scorers_of is None:
            mine += tool_doubts(spec, judges.shared, prompt, golden)
        else:
            reach = reach_from(suite, spec.mark.path, build_of)
        talk = bind_talk(spec.conversing, prompt, reach, mine, judged_by_code=judges.runs_code)
    except SpecError as error:
        faults += dict.fromkeys([*mine, *error.faults])
        return None
    faults += dict.fromkeys(mine)
    if any(not fault.warning for fault in mine):
        return None
    return Ready(suite, spec, golden, judges, found, stamp, steps, talk)


def make_task(
    ready: Ready,
    prompt: Answerer,
    model: ModelSpec,
    build_of: BuildOf,
    *,
    chosen: frozenset[str] | None = None,
) -> Task:
    """One prompt on one model with an eval's examples; `chosen` are their ids, None for all.

    Raises `RequestError` for a model that answers no prompts, and `SpecError` where what the
    prompt names beside its model is not there.
    """
    if wrong := settings_of(prompt, model, "").mismatch:
        raise RequestError(f"{_named_at(ready, prompt, model)}: {wrong}")
    faults: list[Fault] = []
    picker = picker_of(ready.suite, prompt, build_of, faults)
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)
    steps = _step_tasks(ready, prompt, model, build_of)
    parts = _parts(ready, prompt, model, picker, steps)
    settings = settings_of(prompt, model, builds_of(steps) if steps else build_of(model))
    return Task(
        spec=ready.spec,
        prompt=prompt,
        model=model,
        settings=settings,
        golden=ready.golden,
        judges=ready.judges,
        fingerprint=long_digest(asdict(parts)),
        parts=parts,
        count=ready.found.count if chosen is None else len(chosen),
        chosen=chosen,
        stamp=ready.stamp,
        picker=picker,
        steps=steps,
        step_judges=ready.steps if steps else {},
        groups=ready.found.groups,
        retriever=make_retriever(retrieval_of(prompt), settings),
        talk=ready.talk,
    )


def _step_tasks(
    ready: Ready, prompt: Answerer, model: ModelSpec, build_of: BuildOf
) -> dict[int, Task]:
    """The prompts of a flow's steps, each on its own model, else on the flow's."""
    found = dict[int, Task]()
    for step in prompt.calls if isinstance(prompt, Flow) else ():
        if step.no_model:
            raise RequestError(f"{ready.spec.name}: the step `{step.name}`: {step.no_model}")
        found[step.number] = make_task(ready, step.answerer, step.model or model, build_of)
    return found


def _named_at(ready: Ready, prompt: Answerer, model: ModelSpec) -> str:
    """Where a model is named: beside the documents that it embeds, in the eval, or elsewhere."""
    retrieval = retrieval_of(prompt)
    if retrieval is not None and prompt.model == model.name:
        return f"{retrieval.mark.path}:{retrieval.mark.line}"
    mark = ready.spec.marks.get("models", ready.spec.mark)
    is_there = model.name in (ready.spec.models or ())
    return f"{mark.path}:{mark.line}" if is_there else ready.spec.name


def _parts(
    ready: Ready,
    prompt: Answerer,
    model: ModelSpec,
    picker: SamplePicker,
    steps: Mapping[int, Task],
) -> Parts:
    """The digests that a fingerprint is made of."""
    models = [model.identity, *(step.parts.model for step in steps.values())]
    return Parts(
        prompt=_prompt_part(prompt),
        examples=ready.found.digest,
        scorers=long_digest(scoring(ready.spec, ready.judges, ready.steps, ready.talk)),
        model=long_digest(models) if steps else picker.part(model.identity),
    )


def _prompt_part(prompt: Answerer) -> str:
    """The digest of a prompt, and of how votes are counted where it or a flow's step takes one."""
    if not takes_votes(prompt):
        return prompt.digest[:LONG]
    return long_digest([prompt.digest, {"votes": VOTE_COUNTING}])
