"""Draws `docs/run.svg`: what `promptci run` prints on a terminal in this repository.

    python docs/picture.py

Run it after `make run`, so that the answers are stored and only the table is new.
"""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
WIDTH = 112


def screen(command: list[str]) -> str:
    """What a command prints on a terminal of its own."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        printed = b""
        while chunk := _read(ours):
            printed += chunk
        process.wait()
    return printed.decode().replace("\r\n", "\n")


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # the other side is closed
        return b""


if __name__ == "__main__":
    promptci = str(Path(sys.executable).with_name("promptci"))
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(Text.from_ansi(f"$ promptci run\n{screen([promptci, 'run'])}"))
    drawn = console.export_svg(title="promptci run")
    fonts = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # they would be fetched from afar
    (ROOT / "docs/run.svg").write_text(fonts.sub("", drawn))
