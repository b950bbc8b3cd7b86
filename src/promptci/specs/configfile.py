"""`promptci.yaml` as it is written, and what it says as a `Config`."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlsplit

from msgspec.structs import replace

from promptci.errors import Fault, RequestError
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, excerpt
from promptci.specs.config import Config
from promptci.specs.configshape import SHARED, ConfigFile, EndpointFile
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.pricefile import read_price
from promptci.specs.tokenprice import FREE
from promptci.specs.wellknown import BUILT_IN, EMBEDDED, LOCAL, WELL_KNOWN


def parse_config(node: Node, faults: list[Fault]) -> Config:
    """Read `promptci.yaml`; adds what is wrong to `faults` and gives what could be read.

    A name declared in the file is known to the result even where its value is wrong, so that one
    fault here is not repeated for every prompt that uses the name.
    """
    file = read_shape(node, ConfigFile, faults)
    if file is None:
        return _names_only(node)
    endpoints = dict(WELL_KNOWN)
    for name, endpoint in file.endpoints.items():
        endpoints[name] = _endpoint(name, endpoint, node, faults)
    prices = {name: read_price(price) for name, price in file.prices.items()}
    known = Config(endpoints=endpoints, prices=prices)
    models = {name: _model(name, file, known, node, faults) for name in file.models}
    defaults = file.defaults
    config = Config(
        endpoints=endpoints,
        models=dict(BUILT_IN) | models,
        prices=prices,
        default_model=defaults.model,
        concurrency=defaults.concurrency,
        max_cost=None if defaults.max_cost is None else Decimal(str(defaults.max_cost)),
        max_requests=defaults.max_requests,
        max_tokens=defaults.max_tokens,
        max_time=defaults.max_time,
        scorer_sets=_sets(node),
        default_judge=defaults.judge,
        allows_code="code" in file.allow,
        default_endpoint=_default_endpoint(defaults.endpoint, endpoints, node, faults),
        shared_cache=_shared(file.cache.shared, node, faults),
    )
    _check_sets(config, faults)
    _check_defaults(config, node, faults)
    return config


def _shared(name: str | None, node: Node, faults: list[Fault]) -> str | None:
    if name is not None and not SHARED.fullmatch(name):
        wrong = f"`{excerpt(name)}` is no store that can be shared"
        cure = "write a folder's full path, or `s3://bucket/prefix`"
        faults.append(node.get("cache", "shared").mark.fault(f"{wrong}: {cure}"))
        return None
    return name


def _names_only(node: Node) -> Config:
    """What a file declares that cannot be read; the values of the names are made up."""
    endpoints = {
        name: replace(LOCAL, key_env=_key_variable(node.get("endpoints", name)))
        for name in _keys(node, "endpoints")
    }
    models = dict.fromkeys(_keys(node, "models"), EMBEDDED)
    models = {**models, **BUILT_IN}
    return Config({**endpoints, **WELL_KNOWN}, models, scorer_sets=_sets(node))


def _key_variable(endpoint: Node) -> str | None:
    """The variable that an endpoint names for its key, whatever else it says."""
    named = endpoint.get("key_env").value
    return named if isinstance(named, str) else None


def _sets(node: Node) -> dict[str, Node]:
    """The scorer sets by name, each with its list."""
    return {name: node.get("scorers", name) for name in _keys(node, "scorers")}


def _check_sets(config: Config, faults: list[Fault]) -> None:
    for name, listed in config.scorer_sets.items():
        if not listed.value:
            wrong = f"the scorer set `{excerpt(name)}` is empty: write scorers, such as `- equals`"
            faults.append(listed.mark.fault(wrong))


def _keys(node: Node, section: str) -> list[str]:
    top = node.value if isinstance(node.value, dict) else {}
    inner = top[section].value if section in top else None
    return list(inner) if isinstance(inner, dict) else []


def _endpoint(name: str, file: EndpointFile, node: Node, faults: list[Fault]) -> EndpointSpec:
    place = node.get("endpoints", name)
    if name == LOCAL.name:
        wrong = "`local` is the embedded model: give this endpoint another name"
        faults.append(place.mark.fault(wrong))
    if file.kind == "azure" and not file.api_version:
        faults.append(place.mark.fault("an `azure` endpoint needs `api_version`: add it"))
    if wrong := _wrong_place(file):
        faults.append(place.mark.fault(wrong))
    wrong = _wrong_with(file.base_url) if file.base_url else ""
    if wrong:
        faults.append(place.get("base_url").mark.fault(f"`base_url` {wrong}"))
    return EndpointSpec(
        name=name,
        kind=file.kind,
        base_url=file.base_url.rstrip("/") if file.base_url else None,
        key_env=file.key_env,
        headers=file.headers,
        api_version=file.api_version,
        timeout=file.timeout,
        deadline=file.deadline,
        requests_per_minute=file.requests_per_minute,
        tokens_per_minute=file.tokens_per_minute,
        client=file.client,
        embeds_lists=file.embeddings.input == "list",
        embedding_fields=file.embeddings.extra_body,
        batch=file.batch,
        weights=file.model or "",
    )


def _wrong_place(file: EndpointFile) -> str:
    """Why an endpoint is neither a server nor weights on this machine, or nothing."""
    if file.kind != "vllm-offline":
        if file.model is not None:
            return "`model` of an endpoint is for `kind: vllm-offline`: name it below `models`"
        return "" if file.base_url else "an endpoint needs a `base_url`: add it"
    if file.base_url is not None:
        return "an endpoint of the kind `vllm-offline` has no `base_url`: delete it"
    return "" if file.model else "an endpoint of the kind `vllm-offline` needs a `model`: add it"


def _wrong_with(url: str) -> str:
    """Why a base URL cannot be used, or nothing. It goes into committed records: no secrets."""
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not url.isprintable() or " " in url:
        return "is no address: write it like `https://api.example.com/v1`"
    if parts.username is not None or parts.query or parts.fragment:
        return "holds a user, password or query: keep only the address, and name a `key_env`"
    return ""


def _model(
    name: str, file: ConfigFile, known: Config, node: Node, faults: list[Fault]
) -> ModelSpec:
    model, place = file.models[name], node.get("models", name)
    if model.endpoint not in known.endpoints:
        advice = did_you_mean(model.endpoint, known.endpoints)
        wrong = f"there is no endpoint `{excerpt(model.endpoint)}`: {advice}"
        faults.append(place.get("endpoint").mark.fault(wrong))
        return EMBEDDED
    if model.endpoint == LOCAL.name:
        if model.model not in (None, EMBEDDED.name, EMBEDDED.model_id):
            cure = f"delete this, or write `{EMBEDDED.model_id}`"
            faults.append(place.get("model").mark.fault(f"the embedded model is another: {cure}"))
        return replace(EMBEDDED, name=name)
    endpoint = known.endpoints[model.endpoint]
    model_id = model.model or endpoint.weights or name
    price = known.prices.get(name, known.prices.get(model_id, FREE if endpoint.weights else None))
    if model.when_full != "wait" and model.tier is None:
        wrong = "`when_full` is for a model with a `tier`: add one, such as `tier: flex`"
        faults.append(place.get("when_full").mark.fault(wrong))
    return ModelSpec(
        name,
        model_id,
        endpoint,
        price,
        model.served,
        tier=model.tier or "",
        falls_back=model.when_full == "default",
    )


def _default_endpoint(
    name: str | None, endpoints: Mapping[str, EndpointSpec], node: Node, faults: list[Fault]
) -> str | None:
    """The endpoint that serves models whose names say none, if it is known."""
    if name is None or (name in endpoints and name != LOCAL.name):
        return name
    advice = did_you_mean(name, endpoints.keys() - {LOCAL.name})
    wrong = f"there is no endpoint `{excerpt(name)}` for models by their ids: {advice}"
    faults.append(node.get("defaults", "endpoint").mark.fault(wrong))
    return None


def _check_defaults(config: Config, node: Node, faults: list[Fault]) -> None:
    for key, name in (("model", config.default_model), ("judge", config.default_judge)):
        try:
            if name is not None:
                config.model(name)
        except RequestError as error:
            faults.append(node.get("defaults", key).mark.fault(str(error)))
