"""One message of a prompt, its contents still templates; or a place for turns of the example."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from promptci.errors import Fault
from promptci.parsing.source import Mark, Node, Plain, excerpt
from promptci.specs.conversation import Attach, Files, messages_of, part, tool_calls, with_digests
from promptci.specs.message import Message, Part, Role
from promptci.templates.template import Template, TemplateError, Text
from promptci.withasides import WithAsides

_EMPTY = Template(("",), ())


class Turn(WithAsides, frozen=True):
    """One message of a prompt, its content still a template.

    A slot is a place for the turns in the variable that `content` names. `parts` are in the
    place of `content` where there are any; a part that is a template names a variable, or is a
    text. `more` is the JSON text of what else the message has, `mark` the place of its content.
    """

    ASIDES = frozenset({"mark"})

    role: Role
    content: Text
    more: str = ""
    parts: tuple[Part | tuple[str, Text], ...] = ()
    is_slot: bool = False
    mark: Mark = Mark("")

    @property
    def is_plain(self) -> bool:
        """Whether it is a role and a text, and nothing else."""
        return not (self.more or self.parts or self.is_slot)

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        head = ["turns" if self.is_slot else self.role, *self.content.canonical]
        if self.is_slot or self.is_plain:
            return head
        return [*head, self.more, [_identity(each) for each in self.parts]]

    @property
    def rest(self) -> Iterator[str]:
        """Lines for people on what is no text of the content."""
        for each in self.parts:
            if isinstance(each, Part):
                name = each.attached.name if each.attached else ""
                yield each.text or f"[{each.kind} {name}]"
            else:
                yield each[1].source if each[0] == "text" else f"[{each[0]} {each[1].source}]"
        if self.more:
            yield self.more

    @property
    def texts(self) -> Iterator[Text]:
        """Its templates."""
        yield self.content
        for each in self.parts:
            if not isinstance(each, Part):
                yield each[1]

    def settled(self) -> "Message | Turn":
        """A message where nothing is left to fill in, else the turn itself."""
        if self.is_slot or not all(text.is_fixed for text in self.texts):
            return self
        return self.messages({}, {})[0]

    def messages(self, variables: Mapping[str, Plain], files: Files) -> Sequence[Message]:
        """The message, or those in the slot. Raises `TemplateError`."""
        if self.is_slot:
            assert isinstance(self.content, Template)
            value, name = self.content.value(variables), self.content.names[0]
            return tuple(messages_of(value, name, files))
        if not self.parts:
            return (Message(self.role, self.content.render(variables), self.more),)
        parts = tuple(_filled(each, variables, files) for each in self.parts)
        text = "\n".join(each.text for each in parts if each.text)
        return (Message(self.role, text, self.more, parts),)


def _identity(each: Part | tuple[str, Text]) -> list[object]:
    return [*each.identity] if isinstance(each, Part) else [each[0], *each[1].canonical]


def _filled(each: Part | tuple[str, Text], variables: Mapping[str, Plain], files: Files) -> Part:
    if isinstance(each, Part):
        return each
    kind, text = each
    if kind == "text":
        return Part("text", text.render(variables))
    value = text.value(variables) if isinstance(text, Template) else text.render(variables)
    return part(value if isinstance(value, dict) else {kind: value}, text.source, files)


def read_turns(
    node: Node,
    files: Sequence[Any],
    parse: Callable[[str], Text],
    attach: Attach,
    faults: list[Fault],
) -> tuple[Turn, ...]:
    """The messages whose templates can be read; adds what is wrong to `faults`."""
    turns = []
    for index, file in enumerate(files):
        place = node.get(index)
        try:
            turn = _slot(file) if isinstance(file, str) else _turn(file, place, parse, attach)
        except TemplateError as error:
            more = _MORE_LOGIC if "not a placeholder" in str(error) else ""
            faults.append(place.get("content").mark.fault(f"{error}{more}"))
            continue
        turns.append(replace(turn, mark=place.get("content").mark))
        _warn_of_blocks(turn, place, faults)
    return tuple(turns)


_MORE_LOGIC = "; `template: jinja` at the top of the file brings blocks and filters"


def _slot(written: str) -> Turn:
    """A place for turns: a text that is one placeholder."""
    template = Template.parse(written)
    if len(template.names) != 1 or "".join(template.literals).strip():
        wrong = f"`{excerpt(written)}` is no message"
        raise TemplateError(f"{wrong}: write `role` and `content`, or `{{{{ history }}}}` alone")
    return Turn("user", template, is_slot=True)


def _turn(file: Any, place: Node, parse: Callable[[str], Text], attach: Attach) -> Turn:
    more: dict[str, Plain] = {}
    calls = tool_calls(list(file.tool_calls), "message")
    if calls:
        more["tool_calls"] = calls
    if file.name is not None:
        more["name"] = file.name
    if file.role == "tool":
        if file.tool_call_id is None:
            raise TemplateError("a message of role `tool` needs the `tool_call_id` it answers")
        more["tool_call_id"] = file.tool_call_id
    rest = json.dumps(more, sort_keys=True) if more else ""
    if isinstance(file.content, list):
        parts = tuple(_part(each, parse, attach) for each in file.content)
        return Turn(file.role, _EMPTY, rest, parts)
    if file.content is None and not calls:
        raise TemplateError("a message needs `content`: add it")
    return Turn(file.role, parse(file.content or ""), rest)


def _part(
    each: str | dict[str, Any], parse: Callable[[str], Text], attach: Attach
) -> Part | tuple[str, Text]:
    """A part of a content: a text, a file of the repository, or a variable that names one."""
    if isinstance(each, str):
        return "text", parse(each)
    if isinstance(each.get("text"), str):
        return "text", parse(each["text"])
    for kind in ("image", "file"):
        path = each.get(kind)
        if isinstance(path, str) and "{{" in path:
            return kind, Template.parse(path)
    files: dict[str, Any] = {}
    return part(with_digests(each, attach, files), "content", files)


def _warn_of_blocks(turn: Turn, place: Node, faults: list[Fault]) -> None:
    """Blocks and comments of Jinja that would go to the model as text."""
    for text in turn.texts:
        for line, block in text.blocks[:1] if isinstance(text, Template) else ():
            wrong = f"`{excerpt(block)}` in line {line} of the text goes to the model as it is"
            cure = "templates have no logic, unless the file says `template: jinja`"
            faults.append(place.get("content").mark.warning(f"{wrong}: {cure}"))


def last_user_turn(turns: tuple[Turn, ...]) -> int:
    """The place of the last user message; without one, the last message."""
    places = [n for n, turn in enumerate(turns) if turn.role == "user" and not turn.is_slot]
    return places[-1] if places else len(turns) - 1
