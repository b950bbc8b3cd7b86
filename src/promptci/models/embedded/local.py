"""The embedded model: SmolLM2-135M-Instruct on llama.cpp, in process, with no key and no network.

The same request gives the same bytes, whatever else is asked beside it, in whatever order and in
whichever process. For that a server has one slot, and reuses of earlier prompts only what
`PrefixServer` says. Working side by side therefore means several servers, driven from threads; a
forked child could not use them.
"""

import asyncio
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from functools import cache

from promptci.digest import SHORT, short_digest
from promptci.errors import ModelError
from promptci.models.embedded import llamacpp
from promptci.models.embedded.prefix import READING, shared_prefix
from promptci.models.embedded.requantize import is_possible
from promptci.models.embedded.servers import Question, Servers
from promptci.models.embedded.weights import SMOLLM2, SMOLLM2_Q8, locate, verify
from promptci.models.embedded.wheels import Weights
from promptci.models.kinds import Kind, Opening
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Plain
from promptci.secrets.withheld import Withholding
from promptci.specs.completion import Completion, Outcome
from promptci.specs.request import Model, Request

NAME = "SmolLM2-135M-Instruct"

CONTEXT = 8192
"""Tokens of prompt and answer together: what the model was trained on."""

MAX_TOKENS = 512
"""Tokens of an answer when the request sets no limit: so small a model may ramble for ever."""

MAX_SERVERS = 4
"""Each takes one processor and about 180 MB of memory, beside 150 MB that all share."""

_SAMPLING = frozenset({"temperature", "top_p", "top_k", "min_p", "seed", "logit_bias", "n"})
_PENALTIES = frozenset({"presence_penalty", "frequency_penalty", "repeat_penalty"})
_ENDS = frozenset({"stop", "max_tokens", "max_completion_tokens"})

PARAMETERS = _SAMPLING | _PENALTIES | _ENDS
"""What may be set. Anything else is refused, because llama.cpp would ignore it in silence."""

TURN_MARKERS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
"""Texts that the tokenizer takes for the edge of a turn wherever they are."""


@cache
def chosen_weights() -> Weights:
    """The weights that are quickest with this runtime."""
    return SMOLLM2_Q8 if is_possible() else SMOLLM2


@cache
def build() -> str:
    """What tells apart builds of the embedded model: weights, runtime and kind of processor.

    Also how prompts are read. Loads the runtime (0.1 s) but no model. Raises `RequestError` if the
    runtime is missing.
    """
    runtime = llamacpp.runtime()
    features = llamacpp.features(runtime.get_system_info())
    kind = short_digest([sys.platform, platform.machine(), *features])
    weights = f"{NAME.lower()}:{chosen_weights().sha256[:SHORT]}"
    return f"{weights} reading:{READING} xllamacpp:{runtime.__version__} cpu:{kind}"


def prepare() -> None:
    """Make sure that the model can be asked; fetches the weights if they are not here.

    Best called before a progress display starts, since the fetch writes to stderr. Raises
    `RequestError` or `StorageError` with the cure.
    """
    llamacpp.runtime()
    locate(chosen_weights())


class LocalModel:
    """The embedded model as a `Model`, answering up to `servers` requests side by side.

    By default that is the number of processors it may use, at most `MAX_SERVERS`. A server is
    loaded (0.4 s, with the check of the weights) when no idle one is left. `temperature` is 0
    unless set, and a request without a `seed` is sampled with its attempt number as seed, each
    further sample with one of its own.
    """

    def __init__(self, servers: int | None = None, *, weights: Weights | None = None) -> None:
        self._weights = weights
        self._servers = Servers(servers or _processors(), self._load)

    async def complete(self, request: Request) -> Completion:
        """Ask once. Raises `ModelError` for a request that the model cannot take.

        A cancelled call stops at its next token; before the first one, while the prompt is read
        at some 200 tokens a second, it cannot be stopped.
        """
        body = _body(request)
        question = Question(body, shared_prefix(request.messages))
        self._servers.put(question)
        try:
            answer, latency = await asyncio.wrap_future(question.answer)
        finally:
            question.cancelled.set()
        return Completion(
            answer.text,
            _outcome(answer),
            answer.finish_reason,
            answer.usage,
            latency=latency,
            served_model=NAME,
            system_fingerprint=build(),
            sampling="greedy" if body["temperature"] == 0 else "sampled",
        )

    async def aclose(self) -> None:
        """Stop what still runs, waiting for it a second, and free the servers.

        A prompt that is still being read then keeps its thread, which the end of the interpreter
        waits for; `os._exit` does not.
        """
        await asyncio.to_thread(self._servers.close)

    def _load(self) -> llamacpp.Server:
        weights = self._weights or chosen_weights()
        path = locate(weights)
        verify(weights, path)
        return llamacpp.load(path, context=CONTEXT)


def _processors() -> int:
    mine = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(mine, MAX_SERVERS)


def _outcome(reply: llamacpp.LocalAnswer) -> Outcome:
    if reply.finish_reason == "length":
        return "truncated"
    return "ok" if reply.text.strip() else "empty"


def _body(request: Request) -> dict[str, Plain]:
    settings = request.settings
    asked = {name: value for name, value in settings.parameters.items() if value is not None}
    faults = [*_unknown(request, asked), *_out_of_range(asked), *_markers(request)]
    if faults:
        raise ModelError(f"the embedded model cannot be asked: {'; '.join(faults)}", "bad_request")
    limit = asked.pop("max_tokens", MAX_TOKENS)
    if settings.response_format is not None:
        asked["response_format"] = dict(settings.response_format)
    return {
        "temperature": 0,
        "seed": request.attempt + (request.sample << 16),
        "max_tokens": asked.pop("max_completion_tokens", limit),
        **asked,
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _unknown(request: Request, asked: Mapping[str, Plain]) -> Iterator[str]:
    if request.settings.tools:
        yield "its chat template leaves out `tools`, so that it would never call one"
    for name in sorted(asked.keys() - PARAMETERS):
        yield f"it has no parameter `{name}`, {did_you_mean(name, PARAMETERS)}"


def _out_of_range(asked: Mapping[str, Plain]) -> Iterator[str]:
    for name in ("max_tokens", "max_completion_tokens"):
        if isinstance(limit := asked.get(name), int) and limit < 1:
            yield f"`{name}` is {limit}, which must be 1 or more"
    # llama.cpp draws a seed of its own for the largest one, and for -1.
    if isinstance(seed := asked.get("seed"), int) and not 0 <= seed < 2**32 - 1:
        yield f"`seed` is {seed}, which must lie between 0 and {2**32 - 2}"
    stop = asked.get("stop", "")
    if not all(isinstance(text, str) for text in (stop if isinstance(stop, list) else [stop])):
        yield "`stop` must be a text or a list of texts"


def _markers(request: Request) -> Iterator[str]:
    for number, turn in enumerate(request.messages, 1):
        if not turn.is_plain or turn.role == "tool":
            yield f"message {number} has tool calls, pictures or files, which it cannot read"
        for marker in TURN_MARKERS:
            if marker in turn.content:
                yield (
                    f"message {number} contains `{marker}`, which it would take for the edge of a"
                    " turn: reword it or ask another model"
                )


def _open(opening: Opening) -> Model:
    return Withholding(LocalModel(min(opening.concurrency, _processors())))


KIND = Kind(open=_open, build=lambda _: build(), prepare=prepare, is_in_process=True, ahead=16)
