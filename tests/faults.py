"""A model server that misbehaves on purpose: by script, by chance with a seed, or by its limits.

    with FaultServer(Faults(seed=1, shares={"rate_limit": 0.05, "drop": 0.01})) as api:
        ...                              # anything that speaks to api.url
        assert api.most_in_flight <= 20

It is a `FakeAPI`, so scripts and rules work as there, with `SHAPES` by name for whatever a
provider may send instead of an answer. It also runs as a process of its own:

    python tests/faults.py --seed 1 --rate-limit 0.05 --error 0.02 --drop 0.01 --latency 0.01

which prints its port; `GET /count` gives requests, answers and the most in flight as JSON.
"""

import argparse
import contextlib
import gzip
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from fakes import Asked, Body, FakeAPI, Reply, Rule, error_body, response_to

RATE_LIMITED = error_body("Rate limit reached", code="rate_limit_exceeded")
GZIP = {"Content-Encoding": "gzip"}


def limited(**headers: str) -> Reply:
    """A 429 with these headers; `_` means `-` in their names."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(429, named, RATE_LIMITED)


WAITS: Mapping[str, Callable[[], Reply]] = {
    "none": limited,
    "zero": lambda: limited(Retry_After="0"),
    "seconds": lambda: limited(Retry_After="1"),
    "fraction": lambda: limited(Retry_After="0.2"),
    "millis": lambda: limited(retry_after_ms="150"),
    "date": lambda: limited(Retry_After=formatdate(time.time() + 2, usegmt=True)),
    "past date": lambda: limited(Retry_After="Fri, 01 Jan 2021 00:00:00 GMT"),
    "garbage": lambda: limited(Retry_After="soon, I promise"),
    "negative": lambda: limited(Retry_After="-30"),
    "reset span": lambda: limited(
        x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="200ms"
    ),
    "huge": lambda: limited(Retry_After="99999999999999999999"),
    "too long": lambda: limited(Retry_After="300"),
}
"""A refusal with every shape of a wish to wait."""


def _odd(change: Callable[[Body], object]) -> Callable[[Asked], Reply]:
    """An answer changed in one way."""

    def make(asked: Asked) -> Reply:
        body = response_to(asked.body, "an answer")
        change(body)
        return Reply(body=body)

    return make


def _choice(**fields: Any) -> Callable[[Body], None]:
    return lambda body: body["choices"][0].update(fields)


def _message(**fields: Any) -> Callable[[Body], None]:
    return lambda body: body["choices"][0]["message"].update(fields)


SHAPES: Mapping[str, Callable[[Asked], Reply]] = {
    "500": lambda asked: Reply(500, body="Internal Server Error"),
    "503": lambda asked: Reply(503, body=error_body("overloaded")),
    "529": lambda asked: Reply(529, body={"type": "error", "error": {"type": "overloaded_error"}}),
    "quota": lambda asked: Reply(429, body=error_body("no credit", code="insufficient_quota")),
    "401": lambda asked: Reply(401, body=error_body("Incorrect API key provided")),
    "403": lambda asked: Reply(403, body=error_body("not for you")),
    "bad request": lambda asked: Reply(400, body=error_body("too long for the context")),
    "reset": lambda asked: Reply(cut=0),
    "cut": lambda asked: Reply(body=response_to(asked.body, "an answer"), cut=40),
    "cut json": lambda asked: Reply(body=Reply(body=response_to(asked.body, "so")).payload[:-9]),
    "cut gzip": lambda asked: Reply(
        200, GZIP, gzip.compress(Reply(body=response_to(asked.body, "an answer")).payload)[:-30]
    ),
    "html": lambda asked: Reply(200, {"Content-Type": "text/html"}, "<html>Sign in</html>"),
    "nothing": lambda asked: Reply(),
    "no choices": _odd(lambda body: body.update(choices=[])),
    "not utf-8": lambda asked: Reply(body=b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
    "gzip garbage": lambda asked: Reply(200, GZIP, b"this was never compressed"),
    "too large": lambda asked: Reply(body=b" " * (33 * 2**20)),
    "refused": _odd(_message(content=None, refusal="I will not")),
    "filtered": _odd(_choice(finish_reason="content_filter")),
    "empty": _odd(_message(content="")),
    "truncated": _odd(_choice(finish_reason="length")),
    "wrong model": _odd(lambda body: body.update(model="something-else")),
    "no usage": _odd(lambda body: body.pop("usage")),
    "large": _odd(_message(content="a" * 10_000_000)),
}
"""What a provider may send instead of an answer, or as an odd one."""


@dataclass
class Faults:
    """What goes wrong: shares of requests by chance, and the limits that the server enforces.

    `shares` are of `rate_limit`, `drop`, `error` and the names in `SHAPES` and `WAITS`. A limit is
    `at_once` requests in flight, or `per_window` in each `window` seconds; `tells` puts what is
    left of it into headers.
    """

    seed: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    at_once: int | None = None
    per_window: int | None = None
    window: float = 1.0
    tells: bool = False
    retry_after: str | None = None


class FaultServer(FakeAPI):
    """A `FakeAPI` with faults; `seen` counts what was sent, by name (`ok` for answers)."""

    def __init__(self, faults: Faults | None = None, rule: Rule = str) -> None:
        super().__init__()
        self.faults = faults or Faults()
        self.seen: Counter[str] = Counter()
        self._dice = random.Random(self.faults.seed)
        self._opened = time.monotonic()
        self._used = 0
        self._honest = rule
        super().answers(self._misbehave)

    def answers(self, rule: Rule) -> None:
        """What an honest answer is from now on."""
        self._honest = rule

    def _misbehave(self, asked: Asked) -> Any:
        name = self._fault()
        self.seen[name] += 1
        if name == "ok":
            return self._answer(asked)
        if name == "rate_limit":
            wait = self.faults.retry_after
            return limited() if wait is None else limited(Retry_After=wait)
        if name in WAITS:
            return WAITS[name]()
        return SHAPES[{"drop": "reset", "error": "500"}.get(name, name)](asked)

    def _fault(self) -> str:
        if self._is_over_limit():
            return "rate_limit"
        thrown = self._dice.random()
        for name, share in self.faults.shares.items():
            thrown -= share
            if thrown < 0:
                return name
        return "ok"

    def _is_over_limit(self) -> bool:
        now, faults = time.monotonic(), self.faults
        if now >= self._opened + faults.window:
            self._opened, self._used = now, 0
        self._used += 1
        too_many = faults.at_once is not None and self._in_flight > faults.at_once
        return too_many or (faults.per_window is not None and self._used > faults.per_window)

    def _answer(self, asked: Asked) -> Any:
        said = self._honest(asked)
        if not isinstance(said, str):
            return said
        headers = self._told() if self.faults.tells else {}
        return Reply(200, headers, response_to(asked.body, said), delay=self.faults.latency)

    def _told(self) -> dict[str, str]:
        faults = self.faults
        reset = max(0.001, self._opened + faults.window - time.monotonic())
        return {
            "x-ratelimit-limit-requests": str(faults.per_window),
            "x-ratelimit-remaining-requests": str(max(0, (faults.per_window or 0) - self._used)),
            "x-ratelimit-reset-requests": f"{reset:.3f}s",
        }

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            told = {"requests": self.count, "most": self.most_in_flight, "seen": dict(self.seen)}
            return web.json_response(told)
        return await super()._handle(request)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description="A loopback model server that misbehaves.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--rate-limit", type=float, default=0.0, help="share of requests")
    parser.add_argument("--error", type=float, default=0.0, help="share of requests")
    parser.add_argument("--drop", type=float, default=0.0, help="share of requests")
    parser.add_argument("--cut-json", type=float, default=0.0, help="share of requests")
    parser.add_argument("--at-once", type=int, help="requests in flight, else 429")
    parser.add_argument("--per-window", type=int, help="requests in each window, else 429")
    parser.add_argument("--window", type=float, default=1.0, help="seconds")
    parser.add_argument("--retry-after", help="what a 429 says")
    parser.add_argument("--tells", action="store_true", help="headers say what is left")
    options = vars(parser.parse_args())
    shares = {name: options.pop(name) for name in ("rate_limit", "error", "drop")}
    shares["cut json"] = options.pop("cut_json")
    with FaultServer(Faults(shares=shares, **options), str.upper) as api:
        print(json.dumps(api.port), flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
