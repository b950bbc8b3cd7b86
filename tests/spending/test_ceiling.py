"""One ceiling: nothing is spent past it, and what is set aside comes back or is spent."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from promptci.spending.ceiling import NO_MONEY, Ceiling

ONE = Decimal(1)


def test_the_first_request_to_a_model_goes_alone_and_the_second_knows_what_it_took():
    ceiling = Ceiling(Decimal(10))
    assert ceiling.bound("m", ONE) == ONE
    ceiling.reserve("a", "m", ONE)
    assert ceiling.must_wait("m", ONE)
    assert not ceiling.must_wait("other", ONE)
    assert ceiling.settle("a", "m", Decimal(3)) == 3
    assert not ceiling.must_wait("m", Decimal(3))
    assert ceiling.bound("m", ONE) == 3, "the guess was too low"
    assert ceiling.bound("m", Decimal(4)) == 4


def test_what_fits_only_when_others_take_less_waits_and_what_never_fits_does_not():
    ceiling = Ceiling(Decimal(5), dearest={"m": ONE})
    ceiling.reserve("a", "m", Decimal(3))
    assert ceiling.must_wait("m", Decimal(3))
    assert not ceiling.is_spent(Decimal(3)), "the call under way may take nothing"
    ceiling.settle("a", "m", Decimal("2.5"))
    assert ceiling.is_spent(Decimal(3))
    assert not ceiling.is_spent(Decimal("2.5")), "what just fits is allowed"


def test_what_is_not_known_counts_as_all_that_was_set_aside():
    ceiling = Ceiling(Decimal(5))
    ceiling.reserve("a", "m", Decimal(2))
    assert ceiling.settle("a", "m", None) == 2
    assert (ceiling.spent, ceiling.reserved) == (2, 0)


def test_a_first_request_that_took_nothing_lets_another_go_alone():
    ceiling = Ceiling(Decimal(5))
    ceiling.reserve("a", "m", ONE)
    ceiling.give_back("a", "m")
    ceiling.give_back("a", "m")  # twice is once
    assert (ceiling.spent, ceiling.reserved) == (0, 0)
    assert not ceiling.must_wait("m", ONE)
    ceiling.reserve("b", "m", ONE)
    assert ceiling.must_wait("m", ONE)


AMOUNTS = st.integers(0, 40).map(Decimal)
STEPS = st.lists(st.tuples(st.sampled_from("mn"), AMOUNTS, st.none() | AMOUNTS), max_size=30)


@given(AMOUNTS, STEPS, st.integers(1, 4))
def test_where_no_answer_takes_more_than_is_set_aside_the_ceiling_holds(most, steps, at_once):
    """Calls under way are as many as a model's workers; each is settled before there are more."""
    ceiling, under_way = Ceiling(most), []
    for number, (model, guess, took) in enumerate(steps):
        bound = ceiling.bound(model, guess)
        if not ceiling.is_spent(bound) and not ceiling.must_wait(model, bound):
            ceiling.reserve(str(number), model, bound)
            under_way.append((str(number), model, None if took is None else min(took, bound)))
        if len(under_way) >= at_once:
            ceiling.settle(*under_way.pop(0))
        assert ceiling.reserved == sum(ceiling.by_key.values(), NO_MONEY)
        assert ceiling.spent + ceiling.reserved <= most
    while under_way:
        ceiling.settle(*under_way.pop())
    assert ceiling.reserved == NO_MONEY
    assert ceiling.spent <= most
    assert not ceiling.first
