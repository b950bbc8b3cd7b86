"""Whom a change under review may ask, and on what terms: those of its base.

Of the head's configuration only the names of models count, what each stands for at an endpoint that
the base knows, and sets of scorers, which are like those in an eval. Endpoints with their
addresses, key variables, headers and limits, prices and every other default are the base's.
"""

from collections.abc import Iterator
from dataclasses import fields, replace

from promptci.completion import ModelSpec, Price
from promptci.config import Config
from promptci.errors import RepoError
from promptci.suite import Suite

_OF_THE_HEAD = ("models", "default_model", "scorer_sets")
_MAPPINGS = ("endpoints", "prices")


def trusted(head: Suite, base: Suite) -> tuple[Suite, list[str]]:
    """The head's suite with the base's configuration, and what differs in it.

    A change under review must not choose where a key is sent, nor what may be spent. Models at an
    endpoint that the base does not know are left out, so that using one is an error.
    """
    endpoints = base.config.endpoints
    models = {
        name: replace(
            model,
            endpoint=endpoints[model.endpoint.name],
            price=_price(model, base.config),
        )
        for name, model in head.config.models.items()
        if model.endpoint.name in endpoints
    }
    config = replace(
        base.config,
        models=models,
        default_model=head.config.default_model,
        scorer_sets=head.config.scorer_sets,
    )
    return replace(head, config=config), list(_differences(head.config, base.config))


def need_endpoints(head: Suite, trusted_head: Suite) -> None:
    """Refuse evals on models that may not be asked yet, as in the change that adds `promptci.yaml`.

    Raises `RepoError`.
    """
    for name, spec in sorted(head.evals.items()):
        for model in map(head.config.model, head.models(spec)):
            if model.endpoint.name not in trusted_head.config.endpoints:
                raise RepoError(
                    f"{name} on {model.name}: the base does not know the endpoint "
                    f"`{model.endpoint.name}`, and a change may not choose whom to ask: "
                    "merge promptci.yaml first"
                )


def _price(model: ModelSpec, base: Config) -> Price | None:
    """What the base says that a model costs; the embedded one costs nothing whatever it says."""
    if model.endpoint.kind == "local":
        return model.price
    return base.prices.get(model.name, base.prices.get(model.model_id))


def _differences(head: Config, base: Config) -> Iterator[str]:
    """A sentence for each thing in which the head's configuration differs from the base's."""
    for name, spec in sorted(head.endpoints.items()):
        if name not in base.endpoints:
            new = f"the endpoint `{name}` is new in promptci.yaml"
            yield f"{new}: it is not used before it is merged"
        elif base.endpoints[name] != spec:
            yield _used(f"the endpoint `{name}`")
    for name in sorted(base.endpoints.keys() - head.endpoints.keys()):
        yield f"the endpoint `{name}` is gone from promptci.yaml"
    for name in sorted(head.prices.keys() | base.prices.keys()):
        if head.prices.get(name) != base.prices.get(name):
            yield _used(f"the price of `{name}`")
    for field in fields(Config):
        if field.name in (*_OF_THE_HEAD, *_MAPPINGS):
            continue
        if getattr(head, field.name) != getattr(base, field.name):
            yield _used(f"`{field.name}`")
    yield from _moved_models(head, base)


def _used(what: str) -> str:
    return f"{what} differs from the base in promptci.yaml: the base's was used"


def _moved_models(head: Config, base: Config) -> Iterator[str]:
    """Names that stand for another model than at the base, which is the head's to say."""
    for name, model in sorted(head.models.items()):
        before = base.models.get(name)
        if before is not None and before.model_id != model.model_id:
            ids = f"`{model.model_id}` here and `{before.model_id}` at the base"
            yield f"the model `{name}` is {ids}"
    if head.default_model != base.default_model:
        names = (each or "the embedded one" for each in (head.default_model, base.default_model))
        yield "the default model is {} here and {} at the base".format(*names)
