"""Workers as threads and a coordinator on a loop of its own: messages are pickled in earnest."""

import asyncio
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from promptci.cluster.coordinator import Coordinator
from promptci.cluster.messages import Setup
from promptci.cluster.worker import BlockWorker
from promptci.errors import StorageError


class FakeCluster:
    """Calls a coordinator's methods; `lose` makes a new one in the same folder, as Ray does."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.calls, self.begun = setup, 0, 0
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.coordinator = self._wait(self._made())

    async def _made(self):
        return Coordinator(self.setup)

    async def _replaced(self):
        """All on the loop's thread: a database closed beside its own thread ends the process.

        What the lost one was about to decide ends with it, or two would keep one ledger.
        """
        lost, self.coordinator = self.coordinator, Coordinator(self.setup)
        for worker in lost._workers.values():
            for task in worker.turns:
                task.cancel()
        lost._answers._disk.shutdown(wait=True)
        lost._answers._cache._db.close()

    def _wait(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def _call(self, message):
        method, arguments, options = pickle.loads(message)
        self.calls += 1
        self.begun += method == "begin"
        while True:
            asked = self.coordinator
            try:
                return pickle.dumps(await getattr(asked, method)(*arguments, **options))
            except RuntimeError:  # its thread has ended: it was lost, and Ray asks the next one
                if asked is self.coordinator:
                    raise

    def ask(self, method, *arguments, **options):
        return pickle.loads(self._wait(self._call(pickle.dumps((method, arguments, options)))))

    async def ask_soon(self, method, *arguments, **options):
        message = pickle.dumps((method, arguments, options))
        asked = asyncio.run_coroutine_threadsafe(self._call(message), self.loop)
        return pickle.loads(await asyncio.wrap_future(asked))

    def lose(self):
        """The coordinator is gone, with all that it had in memory, and another one is made."""
        self._wait(self._replaced())

    def run(self, job, blocks, *, files: bytes, folder: Path, workers: int = 2):
        """The results of blocks, in the order in which they were given.

        A worker has two at a time.
        """
        jobs, blocks = pickle.loads(pickle.dumps((job, list(blocks))))
        made = [
            BlockWorker(self, jobs, f"worker{n}", files=files, folder=folder)
            for n in range(workers)
        ]

        def one(number, block):
            return pickle.loads(pickle.dumps(made[number % workers].evaluate(block)))

        try:
            with ThreadPoolExecutor(2 * workers) as pool:
                return list(pool.map(one, count(), blocks))
        finally:
            for each in made:
                if each.thread is not None:
                    each.thread.join()

    async def _ended(self):
        """All that waits is given up, as where a process ends: of lost coordinators, too."""
        await self.coordinator.close()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def close(self):
        self._wait(self._ended())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class LostLink:
    """A link whose coordinator is gone for good."""

    def ask(self, method, *arguments, **options):
        raise StorageError("the coordinator is gone")

    async def ask_soon(self, method, *arguments, **options):
        raise StorageError("the coordinator is gone")
