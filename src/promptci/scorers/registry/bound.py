"""A scorer with its options, ready to judge; and what its options make of its own verdict."""

import json
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.digest import short_digest
from promptci.errors import PromptCIError
from promptci.parsing.source import Mark, excerpt
from promptci.records.record import Score
from promptci.scorers.base.context import ReadGolden
from promptci.scorers.base.extract import Take
from promptci.scorers.base.options import Options
from promptci.scorers.base.preference import Preference
from promptci.scorers.base.scorer import Judge, Prefer, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict, Unjudged, failed
from promptci.scorers.tools.calls import unasked_calls
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Asking
from promptci.templates.template import TemplateError

Settle: TypeAlias = Callable[[Score], Score]
"""What options make of a scorer's own score."""

Unread: TypeAlias = Callable[[Subject, str], Score]
"""The score of an answer that could not be judged, and why not."""


_NOWHERE = Mark("")

_MEANT = (Unjudged, NoVerdict, TemplateError, PromptCIError)
"""What is raised on purpose."""

OUTPUT = "output"
"""What templates of scorers call the answer that is judged."""

_MOST_SAID = 120
"""Characters of a stray exception that are shown."""


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


def settling(options: Options, scorer: Scorer) -> Settle | None:
    """Threshold and `not`, where they are not the defaults."""
    if options.threshold == 1.0 and not (options.negate or scorer.decides):
        return None

    def settle(score: Score) -> Score:
        # Own code may say by itself whether a value passes, until a threshold does.
        own_word = score.passed or not scorer.decides
        is_enough = score.value >= options.threshold and own_word
        by_default = options.threshold == 1.0 and not scorer.decides
        passed = score.passed if by_default else is_enough
        if not options.negate:
            return replace(score, passed=passed)
        why = f"`{options.name}` holds, which `not` forbids" if passed else ""
        return replace(score, value=1.0 - score.value, passed=not passed, why=why)

    return settle


def showing(judge: Judge) -> Judge:
    """The same, where `{{ output }}` in templates is the answer, unless the example gives one."""

    def judged(subject: Subject) -> Score | Asking[Score]:
        if OUTPUT in subject.scope:
            return judge(subject)
        return judge(replace(subject, scope={**subject.scope, OUTPUT: subject.output}))

    return judged


def preferring(prefer: Prefer, take: Take | None) -> Prefer:
    """A judge of two answers that sees the parts taken; where there is none, it has no verdict."""

    def judged(base: Subject, head: Subject) -> Asking[Preference]:
        try:
            return (yield from prefer(_part(base, take), _part(head, take)))
        except (Unjudged, TemplateError) as error:
            raise NoVerdict(str(error)) from None
        except _MEANT:
            raise
        except Exception as error:
            raise _stray(error) from error

    return judged


def _part(subject: Subject, take: Take | None) -> Subject:
    return subject if take is None else replace(subject, output=take(subject.output))


def attempted(judge: Judge, take: Take | None, settle: Settle | None) -> Judge:
    """A judge of the part taken, with threshold and `not`. Raises `Unjudged` as it does.

    This is where libraries meet what a model said: whatever else one raises is `NoVerdict`, an
    error of this example, and not the end of the command.
    """

    def attempt(subject: Subject) -> Score | Asking[Score]:
        try:
            part = _part(subject, take)
            found = judge(part)
            if not isinstance(found, Score):
                return _settled(found, settle)
            if take is not None and not found.read:
                found = replace(found, read=part.output)
            return found if settle is None else settle(found)
        except _MEANT:
            raise
        except Exception as error:
            raise _stray(error) from error

    return attempt


def _settled(asking: Asking[Score], settle: Settle | None) -> Asking[Score]:
    try:
        found = yield from asking
        return found if settle is None else settle(found)
    except _MEANT:
        raise
    except Exception as error:
        raise _stray(error) from error


def _stray(error: Exception) -> NoVerdict:
    said = excerpt(str(error), _MOST_SAID)
    return NoVerdict(f"it cannot deal with this answer: {type(error).__name__}: {said}")


def forgiving(attempt: Judge, unread: Unread) -> Judge:
    """The same, where an answer that cannot be judged fails."""

    def run(subject: Subject) -> Score | Asking[Score]:
        try:
            found = attempt(subject)
        except (Unjudged, TemplateError) as error:
            found = _unjudged(subject, error, unread)
        if not isinstance(found, Score):
            return _asking(found, subject, unread)
        return found if found.passed or subject.output else _with_calls(found, subject)

    return run


def _with_calls(score: Score, subject: Subject) -> Score:
    """The same, with the tools that were called where what was judged is shown as nothing."""
    called = unasked_calls(subject) if '""' in score.why else ""
    more = f": the model called {called} instead of answering" if called else ""
    return replace(score, why=f"{score.why}{more}")


def _asking(asking: Asking[Score], subject: Subject, unread: Unread) -> Asking[Score]:
    try:
        return (yield from asking)
    except (Unjudged, TemplateError) as error:
        return _unjudged(subject, error, unread)


def _unjudged(subject: Subject, error: Unjudged | TemplateError, unread: Unread) -> Score:
    value = error.value if isinstance(error, Unjudged) else 0.0
    try:
        return replace(unread(subject, str(error)), value=value)
    except (Unjudged, TemplateError):
        return replace(failed(str(error)), value=value)


def _as_json(value: object) -> str:
    """A value that shows its type: "1" is not 1."""
    return json.dumps(value, ensure_ascii=False)
