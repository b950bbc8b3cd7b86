"""What a scorer's options make of its own verdict."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from promptci.errors import PromptCIError
from promptci.parsing.source import excerpt
from promptci.records.record import Score
from promptci.scorers.base.extract import Take
from promptci.scorers.base.options import Options
from promptci.scorers.base.preference import Preference
from promptci.scorers.base.scorer import Judge, Prefer, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict, Unjudged, failed
from promptci.scorers.registry.bound import OUTPUT
from promptci.scorers.tools.calls import unasked_calls
from promptci.specs.request import Asking
from promptci.templates.template import TemplateError

Settle: TypeAlias = Callable[[Score], Score]
"""What options make of a scorer's own score."""

Unread: TypeAlias = Callable[[Subject, str], Score]
"""The score of an answer that could not be judged, and why not."""

_MEANT = (Unjudged, NoVerdict, TemplateError, PromptCIError)
"""What is raised on purpose."""

_MOST_SAID = 120
"""Characters of a stray exception that are shown."""


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
