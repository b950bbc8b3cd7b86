"""What the scorers of an eval say of an answer, as generators that may ask models."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Result, Score
from promptci.scorers.base.attempts import as_attempt
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.registry import BoundScorer, Subject
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Asking
from promptci.specs.simulateduser import CONVERSATION

_NOTHING: Mapping[str, Plain] = {}

_ROUNDING = 1e-9

_SHARED = {0.0: 0.0, 1.0: 1.0}
"""Scores that most examples have, so that they share one object each."""

Scored = tuple[tuple[BoundScorer, Score], ...]


def judge_answer(
    example: Example,
    completion: Completion,
    scorers: Sequence[BoundScorer],
    tools: tuple[Mapping[str, Plain], ...] = (),
    attempt: int = 0,
    said: Mapping[str, Plain] = _NOTHING,
) -> Asking[Scored]:
    """What each scorer says of an answer; those that need a model ask it.

    `tools` are those that the prompt offered, `attempt` is that of the example: a judge is asked
    again in each, also about an answer that it has judged before. `said` is what was said on the
    way to the answer, which those scorers see that use it. Raises `NoVerdict`, with the
    scorer's label, where one of the scorers could not find out.
    """
    talk = completion.conversation
    subject = Subject(
        completion.text,
        example.expected,
        example.has_expected,
        {**example.scope, CONVERSATION: talk} if talk else example.scope,
        completion,
        tools,
    )
    scored = []
    for scorer in scorers:
        try:
            verdict = scorer.judge(seen_by(scorer, subject, said) if said else subject)
            score = (
                verdict if isinstance(verdict, Score) else (yield from as_attempt(verdict, attempt))
            )
        except NoVerdict as error:
            raise NoVerdict(f"{scorer.label}: {error}") from None
        scored.append((scorer, score))
    return tuple(scored)


def seen_by(scorer: BoundScorer, subject: Subject, said: Mapping[str, Plain]) -> Subject:
    """The same with what was said on the way, as far as a scorer uses it."""
    used = {name: said[name] for name in sorted(scorer.variables) if name in said}
    return replace(subject, scope={**subject.scope, **used}) if used else subject


def combine_scores(example: Example, scored: Scored, threshold: float | None = None) -> Result:
    """The weighted mean of the scores; passed if every scorer that has weight passes.

    With a `threshold` it passes if the mean reaches that, and not otherwise. Where no scorer has
    weight, all weigh the same in the mean and none is needed to pass.
    """
    weights = [scorer.weight for scorer, _ in scored]
    total = sum(weights)
    if weights == [1.0]:  # as most evals have it
        value = scored[0][1].value
    elif total:
        value = sum(w * score.value for w, (_, score) in zip(weights, scored, strict=True)) / total
    else:
        value = sum(score.value for _, score in scored) / len(scored)
    passed = all(score.passed for scorer, score in scored if scorer.weight)
    if threshold is not None:
        passed = value + _ROUNDING >= threshold
    value = _SHARED.get(value, value)
    scores = (
        tuple((scorer.label, score.value) for scorer, score in scored) if len(scored) > 1 else ()
    )
    return Result(example.id, example.digest, "pass" if passed else "fail", value, scores)


def missed(result: Result, threshold: float | None) -> str:
    """By what a score missed the threshold; empty where it did not."""
    if threshold is None or result.passed:
        return ""
    return f"the score {result.score:.3g} is below the threshold of {threshold:g}"
