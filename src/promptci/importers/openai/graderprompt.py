"""The prompt of a run of OpenAI's evals, and one made up where none was saved."""

import re
from collections.abc import Mapping

from msgspec import Struct

from promptci.importers.imported import Imported
from promptci.importers.openai.graderitems import Items
from promptci.importers.openai.gradermodels import SAMPLING, message_texts
from promptci.importers.openai.graderplaces import GraderSet
from promptci.importers.openai.graderterms import Terms
from promptci.importers.openai.gradertext import openai_model
from promptci.parsing.source import Node, Plain, excerpt


class PromptOfRun(Struct, frozen=True):
    """The keys of a prompt file; `is_chat` where it sends the turns of an item's `messages`."""

    body: dict[str, Plain]
    is_chat: bool = False


def prompt_of_run(
    node: Node | None, each: GraderSet, terms: Terms, items: Items, found: Imported
) -> PromptOfRun:
    """A run's template, model and parameters; without a template the item's own fields are sent."""
    parts = node.value if node is not None and isinstance(node.value, dict) else {}
    body: dict[str, Plain] = {}
    is_grader = "input" in each.parts and "type" in each.parts
    model = parts.get("model") or (None if is_grader else each.parts.get("model"))
    if model is not None and isinstance(model.value, str) and model.value:
        body["model"] = openai_model(model.value)
    body |= _sampling(parts.get("sampling_params"), found)
    inputs = parts.get("input_messages")
    whole = inputs.get("item_reference").value if inputs is not None and inputs.value else None
    if isinstance(whole, str):
        name = whole.removeprefix("item.")
        terms.paths[name] = (name,)
        return PromptOfRun(body | {"messages": [f"{{{{ {name} }}}}"]}, is_chat=True)
    template = inputs.get("template") if inputs is not None and inputs.value else None
    if template is not None and isinstance(template.value, list):
        return PromptOfRun(body | {"messages": _messages(template.value, terms, found)})
    return _made_up(body, each, terms, items, found)


def _messages(nodes: list[Node], terms: Terms, found: Imported) -> list[Plain]:
    messages: list[Plain] = []
    for each in nodes:
        parts = each.value if isinstance(each.value, dict) else {}
        read = message_texts(parts["content"]) if "content" in parts else [each.mark]
        texts = [text for text in read if isinstance(text, str)]
        for odd in read:
            if not isinstance(odd, str):
                found.losses.append(odd.fault("a part of the template is no text: write it as one"))
        role = str(parts["role"].value) if "role" in parts else "user"
        if texts:
            filled = terms.of_item("\n\n".join(texts), each.mark)
            messages.append({"role": role, "content": filled})
    return messages


def _made_up(
    body: dict[str, Plain], each: GraderSet, terms: Terms, items: Items, found: Imported
) -> PromptOfRun:
    """A prompt that sends what the graders do not compare with; its words were not saved."""
    if items.is_empty:
        terms.paths["input"] = ("input",)
        return PromptOfRun(body | {"messages": [{"role": "user", "content": "{{ input }}"}]})
    first = items.first()
    if isinstance(first.get("messages"), list):
        terms.paths["messages"] = ("messages",)
        return PromptOfRun(body | {"messages": ["{{ messages }}"]}, is_chat=True)
    asked = [name for name in first if name not in terms.references | {terms.recorded}]
    asked = [name for name in asked if not _RIGHT.search(name)] or asked or ["input"]
    left = [name for name in asked if name not in items.fields]
    names = ["input"] if "input" in asked else left or asked
    texts = [terms.of_item(f"{{{{item.{name}}}}}", each.mark.mark) for name in names]
    said = ", ".join(f"`{excerpt(name)}`" for name in names)
    wrong = f"no template of a run is beside it: the prompt only sends {said}, say what is wanted"
    found.notes.append(each.mark.mark.warning(wrong))
    return PromptOfRun(body | {"messages": [{"role": "user", "content": "\n\n".join(texts)}]})


_RIGHT = re.compile(r"(?i)expected|reference|ideal|label|answer|truth|correct|target|solution|gold")
"""What people call the right answer, which a prompt must not hold."""


def _sampling(node: Node | None, found: Imported) -> dict[str, Plain]:
    """Parameters, tools and the form of the answer, of `sampling_params`."""
    if node is None or not isinstance(node.value, dict):
        return {}
    parameters: dict[str, Plain] = {}
    body: dict[str, Plain] = {}
    for key, each in node.value.items():
        value = each.plain()
        form = _form(value) if key in ("response_format", "text") else None
        if value is None or value in ({}, []) or form == {}:
            continue
        if key in SAMPLING:
            parameters[SAMPLING[key]] = value
        elif form is not None:
            body["response_format"] = form
        elif key == "tools" and (tools := _tools(value)):
            body["tools"] = tools
        else:
            wrong = f"`{excerpt(key)}` is not carried: see `parameters`"
            found.losses.append(node.key_mark(key).fault(wrong))
    return ({"parameters": parameters} if parameters else {}) | body


def _form(value: Plain) -> dict[str, Plain] | None:
    """A `response_format`, or that of the Responses API, where it is below `text`.

    Text is what is answered anyway: `{}`.
    """
    inner = value.get("format", value) if isinstance(value, Mapping) else None
    if not isinstance(inner, dict):
        return None
    if inner.get("type") == "text":
        return {}
    if inner.get("type") != "json_schema" or "json_schema" in inner:
        return inner if inner.get("type") in ("json_schema", "json_object") else None
    rest = {key: each for key, each in inner.items() if key != "type"}
    return {"type": "json_schema", "json_schema": rest}


def _tools(value: Plain) -> list[Plain]:
    """Functions in the form of chat completions; none where one is no function."""
    tools: list[Plain] = []
    for each in value if isinstance(value, list) else ():
        if not isinstance(each, dict) or each.get("type") != "function":
            return []
        rest = {key: part for key, part in each.items() if key != "type"}
        tools.append(each if "function" in each else {"type": "function", "function": rest})
    return tools
