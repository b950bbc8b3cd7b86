"""The services of batches: opened by the configuration, never by what a receipt says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from promptci.batching.collecting import CostOf
from promptci.batching.receipt import Receipt
from promptci.batching.sending import Services
from promptci.errors import RequestError
from promptci.models.batchapis.kinds import open_batches
from promptci.models.batchapis.service import BatchService
from promptci.project.project import Project
from promptci.specs.completion import Completion
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings


@asynccontextmanager
async def opened_services(project: Project) -> AsyncIterator[Services]:
    """Opens the service of any batch when it is first asked for; all are closed afterwards."""
    known: dict[str, BatchService] = {}

    def service(receipt: Receipt) -> BatchService:
        if receipt.endpoint not in known:
            endpoint = endpoint_of(project, receipt)
            known[receipt.endpoint] = open_batches(endpoint, project.environ)
        return known[receipt.endpoint]

    try:
        yield service
    finally:
        for each in known.values():
            await each.aclose()


def endpoint_of(project: Project, receipt: Receipt) -> EndpointSpec:
    """Where a batch is. Raises `RequestError` where the configuration has that elsewhere."""
    endpoint = project.config.endpoints.get(receipt.endpoint)
    if endpoint is None or endpoint.address != receipt.address:
        raise RequestError(
            f"batch {receipt.name} was sent to `{receipt.endpoint}` at {receipt.address}, which is "
            "not what promptci.yaml says: name that endpoint there again, or delete its receipt "
            "in .promptci/batches"
        )
    return endpoint


def cost_of(project: Project, receipt: Receipt) -> CostOf:
    """Prices the answers of a batch."""
    model = _model_of(project, receipt)
    request = Request(Settings(model, task=receipt.task), ())

    def cost(completion: Completion) -> Decimal | None:
        return project.prices.cost(request, completion)

    return cost


def _model_of(project: Project, receipt: Receipt) -> ModelSpec:
    """The model that a batch asks: as the configuration names it, where it still does."""
    endpoint = endpoint_of(project, receipt)
    try:
        found = project.config.model(receipt.model)
    except RequestError:
        found = None
    if found is not None and (found.endpoint, found.model_id) == (endpoint, receipt.model_id):
        return found
    return ModelSpec(receipt.model, receipt.model_id, endpoint)
