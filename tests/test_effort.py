"""What is dear is found out, whatever else the machine does."""

import pytest

from effort import done_in_passes, done_within


def reference():
    return sum(range(100_000))


def test_what_is_as_dear_as_the_reference_is_allowed():
    assert done_within(10, reference, lambda: sum(range(100_000))) == 4_999_950_000


@pytest.mark.slow
def test_what_is_far_dearer_is_not():
    with pytest.raises(AssertionError, match="times the reference: most is 10"):
        done_within(10, reference, lambda: [reference() for _ in range(40)])


@pytest.mark.slow
def test_work_on_a_text_may_cost_some_passes_through_it():
    text = "ab" * 100_000
    assert done_in_passes(10, text, lambda: text.count("b")) == 100_000
    with pytest.raises(AssertionError, match="times the reference"):
        done_in_passes(0.001, text, lambda: [text.count("b") for _ in range(500)])
