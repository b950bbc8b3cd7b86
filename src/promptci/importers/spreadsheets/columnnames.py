"""What the columns of a table most likely are, by their names."""

from collections.abc import Sequence

from promptci.importers.names import slug

_USUAL = frozenset((
    "expected_answer", "expected_output", "expected_response", "expected_result", "expected_label",
    "ground_truth", "groundtruth", "golden_answer", "gold_answer", "reference_answer",
    "correct_answer", "ideal", "ideal_answer", "ideal_response",
))  # fmt: skip
"""What others call the column that is expected, and nothing else."""
_LIKELY = ("answer", "label", "reference", "gold", "target", "class", "category", "output")


def slug_variable(column: str) -> str:
    """A column's name as a variable's."""
    return slug(column).replace("-", "_") or "value"


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
