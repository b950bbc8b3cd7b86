"""What is to be known of a history, around its lines."""

from collections.abc import Sequence
from importlib import import_module

from promptci.render.terminal.look import Look


def framed(history: str, look: Look, *, older: Sequence[str], notes: Sequence[str]) -> str:
    """A history that is drawn already: above it `older`, below it `notes`."""
    if not (older or notes):
        return history  # without what folds sentences
    sentences = import_module("promptci.render.terminal.columns").sentences
    above = (f"{said}\n" for said in sentences(older, look))
    return "".join((*above, history, *(f"\n{said}" for said in sentences(notes, look))))
