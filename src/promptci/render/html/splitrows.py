"""Which expected values and tags of an eval moved: the worst in words, all of them folded."""

from collections.abc import Iterator

from promptci.render.html import figures
from promptci.render.html.markup import Child, element
from promptci.render.html.tables import table
from promptci.render.json.page.parts import PageEvalV1
from promptci.render.json.splits import SplitV1, TallyV1

MOST_SAID = 3
"""Expected values and tags that fell and are named at once."""


def split_rows(each: PageEvalV1) -> Iterator[Child]:
    """Those that fell beyond the tolerance by name, and a table of all that moved."""
    fallen = [split for split in each.splits if split.fallen]
    if fallen:
        more = len(fallen) - MOST_SAID
        said = "; ".join(map(_sentence, fallen[:MOST_SAID]))
        yield element("p", f"Fell: {said}{f'; and {more:,} more' if more > 0 else ''}.")
    if each.splits:
        title = f"{each.eval} by expected value and tag"
        rows = [_row(split) for split in each.splits]
        heads = ("expected or tag", "base", "head", "change", "note")
        numbers = table(title, heads, rows, name=title)
        yield element("details", element("summary", "By expected value and tag"), numbers)


def _title(split: SplitV1) -> str:
    return f"expected {split.value}" if split.kind == "expected" else split.value


def _sentence(split: SplitV1) -> str:
    passed = " → ".join(f"{t.passed:,}/{t.total:,}" for t in (split.base, split.head) if t)
    hidden = ", hidden by the total" if split.hidden else ""
    return f"{_title(split)} {passed}, {figures.delta(split.delta or 0)} points{hidden}"


def _row(split: SplitV1) -> tuple[Child, ...]:
    change = figures.delta(split.delta or 0)
    hidden = "hidden by the total" if split.hidden else ""
    return _title(split), _tally(split.base), _tally(split.head), change, hidden


def _tally(found: TallyV1 | None) -> str:
    if found is None:
        return figures.NONE
    return f"{figures.percent(found.score)} ({found.passed:,}/{found.total:,})"
