"""Start the driver of a cluster, and decide whether one that died is started again.

The cluster asks; the records are made here.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from msgspec.structs import replace

from promptci.cluster.order import ClusterNews, Order, decode_news
from promptci.cluster.orphans import end_session
from promptci.errors import PromptCIError
from promptci.project.project import Project
from promptci.project.running import plan_run
from promptci.project.sharedstore import share_answers, take_in_shared
from promptci.spending.limits import Progress

_TRIES = 3
"""Drivers that are begun one after the other, where one is lost."""

LOG = "cluster.log"
"""What the engine printed, in the state folder."""


class LostDriverError(PromptCIError):
    """The process that drives the cluster died. Exit 3."""


class ClusterStoppedError(PromptCIError):
    """The cluster could not do its work; the exit code is that of what it met."""

    def __init__(self, news: ClusterNews) -> None:
        super().__init__(news.failure)
        self.exit_code = news.exit_code


def ask_on_cluster(project: Project, order: Order) -> ClusterNews:
    """Have a cluster ask what is not stored, while the observer watches.

    A driver that dies is started again, since what it had stored is not asked again. Gives what a
    ceiling or a model ended. Raises `PromptCIError` where the cluster cannot be used. What was
    answered is stored in each case.
    """
    plan = plan_run(project, order.selection)
    take_in_shared(project, plan)
    progress, lost = Progress(plan.count), 0
    with project.observer.watching(progress):
        while True:
            news = _driven(project, order, progress)
            if news.is_last:
                break
            lost += 1
            if lost == _TRIES:
                log = project.workspace.state / LOG
                raise LostDriverError(
                    f"the process that drives the cluster died {lost} times; what was answered is "
                    f"kept, and what was printed is in {log}: run again to go on"
                )
            project.observer.remark("the process that drives the cluster died: it is started again")
    share_answers(project, plan)
    if news.failure and not news.is_models:
        raise ClusterStoppedError(news)
    return news


def _driven(project: Project, order: Order, progress: Progress) -> ClusterNews:
    """The last news of one driver; one that was lost has no last one."""
    news, before = ClusterNews(), replace(progress)
    with _driver(project, order) as told:
        for line in told:
            news = decode_news(line)
            progress.done = before.done + news.done
            progress.asked = before.asked + news.asked
            progress.errors = before.errors + news.errors
            progress.cost = before.cost + news.cost
            progress.has_unknown_cost = before.has_unknown_cost or news.has_unknown_cost
    return news


@contextmanager
def _driver(project: Project, order: Order) -> Iterator[IO[bytes]]:
    """A driver at work; whatever ends the block ends it, too."""
    project.workspace.keep_out_of_git()
    reading, writing = os.pipe()
    log = project.workspace.state / LOG
    with log.open("wb") as printed, os.fdopen(reading, "rb") as told:
        command = [sys.executable, "-P", "-m", "promptci.cluster.driverprocess", str(writing)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=printed,
            pass_fds=[writing],
            env=_environment(project),
            start_new_session=True,
        )
        os.close(writing)
        try:
            assert process.stdin is not None
            process.stdin.write(pickle.dumps(order))
            process.stdin.flush()
            yield told
        finally:
            _end(process)


def _environment(project: Project) -> dict[str, str]:
    """The project's variables. Ray is told to send no usage data, and to print no colours.

    Its workers are as nice as promptci, unless told otherwise: Ray makes them give way to all other
    programs, though they take little and wait for models.
    """
    quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_COLOR_PREFIX": "0", "NO_COLOR": "1"}
    return {"RAY_worker_niceness": "0", **os.environ, **project.environ, **quiet}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it with all that it has begun, before its number may be that of another process."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    end_session(process.pid)
    process.kill()
    process.wait()
