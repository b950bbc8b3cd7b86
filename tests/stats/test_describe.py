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
