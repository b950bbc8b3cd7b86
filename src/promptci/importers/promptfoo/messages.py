"""The messages of promptfoo's prompts: a chat in JSON or YAML, or one text."""

import json
import re

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.importers.foreignyaml import parse_plain
from promptci.importers.promptfoo.prompts import SourcePrompt
from promptci.importers.templates import translate
from promptci.parsing.source import Mark, Plain, excerpt


class ReadPrompt(Struct, frozen=True):
    """A prompt's messages in our form."""

    messages: list[Plain]
    is_jinja: bool = False
    losses: list[Fault] = field(default_factory=list)


_UNQUOTED = re.compile(r"(?<![\"\w])\{\{-?\s*(?P<name>[\w.]+)\s*\|\s*(?:dump|json)[^{}]*\}\}")
"""A variable that is the whole of a text in JSON."""
_LOOKS_LIKE_CHAT = re.compile(r"\s*[\[{]\s*(?:\{%|\{\s*)?[\s\S]{0,200}?\"role\"\s*:")


def read_messages(source: SourcePrompt, prefix: str = "", suffix: str = "") -> ReadPrompt:
    """A prompt's messages: those of a chat, or one of the user."""
    chat = _chat(source.text) or _chat(_UNQUOTED.sub(r'"{{ \g<name> }}"', source.text))
    if chat is None and _LOOKS_LIKE_CHAT.match(source.text):
        wrong = "the messages of this chat are made by logic, so that it is sent as one text"
        lost = source.mark.fault(f"{wrong}: write them out")
        return _translated([{"role": "user", "content": source.text}], source.mark, [lost])
    if chat is None:
        chat = [{"role": "user", "content": f"{prefix}{source.text}{suffix}"}]
    elif prefix or suffix:
        lost = source.mark.fault(
            "a prefix or suffix around a chat is not carried: put it into a message"
        )
        return _translated(chat, source.mark, [lost])
    return _translated(chat, source.mark, [])


def _chat(text: str) -> list[dict[str, Plain]] | None:
    """The messages of a chat in JSON or YAML, or None for a text."""
    stripped = text.strip()
    if not stripped.startswith(("[", "- role:", '- "role"', "{")):
        return None
    try:
        value = json.loads(stripped)
    except ValueError:
        try:
            value = parse_plain(stripped)
        except ValueError:
            return None
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    is_chat = (
        isinstance(value, list)
        and value
        and all(isinstance(each, dict) and "role" in each and "content" in each for each in value)
    )
    return value if is_chat else None


def _translated(
    chat: list[dict[str, Plain]], mark: Mark, losses: list[Fault], *, as_jinja: bool = False
) -> ReadPrompt:
    """Messages in our form; if one has logic, all are written as Jinja."""
    messages: list[Plain] = []
    is_jinja = as_jinja
    before = list(losses)
    for message in chat:
        content, logic = _content(message["content"], mark, losses, as_jinja=as_jinja)
        is_jinja = is_jinja or logic
        kept = {"role": str(message["role"]), "content": content}
        for key in sorted(set(message) - {"role", "content"}):
            losses.append(mark.fault(f"`{excerpt(key)}` of a message is not carried: delete it"))
        messages.append(kept)
    if is_jinja and not as_jinja and len(chat) > 1:
        return _translated(chat, mark, before, as_jinja=True)
    return ReadPrompt(messages, is_jinja, losses)


def _content(
    content: Plain, mark: Mark, losses: list[Fault], *, as_jinja: bool
) -> tuple[Plain, bool]:
    if isinstance(content, str):
        found = translate(content, "nunjucks", mark, as_jinja=as_jinja)
        losses.extend(found.losses)
        return found.text, found.is_jinja
    if isinstance(content, list):
        parts = [_part(each, mark, losses, as_jinja=as_jinja) for each in content]
        return [part for part, _ in parts], any(logic for _, logic in parts)
    losses.append(mark.fault("a message has no content that is text: write one"))
    return "", False


def _part(part: Plain, mark: Mark, losses: list[Fault], *, as_jinja: bool) -> tuple[Plain, bool]:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        text, logic = _content(part["text"], mark, losses, as_jinja=as_jinja)
        return {"text": text}, logic
    losses.append(mark.fault("a part of a message that is no text is not carried: name a file"))
    return {"text": ""}, False
