"""Ray as the engine: workers are actors, the coordinator is a named one on the driver's node.

Ray core, not Ray Data: `ray.data.llm` limits the rate of each processor and hears no `Retry-After`.
Ray starts a lost coordinator again by itself
(https://docs.ray.io/en/latest/ray-core/fault-tolerance.html) and tells the driver of lost workers;
what they had done is on the coordinator's disk. Its actor is asynchronous: of synchronous ones
cancelled calls run anyway.
"""

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from promptci.cluster.blockline import BlockResult
from promptci.cluster.blocks import ExampleBlock
from promptci.cluster.coordinator import Coordinator
from promptci.cluster.crew import AHEAD, ClusterError, Crew
from promptci.cluster.driverloop import state_folder
from promptci.cluster.failure import Failure, as_failure
from promptci.cluster.messages import Setup
from promptci.cluster.orphans import end_with_parent
from promptci.cluster.worker import BlockWorker, Job
from promptci.errors import PromptCIError, RequestError, StorageError
from promptci.extras import needs_extra
from promptci.spending.spent import Spending


class CoordinatorActor:
    """The coordinator in an actor: every call gives a value or a `Failure`, and raises nothing."""

    def __init__(self, setup: Setup) -> None:
        end_with_parent()
        folder = state_folder() / "coordinators" / setup.folder
        self._coordinator = Coordinator(replace(setup, folder=str(folder)))

    async def call(self, method: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Call a method of the coordinator."""
        try:
            return await getattr(self._coordinator, method)(*arguments, **options)
        except PromptCIError as error:
            return as_failure(error)


class RayLink:
    """Calls the actor; Ray repeats a call whose actor was lost."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        """See `Link.ask`."""
        import ray

        try:
            return _value(ray.get(self._actor.call.remote(method, arguments, options)))
        except ray.exceptions.RayError as error:
            raise _lost(error) from error

    async def ask_soon(self, method: str, *arguments: Any, **options: Any) -> Any:
        """See `Link.ask_soon`."""
        import ray

        try:
            return _value(await self._actor.call.remote(method, arguments, options))
        except ray.exceptions.RayError as error:
            raise _lost(error) from error


def _value(found: Any) -> Any:
    if isinstance(found, Failure):
        raise found.as_error()
    return found


def _lost(error: Exception) -> StorageError:
    said = str(error).strip().splitlines()
    return StorageError(f"the coordinator on the cluster is gone: {said[0] if said else error!r}")


class WorkerActor:
    """A worker in an actor, with a thread for each block that it has at a time."""

    def __init__(self, coordinator: Any, job: Job, name: str, files: bytes) -> None:
        end_with_parent()
        folder = state_folder() / "projects"
        self._worker = BlockWorker(RayLink(coordinator), job, name, files=files, folder=folder)

    def begin(self) -> None:
        """Say that it is there."""

    def evaluate(self, block: ExampleBlock) -> BlockResult:
        """See `BlockWorker.evaluate`."""
        return self._worker.evaluate(block)


class RayEngine:
    """A cluster, and one run on it."""

    def __init__(self, address: str, workers: int | None) -> None:
        """Reach a cluster, or start one here that ends with this process. Raises `ClusterError`."""
        try:
            import ray
        except ImportError:
            raise RequestError(needs_extra("`--on ray`", "ray")) from None
        self._ray = ray
        _connect(address, workers)
        found = int(ray.cluster_resources().get("CPU", 1))
        self.workers = max(1, min(workers or found, found))
        self._link: RayLink | None = None
        self._crew: Crew | None = None

    def begin(self, setup: Setup, job: Job, files: bytes) -> None:
        """See `ClusterEngine.begin`."""
        ray = self._ray
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=True
        )
        actor = (
            ray.remote(CoordinatorActor)
            .options(
                name=f"promptci-{setup.run[:8]}",
                num_cpus=0,
                max_restarts=-1,
                max_task_retries=-1,
                max_concurrency=10_000,
                scheduling_strategy=here,
            )
            .remote(setup)
        )
        self._link = RayLink(actor)
        sent = ray.put(files)
        kind = ray.remote(WorkerActor)

        def hire(name: str) -> Any:
            options = {"num_cpus": 1, "max_concurrency": AHEAD, "scheduling_strategy": "SPREAD"}
            return kind.options(**options).remote(actor, job, name, sent)

        self._crew = Crew(ray, self.workers, hire=hire, lost=partial(self._link.ask, "lost"))
        self._link.ask("version")

    def results(self, blocks: Iterator[ExampleBlock]) -> Iterator[BlockResult | None]:
        """See `ClusterEngine.results`."""
        assert self._crew is not None
        return self._crew.results(blocks)

    def spent(self) -> Spending:
        """See `ClusterEngine.spent`."""
        assert self._link is not None
        found: Spending = self._link.ask("spent")
        return found

    def forget(self) -> None:
        """See `ClusterEngine.forget`."""
        assert self._link is not None
        self._link.ask("forget")

    def end(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._ray.shutdown()


def _connect(address: str, workers: int | None) -> None:
    """Connect to a cluster, or start one on loopback. Raises `ClusterError`."""
    import ray

    quiet = {"log_to_driver": False, "logging_level": "ERROR", "namespace": "promptci"}
    try:
        if address or os.environ.get("RAY_ADDRESS"):
            ray.init(address=address or None, **quiet)
        else:
            # "local": without an address Ray joins whatever cluster runs on this machine
            here: dict[str, Any] = {"address": "local", "_node_ip_address": "127.0.0.1"}
            ray.init(num_cpus=workers, include_dashboard=False, **here, **quiet)
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        where = address or os.environ.get("RAY_ADDRESS") or "a cluster on this machine"
        raise ClusterError(f"{where} cannot be reached: {said[0]}") from error
