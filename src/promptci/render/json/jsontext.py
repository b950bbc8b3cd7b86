"""JSON documents as text: what every report with `--json` is made of."""

import json
from collections.abc import Mapping
from typing import Any

from promptci.secrets.safetext import for_json

FORMAT = 1


def dumps(document: Mapping[str, Any]) -> str:
    """A document as ASCII text, never with NaN; `##[` would be a command to GitHub's runner."""
    whole = {"format": FORMAT, **for_json(document)}
    text = json.dumps(whole, indent=2, allow_nan=False, ensure_ascii=True)
    return text.replace("##[", "#\\u0023[")
