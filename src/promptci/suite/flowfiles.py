"""What a flow's file names beside prompts: data that queries run on, scorers of conditions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from promptci.errors import Fault, RequestError
from promptci.git.repo import Tree, inside, read_file
from promptci.git.unfollowed import in_place_of
from promptci.parsing.didyoumean import did_you_mean, meant_name
from promptci.parsing.source import Node, Plain, excerpt
from promptci.records.record import Score
from promptci.scorers.base.reach import Reach
from promptci.scorers.base.subject import Subject
from promptci.scorers.registry.bound import BoundScorer
from promptci.scorers.registry.registry import ALIASES, SCORERS, bind
from promptci.specs.answerer import Answerer, gives_texts
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.flows.condition import Condition, Holds, Vars
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.specs.request import Asking, Settings
from promptci.specs.retrieval import CONTEXT
from promptci.suite.corpus import corpus_beside
from promptci.templates.template import as_text

if TYPE_CHECKING:
    from promptci.specs.flows.stepreader import FlowSurroundings

MOST_DATA = 64 * 2**20
"""Bytes of a file that queries run on: each gets a copy of its own in memory."""


def surroundings(
    tree: Tree,
    path: str,
    prompts: Mapping[str, Prompt],
    broken: frozenset[str],
    flow: Callable[[str, Node, list[Fault]], Flow | None],
) -> "FlowSurroundings":
    """What the flow in the file at `path` may name; `flow` gives the others."""
    from promptci.specs.flows.stepreader import FlowSurroundings  # late: few have flows

    folder = path.rpartition("/")[0]

    def read(node: Node, faults: list[Fault]) -> tuple[str, bytes] | None:
        return _data(tree, folder, node, faults)

    def is_flow(name: str) -> bool:
        return any(tree.exists(f"flows/{name}{ending}") for ending in (".yaml", ".yml"))

    corpus = corpus_beside(tree, path)
    return FlowSurroundings(prompts, broken, read, bind_condition, flow, is_flow, corpus)


def _data(tree: Tree, folder: str, node: Node, faults: list[Fault]) -> tuple[str, bytes] | None:
    written = str(node.value)
    try:
        path = inside(written, start=folder)
    except RequestError as error:
        faults.append(node.mark.fault(str(error)))
        return None
    is_hidden = any(step.startswith(".") for step in path.split("/"))
    if is_hidden or not tree.exists(path):
        why = "" if is_hidden else in_place_of(tree, path)
        wrong = f"there is no file {excerpt(path)}: {why or 'name one relative to this flow'}"
        faults.append(node.mark.fault(wrong))
        return None
    data = read_file(tree, path)
    if len(data) > MOST_DATA:
        wrong = f"{path} has more than {MOST_DATA // 2**20} MB: queries run on a copy in memory"
        faults.append(node.mark.fault(f"{wrong}, so make a smaller one"))
        return None
    return path, data


def bind_condition(name: str, node: Node, faults: list[Fault]) -> Condition | None:
    """A condition on the output `name`; None after adding what is wrong with its scorer.

    It is told by the output alone: what an example expects must not choose the way, and a model is
    asked by a step of its own, on whose output a condition can be.
    """
    before = len(faults)
    written = node.value
    is_named = isinstance(written, str) and (written in SCORERS or written in ALIASES)
    if not is_named and not isinstance(written, dict):
        value = excerpt(as_text(node.plain()))
        cure = f"write `{name}: {{equals: {value}}}`"
        faults.append(node.mark.fault(f"`{value}` is no scorer: {cure}"))
        return None
    scorer = bind(node, faults, Reach(_no_model))
    if scorer is None or len(faults) > before:
        return None
    wrong = _unfit(scorer)
    if wrong:
        faults.append(node.mark.fault(f"a condition cannot use `{scorer.label}`, which {wrong}"))
        return None
    return Condition(name, _canonical(scorer), _holds(scorer), scorer.variables, node.mark)


def _unfit(scorer: BoundScorer) -> str:
    if scorer.asks or scorer.prefer is not None:
        return "asks a model: make that a step, and test what it says"
    if scorer.needs_expected:
        return "compares with what an example expects: give it a `value`"
    return ""


def _canonical(scorer: BoundScorer) -> Mapping[str, Plain]:
    return {key: value for key, value in scorer.canonical.items() if key != "label"}


def _holds(scorer: BoundScorer) -> Holds:
    def holds(text: str, scope: Vars) -> Asking[bool]:
        found = scorer.judge(Subject(text, None, False, scope))
        score = found if isinstance(found, Score) else (yield from found)
        return score.passed

    return holds


def _no_model(name: str, parameters: Mapping[str, Plain]) -> Settings:
    raise RequestError("a condition asks no model: make that a step, and test what it says")


def all_with_models(prompts: Mapping[str, Prompt], flows: Mapping[str, Flow]) -> Iterator[Answerer]:
    """All that may name a model: prompts, flows, and the prompts of steps that name their own."""
    known: Mapping[str, Answerer] = {**prompts, **flows}
    places = {name: each.model_mark for name, each in known.items()}
    yield from prompts.values()
    for flow in flows.values():
        yield flow
        for step in flow.calls:
            if step.answerer.model_mark != places.get(step.answerer.name):
                yield step.answerer


def untested(spec: EvalSpec, prompts: Mapping[str, Prompt], flows: Mapping[str, Flow]) -> str:
    """Why what an eval says that it tests is not there; empty if it is."""
    name, known = spec.prompt, flows if spec.is_flow else prompts
    if name in known or (not spec.is_flow and name == spec.name and name in flows):
        return ""
    if spec.is_flow:
        if name not in prompts:
            return no_flow(name, flows)
        cure = f"`{name}` is a prompt, so write `prompt: {name}`"
        return f"there is no flow `{name}` in flows/: {cure}"
    if name in flows:
        return f"`{name}` is a flow: write `flow: {name}`"
    near = did_you_mean(name, prompts)
    if not near.startswith("did you mean"):
        near = f"write prompts/{name}.yaml, name another with `prompt:`, or delete this eval"
    return f"there is no prompt `{name}` in prompts/: {near}"


def no_flow(name: str, flows: Iterable[str]) -> str:
    """What to say of a flow that is not there."""
    near = meant_name(name, flows)
    cure = (
        f"did you mean `{near}`?"
        if near
        else f"write flows/{excerpt(name)}.yaml, or name one that is there"
    )
    return f"there is no flow `{excerpt(name)}` in flows/: {cure}"


def strange_steps(
    example: Example, prompt: Answerer, scorers: Sequence[BoundScorer] = ()
) -> Iterator[str]:
    """Steps of which an example expects something and that are none: what is wrong with each.

    Of what is no flow nothing can be expected but its answer. A name that one of the scorers uses
    is that of a step or of a variable, and not of both.
    """
    if not isinstance(prompt, Flow):
        if example.has_steps:
            yield f"expects something of steps, and `{prompt.name}` is no flow: delete that"
        return
    known = {path for path, _ in prompt.deep}
    for name in dict.fromkeys((*example.steps, *example.runs, *example.never)):
        if name not in known:
            wrong = f"expects something of `{excerpt(name)}`, which is no step of the flow"
            yield f"{wrong}: {did_you_mean(name, known)}"
    for name in sorted(prompt.tells & example.vars.keys()):
        if user := next((each.label for each in scorers if name in each.variables), ""):
            wrong = f"gives `{name}`, which is a step as well, and `{user}` uses one of them"
            yield f"{wrong}: rename the variable"
    for name in example.never:
        if name in example.steps or name in example.runs:
            yield f"says that `{name}` must be taken and must not: delete one of them"


def meant_step(prompt: Answerer, name: str) -> str:
    """What may have been meant by a name that nothing gives, as the first half of a cure."""
    if not isinstance(prompt, Flow):
        is_found = name == CONTEXT and prompt.retrieve is not None
        return f"write `give: texts` in the prompt {prompt.name}, or " if is_found else ""
    steps = [step.name for step in prompt.named]
    if name in steps:
        return "a scorer that judges two sides sees no steps: "
    finding = [step.name for step in prompt.calls if gives_texts(step)]
    if name == CONTEXT and finding:
        return f'write `context: "{{{{ {finding[-1]} }}}}"`, or '
    near = did_you_mean(name.partition(".")[0], steps)
    found = near.removeprefix("did you mean ").rstrip("?")
    return f"is the step {found} meant? Else " if found != near else ""
