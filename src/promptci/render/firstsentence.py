"""The result of a whole run or check, in a sentence or two: the worst first."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.render.acceptances import accepted_losses, idle_acceptances
from promptci.render.comparesentence import edited_examples, scorers_differ
from promptci.render.costsentence import dearer
from promptci.render.figures import counted, verb_of
from promptci.render.hiddenlosses import (
    collapsed,
    fallen_steps,
    hidden_losses,
    lost_must_pass,
    missing_examples,
    not_asked,
    on_records,
    silenced,
    untested,
)
from promptci.render.named import few_evals
from promptci.render.sentences import is_moved
from promptci.render.unjudged import gaps

if TYPE_CHECKING:
    from promptci.compare.outcomes.outcome import EvalOutcome

_LOSSES = ("must_pass", "net_loss")
_LOOK = "Look before you merge."
"""What no exit code says, where nothing blocks and something should be seen."""
_ALIKE = "By the same examples and scorers both sides score alike."
"""No change, beside a score that is another than on record."""


def run_sentence(outcomes: "Sequence[EvalOutcome]") -> str:
    """All evals of a run: what fails or is not known first."""
    count = len(_names(outcomes))
    said = list(_blocked((), outcomes, count))
    open_ = _names([outcome for outcome in outcomes if outcome.is_undecided])
    if open_:
        has = verb_of(open_, "has", "have")
        said.append(f"{counted(len(open_), 'eval')} {has} no verdict: answers are missing.")
    unsure = _names([outcome for outcome in outcomes if outcome.open_loss])
    if unsure:
        has = verb_of(unsure, "has", "have")
        said.append(f"{counted(len(unsure), 'eval')} {has} a loss that was not asked again.")
    unlike = _names([each for each in outcomes if each.open_question and not each.open_loss])
    if unlike:
        has = verb_of(unlike, "has", "have")
        said.append(f"{counted(len(unlike), 'eval')} {has} no verdict: other scorers, lower score.")
    return " ".join(said) or f"{counted(count, 'eval')} evaluated, nothing blocks."


def overall_sentence(checked: Checked) -> str:
    """All of a check: what is wrong first, by name, and whether somebody must act."""
    return " ".join((*on_records(checked), _overall(checked)))


def needs_look(checked: Checked) -> bool:
    """Whether nothing blocks, but somebody should look before the change is merged."""
    return checked.exit_code == 0 and bool(_wrong(checked) or any(untested(checked)))


def _overall(checked: Checked) -> str:
    wrong, gone, moved = _wrong(checked), list(untested(checked)), list(_moved(checked))
    if wrong or gone:
        if checked.exit_code == 0 and wrong == list(hidden_losses(checked)):
            gone.append(_quiet(checked))  # nothing blocks, but somebody must look
        look = (_LOOK,) if checked.exit_code == 0 else ()  # what blocks has its cure beside it
        return " ".join((*wrong, *gone, *moved, *look))
    ahead = [said for said in moved if said in _rejudged(checked)]
    rest = [said for said in moved if said not in ahead]
    return " ".join((*ahead, _quiet(checked), *(rest if moved else ("No action needed.",))))


def _wrong(checked: Checked) -> list[str]:
    """What blocks, lacks its verdict, or could hide a loss."""
    blocked = list(_blocked(checked.compared, checked.fresh, len(checked.names)))
    taken = list(accepted_losses(checked)) if blocked else []
    return [
        *_stopped(checked),
        *not_asked(checked),
        *(each for each in hidden_losses(checked) if each not in taken),
        *lost_must_pass(checked.compared),
        *blocked,
        *taken,
        *_by_base(checked),
        *missing_examples(checked.missing),
        *gaps(checked),
    ]


def _rejudged(checked: Checked) -> list[str]:
    """Scores that are others than on record by what the change itself moved: no change hides it."""
    said: list[str] = []
    if checked.edited_scores:
        said += edited_examples(checked.gate_changes, checked.edited_scores)
    if checked.rescored:
        said += _other_scorers(checked)
    return said


def _other_scorers(checked: Checked) -> Iterator[str]:
    scored = [changes.eval for changes in checked.gate_changes if changes.is_scored_otherwise]
    if scored:
        yield scorers_differ("the base", scored, checked.rescored)


def _stopped(checked: Checked) -> Iterator[str]:
    """What ended a check before its end, so that it judges no more than it has."""
    if checked.stopped is not None:
        yield f"The check was stopped: {str(checked.stopped).partition('; ')[0]}."


def _quiet(checked: Checked) -> str:
    """What changed where nothing blocks."""
    if not checked.fresh and not any(map(is_moved, checked.compared)):
        return _ALIKE if _rejudged(checked) else f"No change in score{_small_one(checked)}."
    touched = {each.name for each in checked.compared if not each.is_untouched}
    changed = touched | _names(checked.fresh)
    kinds = ", ".join(_kinds(checked))
    total = counted(len(checked.names), "eval")
    return f"{len(changed)} of {total} changed: {kinds}. Nothing blocks."


def _small_one(checked: Checked) -> str:
    """That a change that nothing shows may be there, where an eval has too few examples to tell."""
    few = {
        each.name
        for each in checked.compared
        if not each.is_untouched and each.judgement.verdict == "underpowered"
    }
    has = verb_of(few, "has", "have")
    said = f"; {counted(len(few), 'eval')} {has} too few examples to tell a small one"
    return said if few else ""


def _blocked(
    found: Sequence[Compared], fresh: "Sequence[EvalOutcome]", count: int
) -> Iterator[str]:
    """What blocks, as one sentence; what lacks its verdict blocks nothing. `count` evals in all."""
    fell = {each.name for each in found if each.judgement.verdict == "regressed"}
    stopped = [each for each in found if each.is_blocked]
    lost = {c.name for c in stopped if any(b.rule in _LOSSES for b in c.blocks)} - fell
    missed = {c.name for c in stopped} | {o.record.eval for o in fresh if o.failures}
    missed -= fell | lost
    claims = [(fell, "regressed", "regressed")]
    claims.append((lost, "lost more than its gate allows", "lost more than their gates allow"))
    claims.append((missed, "misses its gate", "miss their gates"))
    said = [
        f"{len(names)} {verb_of(names, one, many)} ({few_evals(names)})"
        for names, one, many in claims
        if names
    ]
    if said:
        number, _, rest = said[0].partition(" ")
        said[0] = f"{number} of {counted(count, 'eval')} {rest}"
        yield f"{', '.join(said)}."


def _by_base(checked: Checked) -> Iterator[str]:
    """What blocks by the base's judges, which the change alters."""
    names = {each.name for each in checked.by_base.blocked}
    if names:
        verb = verb_of(names, "misses its gate", "miss their gates")
        yield f"{counted(len(names), 'eval')} {verb} by the base's judge, which this change alters."


def _moved(checked: Checked) -> Iterator[str]:
    """What a reviewer should look at though no score tells it: what the change is judged by."""
    yield from silenced(checked)
    yield from collapsed(checked.compared)
    yield from fallen_steps(checked)
    yield from dearer([(each.name, each.cost) for each in checked.compared])
    yield from edited_examples(checked.gate_changes, checked.edited_scores)
    judged = {each.eval for each in checked.by_base.changed}
    if judged:
        yield f"The judge of {counted(len(judged), 'eval')} differs from the base."
    gates = [changes for changes in checked.gate_changes if changes.gate]
    if gates:
        yield f"{counted(len(gates), 'gate')} {verb_of(gates, 'differs', 'differ')} from the base."
    yield from _other_scorers(checked)
    yield from idle_acceptances(checked)


def _kinds(checked: Checked) -> Iterator[str]:
    """The result of the changed evals, for one where nothing blocks."""
    verdicts = [each.judgement.verdict for each in checked.compared if not each.is_untouched]
    if count := verdicts.count("improved"):
        yield f"{count} improved"
    if count := verdicts.count("no worse"):
        yield f"{count} no worse"
    if count := verdicts.count("underpowered"):
        yield f"{count} with too few examples to tell"
    if count := verdicts.count("not comparable"):  # else there is no verdict, which is said first
        yield f"{count} whose losses are all accepted"
    if checked.fresh:
        yield f"{len(checked.fresh)} new"


def _names(outcomes: "Sequence[EvalOutcome]") -> set[str]:
    return {outcome.record.eval for outcome in outcomes}
