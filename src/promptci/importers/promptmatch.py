"""Which variables a prompt was filled in with, found in the messages that were sent."""

import re
from collections.abc import Sequence

from promptci.parsing.source import Plain
from promptci.specs.prompt import Prompt
from promptci.specs.turns import Turn
from promptci.templates.template import Template


def variables_of(prompt: Prompt, turns: Sequence[Plain]) -> dict[str, Plain] | None:
    """The variables of a prompt that sends such turns, or None where it could not have.

    The prompt's last user message is matched with the last that was sent, its other messages with
    variables with those of their role. A prompt of one variable's turns takes them all.
    """
    slots = [turn for turn in prompt.turns if turn.is_slot]
    if slots and len(prompt.turns) == 1:
        return {next(iter(slots[0].content.variables)): list(turns)}
    found: dict[str, Plain] = {}
    for turn in prompt.turns:
        if turn.is_slot or not turn.content.variables:
            continue
        text = _sent(prompt, turn, turns)
        values = None if text is None else _values(turn, text)
        if values is None or any(found.get(n, v) != v for n, v in values.items()):
            return None
        found |= values
    return found or None


def _sent(prompt: Prompt, turn: Turn, turns: Sequence[Plain]) -> str | None:
    """The text that was sent in the place of a prompt's message."""
    roles = _SYSTEM if turn.role in _SYSTEM else {turn.role}
    same = [each for each in prompt.turns if each.role in roles and not each.is_slot]
    sent = [each for each in turns if isinstance(each, dict) and each.get("role") in roles]
    place = len(same) - same.index(turn)  # from the end, since shots and history come before
    if place > len(sent):
        return None
    content = sent[-place].get("content")
    return content if isinstance(content, str) else None


_SYSTEM = frozenset(("system", "developer"))
"""Roles that endpoints take for each other, and logs too."""


def _values(turn: Turn, text: str) -> dict[str, Plain] | None:
    """The values that make the text of a message's template."""
    template = turn.content
    if not isinstance(template, Template) or any("." in name for name in template.names):
        return None
    pieces = [re.escape(template.literals[0].lstrip())]
    groups: dict[str, str] = {}
    for name, after in zip(template.names, template.literals[1:], strict=True):
        if name in groups:
            pieces.append(f"(?P={groups[name]})")
        else:
            groups[name] = f"v{len(groups)}"
            pieces.append(f"(?P<{groups[name]}>.*?)")
        pieces.append(re.escape(after))
    match = re.fullmatch("".join(pieces).rstrip(), text.strip(), re.DOTALL)
    if match is None:
        match = re.fullmatch("".join(pieces), text, re.DOTALL)
    return None if match is None else {name: match[group] for name, group in groups.items()}
