"""What the columns of a table most likely are, by their names."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from promptci.importers.names import Names, slug
from promptci.parsing.didyoumean import nearest_name
from promptci.parsing.source import excerpt

_USUAL = frozenset((
    "expected_answer", "expected_output", "expected_response", "expected_result", "expected_label",
    "ground_truth", "groundtruth", "golden_answer", "gold_answer", "reference_answer",
    "correct_answer", "ideal", "ideal_answer", "ideal_response",
))  # fmt: skip
"""What others call the column that is expected, and nothing else."""
_LIKELY = ("answer", "label", "reference", "gold", "target", "class", "category", "output")


OWN_NAMES = ("id", "expected", "tags", "cluster")
"""What a column can be beside a variable."""


def slug_variable(column: str) -> str:
    """A column's name as a variable's: in small letters, of whatever alphabet it is written in."""
    parts = unicodedata.normalize("NFKD", column)
    is_latin = all(
        sign.isascii() or unicodedata.combining(sign) for sign in parts if sign != "\xa0"
    )
    whole = unicodedata.normalize("NFKC", column).lower()
    name = (
        slug(column).replace("-", "_") if is_latin else re.sub(r"\W+", "_", whole).strip("_")[:60]
    )
    return f"value_{name}" if name[:1].isdigit() else name or "value"


def is_variable(name: str) -> bool:
    """Whether a name of a mapping is a variable's."""
    return name not in OWN_NAMES and not name.startswith("expected.")


def named_variables(mapping: Iterable[str]) -> dict[str, str]:
    """The names of a mapping that are variables, each with a variable's name of its own."""
    names = Names()
    return {each: names.take(slug_variable(each)) for each in mapping if is_variable(each)}


def misspelt(mapping: Mapping[str, str], columns: Sequence[str]) -> str:
    """What is wrong with a name that is nearly `expected` where nothing else is; else empty.

    As a variable it would show the model what is expected.
    """
    if any(each == "expected" or each.startswith("expected.") for each in mapping):
        return ""
    for each in mapping:
        head = each.partition(".")[0]
        if each not in columns and nearest_name(head, ["expected"], 0.75):
            cure = "write `expected`, or name the variable otherwise: the model is shown it"
            return f"--map {excerpt(each)}={excerpt(mapping[each])}: {cure}"
    return ""


def usual_name(column: str) -> str:
    """What a column of this name most likely is: `expected`, or a variable."""
    name = slug_variable(column)
    return "expected" if name in _USUAL else name


def is_given(column: str) -> bool:
    """Whether a column may be shown to a model: none that says what is expected is."""
    return not slug_variable(column).startswith(("expected_", "ground_truth"))


def likely_expected(columns: Sequence[str]) -> str:
    """The column that most likely says what is expected, for an advice; empty where none does."""
    usual = [column for column in columns if usual_name(column) == "expected"]
    begun = [column for column in columns if slug_variable(column).startswith("expected")]
    likely = [column for name in _LIKELY for column in columns if column.lower() == name]
    last = columns[-1:] if len(columns) == 2 else ()
    return next(iter((*usual, *begun, *likely, *last)), "")
