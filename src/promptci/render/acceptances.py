"""Losses that somebody accepted, in sentences that come before all else."""

from collections.abc import Iterator

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.render.figures import counted, verb_of
from promptci.render.named import MOST_SUBJECTS, few, on_model


def ended_acceptances(checked: Checked) -> Iterator[str]:
    """Losses whose acceptance was for a time that is over: alone by name, else the first few."""
    ended = [(f"`{loss.id}` in `{record.eval}`", loss.until) for record, loss in checked.ended]
    if len(ended) == 1:
        [(where, until)] = ended
        yield f"The loss of {where} was accepted until {until}, which is over."
    elif ended:
        named = few([f"{where} ({until})" for where, until in ended])
        yield f"{len(ended):,} losses were accepted until a day that is over: {named}."


def accepted_must_pass(checked: Checked) -> Iterator[str]:
    """Losses of examples that must pass, which somebody accepted."""
    for each in checked.compared:
        lost = each.pair.accepted.intersection(each.confirmed.comparison.ids("lost"))
        for id_ in sorted(lost.intersection(each.pair.gate.must_pass)):
            where = on_model(each, checked.compared)
            yield f"`{id_}` of {where} must pass, is lost and was accepted."


def accepted_losses(checked: Checked) -> Iterator[str]:
    """What a change accepts itself, the first few evals by name: somebody has to agree."""
    found = []
    for each in checked.compared:
        lost = each.pair.accepted.intersection(each.confirmed.comparison.ids("lost"))
        found += [(each, len(lost))] if lost else []
    for each, count in found[:MOST_SUBJECTS]:
        yield _accepted_losses(each, count, on_model(each, checked.compared))
    if rest := [count for _, count in found[MOST_SUBJECTS:]]:
        yield f"So are {sum(rest):,} more in {counted(len(rest), 'more eval')}."


def _accepted_losses(found: Compared, count: int, where: str) -> str:
    """How many losses somebody accepted, and the head's score with and without them."""
    record = found.head.record
    kept = [result.score for result in record.results if result.id not in found.pair.accepted]
    without = f" and {sum(kept) / len(kept):.1%} without" if kept else ""
    losses = "loss is" if count == 1 else "losses are"
    return (
        f"{count:,} {losses} accepted here: {where} scores {record.score:.1%} with "
        f"{'it' if count == 1 else 'them'}{without}."
    )


def idle_acceptances(checked: Checked) -> Iterator[str]:
    """Losses that are accepted and are none: the examples pass, or are not lost."""
    pairs = [(each.name, id_) for each in checked.compared for id_ in each.stale_accepted]
    found = dict.fromkeys((*pairs, *((name, id_) for name, _, id_ in checked.healed)))
    if found:
        are = verb_of(found, "is", "are")
        names = few([f"`{id_}` of `{name}`" for name, id_ in found])
        examples = counted(len(found), "example")
        yield f"{examples} {are} accepted as lost, but {are} not: {names}."
