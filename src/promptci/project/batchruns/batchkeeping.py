"""Batches looked after apart from the commands that have sent them."""

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from promptci.batching.following import state_of
from promptci.batching.receipt import ASSUMED, CANCELLING, BatchFolder, Receipt, names_of
from promptci.batching.sending import Sender, of_endpoint, with_retries
from promptci.errors import ModelError, RequestError
from promptci.models.batchapis.service import ENDED
from promptci.parsing.source import excerpt
from promptci.project.allowance import Allowance
from promptci.project.batchruns.batchcollecting import BatchCollector, UnreadableResultsError
from promptci.project.batchruns.batchservices import opened_services
from promptci.project.project import Project
from promptci.run.driving.interrupted import run_until_interrupted
from promptci.spending.limits import Limits


def known_batches(project: Project) -> list[Receipt]:
    """All batches that are under way, and those of the last days. Raises `StorageError`."""
    return _folder(project).receipts()


def collect_batches(project: Project, ids: Sequence[str]) -> list[Receipt]:
    """Store the answers of batches that have ended, all where no ids are given.

    Gives these batches as they are then. Raises `RequestError` for an id that is not known,
    `ModelError` where an endpoint does not answer.
    """
    folder = _folder(project)
    chosen = _chosen(folder, ids)
    project.workspace.keep_out_of_git()
    run_until_interrupted(_collected(project, folder, chosen))
    return [folder.read(each.uid) or each for each in chosen]


async def _collected(project: Project, folder: BatchFolder, chosen: Sequence[Receipt]) -> None:
    budget = Allowance(project, Limits()).budget
    collector = BatchCollector(project, folder, budget, project.ledger)
    unreadable: UnreadableResultsError | None = None
    async with opened_services(project) as services:
        sender = Sender(folder, budget, services, lambda: "", project.observer.remark)
        with folder.sending():
            await sender.recover(lambda each: _forget(project, each))
        for receipt in (each for each in folder.open() if each.uid in {c.uid for c in chosen}):
            service = services(receipt)
            state = await with_retries(partial(state_of, service, receipt))
            if state.status in ENDED:
                try:
                    await collector.take(receipt, service, state)
                except UnreadableResultsError as error:
                    unreadable = error
    if unreadable is not None:
        raise unreadable


def _forget(project: Project, receipt: Receipt) -> None:
    project.ledger.correct(receipt.ledger, -receipt.held_back)


def cancel_batches(project: Project, ids: Sequence[str]) -> list[Receipt]:
    """Have batches ended, all where no ids are given; gives those that were under way.

    Their receipts then say `cancelling`, until they are collected. Raises `RequestError` for an id
    that is not known and for a batch that may be another's, `ModelError` where an endpoint refuses.
    A service may refuse for one that has ended: its results are given up from then on if they
    cannot be read.
    """
    folder = _folder(project)
    sent = [each for each in _chosen(folder, ids) if each.stage == "sent"]
    chosen = [each for each in sent if each.state != ASSUMED]
    run_until_interrupted(_cancelled(project, folder, chosen))
    if left := [each for each in sent if each.state == ASSUMED]:
        wrong = f"{names_of(left)} was found by time and size alone and may be another project's"
        raise RequestError(f"{wrong}: collect it once it has ended, which shows whose it is")
    return [folder.read(each.uid) or each for each in chosen]


async def _cancelled(project: Project, folder: BatchFolder, chosen: Sequence[Receipt]) -> None:
    async with opened_services(project) as services:
        for receipt in chosen:
            try:
                await with_retries(partial(services(receipt).cancel, receipt.batch))
            except ModelError as error:
                if error.kind != "bad_request":
                    raise of_endpoint(receipt, error) from None
            with folder.collecting(receipt.uid) as now:
                if now is not None and now.stage == "sent":
                    folder.write(replace(now, state=CANCELLING))


def _folder(project: Project) -> BatchFolder:
    return BatchFolder(project.workspace.batches_path)


def _chosen(folder: BatchFolder, ids: Sequence[str]) -> list[Receipt]:
    """The batches of these ids, ours or the services'; all without ids."""
    known = folder.receipts()
    for id_ in ids:
        if not any(id_ in (each.batch, each.uid) for each in known):
            listed = "`promptci batch list` shows those that are"
            raise RequestError(f"there is no batch `{excerpt(id_)}` known here: {listed}")
    return [each for each in known if not ids or each.batch in ids or each.uid in ids]
