"""Commands that accept a loss or show an example, ready to be pasted."""

from collections.abc import Sequence
from shlex import quote, split

from promptci.compare.compared import Compared
from promptci.secrets.safetext import on_one_line

MOST_IDS = 10
"""Examples named in one command; where more were lost, the command shows only its form."""


def accept_commands(found: Sequence[Compared], folder: str = "") -> list[str]:
    """One command per eval that blocks for examples which may be accepted.

    `folder` is where the project is below the place at which the command is to be run.
    """
    lost: dict[str, set[str]] = {}
    for each in found:
        ids = set(each.confirmed.comparison.ids("lost")) - each.pair.accepted
        if each.blocks and ids:
            lost.setdefault(each.name, set()).update(ids)
    accept = command_in(folder, "accept")
    return [_command(accept, name, sorted(ids)) for name, ids in lost.items()]


def copied_lines(command: str, width: int) -> list[str]:
    """A command in lines of so many columns that a shell takes for one, broken between words."""
    lines = [""]
    for word in map(quote, split(command)):
        if lines[-1].strip() and len(f"{lines[-1]} {word} \\") > width:
            lines[-1] += " \\"
            lines.append("  ")
        lines[-1] += word if not lines[-1].strip() else f" {word}"
    return lines


def command_in(folder: str, command: str) -> str:
    """A command on the project in a folder below the place at which it is to be run."""
    at = f"-C {quote(on_one_line(folder))} " if folder else ""
    return f"promptci {at}{command}"


def _command(accept: str, name: str, ids: Sequence[str]) -> str:
    words = [name, *ids] if len(ids) <= MOST_IDS else [name]
    quoted = " ".join(quote(on_one_line(word)) for word in words)
    if len(ids) > MOST_IDS:
        quoted += " EXAMPLE"
    if any(word.startswith("-") for word in words):
        return f"{accept} -m WHY -- {quoted}"
    return f"{accept} {quoted} -m WHY"


def show_command(name: str, example: str, model: str = "") -> str:
    """The command that shows one example, of one model where it is named."""
    option = f" --model {quote(on_one_line(model))}" if model else ""
    dashes = "-- " if name.startswith("-") or example.startswith("-") else ""
    quoted = " ".join(quote(on_one_line(word)) for word in (name, example))
    return f"promptci show{option} {dashes}{quoted}"
