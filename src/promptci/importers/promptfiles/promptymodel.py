"""The model, parameters, tools and forms of answers that a Prompty file names."""

from collections.abc import Mapping

from promptci.importers.chatprompts import parameters_of
from promptci.importers.imported import Imported
from promptci.importers.modelnames import model_name
from promptci.importers.promptfiles.promptyschema import object_schema, openai_tools
from promptci.importers.rows import key_place
from promptci.parsing.source import Mark, Node, Plain, excerpt

_CHAT = frozenset(("chat", "agent", "responses"))
"""Kinds of requests that become a chat completion."""
_ADDRESSES = ("endpoint", "azure_endpoint", "base_url")
"""What a connection or a configuration calls the address of a service."""


def model_body(node: Node | None, found: Imported) -> dict[str, Plain]:
    """The model and its parameters: version 1 has `configuration` and `parameters`, 2 `options`."""
    if node is None or node.value is None:
        return {}
    if isinstance(node.value, str):
        ours = model_name(node.value)
        if ours is None:
            wrong = f"the model `{excerpt(node.value)}` is not known: name its endpoint"
            found.losses.append(node.mark.fault(wrong))
        return {} if ours is None else {"model": ours}
    value = node.plain()
    parts = value if isinstance(value, dict) else {}
    configuration = as_object(parts.get("configuration")) or as_object(parts.get("connection"))
    options = {**as_object(parts.get("parameters")), **as_object(parts.get("options"))}
    options |= as_object(options.pop("additionalProperties", None))
    known = ("tools", "tool_choice", "response_format", "stream")
    body = _named_model(node, parts, configuration, found)
    _tell_address(node, configuration, found)
    kind = str(parts.get("apiType") or parts.get("api") or "chat")
    if kind not in _CHAT:
        wrong = f"`{excerpt(kind)}` is no chat: only chat completions are asked"
        found.losses.append(node.mark.fault(wrong))
    body |= _fields(options, node.mark, found)
    parameters = parameters_of(options, node.mark, found.losses, known=known, node=node)
    if parameters:
        body["parameters"] = parameters
    return body


def _named_model(
    node: Node, parts: Mapping[str, Plain], configuration: Mapping[str, Plain], found: Imported
) -> dict[str, Plain]:
    """The model by its name here; a connection kept elsewhere (`kind: reference`) names none."""
    is_reference = configuration.get("kind") == "reference"
    if is_reference:
        place = key_place(node, "connection") or node.mark
        wrong = f"the connection `{excerpt(str(configuration.get('name')))}` is kept elsewhere"
        cure = "name an endpoint with its address and `key_env`"
        found.losses.append(place.fault(f"{wrong} and is not carried: {cure}"))
    named = None if is_reference else configuration.get("name")
    name = parts.get("id") or named or configuration.get("azure_deployment")
    if not isinstance(name, str) or not name:
        said = "the model is not named in it: the prompt asks the project's own, or add `model`"
        found.notes.append(node.mark.warning(said))
        return {}
    if name.startswith("${"):
        wrong = f"the model `{excerpt(name)}` is not followed: add `model` to the prompt"
        found.losses.append(node.mark.fault(wrong))
        return {}
    provider = str(parts.get("provider") or configuration.get("type") or "")
    if not provider and "azure_deployment" in configuration:
        provider = "azure"
    ours = model_name(name, provider)
    if ours is None:
        wrong = f"`{excerpt(name)}` of `{excerpt(provider)}` needs an endpoint: add one for it"
        found.losses.append(node.mark.fault(f"the model {wrong}"))
    return {} if ours is None else {"model": ours}


def _tell_address(node: Node, configuration: Mapping[str, Plain], found: Imported) -> None:
    """A loss for an address of its own, to which requests went; not for one in `${…}`."""
    for key in _ADDRESSES:
        address = configuration.get(key)
        if isinstance(address, str) and address and not address.startswith("${"):
            place = key_place(node, key) or node.mark
            wrong = f"the address `{excerpt(address)}` of the model is not carried"
            cure = "write it as `base_url` of an endpoint and name that in `model`"
            found.losses.append(place.fault(f"{wrong}: {cure}"))


def forms_body(front: Node, parts: Mapping[str, Node], found: Imported) -> dict[str, Plain]:
    """The form of the answer and the tools of version 2."""
    body: dict[str, Plain] = {}
    if "outputs" in parts:
        schema = object_schema(parts["outputs"].plain())
        wrong = "the form of `outputs` is not carried: write it as `response_format`"
        if schema is None:
            found.losses.append(parts["outputs"].mark.fault(wrong))
        else:
            body["response_format"] = schema
    if "tools" in parts:
        tools = openai_tools(parts["tools"].plain())
        if tools is None:
            wrong = "`tools` are not carried: write them in OpenAI's form"
            found.losses.append(front.key_mark("tools").fault(wrong))
        else:
            body["tools"] = tools
    return body


def _fields(options: Mapping[str, Plain], mark: Mark, found: Imported) -> dict[str, Plain]:
    """What parameters hold in version 1 that are fields of a prompt here."""
    body: dict[str, Plain] = {}
    if isinstance(options.get("response_format"), dict):
        body["response_format"] = options["response_format"]
    tools = openai_tools(options.get("tools"))
    if tools is not None:
        body["tools"] = tools
    elif options.get("tools"):
        found.losses.append(mark.fault("`tools` are not carried: write them in OpenAI's form"))
    if tools is not None and options.get("tool_choice") is not None:
        body["tool_choice"] = options["tool_choice"]
    return body


def as_object(value: Plain) -> dict[str, Plain]:
    """A mapping, or an empty one for anything else."""
    return dict(value) if isinstance(value, dict) else {}
