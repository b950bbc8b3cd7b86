"""Look documents up: embed the corpus once and each query, and rank by cosine."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from math import fsum, sqrt
from operator import mul
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.errors import RequestError
from promptci.extras import needs_extra
from promptci.latepattern import late
from promptci.models.vector import NotAVector, Vector, unpack
from promptci.run.solved import Solved, StepAnswer
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.request import Asking, Request, Settings
from promptci.specs.retrieval import Document, Retrieval

DIGITS = 6
"""Decimals of a cosine that count in a ranking: the last bits differ between processors."""

_MORE = 4
"""Candidates taken from an approximate index for each document that is given."""


_LIKE_AN_ID = late(r"^(?=\[[^\n]+\]$)", re.MULTILINE)


class Retriever(Struct, eq=False, dict=True):
    """A corpus with the model that embeds it. Its vectors are kept once they are known.

    The first example that asks for them is who they are counted with; the others wait for the same
    answers, which cost nothing more.
    """

    retrieval: Retrieval
    settings: Settings
    _vectors: list[Vector] = field(default_factory=list)
    _owner: str = ""

    @cached_property
    def corpus(self) -> tuple[Request, ...]:
        """The questions about the documents, in the order of their ids."""
        return tuple(
            self._request(each.text, f"document `{each.id}`") for each in self.retrieval.documents
        )

    @cached_property
    def _uncounted(self) -> tuple[Request, ...]:
        return tuple(replace(each, is_counted=False) for each in self.corpus)

    def query(self, messages: Sequence[Message]) -> Request:
        """The question about a query, which is asked once: a vector is always the same."""
        return self._request(messages[-1].content, "query")

    def most(self, messages: Sequence[Message]) -> tuple[Request, ...]:
        """All that may be asked for one query."""
        return (self.query(messages), *self.corpus)

    def _request(self, text: str, step: str) -> Request:
        return Request(self.settings, (Message("user", text),), step=step)

    def answer(self, messages: Sequence[Message], example: str) -> Asking[Solved]:
        """What is found, the best first. Raises `NoVerdict` for vectors that cannot be used."""
        query = self.query(messages)
        self._owner = self._owner or example
        waits: tuple[Request, ...] = ()
        if example == self._owner:
            waits = self.corpus
        elif not self._vectors:
            waits = self._uncounted
        answers = yield (query, *waits)
        assert isinstance(answers, tuple)
        asked, embedded = answers[0], answers[1:]
        if not self._vectors:
            self._vectors = [_unit(_read(each)) for each in embedded]
        found = self._ranked(_unit(_read(asked)))
        cosines = "\n".join(f"{score:.{DIGITS}f} {document.id}" for document, score in found)
        step = StepAnswer("cosines", query, replace(asked, text=cosines))
        made = replace(asked, text=self._text(found))
        return Solved(made, None, (step,), latency=asked.latency)

    def _ranked(self, query: Vector) -> list[tuple[Document, float]]:
        """The documents with their cosines, the best first; equal ones by id."""
        documents = self.retrieval.documents
        scored = [(round(_dot(query, self._vectors[n]), DIGITS), n) for n in self._near(query)]
        best = sorted(scored, key=lambda each: (-each[0], documents[each[1]].id))
        return [(documents[n], score) for score, n in best[: self.retrieval.k]]

    def _near(self, query: Vector) -> Sequence[int]:
        """The documents to compare with: all, or those that an index takes for near."""
        everything = range(len(self._vectors))
        wanted = _MORE * self.retrieval.k
        if self.retrieval.index == "exact" or wanted >= len(everything):
            return everything
        return self._index.near(query, wanted)

    @cached_property
    def _index(self) -> "_Approximate":
        return _Approximate(self._vectors)

    def _text(self, found: Sequence[tuple[Document, float]]) -> str:
        if self.retrieval.give == "ids":
            return json.dumps([document.id for document, _ in found], ensure_ascii=False)
        return "\n\n".join(f"[{document.id}]\n{_apart(document.text)}" for document, _ in found)


class _Approximate:
    """An index of `usearch`, built by one thread so that it is the same each time.

    Its keys begin at 1, since a search fills what it did not find with 0.
    """

    def __init__(self, vectors: Sequence[Vector]) -> None:
        # Imported late: an extra that may be missing, and slow to start. ONNX Runtime 1.32 ends the
        # process where it is imported after usearch 2.26, and not the other way round.
        with suppress(ImportError):
            import_module("onnxruntime")
        numpy, index = import_module("numpy"), import_module("usearch.index")
        self._numpy: Any = numpy
        rows = numpy.array([list(each) for each in vectors], dtype=numpy.float32)
        self._index = index.Index(ndim=rows.shape[1], metric="cos", dtype="f32")
        self._index.add(numpy.arange(1, len(rows) + 1), rows, threads=1)

    def near(self, query: Vector, count: int) -> list[int]:
        """The places of those that it takes for nearest; fewer than asked for where it finds so."""
        row = self._numpy.array(list(query), dtype=self._numpy.float32)
        found = self._index.search(row, count, threads=1)
        return [int(key) - 1 for key in found.keys[: len(found)] if key]


def make_retriever(retrieval: Retrieval | None, settings: Settings) -> Retriever | None:
    """What looks documents up for a prompt that wants that.

    Raises `RequestError` where its index is of a package that is not installed.
    """
    if retrieval is None:
        return None
    if retrieval.index == "usearch" and not _has_usearch():
        mark = retrieval.mark
        wrong = needs_extra("`index: usearch`", "usearch", instead="write `index: exact`")
        raise RequestError(f"{mark.path}:{mark.line}: {wrong}")
    return Retriever(retrieval, settings)


def _has_usearch() -> bool:
    from importlib.util import find_spec  # late: few retrieve

    return find_spec("usearch") is not None


def _read(answer: Completion) -> Vector:
    try:
        return unpack(answer.text)
    except NotAVector as error:
        raise NoVerdict(f"the embedding cannot be used: {error}") from None


def _unit(vector: Vector) -> Vector:
    """The same direction with the length 1; one without any length stays as it is."""
    length = sqrt(fsum(map(mul, vector, vector)))
    return type(vector)("d", (each / length for each in vector)) if length else vector


def _apart(text: str) -> str:
    """A document's text, whose own lines cannot be taken for the id of another."""
    return _LIKE_AN_ID.sub(" ", text.strip())


def _dot(one: Vector, other: Vector) -> float:
    if len(one) != len(other):
        sizes = f"one has {len(one)} numbers and the other {len(other)}"
        raise NoVerdict(f"the embeddings do not fit together: {sizes}")
    return fsum(map(mul, one, other))
