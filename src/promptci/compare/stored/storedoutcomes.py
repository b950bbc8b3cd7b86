"""The outcome of a task by its stored answers, so that they need not be judged again."""

from array import array
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain, repeat

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from promptci.cache.places import AnswerPlaces
from promptci.cache.stillstored import (
    KEY_BYTES,
    FileStamp,
    content_up_to,
    file_stamp,
    newest_row,
    stored_content,
)
from promptci.compare.outcomes.failurereasons import FailureGroups
from promptci.compare.outcomes.gathered import MOST_KEYS, Gathered
from promptci.compare.outcomes.tally import Sum
from promptci.records.packedresults import PackedResults
from promptci.records.record import Classed, Result
from promptci.records.results import ChunkedResults, ChunkLine
from promptci.remembered import key_of
from promptci.run.planning.task import Task
from promptci.specs.completion import RecordedSampling
from promptci.specs.prompt import Prompt

_AT_ONCE = 1000
"""Results whose texts are looked through at once."""


class StoredOutcome(msgspec.Struct, frozen=True, array_like=True):
    """The outcome of a task, every answer of which was stored: the content of a `Gathered`.

    `keys` are those of all that was asked, sorted, `content` is the SHA-256 of what was stored
    under them and `stamp` that of the cache's files then. `logs` are the run logs in which the
    results still apply. `said` are digests of what was answered, in the order of the results.

    Of very many examples there are neither keys nor results: `content` is that of all rows up to
    the `newest`, and a record whose summary says `chunks` has the results, with `scores` so often.
    """

    keys: bytes
    content: str
    stamp: FileStamp
    logs: tuple[str, ...]
    results: list[Result]
    tags: dict[str, Sum]
    metrics: dict[str, Sum]
    classed: dict[str, list[tuple[Classed, int]]]
    latencies: bytes
    tokens: tuple[int, int]
    cost: str | None
    cached: int
    truncated: int
    sampling: RecordedSampling
    failing: FailureGroups
    newest: int = 0
    chunks: dict[str, ChunkLine] = {}
    scores: list[tuple[float, int]] = []
    said: bytes = b""


def outcome_key(task: Task) -> str:
    """The key of a task's outcome: of all that decides it but the answers themselves.

    That is more than a fingerprint, in which what the served model must be called has no part.
    """
    formulas = [str(name) for name in task.judges.derived.formulas]
    parts = [task.fingerprint, asdict(task.parts), task.settings.build]
    asked = [task.settings.sampling, task.model.served]
    return key_of("answered", parts, asked, formulas, task.count)


def is_final(gathered: Gathered) -> bool:
    """Whether another run would ask nothing, and the stored answers give the same outcome."""
    task = gathered.task
    is_plain = isinstance(task.prompt, Prompt) and task.prompt.solve is None
    is_asked_once = is_plain and task.talk is None
    is_whole = task.chosen is None and task.given is None and len(gathered.results) == task.count
    is_stored = gathered.is_settled and not gathered.errors
    return is_asked_once and is_whole and is_stored and not task.judges.runs_code


def has_keys(gathered: Gathered) -> bool:
    """Whether it is known of each answer under which key it is stored."""
    return gathered.task.count <= MOST_KEYS and gathered.results.listed is not None


def sorted_keys(gathered: Gathered) -> bytes:
    """The keys of all that was asked, each once, one behind the other.

    They are sorted a few at a time, since one object each would take three times as much memory.
    """
    keys = gathered.keys
    buckets = [bytearray() for _ in range(256)]
    for at in range(0, len(keys), KEY_BYTES):
        buckets[keys[at]] += keys[at : at + KEY_BYTES]
    found = bytearray()
    for bucket in buckets:
        found += _sorted(bucket)
        bucket.clear()
    return bytes(found)


def _sorted(keys: bytearray) -> bytes:
    return b"".join(
        sorted({bytes(keys[at : at + KEY_BYTES]) for at in range(0, len(keys), KEY_BYTES)})
    )


class StoredAnswers(Struct, frozen=True):
    """What is stored under some keys: its SHA-256, empty where not all is there.

    Without keys it is that of all rows up to the `newest`.
    """

    keys: bytes
    content: str
    stamp: FileStamp
    newest: int = 0


def stored_answers(places: AnswerPlaces, keys: bytes) -> StoredAnswers:
    """What is stored under sorted keys at the moment."""
    stamp = file_stamp(places.path)
    return StoredAnswers(keys, stored_content(places.cache(), keys), stamp)


def all_answers(places: AnswerPlaces) -> StoredAnswers:
    """All that is stored at the moment."""
    stamp, cache = file_stamp(places.path), places.cache()
    newest = newest_row(cache)
    return StoredAnswers(b"", content_up_to(cache, newest), stamp, newest)


def stored_as_before(places: AnswerPlaces, answered: StoredOutcome, stamp: FileStamp) -> bool:
    """Whether the answers are there and the same: no file was written to, or they are read.

    `stamp` is that of the cache's files at the moment.
    """
    is_untouched = bool(answered.stamp) and answered.stamp == stamp
    if is_untouched:
        return True
    if answered.newest:
        return content_up_to(places.cache(), answered.newest) == answered.content
    return stored_content(places.cache(), answered.keys) == answered.content


def restamped(answered: StoredOutcome, stamp: FileStamp) -> StoredOutcome:
    """The same with the times that the cache's files had before the answers were seen."""
    return answered if stamp == answered.stamp else msgspec.structs.replace(answered, stamp=stamp)


def stored_outcome(
    gathered: Gathered, stored: StoredAnswers, logs: tuple[str, ...]
) -> StoredOutcome:
    """What has come in for a task, to be kept."""
    return StoredOutcome(
        keys=stored.keys,
        content=stored.content,
        stamp=stored.stamp,
        logs=logs,
        results=gathered.results.listed or [],
        tags=gathered.sums.tags,
        metrics=gathered.sums.metrics,
        classed={name: list(counts.items()) for name, counts in gathered.sums.classed.items()},
        latencies=gathered.latencies.tobytes(),
        tokens=(gathered.took.input_tokens, gathered.took.output_tokens),
        cost=None if gathered.took.cost is None else str(gathered.took.cost),
        cached=gathered.cached + gathered.asked,
        truncated=gathered.truncated,
        sampling=gathered.sampling,
        failing=gathered.failing,
        newest=stored.newest,
        chunks=dict(gathered.results.chunked.lines) if stored.newest else {},
        scores=list(Counter(gathered.results.scores).items()) if stored.newest else [],
        said=bytes(gathered.said) if not stored.newest else b"",
    )


def parts_with_text(found: StoredOutcome) -> Iterator[object]:
    """The same in parts, without its digests and latencies, which hold no text."""
    for start in range(0, len(found.results), _AT_ONCE):
        yield found.results[start : start + _AT_ONCE]
    yield msgspec.structs.replace(found, keys=b"", latencies=b"", results=[], chunks={}, said=b"")


def restore(
    gathered: Gathered, found: StoredOutcome, recorded: ChunkedResults | None = None
) -> None:
    """Take in all at once the outcome of a task; `recorded` are very many results."""
    if recorded is not None:
        scores = chain.from_iterable(repeat(score, times) for score, times in found.scores)
        gathered.results = PackedResults.of(recorded, scores)
    for result in found.results:
        if gathered.base is not None:
            result.share_texts()
        gathered.results.append(result)
    gathered.sums.tags, gathered.sums.metrics = found.tags, found.metrics
    gathered.sums.classed = {name: Counter(dict(counts)) for name, counts in found.classed.items()}
    gathered.latencies = array("d", found.latencies)
    gathered.took.input_tokens, gathered.took.output_tokens = found.tokens
    gathered.took.cost = None if found.cost is None else Decimal(found.cost)
    gathered.cached, gathered.truncated = found.cached, found.truncated
    gathered.sampling, gathered.failing = found.sampling, found.failing
