"""The report of `accept`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from promptci.records.acceptedlosses import losses_among
from promptci.records.record import Accepted, Record
from promptci.render.json.structure import ExitCode, Part, Report, says


class ReasonedLossV1(Part, frozen=True, kw_only=True):
    """An accepted loss."""

    id: Annotated[str, says("the example's id")]
    why: Annotated[str, says("why it may be lost")]
    by: Annotated[str | None, says("who accepted it, where that is known")]
    when: Annotated[str | None, says("the day on which that was")]
    until: Annotated[str | None, says("the last day on which it holds; null for no end")]


class AcceptedV1(Part, frozen=True, kw_only=True):
    """A loss accepted for a model."""

    model: Annotated[str, says("the model's name")]
    id: Annotated[str, says("the example's id")]
    why: Annotated[str, says("why it may be lost")]
    by: Annotated[str | None, says("who accepted it, where that is known")]
    when: Annotated[str | None, says("the day on which that was")]
    until: Annotated[str | None, says("the last day on which it holds; null for no end")]


class AcceptV1(Report, frozen=True, kw_only=True):
    """Losses that were accepted."""

    command: Literal["accept"] = "accept"
    exit_code: ExitCode = 0
    path: Annotated[str, says("the score record that holds them")]
    written: Annotated[bool, says("false where it said so already")]
    accepted: Annotated[list[AcceptedV1], says("each loss on each model")]


def accept_report(
    path: str, records: Mapping[str, Record], ids: Sequence[str], *, is_written: bool
) -> AcceptV1:
    """The losses of these examples that records accept."""
    return AcceptV1(
        path=path,
        written=is_written,
        accepted=[
            AcceptedV1(
                model=model,
                id=loss.id,
                why=loss.why,
                by=loss.by or None,
                when=loss.when or None,
                until=loss.until or None,
            )
            for model, loss in losses_among(records, ids)
        ],
    )


def reasoned(losses: Sequence[Accepted]) -> list[ReasonedLossV1]:
    """Accepted losses, each with its reason."""
    return [
        ReasonedLossV1(
            id=loss.id,
            why=loss.why,
            by=loss.by or None,
            when=loss.when or None,
            until=loss.until or None,
        )
        for loss in losses
    ]
