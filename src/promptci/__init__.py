"""Versions prompts under git and tests them for regressions.

As a library: `from promptci import open_project`.
"""

from promptci.version import __version__ as __version__

TYPE_CHECKING = False  # of `typing`, which takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from promptci.errors import PromptCIError as PromptCIError
    from promptci.project.library import open_project as open_project
    from promptci.project.observer import Observer as Observer
    from promptci.spending.limits import Limits as Limits


_LIBRARY = {
    "open_project": "promptci.project.library",
    "Observer": "promptci.project.observer",
    "PromptCIError": "promptci.errors",
    "Limits": "promptci.spending.limits",
}
"""Where the names of the library live: imported when first used, since the command line needs
none of them to start."""


def __getattr__(name: str) -> "Any":
    if name in _LIBRARY:
        from importlib import import_module

        return getattr(import_module(_LIBRARY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
