"""JSON reports as text: what every command with `--json` prints."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import to_builtins
from msgspec.structs import fields

from promptci.render.json.structure import Report
from promptci.secrets.safetext import for_json


def dumps(report: Report) -> str:
    """A report as ASCII text, never with NaN; `##[` would be a command to GitHub's runner."""
    return _written(_indented(to_builtins(report, enc_hook=_listed)))


def dumped_parts(report: Report) -> Iterator[str]:
    """The same text in parts; a sequence that reads its items from a file is never whole in memory.

    An item of such a sequence is a part of its own.
    """
    start = "{"
    for each in fields(report):
        value = getattr(report, each.name)
        yield _written(f"{start}\n  {json.dumps(each.encode_name)}: ")
        if isinstance(value, Sequence) and not isinstance(value, str | list | tuple):
            yield from _items(value)
        else:
            yield _written(_deeper(_indented(to_builtins(value, enc_hook=_listed)), 2))
        start = ","
    yield "\n}"


def _items(values: Iterable[Any]) -> Iterator[str]:
    start = "["
    for value in values:
        yield _written(f"{start}\n    {_deeper(_indented(to_builtins(value)), 4)}")
        start = ","
    yield "[]" if start == "[" else "\n  ]"


def _indented(value: Any) -> str:
    return json.dumps(for_json(value), indent=2, allow_nan=False, ensure_ascii=True)


def _deeper(text: str, spaces: int) -> str:
    """Indented JSON further to the right; no line break in it is part of a text."""
    return text.replace("\n", "\n" + " " * spaces)


def as_ascii(value: Any) -> str:
    """A value in another format than ours as one line of ASCII text, under the same rules."""
    return _written(json.dumps(for_json(value), allow_nan=False, ensure_ascii=True))


def _listed(value: object) -> list[Any]:
    """A sequence that is no list, such as one that reads its items from a file."""
    if isinstance(value, Sequence):
        return list(value)
    raise NotImplementedError(type(value))


def _written(text: str) -> str:
    return text.replace("##[", "#\\u0023[")
