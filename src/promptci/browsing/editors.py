"""How a person's editor is told to open a file at a line."""

import shlex
from collections.abc import Mapping
from pathlib import Path

_WITH_COLON = frozenset({"hx", "helix", "subl", "zed"})
_WITH_GOTO = frozenset({"code", "codium", "cursor", "windsurf"})
"""Editors that take `FILE:LINE`, and those that take it behind `--goto`.

Others take `+LINE FILE`.
"""


def editor_command(environ: Mapping[str, str], path: Path, line: int) -> list[str]:
    """The command of `VISUAL` or `EDITOR`, `vi` without them."""
    words = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi") or ["vi"]
    name = Path(words[0]).name
    if name in _WITH_COLON:
        return [*words, f"{path}:{max(line, 1)}"]
    if name in _WITH_GOTO:
        return [*words, "--wait", "--goto", f"{path}:{max(line, 1)}"]
    return [*words, f"+{max(line, 1)}", str(path)]
