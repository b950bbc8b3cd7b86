"""Ask examples that flipped again, on both sides, before they count."""

from collections import Counter
from collections.abc import Sequence
from itertools import compress

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.comparison import Comparison
from promptci.compare.confirmed import MOST_CONFIRMED, Confirmed, flipped
from promptci.compare.pairing.pairs import Pair
from promptci.compare.planruns import RunPlan
from promptci.compare.repeatresults import RepeatResults, repeated
from promptci.compare.repeatrule import CHANCE_HELD, MOST, Rule, may_be_chance, repeats
from promptci.digest import short_digest
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import Task
from promptci.spending.limits import CONFIRM

_FIRST_LOST = 20
"""Lost examples that are asked again before the others are drawn, since reports name them."""


def confirm(
    pairs: Sequence[Pair], comparisons: Sequence[Comparison], run: RunPlan, *, times: int = CONFIRM
) -> tuple[Confirmed, ...]:
    """Ask flipped examples again, `times` on each side, where that can tell anything.

    A flip is confirmed if every repeat says what the first answers did. One that got no answer
    takes nothing back; where a side of a flip got none at all, the pair was not asked again. Where
    so much flipped that some of it holds by chance, a net loss is not sure. Where both sides ask
    the same, one is asked as often as both until it contradicts. Where judges may vary, flips are
    asked more often and one repeat may contradict, so that noise hardly ever confirms or hides a
    flip.
    """
    asked = [
        bool(times and flipped(comparison)) and pair.can_repeat and not pair.is_deterministic
        for pair, comparison in zip(pairs, comparisons, strict=True)
    ]
    judged = [is_asked and _is_judged(pair) for pair, is_asked in zip(pairs, asked, strict=True)]
    flips = (min(MOST_CONFIRMED, len(flipped(each))) for each in compress(comparisons, judged))
    rule = repeats(sum(flips), times)
    chosen = [_chosen(*each) for each in zip(pairs, comparisons, strict=True)]
    held = [
        pair.holding(ids) if is_asked else pair
        for pair, ids, is_asked in zip(pairs, chosen, asked, strict=True)
    ]
    again = _Repeats(held, comparisons, run, chosen)
    again.ask(asked, range(1, times + 1), most=rule.contradicted)
    again.ask(judged, range(times + 1, rule.times + 1), most=rule.contradicted)
    drifts = [
        a and pair.is_drift and not j for pair, a, j in zip(pairs, asked, judged, strict=True)
    ]
    for attempt in range(times + 1, 2 * times + 1):
        again.ask(drifts, range(attempt, attempt + 1), most=0)
    attempt = 2 * times
    while any(drifts := [each and again.may_be_chance(i, times) for i, each in enumerate(drifts)]):
        attempt += 1
        again.ask(drifts, range(attempt, attempt + 1), most=0)
    return tuple(
        again.confirmed(
            index, rule if is_judged else Rule(times, 0), was_asked=asked[index], times=times
        )
        for index, is_judged in enumerate(judged)
    )


def _is_certain(pair: Pair) -> bool:
    """Whether asking again would tell nothing new, or no model is asked at all."""
    is_on_record = pair.base_record is not None and pair.head_record is not None
    return pair.is_deterministic or is_on_record or pair.head.given is not None


def _is_judged(pair: Pair) -> bool:
    return pair.base.judges.varies or pair.head.judges.varies


class _Repeats(Struct, frozen=True):
    """Flips asked again; `doubts` counts the repeats that contradict each, by pair and example.

    `scores` are those of the repeats of both sides, `answered` the flips that both were asked of,
    `returned` those of which the head said what the base had said, `spent` how often examples of
    each pair were asked again, in how many `rounds`.
    """

    pairs: Sequence[Pair]
    comparisons: Sequence[Comparison]
    run: RunPlan
    chosen: Sequence[frozenset[str]]
    doubts: Counter[tuple[int, str]] = field(default_factory=Counter)
    scores: dict[tuple[int, str], tuple[list[float], list[float]]] = field(default_factory=dict)
    answered: set[tuple[int, str]] = field(default_factory=set)
    returned: set[tuple[int, str]] = field(default_factory=set)
    spent: Counter[int] = field(default_factory=Counter)
    rounds: Counter[int] = field(default_factory=Counter)

    def ask(self, wanted: Sequence[bool], attempts: range, *, most: int) -> None:
        """Ask both sides of the wanted pairs about flips with so many contradictions at most."""
        again = {
            index: pair.only(ids)
            for index, pair in enumerate(self.pairs)
            if wanted[index] and (ids := self._open(index, most))
        }
        tasks = tuple(
            task
            for pair in again.values()
            for task in ((pair.head,) if pair.is_drift else (pair.base, pair.head))
        )
        if not tasks or not attempts:
            return
        later = RepeatResults()
        self.run(Plan(tasks, len(attempts), is_partial=True, first=attempts.start), later.take)
        for index, pair in again.items():
            self.spent[index] += len(attempts) * pair.head.count
            self.rounds[index] += len(attempts)
            for change in self.comparisons[index].changes:
                was_passed = change.fate == "lost"
                before, after = (later.of(task, change.id) for task in (pair.base, pair.head))
                against = after.count(was_passed)
                if against:
                    self.returned.add((index, change.id))
                against += 0 if pair.is_drift else before.count(not was_passed)
                self.doubts[index, change.id] += against
                if after and (before or pair.is_drift):
                    self.answered.add((index, change.id))
                before_scores, after_scores = self.scores.setdefault((index, change.id), ([], []))
                before_scores += later.scores(pair.base, change.id)
                after_scores += later.scores(pair.head, change.id)

    def confirmed(self, index: int, rule: Rule, *, was_asked: bool, times: int) -> Confirmed:
        """What came of the flips of one pair."""
        pair, before = self.pairs[index], self.comparisons[index]
        settled = self.settled(index, rule.contradicted)
        chosen, flips = self.chosen[index], flipped(before)
        if not was_asked or any((index, id_) not in self.answered for id_ in chosen):
            note = _note(pair, before, 0 if was_asked else times)
            return Confirmed(settled, False, note, is_sure=_is_certain(pair))
        lost = _share(chosen & {*settled.ids("lost")}, chosen & {*before.ids("lost")})
        won = _share(chosen & {*settled.ids("won")}, chosen & {*before.ids("won")})
        note = _note(pair, before, rule.times, alone=max(2 * times, self.rounds[index]))
        if flips - chosen:
            note = note.replace("each", f"{len(chosen):,} of {len(flips):,}")
        found = Confirmed(settled, True, note, rule.times, flips - chosen, (lost, won))
        net = found.net_loss(pair.accepted)
        if not _is_judged(pair):
            return replace(found, is_sure=not may_be_chance(net, flips, times))
        return replace(found, averaged=self._averaged(index))

    def may_be_chance(self, index: int, times: int) -> bool:
        """Whether flips of a drifting pair hold that may do so by chance, and can be asked on.

        A model that says either thing half of the time holds in every second repeat.
        """
        tried, held = len(self.chosen[index]), len(self._open(index, 0))
        can_ask = held <= 2 * times * tried - self.spent[index]
        return can_ask and 0 < held < tried and tried * 0.5 ** self.rounds[index] > CHANCE_HELD

    def _averaged(self, index: int) -> Comparison:
        """A comparison in which the flips have the means of what their repeats scored."""
        comparison = self.comparisons[index]
        changes = (
            repeated(c, *self.scores.get((index, c.id), ((), ()))) for c in comparison.changes
        )
        return replace(comparison, changes=tuple(changes))

    def settled(self, index: int, most: int) -> Comparison:
        """A comparison in which flips with more contradictions are flaky."""
        comparison = self.comparisons[index]
        gone = self.chosen[index] - self._open(index, most)
        changes = (replace(c, fate="flaky") if c.id in gone else c for c in comparison.changes)
        firm = frozenset(i for i in gone if (index, i) in self.answered - self.returned)
        return replace(comparison, changes=tuple(changes), firm=firm) if gone else comparison

    def _open(self, index: int, most: int) -> frozenset[str]:
        return frozenset(i for i in self.chosen[index] if self.doubts[index, i] <= most)


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return len(part) / len(whole) if whole else 1.0


def _chosen(pair: Pair, comparison: Comparison) -> frozenset[str]:
    """The flips that are asked again: where there are many, those that decide and a sample.

    What must pass comes first, then the lost ones that reports name, then others in the order of
    a digest, lost and won as they come, so that they represent the rest.
    """
    lost, flips = comparison.ids("lost"), flipped(comparison)
    if len(flips) <= MOST_CONFIRMED:
        return flips
    must = [id_ for id_ in lost if id_ in pair.gate.must_pass]
    drawn = sorted(flips, key=lambda id_: short_digest([pair.head.fingerprint, id_]))
    order = dict.fromkeys((*must, *lost[:_FIRST_LOST], *drawn))
    return frozenset(list(order)[:MOST_CONFIRMED])


def may_confirm(pair: Pair, times: int, *, if_asked: bool = False) -> tuple[Again, ...]:
    """The most that confirming the flips of a pair may ask, of both sides."""
    if not times or not pair.can_repeat or pair.is_deterministic:
        return ()
    most = max(times, MOST) if _is_judged(pair) else times
    return confirming(pair.head, (pair.base, pair.head), most, if_asked=if_asked)


def confirming(
    of: Task, sides: Sequence[Task], times: int, *, if_asked: bool = False
) -> tuple[Again, ...]:
    """The most that asking these sides again so often may take."""
    return tuple(
        Again(of, task, min(MOST_CONFIRMED, task.count), times, if_asked) for task in sides
    )


def _note(pair: Pair, comparison: Comparison, times: int, *, alone: int = 0) -> str:
    if not flipped(comparison):
        return ""
    if pair.is_deterministic:
        return "not asked again, since the model is deterministic"
    if not pair.can_repeat:
        return "not asked again, since that cannot be done here"
    if pair.is_drift and times and not _is_judged(pair):
        return f"each asked up to {alone or 2 * times} times more"
    return f"each asked {times} times more on both sides" if times else "not asked again"
