"""Tells of fields that may be calls of tools and are not read as such."""

from collections.abc import Iterator, Mapping

from promptci.errors import Fault
from promptci.parsing.source import Plain, excerpt
from promptci.run.logged.callforms import calls_alone
from promptci.run.logged.outputforms import response_said
from promptci.run.logged.outputline import TRAJECTORIES, OutputFile

_FORM = 'write each as {"name": …, "arguments": {…}}'


class UnreadCalls:
    """The fields of a file's lines of which no calls were read: the first of each, and how many."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._found: dict[str, list[int]] = {}

    def look(self, output: OutputFile, row: Mapping[str, Plain], line: int) -> None:
        """Note those of one line, of which no other field says what was called."""
        for wrong in _unread(output, row):
            first = self._found.setdefault(wrong, [line, 0])
            first[1] += 1

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """One for each field, at the first line that has it."""
        return tuple(
            Fault(self._path, line, 1, wrong, warning=True, more=times - 1)
            for wrong, (line, times) in self._found.items()
        )


def _unread(output: OutputFile, row: Mapping[str, Plain]) -> Iterator[str]:
    others = [name for name in row if name not in OutputFile.__struct_fields__]
    named = [name for name in TRAJECTORIES if row.get(name)]
    if not (named or others) or output.made is not None or output.turns is not None:
        return
    said = response_said(output.output) if isinstance(output.output, list | dict) else None
    if said is not None and said.calls:
        return
    for name in named:
        yield f"`{name}` is not read, since it is neither turns nor calls of tools: {_FORM}"
    for name in others:
        if isinstance(row[name], list) and row[name] and calls_alone(row[name]):
            yield f"`{excerpt(name)}` lists calls of tools and is not read: call it `tool_calls`"
