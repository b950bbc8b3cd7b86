"""What a check could not judge, in sentences that say why and what to do."""

from collections.abc import Iterator

from promptci.check.checked import Checked
from promptci.check.verification import run_again
from promptci.render.figures import counted, verb_of
from promptci.render.named import MOST_SUBJECTS, few, few_evals


def gaps(checked: Checked) -> Iterator[str]:
    """What could not be found out."""
    yield from _unknown_at_base(checked)
    skipped = {each.name for each in checked.skipped if not each.unknown_in}
    if skipped:
        verb = verb_of(skipped, "was", "were")
        total = counted(len(checked.names), "eval")
        yield f"{len(skipped)} of {total} {verb} not evaluated ({few_evals(skipped)})."
    undecided = {name for name, _ in checked.unknown}
    undecided |= {each.name for each in checked.compared if each.is_undecided}
    undecided |= {each.record.eval for each in checked.fresh if each.is_undecided}
    if undecided:
        total = counted(len(checked.names), "eval")
        yield f"No verdict on {len(undecided)} of {total} ({few_evals(undecided)})."
    unheard = {name for name, _ in checked.by_base.obstacles}
    unheard |= {each.name for each in checked.by_base.found if each.is_undecided}
    if unheard:
        yield f"The base's judge gave no verdict on {counted(len(unheard), 'eval')}."
    yield from _stale_records(checked)


def _unknown_at_base(checked: Checked) -> Iterator[str]:
    """Evals that want an endpoint or own code that the base does not know, with the cure."""
    whys: dict[str, dict[str, None]] = {}
    for each in checked.skipped:
        if each.unknown_in:
            whys.setdefault(each.why, {})[f"`{each.name}` ({each.unknown_in})"] = None
    for why, evals in whys.items():
        yield f"{few(list(evals))} {verb_of(evals, 'was', 'were')} not evaluated: {why}."


def _stale_records(checked: Checked) -> Iterator[str]:
    """Score records that are stale, each with its cure, and what was not judged for that."""
    judged = checked.judged
    groups: dict[tuple[bool, str], dict[str, None]] = {}
    for each in checked.stale:
        cure = "" if each.cure == run_again(each.eval) else each.cure
        groups.setdefault(((each.eval, each.model) in judged, cure), {})[each.eval] = None
    for (is_judged, other), evals in groups.items():
        names = few([f"`{name}`" for name in evals])
        cure = other or run_again(*(evals if len(evals) <= MOST_SUBJECTS else ()))
        if is_judged:
            records = verb_of(evals, f"record of {names} is", f"records of {names} are")
            yield f"The score {records} stale: {cure}."
        else:
            its = verb_of(
                evals,
                "was not judged, its score record is",
                "were not judged, their score records are",
            )
            yield f"{names} {its} stale: {cure}."
