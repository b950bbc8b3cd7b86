"""Whom a change under review may ask, and on what terms: those of its base.

Of the head's configuration only the names of models count, what each means at an endpoint that
the base knows, the default model and judge, and sets of scorers, which are like those in an eval.
Endpoints with their addresses, key variables, headers and limits, prices and every other default
are the base's.
"""

from collections.abc import Container, Iterator

from msgspec.structs import fields, replace

from promptci.digest import canonical_json
from promptci.errors import NotAtBaseError, RequestError
from promptci.specs.config import Config, given_up_endpoint
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.wellknown import BUILT_IN, WELL_KNOWN
from promptci.suite.suite import Suite

_OF_THE_HEAD = ("models", "default_model", "default_judge", "default_endpoint", "scorer_sets")
_MAPPINGS = ("endpoints", "prices")
_FOUND_OUT = ("withheld", "given_up")
_MOST_PRICES = 3


def trusted(head: Suite, base: Suite, *, is_own: bool = False) -> tuple[Suite, list[str]]:
    """The head's suite with the base's configuration, and what differs in it.

    A change under review must not choose where a key is sent, nor what may be spent. Models at an
    endpoint that the base does not know are withheld, so that using one is an error; `is_own` says
    that the head is no stranger's.
    """
    endpoints = dict(base.config.endpoints) if is_own else _known_endpoints(base)
    models = dict(BUILT_IN) | {
        name: _trusted_model(model, base.config)
        for name, model in head.config.models.items()
        if model.endpoint.name in endpoints
    }
    config = replace(
        base.config,
        endpoints=endpoints,
        models=models,
        default_model=head.config.default_model,
        default_endpoint=_default_endpoint(head.config, base.config, endpoints),
        scorer_sets=head.config.scorer_sets,
        withheld=_withheld(head.config, endpoints),
        given_up=frozenset(base.config.withheld.values()),
    )
    config = replace(config, default_judge=_default_judge(head.config, config))
    return head.with_config(config), list(_differences(head.config, base.config))


def _withheld(head: Config, known: Container[str]) -> dict[str, str]:
    """Endpoints of the head that may not be asked yet, by the names that lead there."""
    found = {name: name for name in head.endpoints if name not in known}
    for name, model in head.models.items():
        if name not in BUILT_IN and model.endpoint.name not in known:
            found[name] = model.endpoint.name
    if head.default_endpoint is not None and head.default_endpoint not in known:
        found[""] = head.default_endpoint
    return found


def _default_endpoint(head: Config, base: Config, known: Container[str]) -> str | None:
    """Who answers to the head's ids of models, where the base knows that endpoint."""
    chosen = head.default_endpoint
    return chosen if chosen is None or chosen in known else base.default_endpoint


def _default_judge(head: Config, trusted_config: Config) -> str | None:
    """The head's default judge, unless it is at an endpoint that may not be asked yet.

    What the base's says of the same answers is asked as well.
    """
    try:
        if head.default_judge is not None:
            trusted_config.model(head.default_judge)
    except (NotAtBaseError, RequestError):
        return trusted_config.default_judge
    return head.default_judge


def with_settings_of(base: Suite, tip: Suite) -> tuple[Suite, list[str]]:
    """The base with the configuration, gates and own code of the newest commit of its branch.

    A change may have left that branch long ago, when another address was asked with the same key,
    or more was allowed. What may not be asked by today's configuration, `unaskable` tells.
    """
    now, _ = trusted(base, tip, is_own=True)
    gates = {name: spec.gate for name, spec in tip.evals.items()}
    evals = {
        name: replace(spec, gate=gates.get(name, spec.gate)) for name, spec in base.evals.items()
    }
    is_same = now.config == base.config and evals == base.evals
    note = "its target has moved on: the newest configuration, gates and own code of it count"
    found = replace(base, evals=evals, code_base=tip).with_config(now.config)
    return found, [] if is_same else [note]


def unaskable(base: Suite, now: Suite) -> dict[str, str]:
    """The base's evals on models that may not be asked any more, and why not."""
    found = {}
    for name, spec in sorted(base.evals.items()):
        for model in map(base.config.model, base.model_names(spec)):
            endpoint = model.endpoint.name
            if model not in BUILT_IN.values() and endpoint not in now.config.endpoints:
                found[name] = given_up_endpoint(model.name, endpoint)
    return found


def _known_endpoints(base: Suite) -> dict[str, EndpointSpec]:
    """The base's endpoints; of those on this machine that everybody knows the ones it asks.

    Anything may listen there, and no key says that somebody wants it asked.
    """
    known = base.config.endpoints
    on_this_machine = [
        name
        for name, spec in known.items()
        if spec is WELL_KNOWN.get(name) and spec.kind == "openai" and spec.key_env is None
    ]
    if not on_this_machine:
        return dict(known)
    config = base.config
    asked = {model.endpoint.name for model in config.models.values()}
    names = [str(config.default_model), str(config.default_judge)]
    for each in base.evals.values():
        names += base.model_names(each)
    nodes = [*config.scorer_sets.values(), *(n for s in base.evals.values() for n in s.scorers)]
    written = canonical_json([names, [node.plain() for node in nodes]])
    unused = {name for name in on_this_machine if name not in asked and f'"{name}/' not in written}
    return {name: spec for name, spec in known.items() if name not in unused}


def _trusted_model(model: ModelSpec, base: Config) -> ModelSpec:
    """A model at the base's endpoint and price; the name it must answer under is the base's, too.

    A name of the base that now means another model has neither that name's price nor that.
    """
    endpoint, before = base.endpoints[model.endpoint.name], base.models.get(model.name)
    is_same = before is not None and _place(before) == _place(model)
    price = base.prices.get(model.model_id)
    if model.endpoint.kind == "local":  # costs nothing, whatever it says
        price = model.price
    elif is_same:
        price = base.prices.get(model.name, price)
    served = before.served if before is not None and is_same else model.served
    return replace(model, endpoint=endpoint, price=price, served=served)


def _place(model: ModelSpec) -> tuple[str, str]:
    return model.endpoint.name, model.model_id


def _differences(head: Config, base: Config) -> Iterator[str]:
    """A sentence for each thing in which the head's configuration differs from the base's."""
    for name, spec in sorted(head.endpoints.items()):
        if name in base.withheld:
            yield f"the endpoint `{name}` is gone from the newest promptci.yaml of the target"
        elif name not in base.endpoints:
            new = f"the endpoint `{name}` is new in promptci.yaml"
            yield f"{new}: it is not used before it is merged"
        elif base.endpoints[name] != spec:
            yield _used(f"the endpoint `{name}`")
    for name in sorted(base.endpoints.keys() - head.endpoints.keys()):
        yield f"the endpoint `{name}` is gone from promptci.yaml"
    yield from _prices(head, base)
    for field in fields(Config):
        if field.name in (*_OF_THE_HEAD, *_MAPPINGS, *_FOUND_OUT):
            continue
        if getattr(head, field.name) != getattr(base, field.name):
            yield _used(f"`{field.name}`")
    yield from _moved_models(head, base)


def _prices(head: Config, base: Config) -> Iterator[str]:
    """Prices that differ: one by one while they are few, else as one line."""
    names = sorted(head.prices.keys() | base.prices.keys())
    moved = [name for name in names if head.prices.get(name) != base.prices.get(name)]
    if len(moved) > _MOST_PRICES:
        yield f"{len(moved):,} prices differ from the base in promptci.yaml: the base's were used"
        return
    yield from (_used(f"the price of `{name}`") for name in moved)


def _used(what: str) -> str:
    return f"{what} differs from the base in promptci.yaml: the base's was used"


def _moved_models(head: Config, base: Config) -> Iterator[str]:
    """Names that mean another model than at the base, which the head may decide."""
    for name, model in sorted(head.models.items()):
        before = base.models.get(name)
        if before is None:
            where = f"`{model.model_id}` at the endpoint `{model.endpoint.name}`"
            yield f"the model `{name}` is new in promptci.yaml: {where}"
            continue
        if before.model_id != model.model_id:
            ids = f"`{model.model_id}` here and `{before.model_id}` at the base"
            yield f"the model `{name}` is {ids}"
        if before.endpoint.name != model.endpoint.name:
            names = f"`{model.endpoint.name}` here and `{before.endpoint.name}` at the base"
            yield f"the model `{name}` is at the endpoint {names}"
        if before.served != model.served:
            yield _used(f"`served` of the model `{name}`")
    if head.default_model != base.default_model:
        both = (each or "the embedded one" for each in (head.default_model, base.default_model))
        yield "the default model is {} here and {} at the base".format(*both)
    if head.default_endpoint != base.default_endpoint:
        both = (each or "none" for each in (head.default_endpoint, base.default_endpoint))
        said = "the default endpoint is {} here and {} at the base".format(*both)
        used = _default_endpoint(head, base, base.endpoints) == head.default_endpoint
        yield said if used else f"{said}, which was used: merge promptci.yaml first"
    if head.default_judge != base.default_judge:
        both = (each or "none" for each in (head.default_judge, base.default_judge))
        said = "the default judge is {} here and {} at the base".format(*both)
        is_known = _default_judge(head, base) == head.default_judge
        yield said if is_known else f"{said}, which was used: merge promptci.yaml first"
