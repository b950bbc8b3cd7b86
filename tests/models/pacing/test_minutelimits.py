"""Limits per minute: those configured, those that answers tell, and tokens as they turn out."""

from math import inf

import pytest

from promptci.models.pacing.minutelimits import LONGEST_PAUSE, MinuteLimits
from promptci.specs.tokenprice import Usage

AT = 1_800_000_000.0


def limits(requests: int | None = None, tokens: int | None = None, guess: int = 100):
    return MinuteLimits(requests, tokens, lambda request: Usage(guess - 10, 10), 0.0)


def told(remaining: int, reset: str, kind: str = "requests") -> dict[str, str]:
    return {f"x-ratelimit-remaining-{kind}": str(remaining), f"x-ratelimit-reset-{kind}": reset}


def test_without_limits_nothing_waits_and_no_tokens_are_guessed():
    found = limits()
    assert found.guess(None) == 0
    for _ in range(1000):
        assert found.wait("m", 0, 0.0) == 0
        found.take("m", 0, 0.0)


def test_requests_wait_for_their_minute():
    found = limits(requests=60)
    while not found.wait("m", 0, 0.0):
        found.take("m", 0, 0.0)
    assert 0 < found.wait("other", 0, 0.0) < 2, "the endpoint's limit is that of all models"
    assert found.wait("m", 0, 60.0) == 0


def test_tokens_wait_and_count_as_they_turn_out():
    found = limits(tokens=6_000)
    assert found.guess(None) == 100
    sent = [found.take("m", 100, 0.0)]
    while not found.wait("m", 100, 0.0):
        sent.append(found.take("m", 100, 0.0))
    before = found.wait("m", 100, 0.0)
    found.settle(sent[0], 600, 0.0)
    assert found.wait("m", 100, 0.0) == pytest.approx(before + 5, rel=0.02)
    found.settle(sent[0], 0, 0.0)  # not known: the guess stays
    assert found.wait("m", 100, 0.0) == pytest.approx(before + 5, rel=0.02)


def test_what_an_answer_tells_holds_for_its_model_alone():
    found = limits()
    found.read_headers(found.take("m", 0, 0.0), told(0, "20s"), at=AT, clock=lambda: 0.0)
    assert found.wait("m", 0, 0.0) > 0
    assert found.wait("m", 0, 21.0) == 0
    assert found.wait("other", 0, 0.0) == 0


def test_from_headers_on_tokens_they_are_guessed_before_each_request():
    found = limits()
    sent = found.take("m", 0, 0.0)
    found.read_headers(sent, told(50, "30s", "tokens"), at=AT, clock=lambda: 0.0)
    assert found.guess(None) == 100
    assert found.wait("m", 100, 0.0) > 0
    assert found.wait("m", 40, 0.0) == 0


def test_a_pause_that_is_too_long_is_not_kept():
    """Whoever asks for it is not waited for: the endpoint is left alone by others."""
    found = limits()
    sent = found.take("m", 0, 0.0)
    found.read_headers(sent, told(0, f"{LONGEST_PAUSE + 1:g}s"), at=AT, clock=lambda: 0.0)
    assert found.wait("m", 0, 0.0) == 0


def test_a_configured_limit_spares_no_call_since_it_is_a_pace():
    assert limits().spare(0.0) == inf
    assert limits(requests=6_000).spare(0.0) == 0
    assert limits(tokens=6_000_000).spare(0.0) == 0


@pytest.mark.parametrize(
    ("left", "kind", "spare"),
    [(50, "requests", 49), (5_000, "tokens", 49)],
    ids=["calls", "tokens"],
)
def test_what_an_answer_tells_spares_what_is_left_until_it_ends(left, kind, spare):
    found = limits()
    sent = found.take("m", 100, 0.0)
    found.read_headers(sent, told(left, "20s", kind), at=AT, clock=lambda: 0.0)
    found.take("m", 100, 1.0)
    assert found.spare(1.0) == spare
    assert found.spare(21.0) == inf
