"""A generator's questions, each changed before it is asked."""

from collections.abc import Callable

from promptci.specs.request import Answer, Ask, Asking, T


def relayed(asking: Asking[T], change: Callable[[Ask], Ask]) -> Asking[T]:
    """Ask the same questions in the changed form; gives what the generator gives."""
    answer: Answer | None = None
    try:
        while True:
            ask = asking.send(answer)  # type: ignore[arg-type]  # None begins it
            answer = yield change(ask)
    except StopIteration as done:
        value: T = done.value
        return value
    finally:
        asking.close()
