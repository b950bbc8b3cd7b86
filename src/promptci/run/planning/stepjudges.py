"""What judges the steps of a flow: scorers of the eval, else of their prompts' own evals."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Plain, as_node, excerpt
from promptci.run.planning.answering import reach_from
from promptci.run.planning.task import BuildOf
from promptci.scorers.registry.bound import OUTPUT
from promptci.specs.answerer import Answerer, gives_texts
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import CallStep
from promptci.specs.retrieval import CONTEXT
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite


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


def used_by_steps(
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
