"""Scorers made of scorers: all of them, any of them, none of them."""

from collections.abc import Callable, Iterator, Sequence
from math import fsum
from typing import Annotated, Any, TypeAlias

from msgspec import Meta
from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict, Unjudged, UnusableGolden, as_read, graded
from promptci.scorers.registry.registry import BoundScorer, bind
from promptci.scorers.registry.scorersets import expanded
from promptci.scorers.registry.sidebyside import PartVerdict, side_by_side
from promptci.specs.request import Asking
from promptci.templates.template import TemplateError

PartVerdicts: TypeAlias = Sequence[tuple[BoundScorer, PartVerdict]]
Conclude: TypeAlias = Callable[[PartVerdicts], Score]
"""The score of a combination. Raises what it cannot do without."""

DECIMALS = 12
"""Decimals kept of a mean, so that 0.8 of weights such as 0.1 reaches a threshold of 0.8."""


class CombinedOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scorers inside a scorer."""

    scorers: Annotated[
        list[str | dict[str, Any]],
        Meta(min_length=1, description="what is combined: a list of scorers, or one"),
    ]


def all_of(options: CombinedOptions, binding: ScorerContext) -> Judge | None:
    """The weighted mean of the values; passed if every scorer passes.

    With a `threshold` the mean decides alone.
    """
    parts = _parts(binding, weighs=True)
    total = fsum(part.weight for part in parts)
    by_mean = options.threshold < 1.0

    def conclude(told: PartVerdicts) -> Score:
        _refuse_silence(told)
        values = [part.weight * _value(verdict) for part, verdict in told]
        value = round(fsum(values) / total, DECIMALS)
        failed = [each for each in told if not _passed(each[1])]
        if not failed:
            return _score(value, _whys(told), passed=True)
        if by_mean or any(isinstance(verdict, Score) for _, verdict in failed):
            return _score(value, _whys(failed), passed=False)
        raise Unjudged(_whys(failed), value)

    return _combined(parts, conclude, lambda told: False) if parts else None


def any_of(options: CombinedOptions, binding: ScorerContext) -> Judge | None:
    """The largest of the values; passed if any scorer passes."""
    parts = _parts(binding, weighs=False)
    by_value = options.threshold < 1.0
    return _combined(parts, lambda told: _largest(told, by_value), _holds) if parts else None


def none_of(options: CombinedOptions, binding: ScorerContext) -> Judge | None:
    """One less the largest of the values; passed if no scorer passes."""
    parts = _parts(binding, weighs=False)

    def conclude(told: PartVerdicts) -> Score:
        try:
            found = _largest(told, by_value=False)
        except Unjudged as error:
            raise Unjudged(str(error)) from None
        holding = next((part.label for part, verdict in told if _passed(verdict)), "")
        why = f"`{holding}` holds, which `{options.name}` forbids" if found.passed else ""
        return _score(1.0 - found.value, why, passed=not found.passed)

    return _combined(parts, conclude, _holds) if parts else None


def _parts(binding: ScorerContext, *, weighs: bool) -> list[BoundScorer]:
    """The scorers inside, and on the binding what they need; none after a fault."""
    listed = binding.node.get("scorers").value
    before = binding.errors
    parts: list[BoundScorer] = []
    canonical: list[Plain] = []
    items = expanded(listed if isinstance(listed, list) else (), binding.faults, binding.reach)
    for node, reach in items:
        part = bind(node, binding.faults, reach)
        if part is not None:
            binding.faults += (node.mark.fault(wrong) for wrong in _strays(part, weighs=weighs))
            parts.append(part)
            canonical.append({k: v for k, v in part.canonical.items() if k != "label"})
    if not parts and binding.errors == before:
        binding.fault("there is nothing to combine: name scorers", "scorers")
    binding.needs_expected |= any(part.needs_expected for part in parts)
    binding.goldens += (golden for part in parts for golden in part.goldens)
    binding.asks |= any(part.asks for part in parts)
    binding.varies |= any(part.varies for part in parts)
    binding.parts = tuple(parts)
    binding.models = tuple(model for part in parts for model in part.models)
    binding.variables.update(*(part.variables for part in parts))
    binding.is_format = all(part.is_format for part in parts)
    binding.canonical["scorers"] = canonical
    return parts if binding.errors == before else []


def _strays(part: BoundScorer, *, weighs: bool) -> Iterator[str]:
    """What means nothing inside a combination."""
    if part.prefer is not None:
        yield f"`{part.label}` judges no answer alone: list it beside this combination"
    if part.only or part.excluded:
        yield f"`{part.label}` picks examples by tag: do that on the outermost scorer"
    if weighs and not part.weight:
        yield f"`{part.label}` has no weight in a combination: take it out, or give it one"
    if not weighs and part.weight != 1.0:
        yield f"`weight` of `{part.label}` has no meaning here, only in `all_of`: take it out"


def _combined(
    parts: list[BoundScorer], conclude: Conclude, is_settled: Callable[[PartVerdicts], bool]
) -> Judge:
    """Scorers that ask no model first; the others side by side, unless all is settled by then."""

    def judge(subject: Subject) -> Score | Asking[Score]:
        asked = [(part, _ask_part(part, subject)) for part in parts]
        told = [(part, found) for part, found in asked if isinstance(found, PartVerdict)]
        if len(told) == len(asked) or is_settled(told):
            return _with_reads(conclude(told), told)
        return _conclude_asked(asked, conclude)

    return judge


def _ask_part(part: BoundScorer, subject: Subject) -> PartVerdict | Asking[Score]:
    try:
        return part.attempt(subject)
    except UnusableGolden:
        raise
    except TemplateError as error:
        return Unjudged(str(error))
    except (Unjudged, NoVerdict) as error:
        return error


def _conclude_asked(
    asked: Sequence[tuple[BoundScorer, PartVerdict | Asking[Score]]], conclude: Conclude
) -> Asking[Score]:
    asking = [found for _, found in asked if not isinstance(found, PartVerdict)]
    answers = iter((yield from side_by_side(asking)))
    told = [(part, v if isinstance(v, PartVerdict) else next(answers)) for part, v in asked]
    return _with_reads(conclude(told), told)


def _with_reads(score: Score, told: PartVerdicts) -> Score:
    """The same score with what its parts read, each behind its name."""
    reads = [f"{part.label}: {v.read}" for part, v in told if isinstance(v, Score) and v.read]
    return as_read(score, "; ".join(reads)) if reads else score


def _largest(told: PartVerdicts, by_value: bool) -> Score:
    """The largest value, passed if any is; one that passes needs none of the others."""
    value = max((_value(verdict) for _, verdict in told), default=0.0)
    if _passes_any(told):
        best = [each for each in told if _passed(each[1])]
        return _score(value, _whys(best), passed=True)
    _refuse_silence(told)
    if not by_value and any(isinstance(verdict, Unjudged) for _, verdict in told):
        raise Unjudged(_whys(told), value)
    return _score(value, _whys(told), passed=False)


def _holds(told: PartVerdicts) -> bool:
    """Whether one passes in full, so that no other could change a thing."""
    return any(_passed(verdict) and _value(verdict) >= 1.0 for _, verdict in told)


def _passes_any(told: PartVerdicts) -> bool:
    return any(_passed(verdict) for _, verdict in told)


def _passed(verdict: PartVerdict) -> bool:
    return isinstance(verdict, Score) and verdict.passed


def _value(verdict: PartVerdict) -> float:
    return verdict.value if isinstance(verdict, Score | Unjudged) else 0.0


def _refuse_silence(told: PartVerdicts) -> None:
    """Raises `NoVerdict` where one of the scorers could not find out."""
    for part, verdict in told:
        if isinstance(verdict, NoVerdict):
            raise NoVerdict(f"{part.label}: {verdict}")


def _whys(told: PartVerdicts) -> str:
    """Why, scorer by scorer; nothing of those with a full score."""
    lines = []
    for part, verdict in told:
        why = verdict.why if isinstance(verdict, Score) else str(verdict)
        if why or not _passed(verdict):
            lines.append(f"{part.label}: {why}" if why else part.label)
    return "; ".join(lines)


def _score(value: float, why: str, *, passed: bool) -> Score:
    return replace(graded(value, why), passed=passed)


SCORERS = {
    "all_of": Scorer(
        all_of,
        CombinedOptions,
        "every one of several scorers passes; the value is their weighted mean",
        "scorers",
        example="all_of: [is_json, {contains: queue}]",
        nests=True,
    ),
    "any_of": Scorer(
        any_of,
        CombinedOptions,
        "at least one of several scorers passes; the value is the largest",
        "scorers",
        example="any_of: [equals, {contains: refund}]",
        nests=True,
    ),
    "none_of": Scorer(
        none_of,
        CombinedOptions,
        "none of several scorers passes; the value is 1 less the largest",
        "scorers",
        example="none_of: [{contains: sorry}, {regex: '(?i)as an ai'}]",
        nests=True,
    ),
}
