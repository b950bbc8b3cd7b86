"""What lets promptci in at an endpoint, and which endpoints it cannot ask for want of a key."""

from collections.abc import Mapping

from promptci.completion import EndpointSpec

_FORK = ", as in every pull request from a fork"


def is_credential(header: str) -> bool:
    """Whether a header of this name lets somebody in."""
    return any(word in header.lower() for word in ("auth", "key", "token", "secret", "cookie"))


def missing_keys(
    endpoints: Mapping[str, EndpointSpec], environ: Mapping[str, str], *, is_fork: bool
) -> dict[str, str]:
    """The endpoints whose key is not set, by name, with a sentence each."""
    why = _FORK if is_fork else ""
    return {
        name: f"the key {spec.key_env} of the endpoint `{name}` is not set{why}"
        for name, spec in endpoints.items()
        if spec.key_env is not None and not environ.get(spec.key_env, "").strip()
    }
