"""Several looks at the same examples under one level."""

import pytest

from promptci.stats.families import look_level


def test_looks_at_the_same_examples_share_one_level():
    levels = [look_level(number) for number in range(1, 2000)]
    assert levels[:3] == pytest.approx([0.025, 0.05 / 6, 0.05 / 12])
    assert 0.0499 < sum(levels) < 0.05
    assert all(level <= 0.05 / number for number, level in enumerate(levels, 1))
    with pytest.raises(ValueError, match="from 1"):
        look_level(0)
