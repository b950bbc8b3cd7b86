"""Drafts handed to a service: written down before, found again where that was cut short."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from msgspec import Struct, structs

from promptci.batching.receipt import ASSUMED, BatchFolder, Receipt
from promptci.batching.spool import Draft, halves, keys_of
from promptci.errors import ModelError, RequestError
from promptci.models.batchapis.service import BatchService, Parcel, TooLargeError
from promptci.models.pacing.retry import delay
from promptci.spending.reservations import HoldingBudget

_SOUGHT = "the same command looks whether it was taken all the same, and sends nothing twice"

Services: TypeAlias = Callable[[Receipt], BatchService]
"""The service that takes, or took, a batch."""

Say: TypeAlias = Callable[[str], None]
"""Called with a sentence that a person should read."""

T = TypeVar("T")


async def with_retries(call: Callable[[], Awaitable[T]]) -> T:
    """A call, made again where that may help. Raises the last `ModelError`."""
    attempt = 0
    while True:
        try:
            return await call()
        except ModelError as error:
            wait = delay(attempt, error, 0.5)
            if wait is None:
                raise
        attempt += 1
        await asyncio.sleep(wait)


class Sender(Struct, frozen=True):
    """Sends the drafts of a command; `ledger` gives the name of its own."""

    folder: BatchFolder
    budget: HoldingBudget
    services: Services
    ledger: Callable[[], str]
    say: Say

    async def send(self, draft: Draft) -> list[Receipt]:
        """Send a draft as one batch, or as several where the service takes less than it said.

        Raises `BudgetError` before anything is sent, and `ModelError` where it is not taken.
        """
        self.budget.hold(draft.uid, draft.bound)
        receipt = _planned(draft, self.ledger())
        lines = self.folder.lines(draft.uid)
        self.folder.plan(receipt, draft.entries)
        try:
            sent = await self._submit(draft.parcel(self.folder), receipt)
        except TooLargeError:
            self._give_back(receipt)
            if len(draft.entries) < 2:
                raise
            first, rest = halves(draft, self.folder)
            return [*await self.send(first), *await self.send(rest)]
        except ModelError as error:
            raise of_endpoint(receipt, error) from None
        self.folder.write(sent)
        lines.unlink(missing_ok=True)
        what = f"{sent.count:,} request{'s' * (sent.count != 1)} to `{sent.model}`"
        self.say(f"sent {what} as batch {sent.batch} of `{sent.endpoint}`")
        return [sent]

    async def _submit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """The receipt with its batch; where it is not known whether there is one, it is sought.

        Raises `ModelError`; if any attempt may have been taken the next command finds that out.
        """
        service, attempt, is_in_doubt = self.services(receipt), 0, False
        while True:
            try:
                return _sent(receipt, await service.submit(parcel))
            except TooLargeError:
                raise
            except ModelError as error:
                wait, may_be_there = delay(attempt, error, 0.5), _may_be_there(error)
                is_in_doubt |= may_be_there
                if wait is None and is_in_doubt:
                    raise error.reworded(f"{error}: {_SOUGHT}") from None
                if wait is None:
                    self._give_back(receipt)
                    raise error.reworded(_with_cure(error)) from None
            attempt += 1
            await asyncio.sleep(wait)
            if may_be_there and (found := await self._found(service, parcel, receipt)):
                return found

    async def _found(
        self, service: BatchService, parcel: Parcel, receipt: Receipt
    ) -> Receipt | None:
        """The receipt with the batch that a parcel has become; None if none.

        Of several the first one stays; where any may be another's all do.
        """
        known = {each.batch for each in self.folder.receipts()}
        try:
            listed = await with_retries(lambda: service.find(parcel, receipt.created))
        except ModelError as error:
            raise error.reworded(f"{error}{self._without_list(error, receipt)}") from None
        found = [batch for batch in dict.fromkeys(listed) if batch not in known]
        for second in () if service.guesses else found[1:]:
            ended = await _cancelled(service, second)
            self.say(f"batch {second} was the same as {found[0]}, sent twice: {ended}")
        state = ASSUMED if service.guesses else ""
        return structs.replace(_sent(receipt, found[0]), state=state) if found else None

    def _without_list(self, error: ModelError, receipt: Receipt) -> str:
        """What a failure to look through a list means; nothing where it says what to do."""
        if error.kind == "auth":
            return ""
        path = self.folder.path / f"{receipt.uid}.json"
        unknown = "so that it is not known whether a batch was sent"
        return f", {unknown}: run this again once it may be listed, or delete {path} to send it"

    def _give_back(self, receipt: Receipt) -> None:
        """It was not taken: nothing is set aside for it any more."""
        self.budget.let_go(receipt.uid, receipt.count)
        self.folder.forget(receipt.uid)

    async def recover(self, forget: Callable[[Receipt], None]) -> None:
        """Find out what became of batches that were written down and perhaps not sent.

        Only while no other process is sending. `forget` hears of those that were not. Where an
        endpoint cannot be asked that is said, and they are left as they are.
        """
        for receipt in self.folder.open():
            if receipt.stage == "planned":
                try:
                    await self._recover(receipt, forget)
                except RequestError as error:
                    self.say(f"warning: a batch that may have been sent is not looked for: {error}")
                except ModelError as error:
                    raise of_endpoint(receipt, error) from None

    async def _recover(self, receipt: Receipt, forget: Callable[[Receipt], None]) -> None:
        path = self.folder.lines(receipt.uid)
        parcel = Parcel(
            receipt.uid,
            path,
            receipt.model_id,
            receipt.task,
            receipt.count,
            receipt.size,
            lambda: keys_of(self.folder.entries(receipt.uid)),
        )
        what = f"a batch of {receipt.count:,} requests to `{receipt.model}`"
        sent = await self._found(self.services(receipt), parcel, receipt)
        if sent is None:
            forget(receipt)
            self.folder.forget(receipt.uid)
            self.say(f"{what} had been written down but never sent")
            return
        self.folder.write(sent)
        is_it = "it may be" if sent.state == ASSUMED else "it is"
        self.say(f"{what} had been sent before its id was known: {is_it} {sent.batch}")


async def _cancelled(service: BatchService, batch: str) -> str:
    """Cancel a batch that is one too many; what became of it."""
    try:
        await with_retries(lambda: service.cancel(batch))
    except ModelError as error:  # such as one that is done already
        return f"it cannot be cancelled, and may have to be paid: {error}"
    return "it was cancelled"


def _sent(receipt: Receipt, batch: str) -> Receipt:
    return structs.replace(receipt, stage="sent", batch=batch)


def of_endpoint(receipt: Receipt, error: ModelError) -> ModelError:
    """The same failure with the name of the endpoint."""
    return error.reworded(f"model endpoint `{receipt.endpoint}` {error}")


def _with_cure(error: ModelError) -> str:
    """What a service says that takes no batch; where that is no cure, with one."""
    if error.kind != "bad_request":
        return str(error)
    return f"{error}: put that right, or run without --batch"


def _may_be_there(error: ModelError) -> bool:
    """Whether a service may have taken a batch all the same."""
    return not error.is_refused and (error.may_cost or error.kind in ("transient", "timeout"))


def _planned(draft: Draft, ledger: str) -> Receipt:
    """What is written down of a draft before it is sent."""
    model = draft.model
    return Receipt(
        uid=draft.uid,
        endpoint=model.endpoint.name,
        address=model.endpoint.address,
        model=model.name,
        model_id=model.model_id,
        task=draft.task,
        count=len(draft.entries),
        size=draft.size,
        created=time.time(),
        stage="planned",
        shapes=tuple(draft.shapes),
        held=draft.bound,
        ledger=ledger,
    )
