"""GitHub Models' `*.prompt.yml`: prompt, golden examples and evaluators in one file, unchanged.

The format is that of gh-models (`pkg/prompt/prompt.go`) and of GitHub's "Storing prompts in GitHub
repositories". Two things are stricter here: a placeholder of a message that no test case fills is
an error, and whatever would be ignored in silence gets a warning.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, excerpt
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.evaluators import (
    EvaluatorFile,
    EvaluatorText,
    Scalar,
    texts,
    to_scorers,
    warn_unknown,
)
from promptci.specs.prompt import Prompt
from promptci.specs.promptparsing import parse_prompt
from promptci.specs.promptymlform import (
    camel_keys,
    evaluators_node,
    messages_node,
    model_id,
    parameters_node,
    response_format_node,
)
from promptci.specs.testdata import lacking_in, literal_names, read_test_data, unfilled, with_blanks
from promptci.templates.template import Template, as_text


class PromptYmlMessage(Struct, frozen=True):
    """One message; the role's case does not count."""

    role: str
    content: Scalar | None = None


class PromptYml(Struct, frozen=True, rename="camel"):
    """The whole file."""

    messages: Annotated[list[PromptYmlMessage], Meta(min_length=1)]
    name: Any = None
    description: Any = None
    model: str | None = None
    model_parameters: dict[str, Any] | None = None
    response_format: str | dict[str, Any] | None = None
    json_schema: str | dict[str, Any] | None = None
    test_data: list[dict[str, Any]] | None = None
    evaluators: list[EvaluatorFile] | None = None


_KEYS = PromptYml.__struct_encode_fields__
_OWN = frozenset(_KEYS) - {"name", "description", "model"}
"""Keys that only this format has."""


def is_foreign(node: Node) -> bool:
    """Whether a file is that of another tool that gives its files the same ending."""
    keys = node.value.keys() if isinstance(node.value, dict) else ()
    near = did_you_mean("messages", keys) if keys else ""
    return not (_OWN & set(keys)) and not near.startswith("did you mean")


def parse_promptyml(
    node: Node,
    name: str,
    faults: list[Fault],
    resolve: Callable[[str], str] = lambda model: model,
) -> tuple[Prompt, EvalSpec | None] | None:
    """The prompt and the eval in a `.prompt.yml`; None after adding what is wrong to `faults`.

    Each test case is an example whose keys are all variables, `expected` being the expected value
    too; it is called by a digest of them. There is no eval where there is nothing to judge or
    nothing to judge it by. `resolve` says what a model's id is called here.
    """
    before = len(faults)
    node = evaluators_node(camel_keys(node, _KEYS, faults), faults)
    file = read_shape(node, PromptYml, faults)
    if file is None:
        return None
    _warn_unknown(node, file, faults)
    own = _prompt_node(node, file, faults, resolve)
    prompt = parse_prompt(own, name, faults, parse=Template.parse_loosely)
    spec = _spec(node, file, name, faults, resolve)
    if prompt is None or any(not fault.warning for fault in faults[before:]):
        return None
    return prompt, spec


def _spec(
    node: Node,
    file: PromptYml,
    name: str,
    faults: list[Fault],
    resolve: Callable[[str], str],
) -> EvalSpec | None:
    """The eval, where there are both test cases and evaluators."""
    evaluators = node.get("evaluators")
    examples = read_test_data(node, file.test_data or [], faults)
    scorers = to_scorers(file.evaluators or [], evaluators, faults, lambda m: resolve(model_id(m)))
    if not _is_evaluated(node, file, faults):
        return None
    if not scorers:
        wrong = "none of the `evaluators` can be used, so nothing would be judged: add one"
        faults.append(node.key_mark("evaluators").warning(wrong))
        return None
    _check_messages(node, file, examples, faults)
    stays = literal_names(list(texts(file.evaluators or [], evaluators)), examples, faults)
    return EvalSpec(
        name=name,
        mark=node.mark,
        prompt=name,
        examples=tuple(with_blanks(each, stays.get(each.id, ())) for each in examples),
        scorers=scorers,
        description=_text(node.get("description"), file.description),
        strict_variables=False,
        marks={"examples": node.get("testData").mark},
    )


def _warn_unknown(node: Node, file: PromptYml, faults: list[Fault]) -> None:
    """A warning for every key that no reader of the format knows, and every odd `{{`."""
    warn_unknown(node, _KEYS, faults)
    for index, message in enumerate(file.messages):
        place = node.get("messages", index)
        warn_unknown(place, PromptYmlMessage.__struct_encode_fields__, faults)
        if place.get("content") is place:
            faults.append(place.mark.warning("this message has no `content`, so its text is empty"))
        template = Template.parse_loosely(as_text(message.content or ""))
        for line, odd in template.odd_lines[:1]:
            wrong = f"`{excerpt(odd)}` in line {line} of the text is no placeholder and stays"
            faults.append(place.get("content").mark.warning(f"{wrong}: write `{{{{name}}}}`"))


def _prompt_node(
    node: Node, file: PromptYml, faults: list[Fault], resolve: Callable[[str], str]
) -> Node:
    """The prompt in this project's own form, every part with the mark that it has in the file."""
    parts: dict[str, Node] = {"messages": messages_node(node.get("messages"), faults)}
    description = node.get("description")
    parts["description"] = Node(_text(description, file.description), description.mark)
    if file.model:
        parts["model"] = Node(resolve(model_id(file.model)), node.get("model").mark)
    if file.model_parameters:
        parts["parameters"] = parameters_node(node.get("modelParameters"), faults)
    response_format = response_format_node(node, faults)
    if response_format is not None:
        parts["response_format"] = response_format
    return Node(parts, node.mark)


def _text(node: Node, given: object) -> str:
    """A scalar as text: the format reads `true` or `5` as such where it wants text."""
    return "" if given is None else as_text(node.plain())


def _check_messages(
    node: Node, file: PromptYml, examples: Sequence[Example], faults: list[Fault]
) -> None:
    """Every placeholder of a message has a value in every test case."""
    for text in _contents(node, file):
        for name, lacking in lacking_in(text, examples).items():
            faults.append(unfilled(name, text, lacking, examples))


def _contents(node: Node, file: PromptYml) -> Iterator[EvaluatorText]:
    for index, message in enumerate(file.messages):
        mark = node.get("messages", index, "content").mark
        yield EvaluatorText(as_text(message.content or ""), mark)


def _is_evaluated(node: Node, file: PromptYml, faults: list[Fault]) -> bool:
    """Whether there are both test cases and evaluators; a warning where only one of them is."""
    if file.test_data and not file.evaluators:
        wrong = "there are no `evaluators`, so nothing would be judged: add some"
        faults.append(node.key_mark("testData").warning(wrong))
    if file.evaluators and not file.test_data:
        wrong = "there is no `testData`, so nothing would be judged: add some"
        faults.append(node.key_mark("evaluators").warning(wrong))
    return bool(file.test_data and file.evaluators)
