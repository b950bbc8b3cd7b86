"""Losses that somebody accepts, written into score records where a reviewer sees them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from promptci.errors import RequestError
from promptci.parsing.source import did_you_mean, excerpt
from promptci.records.record import Accepted, Record


def accept_losses(
    records: Mapping[str, Record], ids: Sequence[str], why: str, *, models: Sequence[str] = ()
) -> dict[str, Record]:
    """The records with these examples accepted as lost, in every one in which they fail.

    `models` are those to look at; none for all. White space in `why` is made one blank. Raises
    `RequestError` for an empty `why`, a model without a record, and an example that is not in the
    records or fails in none of them.
    """
    reason = " ".join(why.split())
    if not reason:
        raise RequestError("an accepted loss needs a reason: write one with -m")
    for model in models:
        if model not in records:
            raise RequestError(
                f"there is no record for `{excerpt(model)}`: {did_you_mean(model, records)}"
            )
    chosen = {name: record for name, record in records.items() if not models or name in models}
    for id_ in ids:
        _check(id_, chosen)
    return dict(records) | {
        name: _accepting(record, ids, reason) for name, record in chosen.items()
    }


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
    fates = {
        r.id: r.fate for record in records.values() for r in record.results if r.fate != "fail"
    }
    if any(r.id == id_ and r.fate == "fail" for record in records.values() for r in record.results):
        return
    if id_ not in fates:
        known = {result.id for record in records.values() for result in record.results}
        advice = did_you_mean(id_, sorted(known)[:1000])
        raise RequestError(f"there is no example `{excerpt(id_)}` in the record: {advice}")
    if fates[id_] == "error":
        raise RequestError(f"`{excerpt(id_)}` has no answer, so nothing is lost: run it again")
    raise RequestError(f"`{excerpt(id_)}` passes, so there is no loss to accept")


def _accepting(record: Record, ids: Sequence[str], why: str) -> Record:
    failing = {result.id for result in record.results if result.fate == "fail"}
    accepted = {loss.id: loss for loss in record.accepted}
    accepted |= {id_: Accepted(id_, why) for id_ in ids if id_ in failing}
    return replace(record, accepted=tuple(accepted[id_] for id_ in sorted(accepted)))
