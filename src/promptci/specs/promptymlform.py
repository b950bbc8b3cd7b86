"""What a `.prompt.yml` sends, in this project's own form: messages, parameters, answer's form."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from promptci.errors import Fault
from promptci.latepattern import late
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import MAX_DEPTH, Node, Plain, as_node, excerpt
from promptci.specs.promptfile import Parameters
from promptci.templates.template import as_text

_ROLES = ("system", "developer", "user", "assistant")
_FORMATS = ("text", "json_object", "json_schema")
_FORMAT_KEYS = ("responseFormat", "response_format")
_SCHEMA_KEYS = ("jsonSchema", "json_schema")
_STRING_KEYS = ("equals", "contains", "startsWith", "endsWith")
_LLM_KEYS = ("modelId", "prompt", "choices", "systemPrompt")
_REGISTRIES = {
    "azure-openai": "openai",
    "azureml": "microsoft",
    "azureml-meta": "meta",
    "azureml-mistral": "mistral-ai",
    "azureml-deepseek": "deepseek",
    "azureml-cohere": "cohere",
    "azureml-xai": "xai",
    "azureml-ai21": "ai21-labs",
}
_ASSET = late(r"azureml://registries/([\w-]+)/models/([^/]+)(?:/.*)?")


def camel(name: str) -> str:
    """A name as the format writes it."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


_PARAMETERS = {
    spelling: name
    for name in Parameters.__struct_fields__
    if name != "extra_body"
    for spelling in (name, camel(name))
}
"""Both spellings that are in use, and what each is called here."""


def model_id(written: str) -> str:
    """A model's `publisher/name`, also where it is written as an asset of a registry."""
    asset = _ASSET.fullmatch(written.strip())
    if asset is None:
        return written
    publisher = _REGISTRIES.get(asset[1])
    return f"{publisher}/{asset[2].lower()}" if publisher else asset[2]


def camel_keys(node: Node, known: Iterable[str], faults: list[Fault]) -> Node:
    """The file with keys in snake case as the format writes them, each with a warning."""
    if not isinstance(node.value, dict):
        return node
    parts, marks = dict(node.value), dict(node.keys)
    for key in [each for each in parts if each not in known and camel(each) in known]:
        if camel(key) in parts:
            continue
        faults.append(node.key_mark(key).warning(f"`{key}` is written `{camel(key)}` here"))
        parts[camel(key)] = parts.pop(key)
        marks[camel(key)] = marks.pop(key, node.mark)
    return Node(parts, node.mark, marks)


def evaluators_node(node: Node, faults: list[Fault]) -> Node:
    """The file with the keys of its evaluators as the format writes them, with warnings."""
    listed = node.get("evaluators")
    if not isinstance(listed.value, list) or not isinstance(node.value, dict):
        return node
    items = []
    for item in listed.value:
        parts = dict(item.value) if isinstance(item.value, dict) else {}
        for kind, known in (("string", _STRING_KEYS), ("llm", _LLM_KEYS)):
            if kind in parts:
                parts[kind] = _model_id_key(camel_keys(parts[kind], known, faults), known, faults)
        items.append(Node(parts, item.mark, item.keys) if parts else item)
    parts = {**node.value, "evaluators": Node(items, listed.mark)}
    return Node(parts, node.mark, node.keys)


def _model_id_key(node: Node, known: Iterable[str], faults: list[Fault]) -> Node:
    """A judge whose `modelId` is written `model`, as that of the whole file is."""
    if "modelId" not in known or not isinstance(node.value, dict) or "modelId" in node.value:
        return node
    if "model" not in node.value:
        return node
    faults.append(node.key_mark("model").warning("`model` is written `modelId` here"))
    parts, marks = dict(node.value), dict(node.keys)
    parts["modelId"], marks["modelId"] = parts.pop("model"), marks.pop("model", node.mark)
    return Node(parts, node.mark, marks)


def messages_node(node: Node, faults: list[Fault]) -> Node:
    """The messages, roles in lower case; an empty content is an empty text."""
    assert isinstance(node.value, list)
    messages = []
    for message in node.value:
        content = message.get("content")
        is_empty = content is message or content.value is None
        text = "" if is_empty else as_text(content.plain())
        parts = {"role": _role(message.get("role"), faults), "content": Node(text, content.mark)}
        messages.append(Node(parts, message.mark))
    return Node(messages, node.mark)


def _role(node: Node, faults: list[Fault]) -> Node:
    role = str(node.value).lower()
    if role in _ROLES:
        return Node(role, node.mark)
    wrong = f"there is no role `{excerpt(role)}`: {did_you_mean(role, _ROLES)}"
    faults.append(node.mark.fault(wrong))
    return Node("user", node.mark)


def parameters_node(node: Node, faults: list[Fault]) -> Node:
    """The parameters under this project's names; those not known are left out, with a warning."""
    assert isinstance(node.value, dict)
    known: dict[str, Node] = {}
    keys = {}
    for spelling, value in node.value.items():
        mark = node.key_mark(spelling)
        name = _PARAMETERS.get(spelling)
        if name in known:
            faults.append(mark.fault(f"`{spelling}` is given twice: remove one"))
        elif name is not None and value.value != []:
            known[name], keys[name] = value, mark
        elif name is None and spelling not in (*_FORMAT_KEYS, *_SCHEMA_KEYS):
            wrong = f"the key `{spelling}` is ignored: {did_you_mean(spelling, _PARAMETERS)}"
            faults.append(mark.warning(wrong))
    return Node(known, node.mark, keys)


def response_format_node(node: Node, faults: list[Fault]) -> Node | None:
    """The form of the answer as OpenAI writes it; also one among the parameters is taken."""
    given = _given(node, _FORMAT_KEYS, faults)
    schema = _given(node, _SCHEMA_KEYS, faults)
    if schema is not None and (given is None or given.value in ("text", "json_object")):
        wrong = "`jsonSchema` is not used: add `responseFormat: json_schema`"
        faults.append(node.key_mark("jsonSchema").warning(wrong))
    if given is None:
        return None
    if isinstance(given.value, dict):
        return given
    if given.value == "json_schema":
        inner = _schema(given, schema, faults)
        kind = Node("json_schema", given.mark)
        return inner and Node({"type": kind, "json_schema": inner}, inner.mark)
    if given.value == "json_object":
        return Node({"type": given}, given.mark)
    if given.value != "text":
        advice = did_you_mean(str(given.value), _FORMATS)
        wrong = f"`responseFormat` cannot be `{excerpt(str(given.value))}`: {advice}"
        faults.append(given.mark.fault(wrong))
    return None


def _given(node: Node, keys: tuple[str, ...], faults: list[Fault]) -> Node | None:
    """The value of a key at the top of the file, else among the parameters, with a warning."""
    top = node.get(keys[0])
    if top is not node and top.value is not None:
        return top
    place = node.get("modelParameters")
    for key in keys:
        inner = place.get(key)
        if inner is not place and inner.value is not None:
            wrong = f"`{key}` is no parameter: write `{keys[0]}` at the top of the file"
            faults.append(place.key_mark(key).warning(f"{wrong}; it is taken from here"))
            return inner
    return None


def _schema(given: Node, schema: Node | None, faults: list[Fault]) -> Node | None:
    """The JSON in `jsonSchema`; a bare schema is given a name."""
    if schema is None:
        wrong = "`responseFormat: json_schema` needs `jsonSchema`: add it as a text of JSON"
        faults.append(given.mark.fault(wrong))
        return None
    if isinstance(schema.value, dict):
        wrong = "`jsonSchema` is a mapping, where other readers want a text of JSON: write `|-`"
        faults.append(schema.mark.warning(f"{wrong} and JSON below it"))
        return _named(schema)
    try:
        decoded = msgspec.json.decode(str(schema.value))
        _refuse_deep(decoded)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        wrong = f"`jsonSchema` is not JSON that can be used ({error}): fix it"
        faults.append(schema.mark.fault(wrong))
        return None
    return _named(as_node(decoded, schema.mark))


def _named(schema: Node) -> Node:
    """A schema with a name and the key `schema`, as OpenAI wants it."""
    value: Mapping[str, Any] = schema.value if isinstance(schema.value, dict) else {}
    if "schema" not in value and {"type", "properties", "$ref", "anyOf"} & value.keys():
        return Node({"name": Node("answer", schema.mark), "schema": schema}, schema.mark)
    if "schema" in value and "name" not in value:
        return Node({"name": Node("answer", schema.mark), **value}, schema.mark)
    return schema


def _refuse_deep(value: Plain, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _refuse_deep(part, depth + 1)
