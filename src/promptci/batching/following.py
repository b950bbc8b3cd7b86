"""Batches waited for: looked at again and again, less and less often, as the service asks."""

import asyncio

from promptci.batching.receipt import Receipt
from promptci.batching.sending import Say, of_endpoint
from promptci.errors import ModelError
from promptci.models.batchapis.service import ENDED, BatchService, BatchState, TooLargeError

FIRST_WAIT, LONGEST_WAIT, GROWTH = 2.0, 60.0, 1.5
"""Seconds between two looks at first and at last, and by how much they grow."""

MOST_FAILED = 100
"""Looks in a row that may fail: in the end an hour and a half."""

MOST_DOUBTS = 4
"""Looks that are made once more where a service says what can hardly be: services are behind
themselves for some seconds, and a batch that is taken for lost is paid for twice."""

UNKNOWN = "unknown"
"""The word for a batch of which its service says nothing: to this key, or any more."""

PASSING = ("rate_limit", "transient", "timeout", "malformed")
"""Kinds of failures that may be none at the next look."""


def not_now(receipt: Receipt, error: ModelError) -> ModelError:
    """Why a batch cannot be collected, and what to do where that may pass."""
    passes = error.kind in PASSING
    cure = ": the batch stays there, and the same command collects it later" if passes else ""
    return of_endpoint(receipt, error.reworded(f"{error}{cure}"))


async def state_of(service: BatchService, receipt: Receipt) -> BatchState:
    """How far a batch is. One that is not known there, or was too large, is a failed one.

    Raises `ModelError` where that cannot be said.
    """
    wait = FIRST_WAIT
    for _ in range(MOST_DOUBTS):
        state = await _said_of(service, receipt)
        if not state.is_doubtful:
            return state
        await asyncio.sleep(wait)
        wait *= 2
    return await _said_of(service, receipt)


async def _said_of(service: BatchService, receipt: Receipt) -> BatchState:
    try:
        return await service.look(receipt.batch)
    except TooLargeError as error:
        return BatchState("failed", "failed", why=str(error), is_crowded=True)
    except ModelError as error:
        if error.kind != "bad_request":
            raise not_now(receipt, error) from None
        return BatchState("failed", UNKNOWN, why=str(error), is_doubtful=True)


async def follow(service: BatchService, receipt: Receipt, say: Say) -> BatchState:
    """Look at a batch until it has ended. Raises `ModelError` where it cannot be looked at.

    The service's `Retry-After` is obeyed.
    """
    wait, failed, said = FIRST_WAIT, 0, ""
    while True:
        pause = wait
        try:
            state = await state_of(service, receipt)
        except ModelError as error:
            failed += 1
            if error.kind not in PASSING or failed >= MOST_FAILED:
                raise
            pause = max(wait, error.retry_after or 0.0)
        else:
            failed = 0
            if state.status in ENDED:
                return state
            if (news := _news(receipt, state)) != said:
                say(said := news)
        await asyncio.sleep(pause)
        wait = min(LONGEST_WAIT, GROWTH * wait)


def _news(receipt: Receipt, state: BatchState) -> str:
    """How far a batch is, in tenths, so that it is not said all the time."""
    share = f", {state.done * 10 // state.total * 10} % done" if state.total else ""
    return f"batch {receipt.batch} is {state.word}{share}"
