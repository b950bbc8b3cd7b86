"""The embedded model of meaning: all-MiniLM-L6-v2 on ONNX Runtime, with no key and no network.

Its vectors have 384 numbers; the last bits of them may differ between kinds of processor.
"""

import asyncio
import importlib
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from promptci.digest import SHORT
from promptci.errors import ModelError, RequestError
from promptci.extras import needs_extra
from promptci.models.embedded.weights import MINILM, MINILM_TOKENIZER, locate, verify
from promptci.models.kinds import Kind
from promptci.models.vector import from_floats, pack
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage

NAME = "all-MiniLM-L6-v2"

MAX_TOKENS = 256
"""Tokens of a text that the model was trained on; of a longer one the rest is left out."""


def build() -> str:
    """What tells apart builds: weights and runtime. Raises `RequestError` if one is missing."""
    try:
        return f"{NAME.lower()}:{MINILM.sha256[:SHORT]} onnxruntime:{version('onnxruntime')}"
    except PackageNotFoundError:
        raise RequestError(_MISSING) from None


def prepare() -> None:
    """Make sure that it can be asked; fetches the weights (22 MB) if they are not here.

    Raises `RequestError` or `StorageError` with the cure.
    """
    build()
    locate(MINILM)
    locate(MINILM_TOKENIZER)


class MiniLM:
    """The model of meaning as a `Model`: a request's one message becomes a vector."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "promptci-minilm")
        self._loading = threading.Lock()
        self._loaded: _Runtime | None = None

    async def complete(self, request: Request) -> Completion:
        """Embed one text. Raises `ModelError` for a question that is no text to embed."""
        if request.settings.mismatch or request.settings.parameters:
            wrong = request.settings.mismatch or "it takes no parameters, such as `dimensions`"
            raise ModelError(f"the model of meaning cannot be asked: {wrong}", "bad_request")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._embed, request.messages[0].content)

    async def aclose(self) -> None:
        """Drop what is still in line."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _embed(self, text: str) -> Completion:
        runtime = self._runtime()
        numpy = runtime.numpy
        tokens = runtime.tokenizer.encode(text.encode("utf-8", "replace").decode())
        ids, mask = ([numbers] for numbers in (tokens.ids, tokens.attention_mask))
        given = {
            "input_ids": numpy.array(ids, dtype=numpy.int64),
            "attention_mask": numpy.array(mask, dtype=numpy.int64),
            "token_type_ids": numpy.zeros_like(numpy.array(ids, dtype=numpy.int64)),
        }
        [states, *_] = runtime.session.run(None, given)
        mean = states[0].mean(axis=0)  # one text at a time: no padding to leave out
        vector = mean / numpy.linalg.norm(mean)
        usage = Usage(len(tokens.ids), 0)
        return Completion(pack(from_floats(vector.tolist())), usage=usage, served_model=NAME)

    def _runtime(self) -> "_Runtime":
        with self._loading:
            self._loaded = self._loaded or _Runtime()
            return self._loaded


class _Runtime:
    """ONNX Runtime with the model loaded (0.2 s), and what cuts text into its tokens."""

    def __init__(self) -> None:
        # Imported late: they belong to an extra that may be missing, and only a call needs them.
        try:
            self.numpy: Any = importlib.import_module("numpy")
            runtime: Any = importlib.import_module("onnxruntime")
            tokenizers: Any = importlib.import_module("tokenizers")
        except ImportError as error:
            raise RequestError(f"{_MISSING} ({error})") from error
        weights, vocabulary = locate(MINILM), locate(MINILM_TOKENIZER)
        verify(MINILM, weights)
        verify(MINILM_TOKENIZER, vocabulary)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session: Any = runtime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer: Any = tokenizers.Tokenizer.from_file(str(vocabulary))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()


_MISSING = needs_extra("the model of meaning", "similar", instead="hosted embeddings")


KIND = Kind(
    open=lambda opening: MiniLM(opening.concurrency),
    build=lambda _: build(),
    prepare=prepare,
    is_in_process=True,
)
