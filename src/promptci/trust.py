"""Whom a change under review may ask: the endpoints are those of its base."""

from dataclasses import replace

from promptci.config import Config
from promptci.errors import RepoError
from promptci.suite import Suite


def trusted(head: Suite, base: Suite) -> tuple[Suite, list[str]]:
    """The head's suite with the base's endpoints, and what differs in them.

    A change under review must not choose where a key is sent. Models at an endpoint that the base
    does not know are left out, so that using one is an error.
    """
    endpoints = base.config.endpoints
    notes = [
        f"the endpoint `{name}` differs from the base in promptci.yaml: the base's was used"
        for name, spec in sorted(head.config.endpoints.items())
        if name in endpoints and endpoints[name] != spec
    ]
    notes += [
        f"the endpoint `{name}` is new in promptci.yaml: it is not used before it is merged"
        for name in sorted(head.config.endpoints.keys() - endpoints.keys())
    ]
    models = {
        name: replace(model, endpoint=endpoints[model.endpoint.name])
        for name, model in head.config.models.items()
        if model.endpoint.name in endpoints
    }
    config: Config = replace(head.config, endpoints=endpoints, models=models)
    return replace(head, config=config), notes


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
