"""Who answers: models by endpoint, each behind the rate gate of its address and key."""

import os
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from promptci.models.kinds import Opening, kind_of
from promptci.specs.completion import Completion
from promptci.specs.config import Config
from promptci.specs.credentials import is_credential
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Model, Request
from promptci.spending.estimate import estimate
from promptci.spending.pricebook import PriceBook

if TYPE_CHECKING:
    from promptci.models.pacing.rategate import RateGate

CONCURRENCY = 20
"""Calls in flight per hosted endpoint, unless said otherwise."""

_MOST_IN_PROCESS = 4

GateOf: TypeAlias = Callable[[EndpointSpec, int], "RateGate"]
"""The rate gate of an endpoint with so many calls at a time."""


class ModelPool:
    """Hands out models to a run, and knows their builds.

    `config` is whose endpoints and limits count; in a check those of the base.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        prices: PriceBook,
        *,
        environ: Mapping[str, str],
        need_code: Callable[[], None],
        gate_of: GateOf | None = None,
    ) -> None:
        """`gate_of` gives the gate of an endpoint where it is not in this process."""
        self._gate_of = gate_of or self._gate
        self._config = config
        self._prices = prices
        self._environ = environ
        self._need_code = need_code
        self._gates: dict[object, RateGate] = {}
        self._refused: dict[object, dict[str, frozenset[str]]] = {}
        self._builds: dict[tuple[str, str], str] = {}

    def model(self, endpoint: EndpointSpec, concurrency: int) -> Model:
        """Whoever answers for an endpoint. Raises `RequestError` without its key or extra."""
        refused = self.refused(endpoint)
        opening = Opening(
            endpoint, concurrency, self._environ, self._gate_of, self._need_code, refused
        )
        return kind_of(endpoint.kind).open(opening)

    def refused(self, endpoint: EndpointSpec) -> dict[str, frozenset[str]]:
        """The parameters that models of an endpoint have refused, by their ids, as it is learnt."""
        return self._refused.setdefault(self._place(endpoint), {})

    def build(self, model: ModelSpec) -> str:
        """Which build of a model would answer; empty for hosted ones, where it cannot be known."""
        if model.endpoint.base_url is not None:
            return ""
        key = model.endpoint.kind, model.model_id
        if key not in self._builds:
            self._builds[key] = kind_of(key[0]).build(key[1])
        return self._builds[key]

    def prepare(self, models: Iterable[ModelSpec]) -> None:
        """Make sure that the embedded models among these are there; may fetch them once."""
        in_process = (model for model in models if model.endpoint.base_url is None)
        for name in sorted({model.endpoint.kind for model in in_process}):
            kind_of(name).prepare()

    def concurrency(self, endpoint: EndpointSpec) -> int:
        """How many calls an endpoint should have in flight."""
        if endpoint.base_url is None and (kind := kind_of(endpoint.kind)).is_in_process:
            return min(os.cpu_count() or 1, _MOST_IN_PROCESS) * kind.ahead
        return self._config().concurrency or CONCURRENCY

    def cost(self, request: Request, completion: Completion) -> Decimal | None:
        """What an answer costs in US dollars; None if no price or no usage is known."""
        return self._prices.cost(request, completion)

    def most(self, request: Request) -> Decimal | None:
        """An upper bound of what a request may cost; None if no price is known."""
        return self._prices.most(request)

    def _gate(self, endpoint: EndpointSpec, concurrency: int) -> "RateGate":
        """The one gate before an endpoint and key, whatever the endpoint is called.

        Of limits that several endpoints at that place name the lowest hold.
        """
        from promptci.models.pacing.rategate import RateGate

        place = self._place(endpoint)
        if place not in self._gates:
            known = self._config().endpoints.values()
            here = [each for each in known if self._place(each) == place]
            requests = [each.requests_per_minute for each in (endpoint, *here)]
            tokens = [each.tokens_per_minute for each in (endpoint, *here)]
            self._gates[place] = RateGate(
                most=concurrency,
                requests_per_minute=min(filter(None, requests), default=None),
                tokens_per_minute=min(filter(None, tokens), default=None),
                tokens_of=estimate,
            )
        return self._gates[place]

    def _place(self, endpoint: EndpointSpec) -> tuple[object, ...]:
        """Where an endpoint is and what lets promptci in; other headers make no difference."""
        key = self._environ.get(endpoint.key_env or "", "")
        headers = [(name.lower(), value) for name, value in endpoint.headers.items()]
        return endpoint.address, key, *sorted(each for each in headers if is_credential(each[0]))
