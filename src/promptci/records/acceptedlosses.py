"""Losses that somebody accepts, written into score records where a reviewer sees them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from promptci.errors import RequestError
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt
from promptci.records.record import Accepted, Record, results_of


def is_day(text: str) -> bool:
    """Whether a text is a day like 2026-01-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def accept_losses(
    records: Mapping[str, Record], ids: Sequence[str], loss: Accepted, *, models: Sequence[str] = ()
) -> dict[str, Record]:
    """The records with these examples accepted as lost, in every one in which they fail.

    `loss` says why, who and when. `models` are those to look at; none for all. White space is made
    one blank. What was accepted already for the same reason stays as it is. Raises `RequestError`
    for an empty reason, a last day that is over, a model without a record, and an example that is
    not in the records or fails in none of them.
    """
    loss = replace(loss, why=" ".join(loss.why.split()), by=" ".join(loss.by.split()))
    if not loss.why:
        raise RequestError("an accepted loss needs a reason: write one with -m")
    if loss.until and not is_day(loss.until):
        raise RequestError(f"`{excerpt(loss.until)}` is no day: write one like 2026-01-31")
    if loss.until and loss.until < loss.when:
        raise RequestError(f"{loss.until} is over: name a later day with --until")
    for model in models:
        if model not in records:
            raise RequestError(
                f"there is no record for `{excerpt(model)}`: {did_you_mean(model, records)}"
            )
    chosen = {name: record for name, record in records.items() if not models or name in models}
    for id_ in ids:
        _check(id_, chosen)
    return dict(records) | {name: _accepting(record, ids, loss) for name, record in chosen.items()}


def losses_among(
    records: Mapping[str, Record], ids: Sequence[str]
) -> Iterator[tuple[str, Accepted]]:
    """The accepted losses of these examples, each with its model."""
    wanted = set(ids)
    for model in sorted(records):
        for loss in records[model].accepted:
            if loss.id in wanted:
                yield model, loss


def _check(id_: str, records: Mapping[str, Record]) -> None:
    """Whether an example fails anywhere."""
    fates = {r.fate for record in records.values() for r in results_of(record, (id_,))}
    if "fail" in fates:
        return
    if not fates:
        known = {result.id for record in records.values() for result in record.results}
        advice = did_you_mean(id_, sorted(known)[:1000])
        raise RequestError(f"there is no example `{excerpt(id_)}` in the record: {advice}")
    if "error" in fates:
        raise RequestError(f"`{excerpt(id_)}` has no answer, so nothing is lost: run it again")
    name = next(iter(records.values())).eval
    raise RequestError(
        f"`{excerpt(id_)}` passes in the record, so there is no loss to accept: if files were "
        f"edited since, `promptci run {name}` first"
    )


def _accepting(record: Record, ids: Sequence[str], new: Accepted) -> Record:
    failing = {result.id for result in results_of(record, ids) if result.fate == "fail"}
    accepted = {loss.id: loss for loss in record.accepted}
    for id_ in failing:
        known = accepted.get(id_)
        if known is None or (known.why, known.until) != (new.why, new.until):
            accepted[id_] = replace(new, id=id_)
    return replace(record, accepted=tuple(accepted[id_] for id_ in sorted(accepted)))


def in_force(head: Record, base: Record | None, day: str) -> frozenset[str]:
    """The examples whose loss a record accepts on a day.

    Not those for which that is over, nor those that passed at the base although the base accepted
    just the same: that loss healed, and is another one now.
    """
    healed = set(healed_losses(base)) if base else set()
    known = set(base.accepted) if base else set()
    return frozenset(
        loss.id
        for loss in head.accepted
        if not is_over(loss, day) and not (loss.id in healed and loss in known)
    )


def is_over(loss: Accepted, day: str) -> bool:
    """Whether an acceptance no longer holds on a day; an unknown day is before all others."""
    return bool(loss.until) and loss.until < day


def ended_losses(record: Record, day: str) -> tuple[Accepted, ...]:
    """The accepted losses that hold no longer, of examples that still fail."""
    over = {loss.id for loss in record.accepted if is_over(loss, day)}
    failing = {result.id for result in results_of(record, over) if result.fate == "fail"}
    return tuple(loss for loss in record.accepted if loss.id in failing)


def ended_sentence(record: Record, loss: Accepted) -> str:
    """That an acceptance is over, and what can be done."""
    where = f"{record.eval} on {record.model}"
    cure = "fix it, or accept it again"
    return f"{where}: the loss of `{loss.id}` was accepted until {loss.until}: {cure}"


def prolonged_losses(record: Record, before: Record | None) -> Iterator[str]:
    """That losses which `before` accepts until a day are accepted for longer, a sentence each."""
    was = {loss.id: loss.until for loss in before.accepted} if before else {}
    for loss in record.accepted:
        until = was.get(loss.id, "")
        if until and not (loss.until and loss.until <= until):
            now = f"until {loss.until}" if loss.until else "for good"
            where = f"`{loss.id}` in `{record.eval}`"
            yield f"the loss of {where} is accepted {now} here and until {until} at the base"


def healed_losses(record: Record) -> tuple[str, ...]:
    """Accepted losses of examples that pass."""
    ids = {loss.id for loss in record.accepted}
    passing = {result.id for result in results_of(record, ids) if result.passed}
    return tuple(loss.id for loss in record.accepted if loss.id in passing)


def merged_losses(
    base: Record | None, ours: Record | None, theirs: Record | None
) -> list[Accepted]:
    """Losses that either side accepted; one that a side took out is out."""
    before, mine, its = (
        {loss.id: loss for loss in side.accepted} if side else {} for side in (base, ours, theirs)
    )
    kept = {id_ for id_ in mine.keys() | its.keys() if id_ not in before}
    kept |= {id_ for id_ in before if id_ in mine and id_ in its}
    return [_one(before.get(id_), mine.get(id_), its.get(id_)) for id_ in sorted(kept)]


def _one(before: Accepted | None, mine: Accepted | None, its: Accepted | None) -> Accepted:
    """An acceptance as the side has it that changed it; of two the one that ends first, or ours."""
    there = [each for each in (mine, its) if each is not None]
    changed = [each for each in there if each != before] or there
    return min(changed, key=lambda each: (not each.until, each.until))
