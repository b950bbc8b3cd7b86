"""Hosted models: a `Model` over any API that speaks OpenAI's chat completions or embeddings.

Requests travel over a thin `Wire`, configured by `access`: a call through OpenAI's own client takes
2 to 5 ms of processor time, over the wire it takes about a tenth of a millisecond.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias
from urllib.parse import quote

from msgspec.structs import replace
from yarl import URL

from promptci.errors import ModelError
from promptci.models.hosted.access import open_access
from promptci.models.hosted.addresscure import cure_of_body, kind_of_body, shown_address
from promptci.models.hosted.answers import (
    BrokenAnswer,
    MalformedAnswer,
    read_answer,
    read_embedding,
)
from promptci.models.hosted.bodies import Bodies, way_round
from promptci.models.hosted.droppable import TIER, demanded, droppable
from promptci.models.hosted.effective import (
    cut_at,
    effective_sampling,
    kept_back,
    stopped_by_filter,
    stops_to_cut_at,
)
from promptci.models.hosted.firstcalls import FirstCalls
from promptci.models.hosted.refusalerrors import refusal_error
from promptci.models.hosted.refusals import read_refusal, refusal_in
from promptci.models.hosted.together import Together
from promptci.models.hosted.warming import Warming, shared_beginning
from promptci.models.hosted.wire import Headers, HTTPResponse, Wire, proxy_for
from promptci.models.pacing.ratelimits import retry_after, wait_in_words
from promptci.secrets.known import redact
from promptci.specs.completion import Completion, SamplingMode
from promptci.specs.modelspec import EndpointSpec
from promptci.specs.request import Request, Settings

_Hear: TypeAlias = Callable[[Request, Headers, float], None]
"""Called with the headers of every response, and when it came, in seconds since 1970."""

MOMENT = 0.2
"""Seconds after which a server that was never reached is tried once more."""

_NOTHING: frozenset[str] = frozenset()


class Transport(Protocol):
    """How requests get to an endpoint."""

    async def post(self, url: URL, body: bytes) -> HTTPResponse:
        """Send a JSON body. Raises `ModelError`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Endpoint:
    """The models of one endpoint. A call is one attempt.

    A parameter (`temperature`, `max_tokens`, `max_completion_tokens`, `stop`) that a model refuses
    is dropped or renamed in all later calls to that model; the one that met the refusal ends in an
    error of kind `parameter`. Keys stay inside: no error of this class holds one.
    """

    def __init__(
        self,
        spec: EndpointSpec,
        *,
        concurrency: int,
        environ: Mapping[str, str],
        on_headers: _Hear = lambda *_: None,
        refused: dict[str, frozenset[str]] | None = None,
    ) -> None:
        """Take the key from `environ`; nothing is sent before the first `complete`.

        `refused` is what models of this endpoint refused of earlier runs, and what they refuse now.
        At most `concurrency` calls are under way at a time. Raises `RequestError` when the key is
        missing or the address is none.
        """
        access = open_access(spec, environ)
        self._spec = spec
        self._on_headers = on_headers
        self._base, self._query = access.base, access.query
        proxy = proxy_for(self._base, environ)
        self._wire: Transport = Wire(access.headers, limit=concurrency, timeout=spec.timeout)
        if proxy is not None:
            from promptci.models.hosted.proxied import ProxiedWire  # late: 0.1 s and 14 MB

            self._wire = ProxiedWire(
                access.headers, limit=concurrency, timeout=spec.timeout, proxy=proxy
            )
        if spec.client == "openai":
            from promptci.models.hosted.sdk import SDKTransport  # late: it takes half a second

            self._wire = SDKTransport(
                spec, access.address, key=access.key, environ=environ, limit=concurrency
            )
        self._bodies = Bodies()
        self._refused = {} if refused is None else refused
        self._at_usual_tier: dict[str, frozenset[str]] = {}
        self._answered: set[str] = set()
        self._firsts, self._warming, self._together = FirstCalls(), Warming(), Together()
        self._shaped: tuple[Settings | None, frozenset[str]] = None, _NOTHING
        self._urls: dict[tuple[str, str], URL] = {}

    def __repr__(self) -> str:
        return f"Endpoint({self._spec.name!r})"

    def refused(self, model_id: str) -> frozenset[str]:
        """The parameters that a model has refused so far and that are no longer sent to it."""
        return self._refused.get(model_id, _NOTHING)

    async def complete(self, request: Request) -> Completion:
        """Ask once. Raises `ModelError` when there is no answer."""
        try:
            settings = request.settings
            model_id, shape = settings.model.model_id, self._shape(settings)
            for each in request.messages:
                if each.parts:
                    shape |= {part.kind for part in each.parts}
            if self._firsts.is_past(model_id, shape) and not shared_beginning(request):
                ask = self._complete if self._answered else self._reached
                return await ask(request)
            async with self._firsts.turn(model_id, shape), self._warming.turn(request):
                return await self._reached(request)
        except ModelError as error:
            message = redact(f"model endpoint `{self._spec.name}` {error}")
            raise error.reworded(message) from None

    def _shape(self, settings: Settings) -> frozenset[str]:
        """What may be refused; found out once for what many requests in a row share."""
        if settings is not self._shaped[0]:
            self._shaped = settings, droppable(settings) | demanded(settings)
        return self._shaped[1]

    async def _reached(self, request: Request) -> Completion:
        """Ask once; a server that never answered and has no listener ends the model.

        A server that is being started listens a moment later.
        """
        try:
            return await self._complete(request)
        except ModelError as error:
            if not error.is_refused or self._answered:
                raise
        await asyncio.sleep(MOMENT)
        try:
            return await self._complete(request)
        except ModelError as error:
            if not error.is_refused:
                raise
            raise ModelError(str(error), "unusable", is_refused=True) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def _complete(self, request: Request) -> Completion:
        settings = request.settings
        model_id = settings.model.model_id
        refused = self.refused(model_id) | self._at_usual_tier.get(request.key, _NOTHING)
        body = self._bodies.write(request, refused)
        self._firsts.check_size(model_id, len(body))
        url, post, is_alone = self._url(settings), self._wire.post, request.siblings < 2
        sent = post(url, body) if is_alone else self._together.post(request, url, body, post)
        reply = await sent
        now = time.time()
        self._on_headers(request, reply.headers, now)
        if 200 <= reply.status < 300:
            completion = self._read(reply, settings, sampling=effective_sampling(settings, refused))
            self._at_usual_tier.pop(request.key, None)
            self._answered.add(model_id)
            stops = stops_to_cut_at(settings, refused)
            return cut_at(completion, stops) if stops else completion
        has_answered = model_id in self._answered
        refusal = read_refusal(reply.status, reply.body, redact, has_answered=has_answered)
        if refusal.is_of_content and settings.task == "chat":
            self._answered.add(model_id)
            return stopped_by_filter(reply.latency, effective_sampling(settings, refused))
        if refusal.unfit is not None and not settings.is_form_told:
            self._answered.add(model_id)
            return kept_back(refusal.unfit, reply.latency, effective_sampling(settings, refused))
        less = way_round(refusal, settings, refused)
        if refusal.is_full and settings.model.falls_back and TIER not in refused:
            self._at_usual_tier[request.key] = frozenset({TIER})
            raise ModelError(f"answered {refusal}", "parameter")
        wait = retry_after(reply.headers, now) or wait_in_words(refusal.message, now)
        error = refusal_error(refusal, self._spec, model_id=model_id, url=url, retry_after=wait)
        if less is not None:
            self._refused[model_id] = self.refused(model_id) | less
            error = ModelError(str(error), "parameter")
        elif refusal.is_of_size:
            self._firsts.note_size(model_id, len(body), error)
        raise error

    def _read(
        self, reply: HTTPResponse, settings: Settings, *, sampling: SamplingMode
    ) -> Completion:
        try:
            if settings.task == "embeddings":
                return read_embedding(reply.body, latency=reply.latency)
            return read_answer(reply.body, latency=reply.latency, sampling=sampling)
        except BrokenAnswer as fault:
            self._answered.add(settings.model.model_id)
            raise ModelError(str(fault), "transient", may_cost=True) from None
        except MalformedAnswer as fault:
            raise self._no_answer(reply, settings, fault) from None

    def _no_answer(
        self, reply: HTTPResponse, settings: Settings, fault: MalformedAnswer
    ) -> ModelError:
        """Why a body with status 200 holds none; what never gives an answer ends the run."""
        model_id, url = settings.model.model_id, self._url(settings)
        has_answered = model_id in self._answered
        refusal = refusal_in(reply.body, redact)
        if refusal is not None:
            refusal = replace(refusal, has_answered=has_answered)
            now = time.time()
            wait = retry_after(reply.headers, now) or wait_in_words(refusal.message, now)
            return refusal_error(refusal, self._spec, model_id=model_id, url=url, retry_after=wait)
        said = read_refusal(reply.status, reply.body, redact)
        quoted = f" ({said})" if said.message else ""
        kind = kind_of_body(reply.body)
        is_azure = self._spec.kind == "azure"
        cure = cure_of_body(kind, url, is_azure=is_azure, has_answered=bool(self._answered))
        asked = f"a question to `{model_id}` at {shown_address(url)}"
        text = f"answered {asked} with {fault}{quoted}: {cure}"
        is_useless = kind != "broken" and not has_answered
        return ModelError(text, "unusable" if is_useless else "malformed", may_cost=True)

    def _url(self, settings: Settings) -> URL:
        model_id, task = settings.model.model_id, settings.task
        url = self._urls.get((model_id, task))
        if url is None:
            azure = f"deployments/{quote(model_id, safe='')}/" if self._spec.kind == "azure" else ""
            last = "embeddings" if task == "embeddings" else "chat/completions"
            path = f"{self._base.raw_path.rstrip('/')}/{azure}{last}"
            url = self._base.with_path(path, encoded=True, keep_query=True)
            url = self._urls[model_id, task] = url.update_query(self._query)
        return url
