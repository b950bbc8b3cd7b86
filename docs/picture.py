"""Draws `docs/screens/*.svg`: what commands print on terminals of several widths.

    python docs/picture.py

The repository is that of `tests/demonstration.py`, the commands are run in it for real, and a test
says where a picture is no longer what is printed.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
SCREENS = ROOT / "docs/screens"
sys.path.insert(0, str(ROOT / "tests"))

from demonstration import Demonstration, build  # noqa: E402
from fakes import FakeAPI  # noqa: E402
from gitrepo import USER_CONFIG, GitRepo  # noqa: E402
from promptci.commands.main import main  # noqa: E402

ROWS = 38
"""Lines of a terminal: the rest is below."""

WIDTHS = (80, 100, 140)
SHOWN = (
    ("run", "promptci run", WIDTHS),
    ("check", "promptci check --base HEAD", WIDTHS),
    ("compare", "promptci compare HEAD prompts/triage.yaml", WIDTHS),
    ("diff", "promptci diff", WIDTHS),
    ("why", "promptci why triage", WIDTHS),
    ("show", "promptci show triage delivery-1", WIDTHS),
    ("log", "promptci log triage", WIDTHS),
)
"""Names of pictures, what is typed, and the widths of the terminals."""

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""They would be fetched from afar."""

_SECONDS = re.compile(r"\d+\.\d+s\b")
_LATENCIES = re.compile(r">p(?:50|95)&[^<]*%[^<]*<")
"""A row of latencies, with how much they differ."""


class Terminal(StringIO):
    """What is printed on a terminal, colours included."""

    def isatty(self) -> bool:
        return True


def pictures(demo: Demonstration, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The name of each file, and what belongs into it.

    The prompt has just been shortened, and was not committed yet.
    """
    demo.repo.git("checkout", "-q", demo.commits["shorter"])
    demo.repo.git("reset", "-q", "--soft", demo.commits["better"])
    for name, command, widths in SHOWN:
        for width in widths:
            monkeypatch.setenv("COLUMNS", str(width))
            monkeypatch.setenv("TERM", "xterm-256color")
            yield f"{name}-{width}.svg", drawn(command, printed(command), width)


def printed(command: str) -> str:
    """What a command prints on a terminal."""
    with redirect_stdout(Terminal()) as out, redirect_stderr(StringIO()):
        main(command.split()[1:])
    return out.getvalue()


def drawn(command: str, text: str, width: int) -> str:
    """A screen as SVG, its first lines as far as they fit."""
    lines = text.rstrip("\n").split("\n")
    shown = lines if len(lines) < ROWS else [*lines[: ROWS - 1], "…"]
    console = Console(record=True, width=width, file=StringIO(), color_system="standard")
    console.print(Text.from_ansi("\n".join([f"$ {command}", *shown])))
    return _FONTS.sub("", console.export_svg(title=command, unique_id="screen"))


def stable(svg: str) -> str:
    """A picture without latencies, which differ from run to run."""
    return _SECONDS.sub("0.00s", _LATENCIES.sub(">latencies<", svg))


def _draw_all() -> None:
    with TemporaryDirectory() as name, FakeAPI() as api, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        (folder / ".gitconfig").write_text(USER_CONFIG)
        for key, value in {"HOME": name, "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"}.items():
            patch.setenv(key, value)
        repo = GitRepo(folder / "project")
        patch.chdir(repo.path)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            demo = build(repo, api, patch)
        for file, svg in pictures(demo, patch):
            SCREENS.mkdir(exist_ok=True)
            (SCREENS / file).write_text(svg, "utf-8")
        os.chdir(ROOT)


if __name__ == "__main__":
    _draw_all()
