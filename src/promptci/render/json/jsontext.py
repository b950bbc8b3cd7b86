"""JSON documents as text: what every report with `--json` is made of."""

import json
from collections.abc import Mapping
from typing import Any

FORMAT = 1


def dumps(document: Mapping[str, Any]) -> str:
    """A document as ASCII text, never with NaN; `##[` would be a command to GitHub's runner."""
    text = json.dumps({"format": FORMAT, **document}, indent=2, allow_nan=False, ensure_ascii=True)
    return text.replace("##[", "#\\u0023[")
