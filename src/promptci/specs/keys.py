"""What lets promptci in at an endpoint, and which endpoints it cannot ask for want of a key."""

import re
from collections.abc import Iterable, Iterator, Mapping

from promptci.specs.completion import EndpointSpec

_RANDOM = re.compile(r"(?=\D*\d)[\w.~+/=-]{12,}", re.ASCII)
_FORK = ", as in every pull request from a fork"


def is_credential(header: str) -> bool:
    """Whether a header of this name lets somebody in."""
    return any(word in header.lower() for word in ("auth", "key", "token", "secret", "cookie"))


def credentials(headers: Mapping[str, str]) -> Iterator[str]:
    """What lets somebody in among headers: whole values, and what stands behind `Bearer`."""
    for name, value in headers.items():
        if is_credential(name):
            yield value
            yield value.rpartition(" ")[2]


def known_secrets(endpoints: Iterable[EndpointSpec], environ: Mapping[str, str]) -> Iterator[str]:
    """The keys of endpoints, whether or not they are ever asked, and credentials in their headers.

    Whoever writes a header chooses its words: those that look like nobody's are left in texts.
    """
    for spec in endpoints:
        yield environ.get(spec.key_env or "", "")
        yield from filter(_RANDOM.fullmatch, credentials(spec.headers))


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
