"""llama.cpp in this process: the one door to the package `xllamacpp`."""

import importlib
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from promptci.errors import ModelError, RequestError, StorageError
from promptci.extras import needs_extra
from promptci.parsing.source import Plain
from promptci.specs.tokenprice import Usage

PACKAGE = "xllamacpp"


class Server(Protocol):
    """A loaded model; letting go of the last reference stops it and frees its memory."""

    def handle_chat_completions(
        self, body: Mapping[str, Plain], on_chunk: Callable[[object], bool], /
    ) -> object:
        """Answer in chunks of OpenAI's streaming format until the callback returns True."""
        ...

    def handle_completions(self, body: Mapping[str, Plain], /) -> object:
        """Read on from a prompt as it is, without a chat template."""
        ...


class LocalAnswer(Struct, frozen=True):
    """The text of an answer and how it ended.

    `reused` is how many tokens of the prompt had been read before it.
    """

    text: str
    finish_reason: str
    usage: Usage
    reused: int = 0


def runtime() -> ModuleType:
    """The package, imported. Raises `RequestError` that says what to install."""
    # Imported late: it belongs to an extra that may be missing, and only a call needs the 100 MB.
    try:
        return importlib.import_module(PACKAGE)
    except ModuleNotFoundError as error:
        raise RequestError(needs_extra("the embedded model", "local")) from error
    except ImportError as error:
        if "libgomp" in str(error):
            raise RequestError(
                "the embedded model needs the system library libgomp.so.1:"
                " apt-get install libgomp1 (Debian, Ubuntu) or dnf install libgomp (Fedora)"
            ) from error
        raise RequestError(f"the embedded model's runtime does not load: {error}") from error


def features(system_info: str) -> list[str]:
    """The processor features in llama.cpp's system information; thread counts are left out."""
    parts = (part.strip() for part in system_info.split("|"))
    return sorted(part for part in parts if part and "n_threads" not in part)


def load(path: Path, *, context: int) -> Server:
    """A server for the weights at `path` that answers one request at a time, reproducibly.

    `context` is its room in tokens for prompt and answer together. Not to be called in two
    threads at once. Raises `StorageError` if the model cannot be loaded.
    """
    package = runtime()
    try:
        server: Server = package.Server(_settings(package, path, context))
    except RuntimeError as error:
        raise StorageError(
            f"{path}: llama.cpp cannot load it: {error} It takes 400 MB of free memory"
        ) from error
    return server


def ask_server(
    server: Server, body: Mapping[str, Plain], *, is_unwanted: Callable[[], bool]
) -> LocalAnswer:
    """One chat completion: `body` under OpenAI's names, with `stream` on and usage included.

    As soon as `is_unwanted` says so, the server stops at its next token. Raises `ModelError`.
    """
    chunks: list[_Chunk] = []

    def keep(chunk: object) -> bool:
        chunks.append(msgspec.convert(chunk, _Chunk))
        return is_unwanted()

    try:
        server.handle_chat_completions(body, keep)
    except (ValueError, RuntimeError) as error:  # what it raises for a body it cannot read
        raise ModelError(
            f"the embedded model refused the request: {error}", "bad_request"
        ) from None
    return _reply(chunks)


def read_ahead(server: Server, prompt: str, *, reuse: bool) -> int | None:
    """Have the server read a prompt and answer nothing; how many tokens that is.

    With `reuse` it reads only what differs from the last prompt, and the last token in any case.
    None where it did not read it, such as one that is too long.
    """
    body: dict[str, Plain] = {"prompt": prompt, "n_predict": 0, "cache_prompt": reuse}
    try:
        read = msgspec.convert(server.handle_completions(body), _Chunk)
    except (ValueError, RuntimeError):
        return None
    return read.usage.prompt_tokens if read.usage and read.error is None else None


def _reply(chunks: "list[_Chunk]") -> LocalAnswer:
    for chunk in chunks:
        if chunk.error is not None:
            raise chunk.error.as_model_error()
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    ends = [each.finish_reason for chunk in chunks for each in chunk.choices if each.finish_reason]
    counts = chunks[-1].usage if chunks else None
    if not ends or counts is None:
        raise ModelError("the embedded model was stopped before it had answered", "transient")
    usage = Usage(counts.prompt_tokens, counts.completion_tokens)
    return LocalAnswer(text, ends[-1], usage, chunks[-1].timings.cache_n)


def _settings(package: ModuleType, path: Path, context: int) -> Any:
    chosen = {
        # One slot, fixed batches, nothing fitted to the machine, no accelerator: each of these can
        # change an answer. Most are defaults, set so that no upgrade moves them.
        "n_ctx": context,
        "n_parallel": 1,
        "kv_unified": False,
        "cache_prompt": False,
        "cache_ram_mib": 0,
        "n_batch": 2048,
        "n_ubatch": 512,
        "flash_attn_type": package.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED,
        "fit_params": False,
        "n_gpu_layers": 0,
        "no_op_offload": True,
        "no_kv_offload": True,
        # The server always listens on loopback, by default without a key.
        "hostnames": ["127.0.0.1"],
        "api_keys": [secrets.token_urlsafe(32)],
        "ui": False,
        "endpoint_slots": False,
        "n_threads_http": 1,
        "verbosity": -1,
    }
    params = package.CommonParams()
    params.model.path = str(path)
    for name, value in chosen.items():
        setattr(params, name, value)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    return params


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)
    finish_reason: str | None = None


class _Counts(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int


class _Error(msgspec.Struct):
    message: str
    type: str
    n_prompt_tokens: int = 0
    n_ctx: int = 0

    def as_model_error(self) -> ModelError:
        if self.type == "exceed_context_size_error":
            return ModelError(
                f"the prompt has {self.n_prompt_tokens} tokens and the embedded model has room for"
                f" {self.n_ctx}, answer included: shorten the prompt",
                "bad_request",
            )
        kind = "bad_request" if self.type == "invalid_request_error" else "transient"
        return ModelError(f"the embedded model refused the request: {self.message}", kind)


class _Timings(msgspec.Struct):
    cache_n: int = 0


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Counts | None = None
    timings: _Timings = msgspec.field(default_factory=_Timings)
    error: _Error | None = None
