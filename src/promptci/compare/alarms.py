"""False alarms of a gate: pairs of runs between which nothing changed, drawn from answers seen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.comparison import Change, Comparison, compare_records
from promptci.compare.confirmed import flipped
from promptci.compare.gate.gate import blocks
from promptci.compare.judgement import Judgement, judge_comparison
from promptci.compare.judgingpairs import confirm_fall
from promptci.compare.repeatresults import repeated
from promptci.compare.repeatrule import Rule, may_be_chance, repeats
from promptci.records.record import Record, Result
from promptci.run.planning.task import Task
from promptci.spending.limits import CONFIRM
from promptci.stats.describe import mean

_COUNTED = (200, 1000, 200_000)
_JUDGED = (50, 200, 100_000)
"""Fewest and most pairs, and the examples drawn for all of them together: about two seconds."""

ENOUGH_ANSWERS = 2 * (1 + CONFIRM)
"""Answers to each example from which on the share after repeats is estimated without bias."""

_Answers: TypeAlias = tuple[Result, ...]
"""The results of the answers to one example: each as likely as the others."""


class Alarms(Struct, frozen=True):
    """How many of `pairs` pairs of runs the gate blocks though nothing changed, as shares in 0..1.

    `confirmed` counts with flips asked again, `plain` without. `rules` says by which of its rules
    the gate blocks after flips were asked again.
    """

    pairs: int
    confirmed: float
    plain: float
    rules: Mapping[str, float]


def simulate(task: Task, examples: Sequence[_Answers]) -> Alarms | None:
    """The false alarms of a task's gate; None where every example always scored the same.

    The sides of a pair draw two different ones of the answers seen to each example, at least two,
    so that they differ as often as two runs do. Repeats draw further ones, each once, where there
    are enough: so the chance that a flip holds is what it is for real pairs. Of fewer answers they
    draw any.
    Judgement and gate are those of every comparison. The same answers give the same alarms.
    """
    if all(_is_steady(answers) for answers in examples):
        return None
    return _Simulation(task, examples).run()


class _Simulation:
    """Draws pairs and sends them through the gate."""

    def __init__(self, task: Task, examples: Sequence[_Answers]) -> None:
        self._task = task
        self._random = Random(int(task.fingerprint, 16))
        self._flipping = {each[0].id: each for each in examples if not _is_steady(each)}
        self._steady = tuple(each[0] for each in examples if _is_steady(each))
        self._rest: dict[str, list[Result]] = {}
        self._same = tuple(Change(each.id, "same", each, each) for each in self._steady)
        self._judgements: dict[tuple[int, int], Judgement] = {}
        self._clusters = task.clusters
        # Exact McNemar depends on two counts alone, so that few judgements are different ones.
        plain = all(r.score == float(r.passed) for answers in examples for r in answers)
        self._is_counted = plain and not self._clusters

    def run(self) -> Alarms:
        fewest, most, draws = _COUNTED if self._is_counted else _JUDGED
        pairs = max(fewest, min(most, draws // len(self._flipping)))
        plain = confirmed = 0
        rules: Counter[str] = Counter()
        for _ in range(pairs):
            first, again = self._pair()
            plain += bool(first)
            confirmed += bool(again)
            rules.update(again)
        shares = {rule: count / pairs for rule, count in sorted(rules.items())}
        return Alarms(pairs, confirmed / pairs, plain / pairs, shares)

    def _pair(self) -> tuple[set[str], set[str]]:
        """The rules by which the gate blocks one pair: without repeats, and with them."""
        base, head = self._draw()
        comparison = compare_records(self._record(base), self._record(head))
        judgement = self._judge(comparison)
        whole = self._record((*self._steady, *head))
        gate = self._task.spec.gate
        unsure = blocks(gate, whole, comparison, judgement, is_sure=False)
        first = {block.rule for block in unsure}
        rule = self._rule(comparison)
        found = [self._settle(change, rule) for change in comparison.changes]
        settled = replace(comparison, changes=tuple(change for change, _ in found))
        is_sure = self._is_sure(comparison, settled)
        if judgement.verdict == "regressed" and self._task.judges.varies:
            averaged = replace(comparison, changes=tuple(change for _, change in found))
            judgement = confirm_fall(judgement, self._judged(averaged))
        again = blocks(gate, whole, settled, judgement, is_sure=is_sure)
        return first, {block.rule for block in again}

    def _is_sure(self, comparison: Comparison, settled: Comparison) -> bool:
        """Whether a net loss counts, as after `confirm`."""
        net = len(settled.ids("lost")) - len(settled.ids("won"))
        return self._task.judges.varies or not may_be_chance(net, flipped(comparison), CONFIRM)

    def _draw(self) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
        """Two different answers to each example, as two runs have them.

        Drawn with replacement, a pair of K answers would differ too rarely, by a factor of
        (K - 1) / K: half as often for two answers.
        """
        drawn = [
            self._random.sample(answers, min(len(answers), ENOUGH_ANSWERS))
            for answers in self._flipping.values()
        ]
        self._rest = {each[0].id: each[2:] for each in drawn}
        return tuple(each[0] for each in drawn), tuple(each[1] for each in drawn)

    def _record(self, results: tuple[Result, ...]) -> Record:
        task = self._task
        score = mean([result.score for result in results])
        passed = sum(result.passed for result in results)
        return Record(
            task.spec.name,
            task.model.name,
            task.fingerprint,
            task.parts,
            score,
            passed,
            len(results),
            results,
        )

    def _judge(self, comparison: Comparison) -> Judgement:
        counts = len(comparison.ids("lost")), len(comparison.ids("won"))
        if not self._is_counted:
            return self._judged(comparison)
        if counts not in self._judgements:
            self._judgements[counts] = self._judged(comparison)
        return self._judgements[counts]

    def _judged(self, comparison: Comparison) -> Judgement:
        return judge_comparison(
            replace(comparison, changes=(*self._same, *comparison.changes)),
            tolerance=self._task.spec.gate.tolerance,
            clusters=self._clusters or None,
            seed=int(self._task.fingerprint, 16),
        )

    def _rule(self, comparison: Comparison) -> Rule:
        """How flips are asked again."""
        if self._task.judges.varies:
            return repeats(len(flipped(comparison)), CONFIRM)
        return Rule(CONFIRM, 0)

    def _settle(self, change: Change, rule: Rule) -> tuple[Change, Change]:
        """A flip is confirmed if hardly a repeat of either side says otherwise; and its means.

        Those count where judges vary alone.
        """
        if change.fate not in ("lost", "won"):
            return change, change
        answers, was_passed = self._flipping[change.id], change.fate == "lost"
        rest, times = self._rest[change.id], rule.times
        if len(rest) < 2 * times:
            rest = [self._random.choice(answers) for _ in range(2 * times)]
        before, after = rest[:times], rest[times : 2 * times]
        against = sum(r.passed is not was_passed for r in before)
        against += sum(r.passed is was_passed for r in after)
        held = change if against <= rule.contradicted else replace(change, fate="flaky")
        if not self._task.judges.varies:
            return held, held
        return held, repeated(change, [r.score for r in before], [r.score for r in after])


def _is_steady(answers: _Answers) -> bool:
    return len({(result.passed, result.score) for result in answers}) == 1
