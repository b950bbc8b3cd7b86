"""What a scorer is: its options, and what makes a judge of them."""

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.preference import Preference
from promptci.scorers.base.subject import Subject
from promptci.specs.request import Asking

Judge: TypeAlias = Callable[[Subject], Score | Asking[Score]]
"""Gives the score of a subject; a scorer that needs a model gives a generator of it instead."""


Prefer: TypeAlias = Callable[[Subject, Subject], Asking[Preference]]
"""Which of two answers to one example is better: the base's and the head's."""


class Scorer(Struct, frozen=True):
    """A way to judge: its options, and the function that makes a judge of them.

    `make` gets the options and the binding, on which it notes faults. A bare scalar or list in the
    file sets the option `shorthand`. Raise `version` when the same options judge differently: it
    is in the fingerprint. `example` is an item of an eval's `scorers`, as YAML. `is_format` says
    that it judges the form of an answer and not what it says, `nests` that its main option is a
    list of scorers, of which one alone needs no brackets. `decides` says that the
    scorer's own verdict counts beside the threshold, which only makes it stricter, `is_pairwise`
    that it judges two answers against each other and none alone: it makes a `Prefer`.
    """

    make: Callable[[Any, ScorerContext], Judge | Prefer | None]
    options: type[Options]
    summary: str
    shorthand: str = ""
    version: int = 1
    example: str = ""
    is_format: bool = False
    nests: bool = False
    decides: bool = False
    is_pairwise: bool = False
