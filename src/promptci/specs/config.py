"""The configuration: models, endpoints, prices and defaults, by their names."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field

from promptci.errors import NotAtBaseError, RequestError
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Node, Plain, excerpt
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.tokenprice import Price
from promptci.specs.wellknown import BUILT_IN, EMBEDDED, LOCAL, WELL_KNOWN

_NAME_ENDPOINT = (
    "or, for ids as GitHub Models had them, say who answers with a line in promptci.yaml: "
    "`defaults: {endpoint: openrouter}`"
)


class Config(Struct, frozen=True):
    """What `promptci.yaml` says, together with the endpoints that everybody knows.

    `default_endpoint` serves the models whose names say no endpoint, and all of `.prompt.yml`.
    `shared_cache` is the store of answers that several machines share, if there is one. `withheld`
    are endpoints that a change under review brings along and may not ask yet, by their own names
    and those of their models; by the empty name the one that would serve bare ids. `given_up` are
    those of them that its target had once, and no longer has.
    """

    endpoints: Mapping[str, EndpointSpec] = field(default_factory=lambda: WELL_KNOWN)
    models: Mapping[str, ModelSpec] = field(default_factory=lambda: dict(BUILT_IN))
    prices: Mapping[str, Price] = field(default_factory=dict)
    default_model: str | None = None
    concurrency: int | None = None
    max_cost: Decimal | None = None
    max_requests: int | None = None
    max_tokens: int | None = None
    max_time: float | None = None
    scorer_sets: Mapping[str, Node] = field(default_factory=dict)
    default_judge: str | None = None
    allows_code: bool = False
    default_endpoint: str | None = None
    shared_cache: str | None = None
    withheld: Mapping[str, str] = field(default_factory=dict)
    given_up: frozenset[str] = frozenset()

    @property
    def plain_sets(self) -> dict[str, Plain]:
        """The shared scorers by name, as they are written; places do not count."""
        return {name: node.plain() for name, node in self.scorer_sets.items()}

    def judge(self, name: str) -> ModelSpec:
        """The model that judges: the one of a name, or the default where the name is empty.

        Raises `RequestError` for a name that is none, and for none at all without a default.
        """
        if name or self.default_judge:
            return self.model(name or str(self.default_judge))
        cure = "write `model: NAME` here, or `defaults: {judge: NAME}` in promptci.yaml"
        raise RequestError(f"no model is named as the judge: {cure}")

    def model(self, name: str) -> ModelSpec:
        """The model of a name: one configured, or `endpoint/model-id`.

        Raises `RequestError` for a name that is neither, and `NotAtBaseError` for a model at an
        endpoint that is withheld.
        """
        if name in self.models:
            return self.models[name]
        endpoint, _, model_id = name.partition("/")
        is_known = endpoint in self.endpoints and endpoint != LOCAL.name and model_id
        has_both = endpoint not in ("", LOCAL.name) and model_id
        if not is_known and self.default_endpoint and has_both:
            endpoint, model_id = self.default_endpoint, name
        elif not is_known:
            self._refuse_withheld(name)
            raise RequestError(self._why_unknown(name))
        price = self.prices.get(name, self.prices.get(model_id))
        return ModelSpec(name, model_id, self.endpoints[endpoint], price)

    def _refuse_withheld(self, name: str) -> None:
        endpoint, slash, _ = name.partition("/")
        keys = (name, endpoint, "") if slash else (name,)
        where = next((self.withheld[key] for key in keys if key in self.withheld), None)
        if where is not None:
            why = given_up_endpoint if where in self.given_up else unknown_endpoint
            raise NotAtBaseError(why(name, where))

    def catalogued(self, model_id: str) -> str:
        """What a model of a `.prompt.yml` is called here: there, ids name publisher and model."""
        if model_id in self.models or not self.default_endpoint:
            return model_id
        return f"{self.default_endpoint}/{model_id}"

    def _why_unknown(self, name: str) -> str:
        """Why no model has a name, and what to write."""
        endpoint, slash, model_id = name.partition("/")
        if slash and endpoint == LOCAL.name:
            cure = f"the embedded model is called `{EMBEDDED.name}`"
            return f"there is no model `{excerpt(name)}`: {cure}"
        if slash and not model_id and endpoint in self.endpoints:
            cure = f"write one behind it, `{endpoint}/model-id`"
            return f"the model `{excerpt(name)}` names an endpoint and no model: {cure}"
        if slash:
            advice = did_you_mean(endpoint, self.endpoints.keys() - {LOCAL.name})
            wrong = f"the model `{excerpt(name)}` names no known endpoint"
            return _advised(wrong, advice, _NAME_ENDPOINT)
        other = f"or write `endpoint/model-id`, such as `openai/gpt-6-luna`; {_NAME_ENDPOINT}"
        advice = did_you_mean(name, self.models)
        return _advised(f"there is no model `{excerpt(name)}`", advice, other)


def unknown_endpoint(model: str, endpoint: str) -> str:
    """Why a model of a change may not be asked, and what to do about it."""
    return (
        f"the base does not know the endpoint `{endpoint}` of the model `{model}`, and a change "
        "may not choose whom to ask: merge promptci.yaml first"
    )


def given_up_endpoint(model: str, endpoint: str) -> str:
    """Why a model may not be asked whose endpoint the target had when the change was begun."""
    return (
        f"the endpoint `{endpoint}` of the model `{model}` is not in the newest configuration of "
        "its target: bring the change up to date with it"
    )


def _advised(wrong: str, advice: str, other: str) -> str:
    """A fault with its cure: a name that is near says enough, else `other` is said as well."""
    return f"{wrong}: {advice}" if advice.endswith("?") else f"{wrong}: {advice}; {other}"
