"""What the gate makes of servers that refuse for different reasons, in virtual time."""

import pytest

from promptci.errors import ModelError
from promptci.models.pacing.rategate import EXTRA_FLOOR
from simulatedservers import SERVERS, Alone, Gated, Seen, Server, ask, at_once, refusal
from tables import every_row

pytestmark = pytest.mark.slow


MOST = 100


def seen_of(name: str, count: int) -> Seen:
    return ask(SERVERS[name](), Gated(MOST), count=count)


@every_row("name", ["isolated 429", "all faults", "long-tailed latency"])
def test_scattered_trouble_slows_no_call_down(name):
    seen = seen_of(name, 1500)
    usual = ask(SERVERS[name](), Alone(MOST), count=1500)
    assert seen.errors == 0
    assert seen.calls <= 1.12 * 1500
    assert seen.seconds <= 1.15 * usual.seconds


@pytest.mark.parametrize("capacity", [1, 3, 10, 20, 50])
@pytest.mark.parametrize("wait", [None, 0.2])
def test_a_server_that_saturates_is_kept_busy_and_rarely_refuses(capacity, wait):
    def saturating() -> Server:
        return Server(at_once(lambda at: capacity, wait))

    count = min(3000, 100 * capacity)
    seen = ask(saturating(), Gated(MOST), count=count)
    best = ask(saturating(), Alone(capacity), count=count)
    assert seen.errors == 0
    assert seen.refused <= max(EXTRA_FLOOR + 40, 0.2 * seen.calls)
    assert seen.seconds <= best.seconds / 0.9 + 1.5


def test_a_server_that_says_503_instead_is_treated_the_same():
    def trouble(server: Server) -> ModelError | None:
        busy = server.busy >= 20
        return ModelError("model endpoint `e` is overloaded", "transient") if busy else None

    seen = ask(Server(trouble), Gated(MOST), count=3000)
    assert seen.errors == 0
    assert seen.share_refused <= 0.2
    assert seen.rate >= 0.85 * 20 / 0.1


def test_a_server_that_is_down_and_names_no_time_is_rarely_asked():
    def down(server: Server) -> ModelError | None:
        return refusal() if server.at < 20 else None

    seen = ask(Server(down), Gated(MOST), count=1000)
    assert seen.errors == 0
    assert seen.refused <= MOST + EXTRA_FLOOR


def test_a_bucket_that_is_empty_is_left_alone_until_it_is_full_again():
    server = SERVERS["per-minute bucket"]()
    seen = ask(server, Gated(MOST), count=1500)
    assert seen.errors == 0
    assert seen.share_refused <= 0.12
    assert seen.seconds <= 130
    assert sum(30 < call < 59 for call in server.calls) == 0


def test_a_quota_for_the_day_ends_the_questions_soon():
    seen = seen_of("daily quota", 3000)
    assert seen.answered == 300
    assert seen.refused <= MOST
    assert seen.seconds < 10


@every_row("name", ["slow start", "flapping"])
def test_a_server_that_changes_is_followed(name):
    seen = seen_of(name, 3000)
    fixed = [ask(SERVERS[name](), Alone(most), count=3000) for most in (20, 40, 80)]
    assert seen.errors == 0
    assert seen.share_refused <= 0.12
    assert seen.rate >= 0.8 * max(each.rate for each in fixed if not each.errors)


def test_one_slot_is_found():
    seen = seen_of("one slot", 300)
    assert seen.errors == 0
    assert seen.share_refused <= 0.2
    assert seen.rate >= 0.9 * 10


def test_a_wish_to_wait_is_obeyed_by_the_request_that_was_told():
    told: dict[str, float] = {}
    early = []

    class Watched(Server):
        async def complete(self, request):
            early.extend([request] if self.at < told.get(request.key, 0.0) else [])
            try:
                return await super().complete(request)
            except ModelError as error:
                told[request.key] = self.at - 0.01 + (error.retry_after or 0.0)
                raise

    server = Watched(lambda server: refusal(2.0) if server.dice.random() < 0.1 else None)
    assert ask(server, Gated(20), count=500).errors == 0
    assert told
    assert not early
