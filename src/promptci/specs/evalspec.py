"""An eval: a prompt's golden examples, the scorers that judge them and the gate that blocks."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from msgspec import Struct, field

from promptci.digest import long_digest
from promptci.foundonce import found_once
from promptci.parsing.source import Mark, Node, Plain
from promptci.specs.columns import ColumnsFile
from promptci.specs.completion import Outcome
from promptci.specs.conversation import Files, names_files
from promptci.specs.experiments import CurveFile, SensitivityFile
from promptci.specs.simulateduser import Conversing
from promptci.templates.template import as_text

_NOWHERE = Mark("")

_NONE: dict[str, Any] = {}
"""What most examples have none of: one for all of them, since there may be a million."""


_GIVING = ("vars", "history", "messages", "input", "inputs", "question", "prompt", "text")
"""Keys of an example that hold variables, or are written by those who mean one."""


class Example(Struct, frozen=True, dict=True):
    """One golden example. `expected` is None where `has_expected` is false.

    `blanks` are what scorers' templates find under names that the example gives no value for.
    `files` are those that its turns name, by digest. Of a flow, `steps` are what steps are to say,
    `runs` those that must be taken besides, `never` those that must not. `meta` is whatever else is
    said of it: exports carry it, and nothing rests on it.
    """

    id: str
    vars: Mapping[str, Plain]
    expected: Plain = None
    has_expected: bool = True
    tags: tuple[str, ...] = ()
    scorers: tuple[Plain, ...] = ()
    cluster: str = ""
    mark: Mark = _NOWHERE
    blanks: Mapping[str, Plain] = field(default_factory=lambda: _NONE)
    files: Files = field(default_factory=lambda: _NONE)
    steps: Mapping[str, Plain] = field(default_factory=lambda: _NONE)
    runs: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    meta: Mapping[str, Plain] = field(default_factory=lambda: _NONE)

    @found_once
    def digest(self) -> str:
        """What pairs an example with itself across commits: its inputs and what is expected."""
        golden: list[object] = [self.vars, self.expected, self.has_expected, self.scorers]
        if self.has_steps:
            golden.append([dict(self.steps), self.runs, self.never])
        return long_digest(golden)

    @property
    def has_steps(self) -> bool:
        """Whether anything is expected of the steps of a flow."""
        return bool(self.steps or self.runs or self.never)

    @property
    def names_files(self) -> bool:
        """Whether it names a file, be there one or not: what it is hangs on more than its own."""
        return bool(self.files) or names_files(self.vars)

    @property
    def metadata(self) -> dict[str, Plain]:
        """Its `meta` and its tags as one mapping, which other tools call metadata."""
        return {**self.meta, **({"tags": list(self.tags)} if self.tags else {})}

    @property
    def scope(self) -> Mapping[str, Plain]:
        """What a scorer's templates may use: the variables, and `expected`."""
        given = {"expected": self.expected, **self.vars} if self.has_expected else self.vars
        return {**self.blanks, **given} if self.blanks else given


class InPart(Example, frozen=True):
    """What is known of a faulty example: all but the keys that it `lacks` here."""

    lacks: frozenset[str] = frozenset()

    @property
    def is_named(self) -> bool:
        """Whether its id is known."""
        return "id" not in self.lacks

    def may_give(self, name: str) -> bool:
        """Whether a variable may be among what cannot be read of it."""
        return not self.lacks.isdisjoint((*_GIVING, name.partition(".")[0]))


class Gate(Struct, frozen=True):
    """What blocks: a fall beyond the tolerance, a lost must-pass example, a missed floor.

    `tolerance`, `min_score` and `spread` are shares in 0..1; `spread` is what scores may differ by
    between formats. More than `max_errors` examples without an answer is no verdict at all.
    """

    tolerance: float = 0.02
    min_score: float | None = None
    must_pass: tuple[str, ...] = ()
    max_errors: int = 0
    spread: float | None = None


class EvalSpec(Struct, frozen=True):
    """One file in `evals/`.

    `examples` is either the examples themselves or the path of a data file, relative to the eval.
    `scorers` are nodes that the scorers' registry turns into scorers. `truncated` says whether an
    answer that was cut off at its token limit is scored or counts as an error, `refused` the same
    of one that the endpoint calls a refusal; an `empty` one fails by itself, is scored or
    is an error. With a `threshold` an example passes if its
    score reaches it, whatever its scorers say one by one. `metrics` are formulas over the means of
    the scorers. `columns` say what an example takes from which column of its data file,
    `variables` are those of its prompt. `is_flow` says that the file calls it a flow, `steps` holds
    the scorers of its steps. `conversing` says how an answer takes several turns, None where it
    takes one. `sensitivity` and `curve` say how the commands of those names ask.
    """

    name: str
    mark: Mark
    prompt: str
    examples: tuple[Example, ...] | str
    scorers: tuple[Node, ...]
    models: tuple[str, ...] = ()
    gate: Gate = Gate()
    description: str = ""
    truncated: Literal["score", "error"] = "score"
    threshold: float | None = None
    metrics: Mapping[str, Node] = field(default_factory=dict)
    refused: Literal["score", "error"] = "error"
    empty: Literal["fail", "score", "error"] = "fail"
    strict_variables: bool = True
    columns: ColumnsFile | None = None
    variables: frozenset[str] = frozenset()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    is_flow: bool = False
    steps: Mapping[str, Node] = field(default_factory=dict)
    conversing: Conversing | None = None
    sensitivity: SensitivityFile | None = None
    curve: CurveFile | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it names: of examples, of wordings, of shots to draw from."""
        named = (self.examples, *self.wordings, self.curve.pool if self.curve else "")
        return tuple(each for each in named if isinstance(each, str) and each)

    @property
    def wordings(self) -> tuple[str, ...]:
        """The file of wordings, or the model that writes them, where one is named."""
        written = self.sensitivity.wording if self.sensitivity else None
        return (written,) if isinstance(written, str) else ()

    @property
    def said(self) -> frozenset[str]:
        """The variables that a conversation uses."""
        return frozenset() if self.conversing is None else self.conversing.variables

    @property
    def talked(self) -> frozenset[str]:
        """The same, and those that its tools begin with."""
        return frozenset() if self.conversing is None else self.said | self.conversing.given

    @property
    def shown(self) -> frozenset[str]:
        """What scorers find beside an example's variables."""
        return frozenset() if self.conversing is None else self.conversing.shown

    @property
    def scored(self) -> frozenset[Outcome]:
        """How an answer may end to be scored; any other ending is an error."""
        return _scored(self.truncated, self.refused, self.empty)

    @property
    def failing(self) -> frozenset[Outcome]:
        """How an answer may end that fails its example whatever its scorers would say."""
        return frozenset({"empty"}) if self.empty == "fail" else frozenset()


@cache
def _scored(*does: str) -> frozenset[Outcome]:
    ends: tuple[Outcome, ...] = ("truncated", "refused", "empty")
    return frozenset(("ok", *(end for end, do in zip(ends, does, strict=True) if do == "score")))


def normal(variables: Mapping[str, Plain]) -> str:
    """Inputs as one text without differences in case and white space."""
    texts = (f"{name}: {as_text(variables[name])}" for name in sorted(variables))
    return " ".join(" ".join(texts).casefold().split())
