"""GitHub Models' `*.prompt.yml`: prompt, golden examples and evaluators in one file, unchanged.

The format is that of gh-models (`pkg/prompt/prompt.go`) and of GitHub's "Storing prompts in GitHub
repositories". Two things are stricter here: a placeholder that no test case fills is an error, and
whatever would be ignored in silence gets a warning.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from promptci.digest import short_digest
from promptci.errors import Fault
from promptci.evalspec import EvalSpec, Example
from promptci.evaluators import EvaluatorFile, Scalar, Text, texts, to_scorers, warn_unknown
from promptci.prompt import Parameters, Prompt, parse_prompt
from promptci.shape import read
from promptci.source import MAX_DEPTH, Node, Plain, as_node, did_you_mean, excerpt
from promptci.template import Template, TemplateError, as_text

_ROLES = ("system", "user", "assistant")


class MessageFile(Struct, frozen=True):
    """One message; the role's case does not count."""

    role: str
    content: str


class PromptYml(Struct, frozen=True, rename="camel"):
    """The whole file."""

    messages: Annotated[list[MessageFile], Meta(min_length=1)]
    name: Scalar | None = None
    description: Scalar | None = None
    model: str | None = None
    model_parameters: dict[str, Any] | None = None
    response_format: Literal["text", "json_object", "json_schema"] | None = None
    json_schema: str | None = None
    test_data: list[dict[str, Any]] | None = None
    evaluators: list[EvaluatorFile] | None = None


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


_PARAMETERS = {
    spelling: name
    for name in Parameters.__struct_fields__
    if name != "extra_body"
    for spelling in (name, _camel(name))
}
"""Both spellings that are in use, and what each is called here."""


def parse_promptyml(
    node: Node, name: str, faults: list[Fault]
) -> tuple[Prompt, EvalSpec | None] | None:
    """The prompt and the eval in a `.prompt.yml`; None after adding what is wrong to `faults`.

    Each test case is an example whose keys are all variables, `expected` being the expected value
    too; it is called by a digest of them. There is no eval where there is nothing to judge or
    nothing to judge it by.
    """
    before = len(faults)
    file = read(node, PromptYml, faults)
    if file is None:
        return None
    _warn_unknown(node, file, faults)
    prompt = parse_prompt(_prompt_node(node, file, faults), name, faults)
    examples = _examples(node, file.test_data or [], faults)
    scorers = to_scorers(file.evaluators or [], node.get("evaluators"), faults)
    _check_placeholders(node, file, examples, faults)
    if prompt is None or any(not fault.warning for fault in faults[before:]):
        return None
    if not _is_evaluated(node, file, faults):
        return prompt, None
    return prompt, EvalSpec(
        name=name,
        mark=node.mark,
        prompt=name,
        examples=examples,
        scorers=scorers,
        description=prompt.description,
        strict_variables=False,
        marks={"examples": node.get("testData").mark},
    )


def _warn_unknown(node: Node, file: PromptYml, faults: list[Fault]) -> None:
    """A warning for every key that no reader of the format knows."""
    warn_unknown(node, PromptYml.__struct_encode_fields__, faults)
    for index in range(len(file.messages)):
        warn_unknown(node.get("messages", index), MessageFile.__struct_encode_fields__, faults)
    if file.model_parameters:
        warn_unknown(node.get("modelParameters"), _PARAMETERS, faults)


def _prompt_node(node: Node, file: PromptYml, faults: list[Fault]) -> Node:
    """The prompt in this project's own form, every part with the mark that it has in the file."""
    parts: dict[str, Node] = {"messages": _messages(node.get("messages"), faults)}
    if file.description is not None:
        parts["description"] = _text(node.get("description"))
    if file.model:
        parts["model"] = node.get("model")
    if file.model_parameters:
        parts["parameters"] = _parameters(node.get("modelParameters"), faults)
    response_format = _response_format(node, file, faults)
    if response_format is not None:
        parts["response_format"] = response_format
    return Node(parts, node.mark)


def _messages(node: Node, faults: list[Fault]) -> Node:
    assert isinstance(node.value, list)
    messages = []
    for message in node.value:
        parts = {"role": _role(message.get("role"), faults), "content": message.get("content")}
        messages.append(Node(parts, message.mark))
    return Node(messages, node.mark)


def _role(node: Node, faults: list[Fault]) -> Node:
    role = str(node.value).lower()
    if role in _ROLES:
        return Node(role, node.mark)
    wrong = f"there is no role `{excerpt(role)}`: {did_you_mean(role, _ROLES)}"
    faults.append(node.mark.fault(wrong))
    return Node("user", node.mark)


def _text(node: Node) -> Node:
    """A scalar as text: the format reads `true` or `5` as such where it wants text."""
    return Node(as_text(node.plain()), node.mark)


def _parameters(node: Node, faults: list[Fault]) -> Node:
    """The parameters under this project's names; those not known are left out."""
    assert isinstance(node.value, dict)
    known: dict[str, Node] = {}
    for spelling, value in node.value.items():
        name = _PARAMETERS.get(spelling)
        if name in known:
            faults.append(node.key_mark(spelling).fault(f"`{spelling}` is given twice: remove one"))
        elif name is not None and value.value is not None:
            known[name] = value
    return Node(
        known, node.mark, {_PARAMETERS[s]: m for s, m in node.keys.items() if s in _PARAMETERS}
    )


def _response_format(node: Node, file: PromptYml, faults: list[Fault]) -> Node | None:
    mark = node.get("responseFormat").mark
    if file.response_format == "json_schema":
        schema = _schema(node, file, faults)
        return schema and Node(
            {"type": Node("json_schema", mark), "json_schema": schema}, schema.mark
        )
    if file.json_schema is not None:
        wrong = "`jsonSchema` is not used: add `responseFormat: json_schema`"
        faults.append(node.key_mark("jsonSchema").warning(wrong))
    if file.response_format == "json_object":
        return Node({"type": Node("json_object", mark)}, mark)
    return None


def _schema(node: Node, file: PromptYml, faults: list[Fault]) -> Node | None:
    """The JSON in `jsonSchema`."""
    if file.json_schema is None:
        wrong = "`responseFormat: json_schema` needs `jsonSchema`: add it as a text of JSON"
        faults.append(node.get("responseFormat").mark.fault(wrong))
        return None
    mark = node.get("jsonSchema").mark
    try:
        schema = msgspec.json.decode(file.json_schema)
        _refuse_deep(schema)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        faults.append(mark.fault(f"`jsonSchema` is not JSON that can be used ({error}): mend it"))
        return None
    return as_node(schema, mark)


def _refuse_deep(value: Plain, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _refuse_deep(part, depth + 1)


def _examples(
    node: Node, cases: Sequence[dict[str, Plain]], faults: list[Fault]
) -> tuple[Example, ...]:
    """The test cases as golden examples."""
    examples: dict[str, Example] = {}
    for index, case in enumerate(cases):
        mark = node.get("testData", index).mark
        example = Example(
            id=short_digest(case),
            vars=case,
            expected=case.get("expected"),
            has_expected="expected" in case,
            mark=mark,
        )
        first = examples.setdefault(example.id, example)
        if first is not example:
            wrong = f"this test case is the same as that in line {first.mark.line}: remove one"
            faults.append(mark.fault(wrong))
    return tuple(examples.values())


def _check_placeholders(
    node: Node, file: PromptYml, examples: Sequence[Example], faults: list[Fault]
) -> None:
    """Every placeholder has a value in every test case."""
    for text in (*_contents(node, file), *texts(file.evaluators or [], node.get("evaluators"))):
        try:
            template = Template.parse(text.text)
        except TemplateError:
            continue  # reported where the prompt or the scorer is read
        lacking: dict[str, list[Example]] = {}
        for example in examples:
            for name in template.missing({**example.vars, **dict.fromkeys(text.own, "")}):
                lacking.setdefault(name, []).append(example)
        for name, cases in lacking.items():
            faults.append(_unfilled(name, text, cases, examples))


def _contents(node: Node, file: PromptYml) -> Iterator[Text]:
    for index, message in enumerate(file.messages):
        yield Text(message.content, node.get("messages", index, "content").mark)


def _unfilled(
    name: str, text: Text, lacking: Sequence[Example], examples: Sequence[Example]
) -> Fault:
    """Where no test case gives a name, the name is likely wrong; else those cases are."""
    if len(lacking) == len(examples):
        known = frozenset().union(*(example.vars for example in examples), text.own)
        return text.mark.fault(f"no test case gives `{name}`: {did_you_mean(name, known)}")
    more = f", nor have {len(lacking) - 1} more" if len(lacking) > 1 else ""
    wrong = f"this test case has no `{name}`, which line {text.mark.line} uses{more}: add it"
    return lacking[0].mark.fault(wrong)


def _is_evaluated(node: Node, file: PromptYml, faults: list[Fault]) -> bool:
    """Whether there are both test cases and evaluators; a warning where only one of them is."""
    if file.test_data and not file.evaluators:
        wrong = "there are no `evaluators`, so nothing would be judged: add some"
        faults.append(node.key_mark("testData").warning(wrong))
    if file.evaluators and not file.test_data:
        wrong = "there is no `testData`, so nothing would be judged: add some"
        faults.append(node.key_mark("evaluators").warning(wrong))
    return bool(file.test_data and file.evaluators)
