"""What lets promptci in at an endpoint, and which endpoints it cannot ask for want of a key."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from promptci.latepattern import late
from promptci.specs.modelspec import EndpointSpec

_RANDOM = late(r"(?=\D*\d)[\w.~+/=-]{12,}", re.ASCII)
_REAL = late(r"(?=.*(?:\d|[a-z][A-Z])).{16,}|\S{16,}", re.DOTALL)
_PLACEHOLDER = late(
    r"(?<![a-z])(?:no|not|none|empty|dummy|fake|example|placeholder|unused|ignored|needed|required"
    r"|please|your|change|replace|insert)(?![a-z])",
    re.IGNORECASE,
)
_PASSWORD = late(r"://[^/@\s:]*:([^@\s]+)@(?:(\S*)@)?")
"""In an address; a password may hold an `@` that should have been escaped."""

_UNFILLED = late(r"\$\([\w.-]+\)|\$\{\{.*\}\}|\$\{\w+\}|\$[A-Z][A-Z0-9_]*", re.ASCII)
"""What a CI system leaves that does not know a variable, as Azure a secret in a fork's build."""

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_FORK = ", as in every pull request from a fork"


class Secret(NamedTuple):
    """A value that lets somebody in, and where it comes from, such as "the key in LAB_KEY"."""

    value: str
    origin: str

    def __repr__(self) -> str:
        return f"Secret({self.origin!r})"


def set_key(spec: EndpointSpec, environ: Mapping[str, str]) -> str:
    """The key of an endpoint; empty where it has none, or where only a variable's name is set."""
    key = environ.get(spec.key_env or "", "").strip()
    return "" if _UNFILLED.fullmatch(key) else key


def is_credential(header: str) -> bool:
    """Whether a header of this name lets somebody in."""
    return any(word in header.lower() for word in ("auth", "key", "token", "secret", "cookie"))


def credentials(spec: EndpointSpec) -> Iterator[Secret]:
    """What lets promptci in among an endpoint's headers: values, and what is behind `Bearer`."""
    for name, value in spec.headers.items():
        if is_credential(name):
            origin = f"the header {name} of the endpoint `{spec.name}`"
            yield Secret(value, origin)
            yield Secret(value.rpartition(" ")[2], origin)


def known_secrets(
    endpoints: Iterable[EndpointSpec], environ: Mapping[str, str]
) -> Iterator[Secret]:
    """The keys of endpoints, credentials in their headers, passwords in addresses and proxies.

    Whoever writes a header chooses its words: those that look like no secret are left in texts,
    until the endpoint is asked.
    """
    for spec in endpoints:
        if key := set_key(spec, environ):
            yield Secret(key, f"the key in {spec.key_env}")
        yield from (each for each in credentials(spec) if _RANDOM.fullmatch(each.value))
        for password in _passwords(spec.base_url or ""):
            yield Secret(password, f"the password in the address of the endpoint `{spec.name}`")
    for name in (*_PROXIES, *map(str.upper, _PROXIES)):
        for password in _passwords(environ.get(name, "")):
            yield Secret(password, f"the password in {name}")


def is_real(secret: str) -> bool:
    """Whether a value can only be a key: long, no words, no placeholder (`sk-no-key-required`)."""
    return bool(_REAL.fullmatch(secret)) and not _PLACEHOLDER.search(secret)


def _passwords(address: str) -> Iterator[str]:
    for found in _PASSWORD.finditer(address):
        first, rest = found.groups()
        for password in (first, f"{first}@{rest}" if rest else ""):
            yield from filter(None, (password, unquote(password)))


def env_line(keys: Iterable[str], environ: Mapping[str, str]) -> str:
    """The line that gives a step of a workflow its keys; empty where this is no workflow."""
    lines = ", ".join(f'{key}: "${{{{ secrets.{key} }}}}"' for key in keys)
    return f"`env: {{{lines}}}`" if environ.get("GITHUB_ACTIONS") else ""


def needed_keys(endpoints: Sequence[EndpointSpec], environ: Mapping[str, str]) -> str:
    """A sentence on endpoints that lack their keys, all at once, and what to do.

    The cure names no place to write a model in: it may be an option, an eval or a judge.
    """
    names = _listed([f"`{spec.name}`" for spec in endpoints])
    keys = sorted({spec.key_env for spec in endpoints if spec.key_env})
    wants = (
        f"model endpoint {names} needs" if len(endpoints) == 1 else f"model endpoints {names} need"
    )
    variables = f"the environment variable{'s' if len(keys) > 1 else ''} {_listed(keys)}"
    line = env_line(keys, environ)
    cure = f"give the step {line}" if line else "set it" if len(keys) == 1 else "set them"
    return f"{wants} {variables}: {cure}, or use the model `smollm2`, which needs no key"


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def missing_keys(
    endpoints: Mapping[str, EndpointSpec], environ: Mapping[str, str], *, is_fork: bool
) -> dict[str, str]:
    """The endpoints whose key is not set, by name, with a sentence each."""
    why = _FORK if is_fork else ""

    def cure(key: str) -> str:
        line = "" if is_fork else env_line((key,), environ)
        return f": give the step {line}" if line else ""

    return {
        name: f"the key {spec.key_env} of the endpoint `{name}` is not set{why}{cure(spec.key_env)}"
        for name, spec in endpoints.items()
        if spec.key_env is not None and not set_key(spec, environ)
    }
