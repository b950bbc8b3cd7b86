"""The result of an eval: scores of single examples, and the record of all of them."""

import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import force_setattr

from promptci.digest import LONG
from promptci.records.results import ChunkedResults
from promptci.specs.completion import RecordedSampling
from promptci.withasides import WithAsides

Fate: TypeAlias = Literal["pass", "fail", "error"]

STEP = "step "
"""What the labels of a flow's steps begin with, before their names."""

CONTROL = "control flow"
"""The label of the way that was taken through a flow."""


class Classed(Struct, frozen=True):
    """The class that was expected and the one that the answer gave, None if it gave none."""

    expected: str
    got: str | None


class Score(WithAsides, frozen=True):
    """A scorer's verdict on one answer: a value in 0..1, passed or not, and one line why.

    `classed` is there where the answer was to name a class. `label` is the grade that a judge gave
    in words; it is beside the verdict and makes no difference to it. `read` is the answer that
    a scorer read out of the text, such as a letter or a number, empty where it reads none.
    """

    ASIDES = frozenset({"label", "read"})

    value: float
    passed: bool
    why: str = ""
    classed: Classed | None = None
    label: str = ""
    read: str = ""


class Result(Struct, frozen=True, gc=False, array_like=True):
    """One example: passed or failed with its score in 0..1, or an error, which is neither.

    `digest` is the example's (inputs and expectation). `scores` holds the value of each metric in
    the order of the scorers; it is left empty where a single metric says the same as `score`.
    `is_unmeasured` says of an error that was never asked, since two branches were merged.
    """

    id: str
    digest: str
    fate: Fate
    score: float = 0.0
    scores: tuple[tuple[str, float], ...] = ()
    is_unmeasured: bool = False

    def share_texts(self) -> None:
        """Hold the texts of `id` and `digest` once for all records of the same examples.

        The table of them takes more than the texts of a single record.
        """
        force_setattr(self, "id", sys.intern(self.id))
        force_setattr(self, "digest", sys.intern(self.digest))

    @property
    def passed(self) -> bool:
        """Whether every scorer that has weight passed."""
        return self.fate == "pass"


Results: TypeAlias = Sequence[Result]
"""Results sorted by id: a tuple, or `ChunkedResults` that are read when they are asked for."""


class Tally(Struct, frozen=True):
    """A mean over examples: the score in 0..1, and how many of them passed."""

    score: float
    passed: int
    total: int


class Accepted(Struct, frozen=True):
    """A lost example that somebody has accepted, and why.

    `by` is who did so, `when` the day and `until` the last one on which it holds (ISO 8601); empty
    where that is not known, and where it holds for good.
    """

    id: str
    why: str
    by: str = ""
    when: str = ""
    until: str = ""


class Parts(Struct, frozen=True):
    """What a fingerprint is made of, each by its digest, so that one can say what changed."""

    prompt: str
    examples: str
    scorers: str
    model: str

    def asks_like(self, other: "Parts") -> bool:
        """Whether both ask the same and judge it alike, of whichever examples they share."""
        mine, its = ((p.prompt, p.scorers, p.model) for p in (self, other))
        return mine == its

    def differing(self, other: "Parts") -> tuple[str, ...]:
        """The names of the parts in which the two differ."""
        names = self.__struct_fields__
        return tuple(name for name in names if getattr(self, name) != getattr(other, name))


class Record(Struct, frozen=True, dict=True, omit_defaults=True):
    """One eval on one model at one state of the files.

    `model` is the name used in the files, `model_id` the id that it means. `build` tells apart
    builds of an embedded model and is empty for hosted ones: records of equal fingerprint but
    another build are not comparable. `metrics` holds the mean of each scorer, `tags` the tally of
    each tag. `results` are sorted by id.
    """

    eval: str
    model: str
    fingerprint: str
    parts: Parts
    score: float
    passed: int
    total: int
    results: Results = ()
    prompt: str = ""
    version: str = ""
    model_id: str = ""
    build: str = ""
    sampling: RecordedSampling = "greedy"
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, Tally] = field(default_factory=dict)
    accepted: tuple[Accepted, ...] = ()

    @cached_property
    def is_old(self) -> bool:
        """Whether any digest is too short to identify what it was made from: format 1."""
        parts = self.parts
        made = (self.fingerprint, parts.prompt, parts.examples, parts.scorers, parts.model)
        if min(map(len, made)) < LONG:
            return True
        if isinstance(self.results, ChunkedResults):
            return False
        return any(len(result.digest) < LONG for result in self.results)

    @cached_property
    def is_merged(self) -> bool:
        """Whether it was merged from two, so that not all of it was measured."""
        parts = (self.parts.prompt, self.parts.examples, self.parts.scorers, self.parts.model)
        if any(not part.strip("0") for part in parts):
            return True
        if isinstance(self.results, ChunkedResults):
            return self.results.is_merged
        return self.unmeasured > 0

    @property
    def unmeasured(self) -> int:
        """Examples that were not asked since two branches were merged."""
        if isinstance(self.results, ChunkedResults):
            return self.results.unmeasured
        return [result.is_unmeasured for result in self.results].count(True)

    def changed_since(self, base: "Record") -> tuple[str, ...]:
        """The parts of the fingerprint in which it differs from another one, and `build`."""
        is_other = base.build != self.build
        return (*base.parts.differing(self.parts), *(("build",) if is_other else ()))

    @cached_property
    def errors(self) -> int:
        """Examples without an answer."""
        if isinstance(self.results, ChunkedResults):
            return self.results.errors
        return [result.fate for result in self.results].count("error")


Records: TypeAlias = Mapping[str, Record]
"""The records of one eval by model; empty where there is no file."""


def results_of(record: Record, ids: Collection[str]) -> tuple[Result, ...]:
    """The results of some examples; of a large record only their chunks are read."""
    if isinstance(record.results, ChunkedResults):
        return record.results.some(ids)
    wanted = set(ids)
    return tuple(result for result in record.results if result.id in wanted) if wanted else ()
