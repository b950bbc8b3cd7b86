"""Hosted models: a `Model` over any API that speaks OpenAI's chat completions.

The `openai` client is what people configure (address, key, headers, Azure); requests then travel
over a thin `Wire` with what that client says, because a call through the client itself takes 2 to
5 ms of processor time, and over the wire about a tenth of a millisecond.
"""

import re
import time
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import httpx2
import openai
from yarl import URL

from promptci import __version__
from promptci.answers import MalformedAnswer, read_answer
from promptci.bodies import Bodies, way_round
from promptci.completion import Completion, EndpointSpec, Request, Sampling, Settings
from promptci.errors import ModelError, RequestError
from promptci.redact import Redactor
from promptci.refusals import read_refusal, refusal_error, retry_after
from promptci.wire import Reply, Wire, proxy_for

_OPENAI = "https://api.openai.com/v1"
_NO_KEY = "none"
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_NOTHING: frozenset[str] = frozenset()


class Endpoint:
    """The models of one endpoint. A call is one attempt, but for parameters that a model refuses.

    Such a parameter (`temperature`, `max_tokens`, `max_completion_tokens`) is dropped or renamed,
    the call made again, and the refusal remembered for all later calls to that model. Keys stay
    inside: no error of this class holds one.
    """

    def __init__(self, spec: EndpointSpec, *, concurrency: int, environ: Mapping[str, str]) -> None:
        """Take the key from `environ`; nothing is sent before the first `complete`.

        At most `concurrency` calls are under way at a time. Raises `RequestError` when the key is
        missing or the address is none.
        """
        key = _key(spec, environ)
        client = _client(spec, key or _NO_KEY, environ)
        self._spec = spec
        self._base = URL(str(client.base_url))
        self._query = {name: str(value) for name, value in client.default_query.items()}
        headers = _headers(spec, client, key)
        proxy = proxy_for(self._base, environ)
        self._redact = Redactor(_secrets(headers, key=key, proxy=proxy))
        self._wire = Wire(headers, limit=concurrency, timeout=spec.timeout, proxy=proxy)
        self._bodies = Bodies()
        self._refused: dict[str, frozenset[str]] = {}
        self._urls: dict[str, URL] = {}

    def __repr__(self) -> str:
        return f"Endpoint({self._spec.name!r})"

    def refused(self, model_id: str) -> frozenset[str]:
        """The parameters that a model has refused so far and that are no longer sent to it."""
        return self._refused.get(model_id, _NOTHING)

    async def complete(self, request: Request) -> Completion:
        """Ask once. Raises `ModelError` when there is no answer."""
        try:
            return await self._complete(request)
        except ModelError as error:
            message = self._redact(f"model endpoint `{self._spec.name}` {error}")
            raise ModelError(message, error.kind, retry_after=error.retry_after) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def _complete(self, request: Request) -> Completion:
        settings = request.settings
        model_id = settings.model.model_id
        while True:
            refused = self.refused(model_id)
            body = self._bodies.write(request, refused)
            reply = await self._wire.post(self._url(model_id), body)
            if 200 <= reply.status < 300:
                return self._read(reply, model_id, sampling=_sampling(settings, refused))
            refusal = read_refusal(reply.status, reply.body, self._redact)
            less = way_round(refusal, settings, refused)
            if less is None:
                wait = retry_after(reply.headers, time.time())
                raise refusal_error(refusal, self._spec, model_id=model_id, retry_after=wait)
            self._refused[model_id] = self.refused(model_id) | less

    def _read(self, reply: Reply, model_id: str, *, sampling: Sampling) -> Completion:
        try:
            return read_answer(reply.body, latency=reply.latency, sampling=sampling)
        except MalformedAnswer as fault:
            said = read_refusal(reply.status, reply.body, self._redact)
            quoted = f" ({said})" if said.message else ""
            text = f"answered a question to `{model_id}` with {fault}{quoted}: is base_url right?"
            raise ModelError(text, "malformed") from None

    def _url(self, model_id: str) -> URL:
        url = self._urls.get(model_id)
        if url is None:
            azure = f"deployments/{quote(model_id, safe='')}/" if self._spec.kind == "azure" else ""
            path = f"{self._base.raw_path.rstrip('/')}/{azure}chat/completions"
            url = self._base.with_path(path, encoded=True, keep_query=True)
            url = self._urls[model_id] = url.update_query(self._query)
        return url


def _sampling(settings: Settings, refused: frozenset[str]) -> Sampling:
    dropped = "temperature" in refused and "temperature" in settings.parameters
    return "provider-default" if dropped else settings.sampling


def _key(spec: EndpointSpec, environ: Mapping[str, str]) -> str | None:
    if spec.key_env is None:
        return None
    key = environ.get(spec.key_env, "").strip()
    variable = f"the environment variable {spec.key_env}"
    if not key:
        wants = f"model endpoint `{spec.name}` needs {variable}"
        raise RequestError(f"{wants}: set it, or use `model: smollm2`, which needs no key")
    if not (key.isascii() and key.isprintable()):
        raise RequestError(f"{variable} holds characters that no key has: set it again")
    return key


def _client(spec: EndpointSpec, key: str, environ: Mapping[str, str]) -> openai.AsyncOpenAI:
    """The configured SDK client; what it would read from the environment unasked is given to it."""
    address = _address(spec)
    # Nothing is ever sent through it, so it need not spend 0.1 s on certificates.
    transport = httpx2.AsyncClient(transport=httpx2.MockTransport(_refuse), trust_env=False)
    if spec.kind == "azure":
        return openai.AsyncAzureOpenAI(
            azure_endpoint=str(address).rstrip("/").removesuffix("/openai"),
            api_version=spec.api_version,
            api_key=key,
            organization="",
            project="",
            max_retries=0,
            http_client=transport,
        )
    official = f".{address.host}".endswith(".api.openai.com")
    return openai.AsyncOpenAI(
        base_url=str(address),
        api_key=key,
        organization=environ.get("OPENAI_ORG_ID", "") if official else "",
        project=environ.get("OPENAI_PROJECT_ID", "") if official else "",
        max_retries=0,
        http_client=transport,
    )


def _refuse(_: httpx2.Request) -> httpx2.Response:
    raise AssertionError("requests travel over the wire, not through the client")


def _address(spec: EndpointSpec) -> URL:
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


def _headers(spec: EndpointSpec, client: openai.AsyncOpenAI, key: str | None) -> dict[str, str]:
    """All headers that go out: ours, the client's for authentication, and the configured ones."""
    headers = {"Content-Type": "application/json", "User-Agent": f"promptci/{__version__}"}
    if key is not None:
        headers |= client.auth_headers
    for name in ("OpenAI-Organization", "OpenAI-Project"):
        value = client.default_headers.get(name)
        if isinstance(value, str) and value:
            headers[name] = value
    configured = {_checked_name(spec, name).lower() for name in spec.headers}
    ours = {name: text for name, text in headers.items() if name.lower() not in configured}
    return ours | dict(spec.headers)


def _checked_name(spec: EndpointSpec, name: str) -> str:
    if _HEADER_NAME.fullmatch(name) and spec.headers[name].isprintable():
        return name
    where = f"model endpoint `{spec.name}`: header {name!r}"
    raise RequestError(
        f"{where} cannot be sent: a name takes letters, digits and `-`, a value one line"
    )


def _secrets(headers: Mapping[str, str], *, key: str | None, proxy: str | None) -> Iterator[str]:
    """What no error may show: the key, configured credentials, the proxy's password."""
    yield key or ""
    for name, value in headers.items():
        if any(word in name.lower() for word in ("auth", "key", "token", "secret", "cookie")):
            yield value
            yield value.rpartition(" ")[2]
    yield (URL(proxy).password or "") if proxy else ""
