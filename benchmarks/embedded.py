"""The embedded model on this repository's own evals: processor time beside its floor.

    python benchmarks/embedded.py [EXAMPLES]

The floor reads each prompt whole, with the weights as their package has them. Both are asked the
same questions in turns, in this process; the first question to each prompt, which reads what the
others share, is charged to all that the eval has, once for each of two servers.
"""

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from time import process_time

from promptci.models.embedded import llamacpp
from promptci.models.embedded.local import CONTEXT, _body, chosen_weights
from promptci.models.embedded.prefix import PrefixServer, shared_prefix
from promptci.models.embedded.weights import SMOLLM2, locate
from promptci.project.project import Project
from promptci.run.driving.work import works
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.specs.request import Request

SERVERS = 2


def main(examples: int) -> None:
    """Print both figures for every eval, and for all together."""
    project = Project(Path(__file__).parent.parent, environ={})
    plan = make_plan(project.workspace.suite, Selection(), project.models.build)
    floor = llamacpp.load(locate(SMOLLM2), context=CONTEXT)
    server = PrefixServer(llamacpp.load(locate(chosen_weights()), context=CONTEXT))
    total = [0.0, 0.0]
    for task in plan.tasks:
        requests = questions(task, examples)
        if requests[0].settings.model.endpoint.kind != "local":
            continue  # it begins with the search of a page, which another model is asked for
        both = [(spent(whole, floor, each), spent(ours, server, each)) for each in requests]
        found = of_eval(task.count, both)
        total = [sum(pair) for pair in zip(total, found, strict=True)]
        say(task.spec.name, found)
    say("all", (total[0], total[1]))


def questions(task: Task, examples: int) -> list[Request]:
    """The first questions of an eval."""
    return [work.requests[0] for work in islice(works(Plan((task,))), examples)]


def whole(server: llamacpp.Server, request: Request) -> None:
    """Read the prompt whole."""
    body = {**_body(request), "cache_prompt": False}
    llamacpp.ask_server(server, body, is_unwanted=lambda: False)


def ours(server: PrefixServer, request: Request) -> None:
    """Read only what is new."""
    server.ask(_body(request), shared_prefix(request.messages), is_unwanted=lambda: False)


def spent(ask: Callable[..., None], server: object, request: Request) -> float:
    begun = process_time()
    ask(server, request)
    return process_time() - begun


def of_eval(count: int, both: list[tuple[float, float]]) -> tuple[float, float]:
    """Seconds for all of an eval's examples, of the floor and of promptci."""
    floors, (first, *others) = zip(*both, strict=True)
    usual = sum(others) / len(others)
    return count * sum(floors) / len(floors), count * usual + SERVERS * max(0.0, first - usual)


def say(name: str, found: tuple[float, float]) -> None:
    floor, here = found
    sys.stdout.write(f"{name:20} {floor:6.1f} s  {here:6.1f} s  {here / floor:.2f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
