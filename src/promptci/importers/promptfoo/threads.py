"""Tests that follow on each other by `_conversation`: each is a conversation up to its turn."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.importers.promptfoo.prompts import SourcePrompt
from promptci.importers.usedvariables import first_names
from promptci.parsing.source import Node, Plain
from promptci.specs.simulateduser import MOST_TURNS
from promptci.templates.template import as_text

TURNS, FIRST = "turns", "first_turn"
"""The variables that hold what the user says: behind the prompt's messages, and as the last."""
_LOOP = re.compile(
    r"\{%-?\s*for\s+(?P<each>\w+)\s+in\s+_conversation\s*-?%\}(?P<body>.*?)\{%-?\s*endfor\s*-?%\}",
    re.DOTALL,
)
_NAMED = re.compile(r"\{\{-?\s*(?P<name>\w+)\s*(?:\|\s*(?:dump|safe|trim)\s*)*-?\}\}")
_UNQUOTED = re.compile(r"(?<!\")\{\{-?\s*([\w.]+)\s*\|\s*dump\s*-?\}\}(?!\")")


class Thread(Struct):
    """How the user's turns of one prompt are made, and what was said in each conversation."""

    template: str
    opening: frozenset[str]
    is_opened: bool
    said: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _opened: dict[str, list[Plain]] = field(default_factory=dict)

    def turn(self, test: Node, values: Mapping[str, Plain]) -> dict[str, Plain] | str:
        """The variables that hold this test's conversation, or why they do not.

        Call it for the tests in their order: each says what was said before it, too.
        """
        metadata = test.get("metadata").value if isinstance(test.value, dict) else None
        named = metadata.get("conversationId") if isinstance(metadata, dict) else None
        name = "" if named is None else str(named.value)
        said = self.said[name]
        opened = [values.get(each) for each in sorted(self.opening)]
        if self._opened.setdefault(name, opened) != opened:
            return "a conversation whose first messages change amid it is cut off: part it"
        said.append(_NAMED.sub(lambda found: as_text(values.get(found["name"], "")), self.template))
        if len(said) > MOST_TURNS:
            return f"a conversation of over {MOST_TURNS} turns is cut off: part it"
        turns: list[Plain] = [*said]
        return {TURNS: turns} if self.is_opened else {FIRST: said[0], TURNS: turns[1:]}


def thread_of(source: SourcePrompt) -> tuple[SourcePrompt, Thread] | None:
    """A chat that repeats what was said before, as a prompt of its opening; None for all else.

    Only the usual form is known: a loop that repeats question and answer, and one question of the
    user behind it, in which names are filled in.
    """
    text = _UNQUOTED.sub(r'"{{ \1 }}"', source.text)
    loops = list(_LOOP.finditer(text))
    if len(loops) != 1 or not _repeats(loops[0]):
        return None
    before, after = text[: loops[0].start()], text[loops[0].end() :]
    opening = _messages(before.rstrip().rstrip(",") + "]")
    rest = _messages("[" + after.lstrip().lstrip(","))
    if opening is None or rest is None or [each["role"] for each in rest] != ["user"]:
        return None
    last = rest[0]["content"]
    if "{%" in last or re.search(r"\{\{(?!-?\s*\w+\s*(?:\|\s*(?:dump|safe|trim)\s*)*-?\}\})", last):
        return None
    if any(each["role"] == "user" for each in opening):
        return None  # it would be answered before the first turn
    messages = opening or [{"role": "user", "content": f"{{{{ {FIRST} }}}}"}]
    read = replace(source, text=json.dumps(messages, ensure_ascii=False))
    names = frozenset(name for each in opening for name in first_names(each["content"]))
    return read, Thread(last, names, is_opened=bool(opening))


def _repeats(loop: re.Match[str]) -> bool:
    """Whether a loop's body is the question and the answer of each turn."""
    body = _messages(f"[{loop['body'].strip().strip(',')}]")
    parts = [("user", "input"), ("assistant", "output")]
    return (
        body is not None
        and [each["role"] for each in body] == [r for r, _ in parts]
        and all(
            re.fullmatch(
                rf"\s*\{{\{{-?\s*{loop['each']}\.{part}\s*(?:\|\s*\w+\s*)*-?\}}\}}\s*",
                each["content"],
            )
            for each, (_, part) in zip(body, parts, strict=True)
        )
    )


def _messages(text: str) -> list[dict[str, str]] | None:
    """A list of messages whose contents are texts, in JSON; None for all else."""
    try:
        read = json.loads(re.sub(r",\s*\]$", "]", text.strip()))
    except ValueError:
        return None
    is_chat = isinstance(read, list) and all(
        isinstance(each, dict)
        and set(each) == {"role", "content"}
        and all(isinstance(value, str) for value in each.values())
        for each in read
    )
    return read if is_chat else None
