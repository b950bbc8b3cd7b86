"""The rate gates of all workers together: one per endpoint, whose tickets travel as numbers."""

import time
from itertools import count
from secrets import randbits

from promptci.cluster.messages import CallTurn, Event
from promptci.errors import ModelError
from promptci.models.pacing.rategate import RateGate, Ticket
from promptci.specs.completion import Completion
from promptci.specs.credentials import is_credential
from promptci.specs.modelspec import EndpointSpec
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage


class CallGates:
    """Lets calls of all workers through; `most` at a time for each endpoint."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._gates: dict[object, RateGate] = {}
        self._open: dict[int, tuple[RateGate, Request, Ticket]] = {}
        self._numbers = count(randbits(40) + 1)  # another coordinator's tickets are none of these
        self._usage: dict[str, Usage] = {}
        self._last: RateGate | None = None

    @property
    def has_extra(self) -> bool:
        """Whether there is room for calls beyond the first ones, where was asked last."""
        return self._last is None or self._last.has_extra

    @property
    def is_answering(self) -> bool:
        """Whether there is an answer among the last calls there."""
        return self._last is None or self._last.is_answering

    @property
    def lets_follow(self) -> bool:
        """See `RateGate.lets_follow`; of all endpoints."""
        return bool(self._gates) and all(gate.lets_follow for gate in self._gates.values())

    @property
    def width(self) -> int:
        """How many calls may be under way at each endpoint."""
        return min((gate.congestion.width for gate in self._gates.values()), default=0)

    async def enter(self, request: Request, turn: CallTurn) -> int:
        """Wait for leave; gives the number of a ticket. Raises `ModelError`."""
        gate = self._gate(request.settings.model.endpoint)
        self._usage[request.key] = turn.usage
        after = None if turn.again is None else turn.again.as_model_error()
        ticket = await gate.enter(request, after=after, is_claimed=turn.is_claimed)
        number = next(self._numbers)
        self._open[number] = gate, request, ticket
        return number

    def leave(self, ticket: int) -> None:
        """A call that was let through is not made."""
        self.on_event(Event("left", ticket=ticket))

    def follow(self, event: Event, request: Request | None, given: int) -> None:
        """A call was answered, and another one has its place and its ticket.

        `given` is the ticket of a place that the other one was given meanwhile, 0 for none; then it
        is one `request` that goes out beside the line.
        """
        self.on_event(event)
        if given in self._open:
            self._open[event.ticket] = self._open.pop(given)
        elif request is not None:
            gate = self._gate(request.settings.model.endpoint)
            self._open[event.ticket] = gate, request, gate.follow(request)

    def on_event(self, event: Event) -> None:
        """What became of a call; of one that another coordinator let through nothing is known."""
        if event.what == "claim":
            if self._last is not None:
                self._last.claims_extra()
            return
        found = self._open.get(event.ticket)
        if found is None:
            return
        gate, request, ticket = found
        if event.what == "headers":
            gate.read_headers(request, event.headers, event.at)
            return
        del self._open[event.ticket]
        self._usage.pop(request.key, None)
        if event.what == "answered":
            done = Completion("", usage=Usage(0, event.tokens or 0))
            gate.answered(request, ticket, done)
        elif event.what == "failed" and event.failure is not None:
            error = event.failure.as_error()
            assert isinstance(error, ModelError)
            gate.failed(request, ticket, error, event.chance)
        else:
            gate.left(request)

    def _gate(self, endpoint: EndpointSpec) -> RateGate:
        headers = [(k.lower(), v) for k, v in endpoint.headers.items() if is_credential(k)]
        place = (endpoint.address, endpoint.key_env, *sorted(headers))
        if place not in self._gates:
            self._gates[place] = RateGate(
                time.monotonic,
                most=self._most,
                requests_per_minute=endpoint.requests_per_minute,
                tokens_per_minute=endpoint.tokens_per_minute,
                tokens_of=lambda request: self._usage.get(request.key, Usage()),
            )
        self._last = self._gates[place]
        return self._last
