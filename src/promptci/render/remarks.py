"""What a reviewer should know of a check beside scores, as plain sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from promptci.check.checked import Checked, Skipped
from promptci.check.verification import Lack
from promptci.compare.compared import Compared
from promptci.compare.gate.gatechanges import MOST_NAMED
from promptci.records.acceptedlosses import ended_sentence
from promptci.render.costsentence import cost_sentence
from promptci.render.figures import counted
from promptci.render.idlist import named, split_lines
from promptci.render.sentences import verdict_sentence
from promptci.render.splitsentence import split_sentence

if TYPE_CHECKING:
    from promptci.compare.outcomes.outcome import EvalOutcome

MOVED = "tested otherwise"
"""The kind of remarks on evals whose sides ask different models."""

NOT_EVALUATED = "not evaluated"
"""The kind of remarks on evals that lack a key; the last one is how to evaluate them."""

_MOST_TOGETHER = 5
"""Evals that one remark names, if there is one reason for all of them."""

_LACKS: Mapping[Lack, str] = {
    "stale": "stale records",
    "missing": "missing records",
    "damaged": "damaged records",
    "merged": "records not measured since a merge",
}
"""The kinds of remarks on records, by what is wrong with them."""

HIDDEN = "hidden by the total"
"""The kind of remarks on parts of an eval that fell."""


def remarks(checked: Checked) -> dict[str, list[str]]:
    """What a reviewer should know beside scores, by kind; kinds without any are left out."""
    found = {
        MOVED: list(checked.moved),
        "by the base's examples and scorers": list(_asked_by_base(checked)),
        **{
            title: [f"{each.path}: {each.why}" for each in checked.stale if each.lack == lack]
            for lack, title in _LACKS.items()
        },
        "not judged": [
            f"{name} on {model}: the base has no record that holds, and nothing was asked"
            for name, model in checked.unknown
        ],
        NOT_EVALUATED: list(_not_evaluated(checked)),
        "claimed by records": [line for each in _keyless(checked) for line in _claimed(each)],
        "must pass, but gone": [f"{name} / {id_}" for name, id_ in checked.missing],
        "judged by the base's judge": list(_by_base(checked)),
        "changed judges": list(_changed_judges(checked)),
        "no answer": list(_no_answers(checked)),
        HIDDEN: [line for each in checked.compared for line in hidden_falls(each)],
        "flaky": [
            f"{name} / {id_} on {model}: differs from its record, but not each time it is asked"
            for name, model, id_ in checked.flaky
        ],
        "cost": [line for each in checked.compared for line in _cost(each)],
        "accepted, but no longer": [ended_sentence(*each) for each in checked.ended],
        "accepted but not lost": list(_not_lost(checked)),
        "removed evals": list(checked.removed),
        "renamed evals": [
            f"{name} (was {was})"
            for name, was in sorted(checked.renamed.items())
            if was not in checked.split
        ],
        "split evals": split_lines(checked.split),
        "notes": list(checked.remarks),
    }
    return {kind: lines for kind, lines in found.items() if lines}


def _asked_by_base(checked: Checked) -> Iterator[str]:
    """The results of the base's own questions, beside what the change's say."""
    for found in checked.asked_by_base.found:
        title = f"{found.name} on {found.head.record.model}"
        count, total = found.confirmed.comparison.compared, found.base.record.total
        if count:
            scores, of = found.judgement.scores, f", on {count:,} of {counted(total, 'example')}"
            yield f"{title}: {scores.base:.1%} → {scores.head:.1%}{of if count < total else ''}"
        yield from (f"{title}: {block.why}" for block in found.blocks)
    for moved in checked.asked_by_base.moved:
        ids = ", ".join(f"`{id_}`" for id_ in moved.lost[:MOST_NAMED])
        more = f" and {len(moved.lost) - MOST_NAMED:,} more" if len(moved.lost) > MOST_NAMED else ""
        yield f"{moved.eval}: edited or removed, and lost as the base has them: {ids}{more}"


def reused_sentence(checked: Checked) -> str:
    """How much was taken over from the base."""
    names = {name for name, _ in checked.reused}
    total = counted(len(checked.names), "eval")
    if not names:
        return "nothing"
    return f"{len(names):,} of {total}, unchanged since the base"


def base_sentence(checked: Checked) -> str:
    """What the head was compared with, and why that."""
    return f"{checked.basis.revision.short}, {checked.basis.why}"


def _changed_judges(checked: Checked) -> Iterator[str]:
    if checked.by_base.changed:
        from promptci.render.judgediff import judge_diff  # late: few changes touch a judge

        for each in checked.by_base.changed:
            yield from judge_diff(each)


def missing_answers(outcome: "EvalOutcome") -> Iterator[str]:
    """How many answers a side lacks, for each reason."""
    record = outcome.record
    for why, count in sorted(outcome.errors.items()):
        yield f"{record.eval} on {record.model}: {counted(count, 'example')}: {why}"


def _no_answers(checked: Checked) -> Iterator[str]:
    """Where answers lack, once for each reason; of an eval's sides the one that lacks more."""
    whys: dict[str, dict[str, int]] = {}
    for outcome in _outcomes(checked):
        where = f"{outcome.record.eval} on {outcome.record.model}"
        for why, count in outcome.errors.items():
            counts = whys.setdefault(why, {})
            counts[where] = max(counts.get(where, 0), count)
    for why, counts in sorted(whys.items()):
        lacking = counted(sum(counts.values()), "example")
        yield f"{named(list(counts), _MOST_TOGETHER)}: {lacking}: {why}"


def _keyless(checked: Checked) -> Sequence[Skipped]:
    """What was not evaluated for want of a key; why the rest was not is said in the sentence."""
    return [each for each in checked.skipped if not each.unknown_in]


def _not_evaluated(checked: Checked) -> Iterator[str]:
    """What was not evaluated, once for each reason, and how it can be."""
    whys: dict[str, list[str]] = {}
    for each in _keyless(checked):
        whys.setdefault(each.why, []).append(f"{each.name} on {each.model}")
    yield from (f"{named(where, _MOST_TOGETHER)}: {why}" for why, where in whys.items())
    if whys and checked.evaluate_with:
        yield f"a maintainer with the key evaluates this by `{checked.evaluate_with}`"


def _claimed(skipped: Skipped) -> Iterator[str]:
    """What the author's records say of what was not evaluated."""
    where = f"{skipped.name} on {skipped.model}"
    claim = skipped.claim
    if isinstance(claim, Compared):
        yield f"{where}: the author's record claims, unverified: {verdict_sentence(claim)}"
        yield from (f"{where}: by that claim, {block.why}" for block in claim.blocks)
    elif claim is not None:
        passed = f"{claim.record.passed} of {counted(claim.record.total, 'example')} passed"
        yield f"{where}: the author's record claims, unverified: {passed}"


def _outcomes(checked: Checked) -> "Iterator[EvalOutcome]":
    for each in checked.compared:
        yield from (each.base, each.head)
    yield from checked.fresh


def _not_lost(checked: Checked) -> Iterator[str]:
    """Accepted losses that are none, of which the next run takes out those that healed."""
    stale = {(each.name, id_): "" for each in checked.compared for id_ in each.stale_accepted}
    healed = ": it passes, so the next `promptci run` takes it out"
    stale |= {(name, id_): healed for name, _, id_ in checked.healed}
    yield from (f"{name} / {id_}{why}" for (name, id_), why in stale.items())


def _cost(found: Compared) -> Iterator[str]:
    """What the answers of an eval take, where that changed by much."""
    if found.cost is not None:
        sentence = cost_sentence(found.cost, "at the base")
        yield f"{found.name} on {found.pair.head.model.name}: {sentence}"


def hidden_falls(found: Compared) -> Iterator[str]:
    """Expected values and tags that fell while the total did not."""
    from promptci.render.terminal.breakdown import splits  # late: where anything was compared

    for each in splits(found):
        if each.is_hidden:
            yield f"{found.name} on {found.pair.head.model.name}: {split_sentence(each)}"


def _by_base(checked: Checked) -> Iterator[str]:
    """What the base's judges say of a change that alters them."""
    for each in checked.by_base.found:
        verdict = "no verdict" if each.is_undecided else each.judgement.verdict
        yield f"{each.title} on {each.pair.head.model.name}: {verdict}. {verdict_sentence(each)}"
        yield from (f"✗ {each.name}: {block.why}" for block in each.blocks)
    for name, why in checked.by_base.obstacles:
        yield f"{name}: the base's judge cannot judge this change: {why}"
