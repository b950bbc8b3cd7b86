"""Evals whose examples and scorers have been looked at, and the tasks made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

from promptci.digest import LONG, long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import inside, read_file
from promptci.parsing.source import Plain, as_node, did_you_mean, excerpt
from promptci.records.record import Parts
from promptci.run.aides import NO_AIDES, Aides, bind_aides
from promptci.run.retriever import make_retriever
from promptci.run.scoringpart import scoring
from promptci.run.talks import Talk, bind_talk
from promptci.run.task import BuildOf, Task
from promptci.scorers.registry.registry import Reach
from promptci.specs.answerer import Answerer, prompts_of, retrieval_of
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Settings
from promptci.suite.codefiles import CodeFiles
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden, Stamp
from promptci.suite.scan import Scan
from promptci.suite.scanned import scan_once
from promptci.suite.suite import Suite


@dataclass(frozen=True, slots=True)
class Ready:
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
) -> Ready | None:
    """Look at an eval's examples for a prompt; None after adding what is wrong to `faults`.

    `scorers_of` names another state of the files whose scorers judge instead of the eval's own.
    """
    home, written = scorers_of or (suite, spec)
    mine: list[Fault] = []
    try:
        reach = reach_from(home, written.mark.path, build_of)
        judges = Judges(written, reach, mine)
        golden = Golden.of(suite.tree, spec)
        stamp = golden.stamp()
        found = scan_once(golden, spec, prompt, judges, mine)
        for each in prompts_of(prompt):
            _aides(suite, each, build_of, mine)
        steps = step_judges(home, written, prompt, found.steps, build_of, mine)
        if scorers_of is not None:
            reach = reach_from(suite, spec.mark.path, build_of)
        talk = bind_talk(spec.conversing, prompt, reach, mine)
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
) -> dict[str, Judges]:
    """What judges those steps of a flow of which examples expect something, by their names.

    What the eval says below `steps`; else the scorers of the eval of the step's prompt; where that
    is not clear, either, `equals`, without regard to case and white space around.
    """
    if not isinstance(prompt, Flow):
        return {}
    for name in spec.steps.keys() - {step.name for step in prompt.named}:
        wrong = f"the flow `{prompt.name}` has no step `{excerpt(name)}`"
        advice = did_you_mean(name, (step.name for step in prompt.named))
        faults.append(spec.marks["steps"].fault(f"{wrong}: {advice}"))
    found = {}
    for name in sorted(names):
        judged = _scorers_of(suite, spec, prompt, name)
        reach = reach_from(suite, judged.mark.path, build_of)
        found[name] = Judges(replace(judged, metrics={}), reach, faults)
    return found


def _scorers_of(suite: Suite, spec: EvalSpec, flow: Flow, name: str) -> EvalSpec:
    """The eval whose scorers judge a step."""
    own = spec.steps.get(name)
    if own is not None and isinstance(own.value, list):
        return replace(spec, scorers=tuple(own.value))
    prompts = {step.prompt.name for step in flow.asking if step.name == name}
    evals = [each for each in suite.evals.values() if each.prompt in prompts]
    of_that_name = [each for each in evals if each.name == each.prompt]
    for several in (of_that_name, evals):
        if len(several) == 1 and several[0].scorers:
            return several[0]
    return replace(spec, scorers=(as_node(dict(_EQUALS), spec.mark),))


_EQUALS: Mapping[str, Plain] = {"equals": {"ignore_case": True, "strip": True}}


def reach_from(suite: Suite, path: str, build_of: BuildOf) -> Reach:
    """What the scorers in a file may reach: models by their names, files and code beside it."""
    folder = path.rpartition("/")[0]

    def settings_for(name: str, parameters: Mapping[str, Plain]) -> Settings:
        model = suite.config.judge(name)
        return Settings(model, parameters, build=build_of(model))

    def read_beside(written: str) -> bytes:
        return read_file(suite.tree, inside(written, start=folder))

    code = CodeFiles(suite, folder)
    return Reach(settings_for, read_beside, suite.config.scorer_sets, code=code)


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
    if wrong := _settings(prompt, model, "").mismatch:
        raise RequestError(f"{ready.spec.name}: {wrong}")
    faults: list[Fault] = []
    aides = _aides(ready.suite, prompt, build_of, faults)
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)
    steps = _step_tasks(ready, prompt, model, build_of)
    parts = _parts(ready, prompt, model, aides, steps)
    settings = _settings(prompt, model, _builds(steps) if steps else build_of(model))
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
        aides=aides,
        steps=steps,
        step_judges=ready.steps if steps else {},
        groups=ready.found.groups,
        retriever=make_retriever(retrieval_of(prompt), settings),
        talk=ready.talk,
    )


def _aides(suite: Suite, prompt: Answerer, build_of: BuildOf, faults: list[Fault]) -> Aides:
    """What a prompt's `solve` names; own code is none of it, since it would run for every side."""
    if isinstance(prompt, Flow) or prompt.solve is None:
        return NO_AIDES
    reach = reach_from(suite, prompt.mark.path, build_of)

    def read(path: str) -> bytes:
        """A file beside the prompt, or a judge's prompt by its name alone."""
        is_name = not {"/", "."} & set(path)
        return read_file(suite.tree, f"evals/judges/{path}.yaml") if is_name else reach.read(path)

    return bind_aides(prompt, replace(reach, code=None, read=read), faults)


def _step_tasks(
    ready: Ready, prompt: Answerer, model: ModelSpec, build_of: BuildOf
) -> dict[int, Task]:
    """The prompts of a flow's steps, each on its own model, else on the flow's."""
    if not isinstance(prompt, Flow):
        return {}
    found = {}
    for step in prompt.asking:
        if step.no_model:
            raise RequestError(f"{ready.spec.name}: the step `{step.name}`: {step.no_model}")
        found[step.number] = make_task(ready, step.prompt, step.model or model, build_of)
    return found


def _builds(steps: Mapping[int, Task]) -> str:
    """The builds of all models of a flow that have one."""
    return "+".join(sorted({step.settings.build for step in steps.values()} - {""}))


def _settings(prompt: Answerer, model: ModelSpec, build: str) -> Settings:
    retrieval = retrieval_of(prompt)
    if retrieval is not None:
        size = retrieval.dimensions
        parameters = dict(model.endpoint.embedding_fields)
        parameters |= {} if size is None else {"dimensions": size}
        return Settings(model, parameters, build=build, task="embeddings")
    return Settings(model, prompt.parameters or {}, prompt.response_format, prompt.tools, build)


def _parts(
    ready: Ready, prompt: Answerer, model: ModelSpec, aides: Aides, steps: Mapping[int, Task]
) -> Parts:
    """The digests that a fingerprint is made of."""
    models = [model.identity, *(step.parts.model for step in steps.values())]
    return Parts(
        prompt=prompt.digest[:LONG],
        examples=ready.found.digest,
        scorers=long_digest(scoring(ready.spec, ready.judges, ready.steps, ready.talk)),
        model=long_digest(models) if steps else aides.part(model.identity),
    )
