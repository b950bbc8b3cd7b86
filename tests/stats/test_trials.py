"""pass@k and pass^k against all ways to draw k of n trials."""

from itertools import combinations

import pytest

from promptci.stats.trials import pass_any, pass_power
from tables import every_row


@every_row("trials", range(1, 7))
def test_they_are_the_shares_of_all_draws(trials):
    for passed in range(trials + 1):
        outcomes = [place < passed for place in range(trials)]
        for k in range(1, trials + 1):
            draws = list(combinations(outcomes, k))
            some, every = (sum(map(kind, draws)) / len(draws) for kind in (any, all))
            assert pass_any(trials, passed, k) == pytest.approx(some)
            assert pass_power(trials, passed, k) == pytest.approx(every)


@every_row("wrong", [(3, 1, 4), (3, 1, 0), (3, 4, 1), (3, -1, 1)])
def test_what_cannot_be_said_is_refused(wrong):
    for function in (pass_any, pass_power):
        with pytest.raises(ValueError, match="nothing to say"):
            function(*wrong)
