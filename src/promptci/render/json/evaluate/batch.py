"""Batches in reports: the part that several share, and the reports of `batch`."""

from collections.abc import Iterable
from typing import Annotated, Literal

from promptci.batching.receipt import Receipt
from promptci.render.json.structure import ExitCode, Part, Report, says


class BatchV1(Part, frozen=True, kw_only=True):
    """One batch."""

    id: Annotated[str, says("the service's id; empty where it was never seen")]
    uid: Annotated[str, says("the name of its receipt in `.promptci/batches`")]
    endpoint: Annotated[str, says("the endpoint's name")]
    model: Annotated[str, says("the model's name")]
    requests: Annotated[int, says("how many requests it holds")]
    stage: Annotated[
        Literal["planned", "sent", "collected", "failed"],
        says("`planned` before its id is known, `sent`, `collected`, or `failed` to begin"),
    ]
    state: Annotated[
        str,
        says(
            "the service's own word, once it has ended; `cancelling` after `batch cancel`, "
            "`assumed` where it may be another's"
        ),
    ]
    answered: Annotated[int, says("requests with an answer, once it was collected")]


class BatchesV1(Report, frozen=True, kw_only=True):
    """The batches of a project: `batch list`, `batch collect` and `batch cancel`."""

    command: Literal["batch"] = "batch"
    exit_code: ExitCode
    batches: Annotated[list[BatchV1], says("one item per batch, the oldest first")]


def batch_parts(receipts: Iterable[Receipt]) -> list[BatchV1]:
    """Batches as a report has them."""
    return [
        BatchV1(
            id=each.batch,
            uid=each.uid,
            endpoint=each.endpoint,
            model=each.model,
            requests=each.count,
            stage=each.stage,
            state=each.state,
            answered=each.answered,
        )
        for each in receipts
    ]
