"""What a part needs that is installed beside promptci alone: its extra, and how to get it."""

import sys
from collections.abc import Mapping

PACKAGE = "promptci-cli"
"""What promptci is called where it is installed from."""

FIRST_WITHOUT: Mapping[str, tuple[int, int]] = {
    "ray": (3, 15),
    "search": (3, 15),
    "similar": (3, 15),
}
"""The Python from which on the packages of an extra do not run yet, as `pyproject.toml` has it."""


def needs_extra(
    what: str, extra: str, *, instead: str = "", python: tuple[int, int] = sys.version_info[:2]
) -> str:
    """That something needs an extra, and the cure; `instead` is what else helps.

    Where the extra does not run on this Python (major and minor version) to install it is none.
    """
    first = FIRST_WITHOUT.get(extra)
    cures = [f"pip install '{PACKAGE}[{extra}]'", instead]
    wrong = f"{what} needs the `{extra}` extra"
    if first is not None and python >= first:
        major, minor = first
        wrong += f", which does not run on Python {major}.{minor} or later yet"
        cures[0] = f"use Python {major}.{minor - 1} or earlier"
    return f"{wrong}: {', or '.join(filter(None, cures))}"
