"""Messages of LangChain's manifests, with values that are given beforehand.

Manifests as `dumpd` of langchain-core 1.x writes them: `kwargs` of the class that `id` names.
Prompts with shots it cannot write (`not_implemented`).
"""

import re
from collections.abc import Mapping

from promptci.errors import Fault
from promptci.importers.chatprompts import PromptDraft
from promptci.importers.rows import mark_below
from promptci.parsing.source import Mark, Plain, excerpt

LANGUAGES = {"f-string": "f-string", "jinja2": "jinja", "mustache": "mustache"}
_ROLES = {
    "SystemMessagePromptTemplate": "system",
    "HumanMessagePromptTemplate": "user",
    "AIMessagePromptTemplate": "assistant",
    "SystemMessage": "system",
    "HumanMessage": "user",
    "AIMessage": "assistant",
}
_Given = Mapping[str, Plain]
"""Values of variables that are known beforehand."""


def class_of(node: Plain) -> str:
    """The class that a node of a manifest is of; empty where it is none."""
    ident = node.get("id") if isinstance(node, dict) else None
    return str(ident[-1]) if isinstance(ident, list) and ident else ""


def arguments_of(node: Plain) -> dict[str, Plain]:
    """What the class of a node is made with."""
    inner = node.get("kwargs") if isinstance(node, dict) else None
    return inner if isinstance(inner, dict) else {}


def add_prompt_parts(node: Plain, mark: Mark, draft: PromptDraft) -> None:
    """The messages of a prompt: of a text, or of a chat."""
    arguments = arguments_of(node)
    if isinstance(arguments.get("template"), str):
        _add_text("user", arguments, mark, draft)
        return
    given = _given(arguments, mark, draft.losses)
    listed = arguments.get("messages")
    for each in listed if isinstance(listed, list) else []:
        _add_message(each, mark, draft, given)


def _given(arguments: _Given, mark: Mark, losses: list[Fault]) -> dict[str, Plain]:
    """The values that are filled in; those that code makes are losses."""
    found = arguments.get("partial_variables")
    values = dict(found) if isinstance(found, dict) else {}
    for name in [key for key, value in values.items() if isinstance(value, dict | list)]:
        if values.pop(name) not in ([], {}):
            wrong = f"the value given for `{excerpt(name)}` is no text and is not carried"
            losses.append(mark.fault(f"{wrong}: write it into the prompt"))
    return values


def _add_message(node: Plain, mark: Mark, draft: PromptDraft, given: _Given) -> None:
    kind, arguments = class_of(node), arguments_of(node)
    if kind == "MessagesPlaceholder":
        draft.place(str(arguments.get("variable_name", "history")))
        return
    role = _ROLES.get(kind, str(arguments.get("role", "")))
    prompt = arguments.get("prompt")
    parts = prompt if isinstance(prompt, list) else [prompt]
    inner = [arguments_of(each) for each in parts]
    texts = [each for each in inner if isinstance(each.get("template"), str)]
    if isinstance(arguments.get("content"), str) and role:
        draft.add(role, str(arguments["content"]), mark, language="none")
    elif texts and role:
        joined = "\n".join(_filled(each, mark, draft, given) for each in texts)
        draft.add(role, joined, mark, language=_language(texts[0], draft.language))
    if not role or not (texts or isinstance(arguments.get("content"), str)):
        wrong = f"a message of the kind `{excerpt(kind)}` is not carried: write it as text"
        draft.losses.append(mark.fault(wrong))
    elif len(texts) < len(parts) and "content" not in arguments:
        wrong = "an image of a message is not carried: write it as a part, `{image: PATH}`"
        draft.losses.append(mark_below(mark, "url").fault(wrong))


def _language(arguments: _Given, otherwise: str) -> str:
    return LANGUAGES.get(str(arguments.get("template_format", "")), otherwise)


def _add_text(role: str, arguments: _Given, mark: Mark, draft: PromptDraft) -> None:
    language = _language(arguments, draft.language)
    draft.add(role, _filled(arguments, mark, draft, {}), mark, language=language)


def _filled(arguments: _Given, mark: Mark, draft: PromptDraft, given: _Given) -> str:
    """A template with the values that are known beforehand, its own and those of the whole."""
    values = {**given, **_given(arguments, mark, draft.losses)}
    return fill(str(arguments.get("template")), _language(arguments, draft.language), values)


def fill(text: str, language: str, values: _Given) -> str:
    """A template in which some variables are replaced by their texts."""
    if language == "f-string":
        return re.sub(
            r"\{\{|\}\}|\{(\w+)\}",
            lambda found: (
                _braced(values[found[1]]) if found[1] in values else found[0]  # as it is
            ),
            text,
        )
    names = "|".join(map(re.escape, values))
    pattern = rf"\{{\{{\{{?&?\s*({names})\s*\}}?\}}\}}"
    return re.sub(pattern, lambda found: str(values[found[1]]), text) if names else text


def _braced(value: Plain) -> str:
    return str(value).replace("{", "{{").replace("}", "}}")
