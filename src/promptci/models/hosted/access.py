"""How an endpoint is entered: its address and the headers that go with every request."""

import re
from collections.abc import Mapping

from msgspec import Struct
from yarl import URL

from promptci.errors import MissingKeyError, RequestError
from promptci.secrets.known import keep
from promptci.specs.credentials import credentials, known_secrets, needed_keys, set_key
from promptci.specs.modelspec import EndpointSpec
from promptci.version import __version__

_OPENAI = "https://api.openai.com/v1"
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


class Access(Struct, frozen=True):
    """An address without its last part, a query for every request, and the headers.

    `address` is the base URL as it was written.

    `key` is the secret in them, None where there is none.
    """

    base: URL
    address: URL
    headers: Mapping[str, str]
    query: Mapping[str, str]
    key: str | None

    def __repr__(self) -> str:
        return f"Access({self.address!s})"  # the headers hold the key


def open_access(spec: EndpointSpec, environ: Mapping[str, str]) -> Access:
    """The access to an endpoint, with the key that `environ` holds.

    OpenAI's own hosts and Azure are configured by OpenAI's client. A server that only speaks the
    same language gets its key as a bearer, which is all that the client would add, and is spared
    the client's import: a third of a second and 30 MB. What opens it is kept out of all that is
    shown from here on. Raises `RequestError` when the key is
    missing or the address is none.
    """
    key = checked_key(spec, environ)
    address = checked_address(spec)
    keep([*known_secrets([spec], environ), *credentials(spec)])
    if spec.kind == "azure" or f".{address.host}".endswith(".api.openai.com"):
        from promptci.models.hosted.sdk import client  # late: see above

        made = client(spec, address, key=key, environ=environ)
        query = {name: str(value) for name, value in made.default_query.items()}
        own = {} if key is None else dict(made.auth_headers)
        for name in ("OpenAI-Organization", "OpenAI-Project"):
            value = made.default_headers.get(name)
            if isinstance(value, str) and value:
                own[name] = value
        return Access(URL(str(made.base_url)), address, _headers(spec, own), query, key)
    own = {} if key is None else {"Authorization": f"Bearer {key}"}
    return Access(address, address, _headers(spec, own), {}, key)


def checked_key(spec: EndpointSpec, environ: Mapping[str, str]) -> str | None:
    """The key of an endpoint, None where none is needed. Raises `MissingKeyError` without it."""
    if spec.key_env is None:
        return None
    key = set_key(spec, environ)
    if not key:
        raise MissingKeyError(needed_keys((spec,), environ))
    if not (key.isascii() and key.isprintable()):
        variable = f"the environment variable {spec.key_env}"
        raise RequestError(f"{variable} holds characters that no key has: set it again")
    return key


def checked_address(spec: EndpointSpec) -> URL:
    """The base URL, checked."""
    where = f"model endpoint `{spec.name}`"
    given = spec.base_url or (_OPENAI if spec.kind == "openai" else "")
    try:
        address = URL(given)
    except ValueError:
        address = URL()
    if address.user is not None or address.password is not None:
        raise RequestError(
            f"{where}: base_url holds a user or password: name a key variable instead"
        )
    if address.scheme not in ("http", "https") or not address.host:
        raise RequestError(f"{where}: base_url `{given}` is no http or https address: correct it")
    if spec.kind == "azure" and not spec.api_version:
        raise RequestError(f"{where}: Azure needs an api_version: add one, such as 2024-10-21")
    return address


def _headers(spec: EndpointSpec, own: Mapping[str, str]) -> dict[str, str]:
    """All headers that go out: ours, those for authentication, and the configured ones."""
    headers = {"Content-Type": "application/json", "User-Agent": f"promptci/{__version__}", **own}
    configured = {_checked_name(spec, name).lower() for name in spec.headers}
    kept = {name: text for name, text in headers.items() if name.lower() not in configured}
    return kept | dict(spec.headers)


def _checked_name(spec: EndpointSpec, name: str) -> str:
    if _HEADER_NAME.fullmatch(name) and spec.headers[name].isprintable():
        return name
    where = f"model endpoint `{spec.name}`: header {name!r}"
    raise RequestError(
        f"{where} cannot be sent: a name takes letters, digits and `-`, a value one line"
    )
