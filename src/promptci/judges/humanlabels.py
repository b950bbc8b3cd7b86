"""What people said of an output: a verdict, a score or a class, read from a label."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from promptci.judges.judgeset import Label

VERDICTS = ("pass", "fail")
_WORDS: Mapping[str, bool] = {"pass": True, "fail": False, "true": True, "false": False}


class Human(Struct, frozen=True):
    """What people said of an output: a class, a score in 0..1, and whether it is graded."""

    label: str
    score: float
    is_graded: bool = False


def read_label(
    label: Label, classes: Mapping[str, float], passes_from: float, *, by_class: bool
) -> Human | None:
    """What a label means; None if it means nothing.

    With `by_class` it is one of the judge's classes, each with its value. Else it is a verdict, or
    a score, which passes from `passes_from` on.
    """
    if by_class:
        name = _class_name(label)
        graded = any(value not in (0, 1) for value in classes.values())
        return Human(name, classes[name], graded) if name in classes else None
    if isinstance(label, str):
        word = label.strip().casefold()
        if word in _WORDS:
            return Human("pass" if _WORDS[word] else "fail", float(_WORDS[word]))
        try:
            label = float(word)  # a cell of a table is a text
        except ValueError:
            return None
    if not 0 <= label <= 1:
        return None
    graded = not isinstance(label, bool) and label not in (0, 1)
    return Human("pass" if label >= passes_from else "fail", float(label), graded)


def is_by_class(labels: Sequence[Label], classes: Mapping[str, float]) -> bool:
    """Whether labels are classes of the judge: where one is that can be nothing else."""
    return bool(classes) and any(_class_name(label) in classes for label in labels)


def _class_name(label: Label) -> str:
    """A label as a class is written; YAML reads some of them as numbers or truth values."""
    if isinstance(label, bool):
        return str(label).lower()
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
