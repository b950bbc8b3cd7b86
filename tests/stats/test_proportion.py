"""Intervals for differences of shares, against published figures."""

from promptci.stats import newcombe


def test_newcombe_is_the_published_example():
    """Newcombe (1998), table II: 56 of 70 less 48 of 80, and the extreme 10 of 10 less 0 of 20."""
    found = newcombe((56, 48), (70, 80))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    extreme = newcombe((10, 0), (10, 20))
    assert (round(extreme.low, 4), extreme.high) == (0.6791, 1.0)
