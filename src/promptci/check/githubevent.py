"""What GitHub tells a workflow of the event that started it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MOST = 5_000_000
"""Bytes of an event that are read."""


def github_event(environ: Mapping[str, str]) -> Any:
    """The event as parsed JSON, which anything may be; an empty object where there is none."""
    try:
        with Path(environ.get("GITHUB_EVENT_PATH", "")).open("rb") as file:
            return json.loads(file.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return {}
