"""The command that accepts a loss, ready to be pasted."""

from collections.abc import Sequence
from shlex import quote

from promptci.compare.compared import Compared
from promptci.secrets.safetext import on_one_line

MOST_IDS = 10
"""Examples named in one command; where more were lost, the command shows only its form."""


def accept_commands(found: Sequence[Compared]) -> list[str]:
    """One command per eval that blocks for examples which may be accepted."""
    lost: dict[str, set[str]] = {}
    for each in found:
        ids = set(each.confirmed.comparison.ids("lost")) - each.pair.accepted
        if each.blocks and ids:
            lost.setdefault(each.name, set()).update(ids)
    return [_command(name, sorted(ids)) for name, ids in lost.items()]


def _command(name: str, ids: Sequence[str]) -> str:
    words = [name, *ids] if len(ids) <= MOST_IDS else [name]
    quoted = " ".join(quote(on_one_line(word)) for word in words)
    if len(ids) > MOST_IDS:
        quoted += " EXAMPLE"
    if any(word.startswith("-") for word in words):
        return f"promptci accept -m WHY -- {quoted}"
    return f"promptci accept {quoted} -m WHY"
