"""Numbers of golden examples that are sent in another form than they are written in."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.git.repo import Tree, open_file
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.parsing.template import as_text

MOST = 10_000
"""Numbers that are looked up in their files."""

_TEXTS = (".yaml", ".yml", ".jsonl", ".json")
_LITERAL = re.compile(r"[-+]?(?:0[xo][0-9a-fA-F]+|(?:\d[\d.]*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.+-])")


class _Number(Struct, frozen=True):
    """A variable that is a number, and the first line of its example."""

    name: str
    value: int | float
    mark: Mark


class WrittenNumbers(Struct):
    """Gathers the variables that are numbers, and tells those of which the text is lost.

    `version: 1.10` is the number 1.1 to YAML and JSON, and is sent as `1.1`.
    """

    _numbers: dict[str, list[_Number]] = field(default_factory=dict)

    def look_at(self, variables: Mapping[str, Plain], mark: Mark) -> None:
        """Remember the numbers of one example or shot."""
        is_json = mark.path.endswith((".jsonl", ".json"))
        found = self._numbers.setdefault(mark.path, [])
        for name, value in variables.items():
            if len(found) >= MOST or not mark.path.endswith(_TEXTS):
                return
            if isinstance(value, dict):
                self.look_at(value, mark)
            elif isinstance(value, float) or (not is_json and type(value) is int):
                found.append(_Number(name, value, mark))

    def told(self, tree: Tree) -> Iterator[Fault]:
        """One warning for each file."""
        for path, numbers in self._numbers.items():
            lost = list(_lost(tree, path, numbers)) if numbers else []
            if not lost:
                continue
            number, line, literal = lost[0]
            sent = (
                f"`{number.name}: {literal}` is a number and is sent as `{as_text(number.value)}`"
            )
            count = len(lost) - 1
            more = (
                f", and {count:,} more {'is' if count == 1 else 'are'} sent otherwise"
                if count
                else ""
            )
            cure = "put quotes around it to send it as written"
            yield Mark(path, line).warning(f"{sent}{more}: {cure}")


def _lost(tree: Tree, path: str, numbers: list[_Number]) -> Iterator[tuple[_Number, int, str]]:
    """The numbers whose text in the file is not the one that is sent, with line and text."""
    ahead = sorted(numbers, key=lambda number: number.mark.line, reverse=True)
    current: list[_Number] = []
    with open_file(tree, path) as file:
        for line, data in enumerate(file, 1):
            if ahead and ahead[-1].mark.line == line:
                current = []
            while ahead and ahead[-1].mark.line <= line:
                current.append(ahead.pop())
            if not ahead and not current:
                return
            text = data.decode(errors="replace") if current else ""
            for number in tuple(current):
                literal = _literal(text, number)
                if literal:
                    current.remove(number)
                    if literal != as_text(number.value):
                        yield number, line, excerpt(literal)


def _literal(text: str, number: _Number) -> str:
    """How a line writes a number; empty where it does not."""
    at = 0
    while (at := text.find(number.name, at)) >= 0:
        at += len(number.name)
        rest = text[at:].lstrip("\"' ")
        written = _LITERAL.match(rest[1:].lstrip()) if rest.startswith(":") else None
        if written is not None and _value(written[0]) == number.value:
            return written[0]
    return ""


def _value(literal: str) -> float | None:
    try:
        return int(literal, 0) if literal[:2] in ("0x", "0o") else float(literal)
    except ValueError:
        return None
