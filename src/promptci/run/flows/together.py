"""Several generators driven as one: what they ask is asked together."""

from collections.abc import Sequence
from typing import TypeVar

from promptci.specs.completion import Completion
from promptci.specs.request import Ask, Asking, Request

T = TypeVar("T")


def asked_together(askings: Sequence[Asking[T]]) -> Asking[list[T]]:
    """What each comes to, in their order. All go one step on once all questions are answered."""
    found: dict[int, T] = {}
    asks: dict[int, Ask] = {}
    try:
        for place, asking in enumerate(askings):
            _advance(asking, place, None, asks, found)
        while asks:
            waiting, asks = asks, {}
            listed = [request for ask in waiting.values() for request in requests_of(ask)]
            said = yield tuple(listed)
            assert isinstance(said, tuple)
            answers = iter(said)
            for place, ask in waiting.items():
                own = tuple(next(answers) for _ in requests_of(ask))
                answer = own if isinstance(ask, tuple) else own[0]
                _advance(askings[place], place, answer, asks, found)
    finally:
        for asking in askings:
            asking.close()
    return [found[place] for place in range(len(askings))]


def _advance(
    asking: Asking[T],
    place: int,
    answer: Completion | tuple[Completion, ...] | None,
    asks: dict[int, Ask],
    found: dict[int, T],
) -> None:
    try:
        asks[place] = next(asking) if answer is None else asking.send(answer)
    except StopIteration as done:
        found[place] = done.value


def asked_once(asking: Asking[T]) -> Asking[T]:
    """The same, which asks for nothing at first where it would not ask at all.

    Whoever drives it expects to be asked.
    """
    try:
        ask = next(asking)
    except StopIteration as done:
        yield ()
        nothing: T = done.value
        return nothing
    try:
        while True:
            ask = asking.send((yield ask))
    except StopIteration as done:
        value: T = done.value
        return value
    finally:
        asking.close()


def requests_of(ask: Ask) -> tuple[Request, ...]:
    """What is asked, as a tuple."""
    return ask if isinstance(ask, tuple) else (ask,)
