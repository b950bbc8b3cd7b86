"""The gate before an endpoint, against simulated servers in virtual time."""

import asyncio
from dataclasses import dataclass, field

import pytest

from promptci.errors import ModelError
from promptci.models.pacing.congestion import FIRST_WIDTH, PROBE
from promptci.models.pacing.rategate import EXTRA_FLOOR, EXTRA_SHARE, RateGate
from promptci.models.pacing.retry import Retrying
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Usage
from tables import every_row
from virtualtime import now, run_virtually

pytestmark = pytest.mark.slow


SETTINGS = Settings(ModelSpec("m", "m", EndpointSpec("e", "openai", "http://e.test")))


USAGE = Usage(10, 10)


def question(number):
    return Request(SETTINGS, (Message("user", str(number)),))


def error(kind, wait=None):
    return ModelError(f"model endpoint `e` failed with {kind}", kind, retry_after=wait)


@dataclass
class Server:
    """Answers after `latency` seconds; `rule(number, at)` may give an error for a call.

    `headers(number)` are told to the gate before the answer.
    """

    rule: object = lambda number, at: None
    latency: float = 1.0
    usage: Usage = USAGE
    headers: object = None
    gate: RateGate | None = None
    calls: list[float] = field(default_factory=list)
    in_flight: int = 0
    most: int = 0

    async def complete(self, request):
        self.calls.append(now())
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        number = len(self.calls)
        failure = self.rule(number, now())
        try:
            await asyncio.sleep(0.001 if failure else self.latency)
            if self.headers is not None:
                self.gate.read_headers(request, self.headers(number), 0.0)
        finally:
            self.in_flight -= 1
        if failure is not None:
            raise failure
        return Completion("yes", usage=self.usage)

    async def aclose(self):
        pass

    def busiest(self, seconds):
        """The most calls in any span of so many seconds."""
        return max(
            sum(start <= call < start + seconds - 1e-6 for call in self.calls)
            for start in self.calls
        )


def ask_all(server, count, *, askers=50, chance=0.5, **limits):
    """Ask questions through one gate, so many side by side; gives results and the gate."""

    async def main():
        gate = RateGate(now, asyncio.sleep, most=askers, **limits)
        server.gate = gate
        model = Retrying(server, gate=gate, chance=lambda: chance)
        numbers = iter(range(count))
        results = []

        async def asker():
            for number in numbers:
                try:
                    results.append((await model.complete(question(number))).text)
                except ModelError as failure:
                    results.append(failure)

        await asyncio.gather(*(asker() for _ in range(askers)))
        return results, gate

    return run_virtually(main)


def test_all_is_well():
    server = Server()
    results, gate = ask_all(server, 1000)
    assert results == ["yes"] * 1000
    assert len(server.calls) == 1000
    assert server.most == 50
    assert gate.congestion.in_flight == 0


def test_the_first_call_goes_alone_and_then_only_so_many():
    server = Server(latency=1.0)
    ask_all(server, 200)
    assert server.calls[0] == 1000.0
    assert server.calls[1] == 1001.0
    assert server.busiest(1) <= 50
    assert sum(call < 1001.5 for call in server.calls) == 1 + FIRST_WIDTH


def test_no_call_waits_for_ever_for_a_slow_first_reply():
    server = Server(latency=60.0)
    ask_all(server, 100)
    assert server.calls[1] == 1000.0 + PROBE


@every_row("kind", ["quota", "auth"])
def test_where_no_call_is_let_in_one_call_is_enough(kind):
    server = Server(lambda number, at: error(kind))
    results, _ = ask_all(server, 200)
    assert len(server.calls) == 1
    assert len(results) == 200
    assert {(each.kind, str(each)) for each in results} == {
        (kind, f"model endpoint `e` failed with {kind}")
    }


@dataclass
class OneSlot:
    """Answers one question after the other, each in so many seconds.

    It forgets who has gone, or `goes_on` with that and sends no answer.
    """

    each: float = 1.0
    timeout: float = 5.0
    goes_on: bool = False
    calls: int = 0
    answers: list[float] = field(default_factory=list)
    slot: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def complete(self, request):
        self.calls += 1
        try:
            async with asyncio.timeout(self.timeout):
                work = asyncio.ensure_future(self._work())
                await (asyncio.shield(work) if self.goes_on else work)
        except TimeoutError:
            raise error("timeout") from None
        self.answers.append(now())
        return Completion("yes", usage=USAGE)

    async def _work(self):
        async with self.slot:
            await asyncio.sleep(self.each)

    async def aclose(self):
        pass


@every_row("timeout", [2.5, 5.0, 10.0, 30.0])
@every_row("count", [40, 400])
def test_a_server_with_one_slot_is_not_overrun(count, timeout):
    server = OneSlot(timeout=timeout)
    results, _ = ask_all(server, count, askers=20)
    assert results == ["yes"] * count
    assert server.calls <= 2 * count


def test_few_calls_that_a_server_with_one_slot_goes_on_with_are_not_sent_together_again():
    """More were allowed than there are questions: what went out counts, not what might have."""
    server = OneSlot(each=0.7, timeout=2.0, goes_on=True)
    results, _ = ask_all(server, 8, askers=20)
    assert results == ["yes"] * 8
    assert server.calls <= 20  # some thirty where the retries go out side by side


def test_a_quota_used_up_later_stops_all_but_those_under_way():
    server = Server(lambda number, at: error("quota") if number == 300 else None)
    results, _ = ask_all(server, 1000)
    assert len(server.calls) <= 300 + 50
    assert results.count("yes") >= 299


def test_one_refusal_among_many_answers_holds_up_its_own_request_only():
    server = Server(lambda number, at: error("rate_limit", 5) if number == 100 else None)
    results, gate = ask_all(server, 2000)
    assert results == ["yes"] * 2000
    assert len(server.calls) == 2001
    refused = server.calls[99]
    assert sum(refused < call < refused + 5 for call in server.calls) >= 3.9 * 50
    assert gate.congestion.width == 50


def test_no_call_goes_out_while_a_server_refuses_most_and_wants_a_pause():
    """From then on none is sent before the longest wish is over, and no burst goes out after it."""
    server = Server(
        lambda number, at: error("rate_limit", 5 + number % 3) if 1004.5 < at < 1005.5 else None
    )
    results, _ = ask_all(server, 800, askers=100)
    assert results == ["yes"] * 800
    refused = [call for call in server.calls if 1004.5 < call < 1005.5]
    after = [call for call in server.calls if call > 1005.5]
    assert len(refused) <= 100
    assert min(after) >= 1005 + 7
    assert sum(call < min(after) + 0.9 for call in after) == 1
    assert sum(call < min(after) + 1.9 for call in after) <= 4


def test_a_pause_that_is_too_long_ends_it_for_all():
    server = Server(lambda number, at: error("rate_limit", 300))
    results, _ = ask_all(server, 60)
    says = "the endpoint asks to wait 300 s, promptci waits 120 s at most: run again later"
    assert all(says in str(each) for each in results)
    assert len(server.calls) == 1


def test_refusals_narrow_the_gate_to_what_was_borne():
    """Of forty side by side no more than twenty are let in from some moment on."""
    server = Server()
    server.rule = lambda number, at: (
        error("rate_limit") if at > 1012 and server.in_flight > 20 else None
    )
    results, gate = ask_all(server, 1200, askers=40)
    assert results == ["yes"] * 1200
    assert 18 <= gate.congestion.width <= 22
    late = [call for call in server.calls if call > 1016]
    assert len(late) <= 1.2 * 20 * (late[-1] - late[0] + 1)


def test_after_a_refusal_the_calls_under_way_creep_up_again():
    server = Server(lambda number, at: error("rate_limit") if number == 200 else None)
    _, gate = ask_all(server, 3000, askers=40)
    assert gate.congestion.width == 40
    assert server.most == 40


def test_trouble_of_the_server_halves_nothing():
    server = Server(lambda number, at: error("transient") if number % 50 == 0 else None)
    results, gate = ask_all(server, 2000, askers=40)
    assert results == ["yes"] * 2000
    assert gate.congestion.width >= FIRST_WIDTH


@every_row("retry_after", [True, False])
def test_a_server_with_a_limit_for_each_window_answers_all_in_the_end(retry_after):
    window = {"start": 1000.0, "count": 0}

    def rule(number, at):
        if at >= window["start"] + 10:
            window.update(start=at, count=0)
        window["count"] += 1
        left = window["start"] + 10 - at
        return error("rate_limit", left if retry_after else None) if window["count"] > 100 else None

    server = Server(rule, latency=0.5)
    results, _ = ask_all(server, 1000)
    assert results == ["yes"] * 1000
    assert len(server.calls) <= 1.3 * 1000


def test_faults_at_random_cost_few_extra_calls():
    import random

    dice = random.Random(1)

    def rule(number, at):
        thrown = dice.random()
        if thrown < 0.05:
            return error("rate_limit", dice.choice([None, None, 0.5]))
        return error("transient") if thrown < 0.08 else None

    server = Server(rule, latency=0.05)
    results, _ = ask_all(server, 10_000)
    assert results == ["yes"] * 10_000
    assert len(server.calls) <= 12_000


def test_a_dead_provider_is_not_hammered():
    server = Server(lambda number, at: error("transient"))
    results, _ = ask_all(server, 100)
    assert all(isinstance(each, ModelError) for each in results)
    assert len(server.calls) <= 100 + EXTRA_FLOOR + EXTRA_SHARE * 100
    assert "too many calls have failed to ask once more" in str(results[-1])


def test_calls_that_all_fail_at_one_moment_are_all_asked_again():
    """A server starts over, and every connection to it is closed: nothing but a moment."""

    def restart(number, at):
        return error("transient") if 1003.0 <= at < 1003.0005 else None

    server = Server(restart, latency=1.0)
    results, _ = ask_all(server, 300, askers=100)
    failed = sum(1003.0 <= call < 1003.0005 for call in server.calls)
    assert failed > EXTRA_FLOOR
    assert results == ["yes"] * 300
    assert len(server.calls) == 300 + failed


def test_what_waits_for_room_is_given_up_with_a_dead_provider():
    server = Server(lambda number, at: error("transient") if at >= 1003.0 else None)
    results, _ = ask_all(server, 300, askers=100)
    failed = [each for each in results if each != "yes"]
    assert len(failed) > 100
    assert all("too many calls have failed to ask once more" in str(each) for each in failed)
    asked = len(server.calls) - results.count("yes")
    assert asked <= len(failed) + EXTRA_SHARE * 300 + 1


def test_five_failures_and_then_an_answer():
    server = Server(lambda number, at: error("transient") if number <= 5 else None)
    results, _ = ask_all(server, 1, askers=1)
    assert results == ["yes"]
    assert len(server.calls) == 6


def test_no_retry_begins_after_the_deadline():
    async def main():
        server = Server(lambda number, at: error("rate_limit", 100))
        gate = RateGate(now, asyncio.sleep)
        model = Retrying(server, gate=gate, deadline=250, chance=lambda: 0.5)
        with pytest.raises(ModelError, match="no answer within 250 s, retries included"):
            await model.complete(question(1))
        return len(server.calls), now()

    calls, ended = run_virtually(main)
    assert calls == 3
    assert ended <= 1250


# Limits per minute


@every_row(("limit", "requests"), [(1, 4), (7, 22), (60, 181), (600, 1_201), (5000, 600)])
def test_no_minute_sees_more_requests_than_configured(limit, requests):
    server = Server(latency=0.01)
    ask_all(server, requests, requests_per_minute=limit)
    assert server.busiest(60) <= limit
    assert server.busiest(1) <= 2 * (1 + limit / 60)


def test_requests_go_out_as_fast_as_the_limit_lets_them():
    server = Server(latency=0.01)
    ask_all(server, 600, requests_per_minute=600)
    assert server.calls[-1] - server.calls[0] < 63


def test_no_minute_sees_more_tokens_than_configured():
    server = Server(latency=0.01, usage=Usage(80, 20))
    ask_all(server, 300, tokens_per_minute=6000, tokens_of=lambda request: Usage(80, 20))
    assert 100 * server.busiest(60) <= 6000
    assert server.calls[-1] - server.calls[0] == pytest.approx(5 * 60, rel=0.05)


def test_tokens_that_were_not_used_are_given_back():
    server = Server(latency=0.01, usage=Usage(8, 2))
    ask_all(server, 300, tokens_per_minute=6000, tokens_of=lambda request: Usage(80, 20))
    assert server.calls[-1] - server.calls[0] < 60


def test_a_request_larger_than_the_limit_goes_out_in_the_end():
    server = Server()
    results, _ = ask_all(server, 3, tokens_per_minute=100, tokens_of=lambda request: Usage(300, 0))
    assert results == ["yes"] * 3


def bucket(limit, window=10.0):
    """A server with a fixed window that tells in its headers what is left of it."""
    state = {"start": 1000.0, "count": 0}

    def rule(number, at):
        if at >= state["start"] + window:
            state.update(start=at, count=0)
        state["count"] += 1
        state["at"] = at
        return error("rate_limit", 1) if state["count"] > limit else None

    def headers(number):
        left = max(0, limit - state["count"])
        reset = state["start"] + window - now()
        return {
            "x-ratelimit-limit-requests": str(limit),
            "x-ratelimit-remaining-requests": str(left),
            "x-ratelimit-reset-requests": f"{max(1, int(reset * 1000))}ms",
        }

    return rule, headers


def test_a_server_that_tells_its_limit_need_not_refuse():
    rule, headers = bucket(100)
    server = Server(rule, latency=0.5, headers=headers)
    results, _ = ask_all(server, 450)
    assert results == ["yes"] * 450
    assert len(server.calls) <= 455
    assert server.calls[-1] < 1000 + 60


def test_tokens_left_are_obeyed_too():
    def headers(number):
        return {
            "anthropic-ratelimit-tokens-remaining": "0" if number == 20 else "100000",
            "anthropic-ratelimit-tokens-reset": "1970-01-01T00:00:30Z",
        }

    server = Server(headers=headers)
    ask_all(server, 60, askers=1, tokens_of=lambda request: Usage(10, 10))
    gaps = [after - before for before, after in zip(server.calls, server.calls[1:], strict=False)]
    assert max(gaps) == pytest.approx(31, abs=0.1)
    assert sorted(gaps)[-2] == pytest.approx(1, abs=0.1)


@every_row(
    "headers",
    [
        {"x-ratelimit-remaining-requests": "-1", "x-ratelimit-reset-requests": "0"},
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "garbage"},
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "24h0m0s"},
        {"x-ratelimit-remaining-requests": "nan", "x-ratelimit-reset-requests": "60"},
        {"x-ratelimit-remaining-requests": "0"},
    ],
)
def test_what_makes_no_sense_delays_no_call(headers):
    server = Server(headers=lambda number: headers)
    results, _ = ask_all(server, 100)
    assert results == ["yes"] * 100
    assert server.calls[-1] < 1010


def test_one_gate_serves_several_runs_one_after_the_other():
    gate = RateGate()

    async def main():
        model = Retrying(Server(latency=0.0, gate=gate), gate=gate)
        return await asyncio.gather(*(model.complete(question(n)) for n in range(30)))

    server_answers = [asyncio.run(main()) for _ in range(3)]
    assert [len(answers) for answers in server_answers] == [30, 30, 30]
    assert gate.congestion.in_flight == 0


def test_whoever_stops_waiting_leaves_the_line_in_order():
    async def main():
        gate = RateGate(now, asyncio.sleep, most=1)
        server = Server(latency=10.0)
        model = Retrying(server, gate=gate)
        tasks = [asyncio.ensure_future(model.complete(question(n))) for n in range(5)]
        await asyncio.sleep(1)
        for task in (tasks[0], tasks[1], tasks[3]):
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        return [isinstance(each, Completion) for each in done], gate.congestion.in_flight

    assert run_virtually(main) == ([False, False, True, False, True], 0)


def test_a_slow_first_reply_lets_no_more_through_than_are_allowed():
    server = Server(latency=30.0)
    ask_all(server, 4, askers=1)
    assert server.most == 1
    server = Server(latency=30.0)

    async def main():
        gate = RateGate(now, asyncio.sleep, most=1)
        model = Retrying(server, gate=gate)
        await asyncio.gather(*(model.complete(question(number)) for number in range(3)))

    run_virtually(main)
    assert server.most == 1


def test_all_in_line_for_whom_there_is_room_go_on_together():
    async def main():
        gate = RateGate(now, asyncio.sleep, most=50)
        first = await gate.enter(question(0))
        went = []

        async def pass_the_gate(number):
            await gate.enter(question(number))
            went.append(number)

        waiting = [asyncio.create_task(pass_the_gate(number)) for number in range(1, 50)]
        await asyncio.sleep(0)
        gate.answered(question(0), first, Completion("yes"))
        for _ in range(5):  # rounds of the loop
            await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        return went

    assert run_virtually(main) == list(range(1, FIRST_WIDTH + 1))


@pytest.fixture
def busy():
    """A gate whose four places are taken, the tickets by question, and its clock."""

    async def story():
        gate = RateGate(clock := Clock(), most=4)
        first = await gate.enter(question(0))
        gate.answered(question(0), first, Completion("yes"))
        tickets = [await gate.enter(question(number)) for number in range(1, 5)]
        return gate, tickets, clock

    return asyncio.run(story())


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_call_may_follow_an_answered_one_in_its_place(busy):
    gate, tickets, _ = busy
    assert gate.lets_follow
    gate.answered(question(1), tickets[0], Completion("yes"))
    gate.follow(question(5))
    assert (gate.congestion.in_flight, gate.congestion.room) == (4, 0)
    assert gate.lets_follow


def test_no_request_follows_before_the_first_answer():
    assert not RateGate(most=4).lets_follow


def test_no_request_follows_while_the_server_asks_to_wait(busy):
    gate, tickets, clock = busy
    for number, ticket in enumerate(tickets, 1):
        gate.failed(question(number), ticket, error("rate_limit", 30.0), 0.5)
    assert not gate.lets_follow
    clock.now = 31.0
    assert gate.lets_follow


def test_no_request_follows_where_no_request_is_let_in(busy):
    gate, tickets, _ = busy
    gate.failed(question(1), tickets[0], error("auth"), 0.5)
    assert not gate.lets_follow


def test_no_request_follows_while_a_refused_call_waits_for_a_place(busy):
    gate, tickets, _ = busy

    async def story():
        again = asyncio.create_task(gate.enter(question(1), after=error("transient")))
        await asyncio.sleep(0)
        found = gate.lets_follow
        gate.answered(question(2), tickets[1], Completion("yes"))
        await again
        return found, gate.lets_follow

    assert asyncio.run(story()) == (False, True)


def test_no_request_follows_where_little_is_left_of_a_limit(busy):
    gate, _, _ = busy
    told = {"x-ratelimit-remaining-requests": "30", "x-ratelimit-reset-requests": "20s"}
    gate.read_headers(question(1), told, 0.0)
    assert not gate.lets_follow
