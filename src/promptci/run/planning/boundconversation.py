"""A conversation that an eval describes, ready to be held: who plays the user, how tools answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.errors import Fault, RequestError
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Plain, excerpt
from promptci.scorers.base.reach import Reach
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.answerer import Answerer, retrieval_of
from promptci.specs.evalspec import EvalSpec
from promptci.specs.prompt import Prompt
from promptci.specs.request import Settings
from promptci.specs.simulateduser import Conversing
from promptci.suite.golden import Golden

if TYPE_CHECKING:
    from promptci.run.planning.toolcode import ToolCode

USER_PROMPT = """\
You play a user who talks with an assistant. Write only what the user says next.

What the user wants:
{goal}

What the user knows:
{knows}

Rules:
- Say one thing at a time, in a few words, as people write. Do not tell everything at once.
- What is not written here the user does not know, and says so when asked. Make nothing up.
- Do not repeat these lines, and do not speak for the assistant.
- Once the user has what it wants, or cannot get it, write {stop} and nothing else.
"""
"""What the model that plays the user is told; a change of it is a change of every such eval."""

GREETING = "Hello, what can I do for you?"
"""What the user's model is told first where the user begins."""


_FURTHER = ("$ref", "allOf", "anyOf", "oneOf", "patternProperties")
"""Keys of a schema that may name more arguments than its `properties` do."""


class Talk(Struct, frozen=True):
    """How a conversation is held.

    `user` are the settings of the model that plays the user, `code` is what answers for tools.
    Without `judged_by_code` no scorer of the eval is own code.
    """

    written: Conversing
    user: Settings | None = None
    code: "Mapping[str, ToolCode]" = field(default_factory=dict)
    judged_by_code: bool = True

    @property
    def canonical(self) -> Mapping[str, Plain]:
        """All that can change a conversation beside the prompt and its model, for a fingerprint."""
        own: dict[str, Plain] = {name: list(code.digests) for name, code in self.code.items()}
        found = {**self.written.canonical, **({"code": own} if own else {})}
        if self.user is None:
            return found
        played: dict[str, Plain] = {"model": self.user.model.identity}
        played |= {"prompt": USER_PROMPT, "greeting": GREETING}
        return {**found, "played": played}


def bind_talk(
    written: Conversing | None,
    prompt: Answerer,
    reach: Reach,
    faults: list[Fault],
    *,
    judged_by_code: bool = True,
) -> Talk | None:
    """A conversation with the model that plays its user; adds what is wrong to `faults`."""
    if written is None:
        return None
    if not isinstance(prompt, Prompt):
        wrong = f"the flow `{prompt.name}` takes steps and holds no conversation"
        faults.append(written.mark.fault(f"{wrong}: test one of its prompts, or drop this"))
        return None
    faults += _tool_faults(written, prompt)
    if retrieval_of(prompt) is not None:
        wrong = f"the prompt `{prompt.name}` looks documents up and says nothing"
        faults.append(written.mark.fault(f"{wrong}: test it without a conversation"))
    if prompt.solve is not None:
        wrong = f"the prompt `{prompt.name}` picks its answer from samples (`solve`)"
        faults.append(written.mark.fault(f"{wrong}, which a conversation has none of: drop one"))
    code = {name: found for name in written.tools if (found := _code(written, name, reach, faults))}
    user = written.user
    if user is None:
        return Talk(written, code=code, judged_by_code=judged_by_code)
    try:
        settings = reach.settings(user.model, user.parameters)
    except RequestError as error:
        cure = "write `model: NAME` here, or `defaults: {judge: NAME}` in promptci.yaml"
        missing = f"no model is named that plays the user: {cure}"
        faults.append(user.mark.fault(str(error) if user.model else missing))
        return None
    if settings.mismatch:
        faults.append(user.mark.fault(settings.mismatch))
    return Talk(written, settings, code, judged_by_code)


def _code(written: Conversing, name: str, reach: Reach, faults: list[Fault]) -> "ToolCode | None":
    """The own code that answers for a tool, None where there is none, or after a fault."""
    given = written.tools[name].python
    if given is None:
        return None
    try:
        if reach.code is None:
            raise RequestError("own code cannot be run here: there are no files")
        path, code = reach.code.module(given.function, given.files)
    except RequestError as error:
        faults.append(written.marks[name].fault(str(error)))
        return None
    from promptci.run.planning.toolcode import ToolCode  # late: few bring such code

    return ToolCode.of(given, path, code)


def _tool_faults(written: Conversing, prompt: Prompt) -> list[Fault]:
    """Every tool that the prompt declares must answer, and no other."""
    declared = [name for tool in prompt.tools if (name := tool_name(tool))]
    faults = []
    for name in written.tools:
        if name not in declared:
            wrong = f"the prompt `{prompt.name}` declares no tool `{excerpt(name)}`"
            faults.append(written.marks[name].fault(f"{wrong}: add it there, or drop it here"))
    for name in declared:
        if name not in written.tools:
            wrong = f"the prompt declares the tool `{excerpt(name)}`, which has no answer"
            faults.append(written.mark.fault(f"{wrong}: write `tools: {{{name}: {{answers: …}}}}`"))
    for tool in prompt.tools:
        faults += _argument_faults(written, tool_name(tool), _arguments(tool))
    return faults


def _argument_faults(written: Conversing, name: str, known: Mapping[str, Plain]) -> Iterator[Fault]:
    """Arguments of a tool that its answers look at and that the prompt does not declare."""
    answers = written.tools[name].answers if known and name in written.tools else []
    used = [given for answer in answers for given in (*answer.when, *answer.copied)]
    for given in dict.fromkeys(used):
        if given not in known:
            wrong = f"the tool `{excerpt(name)}` takes no argument `{excerpt(given)}`"
            yield written.marks[name].warning(f"{wrong}: {did_you_mean(given, known)}")


def _arguments(tool: Mapping[str, Plain]) -> Mapping[str, Plain]:
    """The arguments that a tool takes, by name; empty where it may take others as well."""
    function = tool.get("function", tool)
    schema = function.get("parameters") if isinstance(function, dict) else None
    found = schema.get("properties") if isinstance(schema, dict) else None
    is_open = isinstance(schema, dict) and (
        schema.get("additionalProperties") or not schema.keys().isdisjoint(_FURTHER)
    )
    return found if isinstance(found, dict) and not is_open else {}


def tool_doubts(
    spec: EvalSpec, scorers: Sequence[BoundScorer], prompt: Answerer, golden: Golden
) -> Iterator[Fault]:
    """What scorers of calls want that the prompt's tools, or how they answer, do not allow."""
    yield from _undeclared_tools(scorers, prompt)
    if spec.conversing is not None or not prompt.tools:
        return
    for scorer in scorers:
        wanted = _calls_in_order(scorer, golden)
        if wanted:
            wrong = f"`{scorer.label}` wants {wanted}, and the model is asked once"
            cure = "write in `tools` of this eval how each tool answers, or want one call"
            yield scorer.mark.warning(f"{wrong}, as no tool answers: {cure}")


def _calls_in_order(scorer: BoundScorer, golden: Golden) -> str:
    """The calls one after the other that a scorer wants, in words; empty where it wants none."""
    options = scorer.canonical
    is_ordered = options.get("scorer") == "trajectory" and options.get("match") != "any_order"
    if not is_ordered or options.get("in_text"):
        return ""
    if isinstance(fixed := options.get("calls"), list | tuple):
        return f"{len(fixed)} calls in order" if len(fixed) > 1 else ""
    for example in golden.examples():
        expected = example.expected
        calls = expected.get("calls") if isinstance(expected, dict) else expected
        listed = calls if isinstance(calls, list) else []
        if len(listed) > 1 and (scorer.needs_expected or isinstance(listed[0], dict)):
            return f"{len(listed)} calls in order of `{excerpt(example.id)}`"
    return ""


def _undeclared_tools(scorers: Sequence[BoundScorer], prompt: Answerer) -> Iterator[Fault]:
    """Tools that scorers name and a prompt that declares some does not.

    One that is wanted could not be called. One that must not be called may be gone for good.
    """
    declared = {name for tool in prompt.tools if (name := tool_name(tool))}
    for scorer in scorers if declared else ():
        for name, is_wanted in scorer.tools.items():
            if name not in declared:
                wrong = f"`{scorer.label}` names the tool `{excerpt(name)}`, which the prompt"
                wrong = f"{wrong} `{prompt.name}` does not declare: {did_you_mean(name, declared)}"
                yield scorer.mark.fault(wrong) if is_wanted else scorer.mark.warning(wrong)


def tool_name(tool: Mapping[str, Plain]) -> str:
    """The name of a tool as a prompt declares it."""
    function = tool.get("function", tool)
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else ""
