"""The process that drives a cluster: decides what its end is, done, refused or broken.

`python -m promptci.cluster.driverprocess FD` takes an order on stdin. What it tells goes to the
file descriptor, a line of JSON each. It ends when its stdin does, since then the process that it
works for is gone; and with it all that it has begun.
"""

import os
import pickle
import sys
import threading
from pathlib import Path

from promptci.cluster.driverloop import drive_blocks
from promptci.cluster.onray import RayEngine
from promptci.cluster.order import ClusterNews, Order, encode_news
from promptci.cluster.orphans import end_session
from promptci.errors import PromptCIError
from promptci.project.project import Project


def carry_out(fd: int) -> None:
    """Carry out the order on stdin."""
    order: Order = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_stdin, daemon=True).start()

    def tell(news: ClusterNews) -> None:
        os.write(fd, encode_news(news) + b"\n")

    project = Project(Path(order.folder), environ=os.environ, allow_code=order.allow_code)
    project.workspace.names = order.selection.names
    project.workspace.runs_the_rest = True
    try:
        project.workspace.learn_keys()
        engine = RayEngine(order.address, order.workers)
        try:
            tell(drive_blocks(project, order, engine, tell))
        finally:
            engine.end()
    except PromptCIError as error:
        tell(ClusterNews(is_last=True, failure=str(error), exit_code=error.exit_code))
    except Exception as error:
        said = f"the driver of the cluster failed: {type(error).__name__}: {error}"
        tell(ClusterNews(is_last=True, failure=said, exit_code=70))
        raise
    finally:
        project.close()


def _end_with_stdin() -> None:
    """Whoever gave the order holds our stdin open for as long as it lives."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    end_session(os.getpid())
    os._exit(1)


if __name__ == "__main__":
    carry_out(int(sys.argv[1]))
    os._exit(0)
