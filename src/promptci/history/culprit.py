"""The commit that broke an eval: both ends are evaluated, then as few points between as can be."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.comparing import compare_pairs
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.pairing.pairs import Pair
from promptci.compare.planruns import RunPlan, pass_over
from promptci.errors import PromptCIError, RequestError
from promptci.git.revision import Revision
from promptci.history.bisection import PointState, first_bad
from promptci.history.timeline import Standard, Timeline, TimelinePoint
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.run.recall import Find, recall_all
from promptci.specs.evalspec import Example

_SLACK = 1e-9  # scores are sums of floats


class Measured(Struct, frozen=True):
    """A point that was evaluated: its score in 0..1, and what that means."""

    point: TimelinePoint
    score: float
    finding: PointState


Tell: TypeAlias = Callable[[Measured], None]
"""Called after each evaluation."""


class CulpritSearch(Struct, frozen=True):
    """What a search goes by: who evaluates a point, where answers are stored, and what is bad.

    A score `below` that limit, 0..1, is bad; without one the score at the timeline's beginning
    less the gate's tolerance is the limit. An example that flipped at the culprit is asked again
    `times` times, and `tell` is called after each point.
    """

    run: RunPlan
    find: Find
    below: float | None = None
    times: int = 0
    tell: Tell = lambda _: None


class Culprit(Struct, frozen=True):
    """The result of a search.

    `before` is the last good point and `first` the first bad one. The points `between` could not
    be evaluated, so any of them may be the one that broke it. A score below `limit` is bad; None
    where an example decides. `compared` is `first` compared with `before`; `evaluated`
    counts points. `note` tells of a merge by which the commit came, or that is the culprit itself.
    """

    timeline: Timeline
    before: TimelinePoint
    first: TimelinePoint
    between: tuple[TimelinePoint, ...]
    limit: float | None
    compared: Compared
    evaluated: int
    note: str = ""

    @property
    def example(self) -> str:
        """The id of the one example that decided; empty if the score did."""
        return next(iter(self.timeline.standard.chosen or ("",)))

    @property
    def is_firm(self) -> bool:
        """Whether anything that was lost stayed lost when it was asked again."""
        ids = self.compared.confirmed.comparison.ids
        return bool(ids("lost")) or not ids("flaky")

    @property
    def exit_code(self) -> int:
        """0 if the culprit is known, 3 if it is not."""
        return 3 if self.between or not self.is_firm else 0


def find_culprit(timeline: Timeline, search: CulpritSearch) -> Culprit:
    """Search a timeline that is good at its beginning and bad at its end.

    Bad is the standard's one example failing; where it takes all of them, a score under the
    search's limit. Raises `RequestError` where the ends are not good and bad, and `PromptCIError`
    where that could not be found out.
    """
    trial = _Trial(timeline, search)
    trial.begin()
    points = timeline.points
    row = [point for point in points if point.task is not None]
    window = first_bad(row, trial.verdict, is_known=trial.is_known)
    before, first = row[window.good], row[window.bad]
    between = points[points.index(before) + 1 : points.index(first)]
    return Culprit(
        timeline=timeline,
        before=before,
        first=first,
        between=tuple(map(trial.explained, between)),
        limit=trial.limit,
        compared=trial.compare(before, first),
        evaluated=trial.evaluated,
    )


class _Trial:
    """Evaluates points and says what that means."""

    def __init__(self, timeline: Timeline, search: CulpritSearch) -> None:
        self.limit: float | None = None
        self.evaluated = 0
        self._timeline, self._search = timeline, search
        self._standard = timeline.standard
        self._unanswered: dict[str, str] = {}
        self._probes = _ends(timeline.standard)

    def begin(self) -> None:
        """Evaluate both ends, which must be good and bad."""
        timeline, below = self._timeline, self._search.below
        good, bad = timeline.points[0], timeline.points[-1]
        for point, end in ((good, timeline.good), (bad, timeline.bad)):
            if point.task is None:
                raise PromptCIError(f"{_called(end)} cannot be evaluated: {point.obstacle}")
        if good.fingerprint == bad.fingerprint:
            raise PromptCIError(_unchanged(timeline))
        base = self._measure(good)
        if self._standard.chosen is None:
            tolerance = self._standard.spec.gate.tolerance
            self.limit = base.record.score - tolerance if below is None else below
        self._require(good, base, timeline.good, "good")
        self._require(bad, self._measure(bad), timeline.bad, "bad")

    def verdict(self, point: TimelinePoint) -> PointState:
        """Evaluate a point."""
        outcome = self._measure(point)
        finding = self._judge(point, outcome)
        if finding == "skip":
            self._unanswered[point.revision.id] = _no_answer(outcome)
        return finding

    def is_known(self, point: TimelinePoint) -> bool:
        """Whether the answers seem to be stored: those to the first and the last example are."""
        return None not in recall_all(_task(point), self._probes, self._search.find)

    def explained(self, point: TimelinePoint) -> TimelinePoint:
        """A point with the reason why it could not be evaluated."""
        return replace(point, obstacle=self._unanswered.get(point.revision.id, point.obstacle))

    def compare(self, before: TimelinePoint, first: TimelinePoint) -> Compared:
        """The first bad point against the last good one, from the stored answers."""
        pair = Pair(_task(before), _task(first), self._standard.spec.gate)
        search = self._search
        (compared,) = compare_pairs([pair], search.run, search.find, times=search.times)
        return compared

    def _measure(self, point: TimelinePoint) -> EvalOutcome:
        self.evaluated += 1
        (outcome,) = self._search.run(Plan((_task(point),), is_partial=True), pass_over).outcomes()
        return outcome

    def _judge(self, point: TimelinePoint, outcome: EvalOutcome) -> PointState:
        finding = self._finding(outcome)
        self._search.tell(Measured(point, outcome.record.score, finding))
        return finding

    def _finding(self, outcome: EvalOutcome) -> PointState:
        record = outcome.record
        if outcome.is_undecided or (self.limit is None and record.errors):
            return "skip"
        if self.limit is None:
            return "good" if record.passed else "bad"
        return "bad" if record.score < self.limit - _SLACK else "good"

    def _require(
        self, point: TimelinePoint, outcome: EvalOutcome, end: Revision, wanted: PointState
    ) -> None:
        """Raise unless one end of the search is what it must be."""
        finding = self._judge(point, outcome)
        if finding == "skip":
            raise PromptCIError(f"{_called(end)} cannot be judged: {_no_answer(outcome)}")
        if finding != wanted:
            raise RequestError(_not_so(outcome, end, wanted, self.limit))


def _task(point: TimelinePoint) -> Task:
    assert point.task is not None
    return point.task


def _ends(standard: Standard) -> tuple[Example, ...]:
    """The first and the last of the examples that decide."""
    found: list[Example] = []
    for example in standard.examples():
        found[1:] = [example]
    return tuple(found)


def _no_answer(outcome: EvalOutcome) -> str:
    why = "; ".join(sorted(outcome.errors))
    return f"no answer to {outcome.record.errors} of {outcome.record.total} examples: {why}"


def _called(revision: Revision) -> str:
    return f"`{revision.name}` ({revision.short})" if revision.name else revision.short


def _unchanged(timeline: Timeline) -> str:
    name = timeline.standard.spec.name
    ends = f"{_called(timeline.good)} and {_called(timeline.bad)}"
    return f"prompt and model of `{name}` are the same at {ends}, so no commit broke it"


def _not_so(outcome: EvalOutcome, end: Revision, wanted: PointState, limit: float | None) -> str:
    """Why an end is not what it must be, and what to do about it."""
    record, where = outcome.record, _called(end)
    if wanted == "good":
        cure = "name an earlier commit with --good"
        if limit is None:
            return f"`{record.results[0].id}` fails at {where} already: {cure}"
        return f"the score at {where} is {record.score:.1%}, which is below {limit:.1%}: {cure}"
    if limit is None:
        return (
            f"`{record.results[0].id}` passes at {where}: name a commit where it fails with --bad"
        )
    cure = "name a worse commit with --bad, or a higher limit with --below"
    return f"the score at {where} is {record.score:.1%}, not below {limit:.1%}: {cure}"
