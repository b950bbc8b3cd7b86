"""The page's script: modules of `assets/`, put one after the other into one."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

SCRIPT = (
    "words.mjs",
    "filters.mjs",
    "commands.mjs",
    "csv.mjs",
    "packed.mjs",
    "search.mjs",
    "elements.mjs",
    "detail.mjs",
    "tools.mjs",
    "list.mjs",
    "keys.mjs",
    "start.mjs",
)
"""The modules of the page, each after those that it imports from."""

LIVE = ("live.mjs",)

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|const|class)", re.MULTILINE)


@cache
def joined(names: Sequence[str]) -> str:
    """Modules as one script. What they import from each other is in it already."""
    folder = files("promptci.render.html") / "assets"
    texts = [(folder / name).read_text("utf-8") for name in names]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
