"""JSON reports as text: what every command with `--json` prints."""

import json

from msgspec import to_builtins

from promptci.render.json.structure import Report
from promptci.secrets.safetext import for_json


def dumps(report: Report) -> str:
    """A report as ASCII text, never with NaN; `##[` would be a command to GitHub's runner."""
    text = json.dumps(for_json(to_builtins(report)), indent=2, allow_nan=False, ensure_ascii=True)
    return text.replace("##[", "#\\u0023[")
