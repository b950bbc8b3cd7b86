"""Evals whose examples and scorers have been looked at, and the tasks made of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from promptci.digest import LONG, long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Plain, as_node, excerpt
from promptci.records.record import Parts
from promptci.run.planning.answering import builds_of, picker_of, reach_from, settings_of
from promptci.run.planning.boundconversation import Talk, bind_talk, tool_doubts
from promptci.run.planning.retriever import make_retriever
from promptci.run.planning.samplepicker import SamplePicker
from promptci.run.planning.scoringpart import scoring
from promptci.run.planning.task import BuildOf, Task
from promptci.scorers.registry.bound import OUTPUT
from promptci.specs.answerer import Answerer, gives_texts, prompts_of, retrieval_of
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import CallStep
from promptci.specs.modelspec import ModelSpec
from promptci.specs.retrieval import CONTEXT
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
        judges = Judges(written, reach, mine, _used_by_steps(home, written, prompt, build_of))
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


def step_judges(
    suite: Suite,
    spec: EvalSpec,
    prompt: Answerer,
    names: Iterable[str],
    build_of: BuildOf,
    faults: list[Fault],
    golden: Golden | None = None,
) -> dict[str, Judges]:
    """What judges those steps of a flow of which examples expect something, by their names.

    What the eval says below `steps`; else the scorers of the eval of the step's prompt; where that
    is not clear, either, `equals`, without regard to case and white space around.
    """
    if not isinstance(prompt, Flow):
        return {}
    paths = [path for path, _ in prompt.deep]
    for name in spec.steps.keys() - {*paths}:
        wrong = f"the flow `{prompt.name}` has no step `{excerpt(name)}`"
        advice = did_you_mean(name, paths)
        faults.append(spec.marks["steps"].fault(f"{wrong}: {advice}"))
    found = {}
    for name in sorted(names):
        judged = _scorers_of(suite, spec, prompt, name)
        reach = reach_from(suite, judged.mark.path, build_of)
        found[name] = Judges(replace(judged, metrics={}), reach, faults)
        if spec.strict_variables:
            faults += _ungiven(found[name], prompt, name, golden)
    return found


def _used_by_steps(
    suite: Suite, spec: EvalSpec, prompt: Answerer, build_of: BuildOf
) -> frozenset[str]:
    """Variables that scorers of a flow's steps use; their faults are reported elsewhere."""
    paths = [path for path, _ in prompt.deep] if isinstance(prompt, Flow) else ()
    judges = step_judges(suite, spec, prompt, paths, build_of, []).values()
    return frozenset[str]().union(*(each.variables for one in judges for each in one.shared))


def _ungiven(judges: Judges, flow: Flow, name: str, golden: Golden | None) -> Iterator[Fault]:
    """A warning of variables of a step's scorers that neither flow, step nor examples have."""
    known = flow.variables.union(flow.tells, (OUTPUT, "expected"))
    for step in (step for path, step in flow.deep if path == name):
        known |= step.variables
        known |= step.answerer.variables | step.vars.keys() if isinstance(step, CallStep) else set()
        known |= {CONTEXT} if gives_texts(step) else set()
    for scorer in judges.shared:
        for lacking in sorted(scorer.variables - known):
            if golden is not None and _is_given(golden, name, lacking):
                continue
            wrong = f"`{scorer.label}` judges step `{excerpt(name)}`, which has no `{lacking}`"
            cure = f"{did_you_mean(lacking, known)}, or other scorers below `steps`"
            yield scorer.mark.warning(f"{wrong}: {cure}")


def _is_given(golden: Golden, step: str, variable: str) -> bool:
    """Whether each example that expects something of a step gives a variable."""
    return all(variable in it.vars for it in golden if isinstance(it, Example) and step in it.steps)


def _scorers_of(suite: Suite, spec: EvalSpec, flow: Flow, name: str) -> EvalSpec:
    """The eval whose scorers judge a step."""
    own = spec.steps.get(name)
    if own is not None and isinstance(own.value, list):
        return replace(spec, scorers=tuple(own.value))
    calls = (step for path, step in flow.deep if path == name and isinstance(step, CallStep))
    prompts = {step.answerer.name for step in calls}
    evals = [each for each in suite.evals.values() if each.prompt in prompts]
    for several in ([each for each in evals if each.name == each.prompt], evals):
        if len(several) == 1 and several[0].scorers:
            return several[0]
    return replace(spec, scorers=(as_node(dict(_EQUALS), spec.mark),))


_EQUALS: Mapping[str, Plain] = {"equals": {"ignore_case": True, "strip": True}}


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
        prompt=prompt.digest[:LONG],
        examples=ready.found.digest,
        scorers=long_digest(scoring(ready.spec, ready.judges, ready.steps, ready.talk)),
        model=long_digest(models) if steps else picker.part(model.identity),
    )
