"""Descriptions of very many numbers are those of few."""

import math
from random import Random

import pytest

from promptci.stats import describe
from promptci.stats.describe import percentile


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("spread", [0.0, 1e-9, 1.0, 3.0])
def test_a_percentile_of_many_values_is_that_of_all_sorted(monkeypatch, share, spread):
    random = Random(7)
    values = [math.exp(random.gauss(0, spread)) for _ in range(999)]
    whole = percentile(values, share)
    monkeypatch.setattr(describe, "MOST_SORTED", 10)
    assert percentile(values, share) == whole


@pytest.mark.parametrize(
    "values", [[0.0] * 30, [0.0] * 29 + [5.0], [1e-320, *[2e-320] * 20, 3e-320], [*range(30), 1e9]]
)
def test_many_values_of_which_most_are_alike(monkeypatch, values):
    whole = [percentile(values, share) for share in (0, 0.5, 0.95, 1)]
    monkeypatch.setattr(describe, "MOST_SORTED", 10)
    assert [percentile(values, share) for share in (0, 0.5, 0.95, 1)] == whole
