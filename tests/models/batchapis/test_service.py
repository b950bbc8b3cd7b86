"""How far a batch is, whatever its service counts in."""

import pytest

from promptci.models.batchapis.service import BatchState


@pytest.mark.parametrize(
    ("total", "done", "lines"),
    [(100, 100, 50_000), (100, 50, 25_000), (50_000, 7, 7), (0, 7, 7), (0, 70_000, 50_000)],
)
def test_lines_are_counted_where_the_service_counts_in_hundredths(total, done, lines):
    assert BatchState("ended", "ended", total, done).lines_done(50_000) == lines
    assert BatchState("ended", "ended", total, answered=done).lines_paid(50_000) == lines
