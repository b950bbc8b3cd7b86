"""Writes `docs/house.md` from `docs/house.md.in` and the import contracts in `pyproject.toml`.

python docs/house.py
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src/promptci"
FLOORS_HERE = "<!-- floors -->"
ROOMS_HERE = "<!-- rooms -->"
INNER_HERE = "<!-- inner orders -->"
"""Where the page's template wants what is generated."""


def contracts() -> list[dict[str, Any]]:
    """The import contracts."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def floors(container: str = "promptci") -> list[list[str]]:
    """The rooms of each floor, from the top."""
    [layers] = [each["layers"] for each in contracts() if each.get("containers") == [container]]
    return [[room.strip() for room in floor.split("|")] for floor in layers]


def drawing() -> str:
    """The floors as boxes below each other, with an arrow down between them."""
    rows = ["   ".join(floor) for floor in floors()]
    width = max(map(len, rows)) + 4
    lines: list[str] = []
    for row in rows:
        lines += ["+" + "-" * width + "+", "|" + row.center(width) + "|"]
    lines.append("+" + "-" * width + "+")
    arrow = "imports".center(9), "|".center(9), "v".center(9)
    for index, word in enumerate(arrow):
        lines[index] += word.rstrip()
    return "```text\n" + "\n".join(lines) + "\n```"


def rooms() -> str:
    """A row per room, and one per folder inside it: what it is about, and its modules."""
    lines = ["| room | about | modules |", "| --- | --- | --- |"]
    for floor in floors():
        for room in floor:
            for folder in folders(room):
                names = " ".join(f"`{name}`" for name in _names(SOURCE / folder))
                lines.append(f"| `{folder}` | {about(folder)} | {names} |")
    return "\n".join(lines)


def about(room: str) -> str:
    """The first line of a room's docstring."""
    path = SOURCE / room / "__init__.py"
    source = (path if path.exists() else SOURCE / f"{room}.py").read_text("utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def folders(room: str) -> Iterator[str]:
    """A room and the folders inside it, as paths; what is one module is a room by itself."""
    yield room
    for path in sorted((SOURCE / room).rglob("__init__.py")):
        if path.parent != SOURCE / room:
            yield path.parent.relative_to(SOURCE).as_posix()


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def inner_orders() -> str:
    """The order inside rooms that have one, from the top."""
    lines = ["| inside | from the top |", "| --- | --- |"]
    for each in contracts():
        if each["type"] == "layers" and each["containers"] != ["promptci"]:
            name = each["containers"][0].removeprefix("promptci.")
            order = " → ".join(re.sub(r"\s*\|\s*", ", ", layer) for layer in each["layers"])
            lines.append(f"| `{name}` | {order} |")
    return "\n".join(lines)


def page(template: str) -> str:
    """The page: the template, with what is generated put in."""
    parts = {FLOORS_HERE: drawing(), ROOMS_HERE: rooms(), INNER_HERE: inner_orders()}
    for here, text in parts.items():
        template = template.replace(here, text)
    return template


if __name__ == "__main__":
    made = page((ROOT / "docs/house.md.in").read_text("utf-8"))
    (ROOT / "docs/house.md").write_text(made, "utf-8")
