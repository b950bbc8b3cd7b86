"""How this terminal looks, whether a display may redraw itself, and sentences for people."""

import os
import sys
from importlib import import_module
from typing import Any

import click

from promptci.commands.width import columns
from promptci.render.terminal.look import Look
from promptci.secrets.display import is_workflow
from promptci.secrets.safetext import for_terminal

_WIDE = 100
"""Columns of what is no terminal."""


def look() -> Look:
    """How stdout looks: its width, and colours only on a terminal that wants them."""
    width = columns(otherwise=_WIDE)
    return Look(max(width, 60), is_colourful(sys.stdout), is_workflow())


def is_colourful(stream: Any) -> bool:
    """Whether escapes are welcome: a terminal, neither dumb nor with NO_COLOR set, and no runner's.

    What a workflow of GitHub's shows has no escapes left, so that nothing acts on its log.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or is_workflow():
        return False
    return bool(stream.isatty())


def is_live(stream: Any) -> bool:
    """Whether a display may redraw itself: a terminal, and no CI log."""
    return is_colourful(stream) and not os.environ.get("CI")


def say(text: str) -> None:
    """Write lines on stderr, beside the results; on a terminal they are folded between words."""
    click.echo(folded(for_terminal(text), sys.stderr), err=True)


def folded(text: str, stream: Any) -> str:
    """Lines as they are, or folded between words where a terminal would cut through them."""
    if not stream.isatty():
        return text
    fold = import_module("promptci.render.terminal.columns").folded_lines
    width = columns(otherwise=_WIDE)
    return "\n".join(piece for line in text.split("\n") for piece in fold(line, width))
