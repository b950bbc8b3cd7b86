"""What a check could not judge, in sentences that say why and what to do."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from promptci.check.checked import Checked
from promptci.check.verification import Lack, run_again
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


class _Words(NamedTuple):
    """What is wrong with the records of evals, for one of them and for several."""

    one: str
    many: str

    def of(self, evals: Collection[str]) -> str:
        return verb_of(evals, self.one, self.many)


_NOT_JUDGED: Mapping[Lack, _Words] = {
    "stale": _Words("its score record is stale", "their score records are stale"),
    "missing": _Words("it lacks a score record", "they lack score records"),
    "damaged": _Words("its score record cannot be read", "their score records cannot be read"),
    "merged": _Words(
        "its score record was merged and not measured since",
        "their score records were merged and not measured since",
    ),
}
_JUDGED: Mapping[Lack, _Words] = {
    "stale": _Words("The score record of {} is stale", "The score records of {} are stale"),
    "missing": _Words("{} lacks a score record", "{} lack score records"),
    "damaged": _Words(
        "The score record of {} cannot be read", "The score records of {} cannot be read"
    ),
    "merged": _Words(
        "The score record of {} was merged and not measured since",
        "The score records of {} were merged and not measured since",
    ),
}


def _stale_records(checked: Checked) -> Iterator[str]:
    """Score records that are stale, each with its cure, and what was not judged for that."""
    judged = checked.judged
    groups: dict[tuple[bool, Lack, str], dict[str, None]] = {}
    for each in checked.stale:
        cure = "" if each.cure == run_again(each.eval) else each.cure
        kind = (each.eval, each.model) in judged, each.lack, cure
        groups.setdefault(kind, {})[each.eval] = None
    for (is_judged, lack, other), evals in groups.items():
        names = few([f"`{name}`" for name in evals])
        cure = other or run_again(*(evals if len(evals) <= MOST_SUBJECTS else ()))
        if is_judged:
            yield f"{_JUDGED[lack].of(evals).format(names)}: {cure}."
        else:
            verb = verb_of(evals, "was", "were")
            yield f"{names} {verb} not judged, {_NOT_JUDGED[lack].of(evals)}: {cure}."
