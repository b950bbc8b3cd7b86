"""What fails in a run, by reason."""

from types import SimpleNamespace

import pytest

from promptci.compare.outcomes.failurereasons import FailureGroups
from promptci.render.terminal.evaluate.runfailing import failing_parts
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw

WORDS = ("ship", "bill", "lost", "late", "cold", "soft", "blue")


@pytest.mark.parametrize(
    ("reasons", "last"),
    [
        (5, "  1  n4: cold is missing"),
        (6, "  1  for 1 other reason: `promptci show router` shows them"),
        (7, "  2  for 2 other reasons: `promptci show router` shows them"),
    ],
)
def test_of_many_reasons_the_first_are_told_and_how_many_are_left(reasons, last):
    groups = FailureGroups()
    for number, word in enumerate(WORDS[:reasons]):
        for again in range(2 if number < 4 else 1):
            groups.take(f"n{number}" if not again else f"m{number}", f"{word} is missing")
    outcome = SimpleNamespace(
        failing=groups.groups(),
        comparison=None,
        title="router",
        record=SimpleNamespace(eval="router", model="small"),
    )
    shown = draw(failing_parts([outcome], []), Look(80)).rstrip("\n").split("\n")
    assert shown[1] == f"failing: {reasons + 4} examples of router on small"
    assert len(shown) == 2 + min(reasons, 6)
    assert shown[-1] == last
