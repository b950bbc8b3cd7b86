"""A scorer with its options, ready to judge."""

import json
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from msgspec import Struct, field

from promptci.digest import short_digest
from promptci.parsing.source import Mark
from promptci.records.record import Score
from promptci.scorers.base.context import ReadGolden
from promptci.scorers.base.scorer import Judge, Prefer
from promptci.scorers.base.subject import Subject
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Asking

_NOWHERE = Mark("")

OUTPUT = "output"
"""What templates of scorers call the answer that is judged."""


def unbound(subject: Subject) -> Score:
    raise AssertionError("this scorer was made by hand, for `judge` alone")


class BoundScorer(Struct, frozen=True):
    """A scorer with its options, ready to judge.

    `judge` gives the score, or a generator of it; on what a model said it never raises but
    `NoVerdict`. `attempt` is the same but raises `Unjudged`, too. `canonical` is all that can
    change a score, for the fingerprint. `needs_expected` says that examples must have an
    `expected`, `variables` what else its templates use, `asks` that it may need a model, one
    of `models`, `is_format` that it judges the form alone. `classes` are those that it sorts
    answers into, `goldens` read what an example expects, `grades` the labels that a judge may
    give, with their values. `only` and `excluded` are tags, `is_named` says that the label was
    given in the file. With `prefer` it judges two answers against each other, and none alone.
    `parts` are those that it combines, `steps` the number of its questions that follow from each
    other. `varies` says that it may judge the same answer otherwise when asked again.
    `words` is what a judge's prompt says. `tools` are those that it names, and whether it wants
    them called.
    """

    label: str
    weight: float
    judge: Callable[[Subject], Score | Asking[Score]]
    canonical: Mapping[str, Any]
    needs_expected: bool = False
    variables: frozenset[str] = frozenset()
    asks: bool = False
    models: tuple[ModelSpec, ...] = ()
    is_format: bool = False
    classes: tuple[str, ...] = ()
    grades: Mapping[str, float] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    is_named: bool = False
    mark: Mark = _NOWHERE
    attempt: Judge = unbound
    prefer: Prefer | None = None
    parts: tuple["BoundScorer", ...] = ()
    steps: int = 1
    varies: bool = False
    goldens: tuple[ReadGolden, ...] = ()
    words: str = ""
    tools: Mapping[str, bool] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Itself as lines of text for people: options that are not at their defaults, words."""
        options = dict(self.canonical)
        yield f"[{options.pop('scorer')}]"
        for key in sorted(options):
            value = options[key]
            if key == "scorers":  # of a combination
                yield from (f"{key}[{n}]: {_as_json(each)}" for n, each in enumerate(value))
            else:
                yield f"{key}: {_as_json(value)}"
        yield from (f"  {line}" for line in self.words.splitlines())
        for part in self.parts:
            yield from (f"  {line}" for line in part.words.splitlines())

    @property
    def model_scorers(self) -> tuple["BoundScorer", ...]:
        """Those that ask a model by themselves: itself, or of a combination its parts."""
        if self.parts:
            return tuple(model_scorer for part in self.parts for model_scorer in part.model_scorers)
        return (self,) if self.asks else ()

    @property
    def question(self) -> str:
        """What a judge is by what it asks and how it counts, whatever an eval calls it."""
        own = ("label", "weight", "only", "except")
        return short_digest({k: v for k, v in self.canonical.items() if k not in own})

    def judges(self, tags: Set[str]) -> bool:
        """Whether it judges examples that have these tags."""
        return (not self.only or bool(self.only & tags)) and not self.excluded & tags


def _as_json(value: object) -> str:
    """A value that shows its type: "1" is not 1."""
    return json.dumps(value, ensure_ascii=False)
