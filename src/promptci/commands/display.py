"""How this terminal looks, and whether a display may redraw itself."""

import os
import shutil
import sys
from typing import Any

from promptci.render.terminal.look import Look


def look() -> Look:
    """How stdout looks: its width, and colours only on a terminal that wants them."""
    width = shutil.get_terminal_size((100, 24)).columns
    return Look(max(width, 60), is_colourful(sys.stdout), bool(os.environ.get("GITHUB_ACTIONS")))


def is_colourful(stream: Any) -> bool:
    """Whether escapes are welcome: a terminal, neither dumb nor with NO_COLOR set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(stream.isatty())


def is_live(stream: Any) -> bool:
    """Whether a display may redraw itself: a terminal, and no CI log."""
    return is_colourful(stream) and not os.environ.get("CI")
