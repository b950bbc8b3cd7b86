"""Variants of a prompt: the file again, with what a variant says in the place of its own."""

from collections.abc import Mapping

from promptci.errors import Fault
from promptci.parsing.source import Mark, Node, excerpt
from promptci.specs.promptfile import VariantFile


def variant_nodes(
    node: Node, variants: Mapping[str, VariantFile], faults: list[Fault]
) -> dict[str, Node]:
    """A prompt's file for each of its variants.

    `append` and `prepend` change the last user message, `shots` is a number of the first ones;
    `parameters` are put on top of the prompt's, all else takes the place of what is there.
    """
    found: dict[str, Node] = {}
    for name, file in variants.items():
        place = node.get("variants", name)
        if not name.replace("-", "_").isidentifier():
            wrong = (
                f"`{excerpt(name)}` cannot be a variant's name: use letters, digits, `_` and `-`"
            )
            faults.append(node.get("variants").key_mark(name).fault(wrong))
            continue
        found[name] = _variant(node, place, file, faults)
    return found


def _variant(node: Node, place: Node, file: VariantFile, faults: list[Fault]) -> Node:
    assert isinstance(node.value, dict)
    values = {key: each for key, each in node.value.items() if key != "variants"}
    given = place.value if isinstance(place.value, dict) else {}
    values |= {key: each for key, each in given.items() if key in _REPLACED}
    if "parameters" in given:
        values["parameters"] = _on_top(values.get("parameters"), given["parameters"])
    if isinstance(file.shots, int):
        values["shots"] = _first(node.get("shots"), file.shots, given["shots"].mark, faults)
    if file.append or file.prepend:
        values["messages"] = _reworded(values["messages"], file, place, faults)
    return Node(values, node.mark, {**node.keys, **place.keys})


_REPLACED = (
    "messages",
    "model",
    "response_format",
    "retrieve",
    "shots",
    "solve",
    "thoughts",
    "version",
)


def _on_top(below: Node | None, above: Node) -> Node:
    if below is None or not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    return Node({**below.value, **above.value}, above.mark, {**below.keys, **above.keys})


def _first(shots: Node, count: int, mark: Mark, faults: list[Fault]) -> Node:
    listed = shots.value if isinstance(shots.value, list) else []
    if count > len(listed):
        faults.append(mark.fault(f"the prompt has {len(listed)} shots: write at most so many"))
    return Node(listed[:count], shots.mark)


def _reworded(messages: Node, file: VariantFile, place: Node, faults: list[Fault]) -> Node:
    """The messages with a text before or after that of the last user message."""
    turns = list(messages.value) if isinstance(messages.value, list) else []
    for index in range(len(turns) - 1, -1, -1):
        turn = turns[index]
        parts = turn.value if isinstance(turn.value, dict) else {}
        role, content = parts.get("role"), parts.get("content")
        if role is None or role.value != "user" or content is None:
            continue
        if isinstance(content.value, str):
            text = f"{_line(file.prepend)}{content.value}{_line(file.append, before=True)}"
            body = {**parts, "content": Node(text, content.mark)}
            turns[index] = Node(body, turn.mark, turn.keys)
            return Node(turns, messages.mark)
        break
    wrong = "there is no user message of text to add to: write the variant's `messages`"
    faults.append(place.mark.fault(wrong))
    return messages


def _line(text: str, *, before: bool = False) -> str:
    if not text:
        return ""
    return f"\n{text}" if before else f"{text}\n"
