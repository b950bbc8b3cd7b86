"""JSON reports as text: what every command with `--json` prints."""

import json
from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins

from promptci.render.json.structure import Report
from promptci.secrets.safetext import for_json


def dumps(report: Report) -> str:
    """A report as ASCII text, never with NaN; `##[` would be a command to GitHub's runner."""
    whole = for_json(to_builtins(report, enc_hook=_listed))
    return _written(json.dumps(whole, indent=2, allow_nan=False, ensure_ascii=True))


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
