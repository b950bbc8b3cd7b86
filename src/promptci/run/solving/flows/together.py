"""Several generators driven as one: what they ask is asked together."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from promptci.specs.completion import Completion
from promptci.specs.request import Apart, Ask, Asking, Request, requests_of

T = TypeVar("T")


def asked_together(askings: Sequence[Asking[T]]) -> Asking[list[T]]:
    """The outcome of each, in their order. Each goes on once its own questions are answered."""
    found: dict[int, T] = {}
    asks: dict[int, Ask] = {}
    try:
        for place, asking in enumerate(askings):
            _advance(asking, place, None, asks, found)
        while asks:
            waiting, spans, together = dict(asks), *_side_by_side(asks)
            said: tuple[Completion | None, ...] = yield together  # type: ignore[assignment]
            for place, ask in waiting.items():
                own = said[spans[place].start : spans[place].stop]
                if None not in own or (isinstance(ask, Apart) and has_whole_group(ask, own)):
                    del asks[place]
                    answer = own if isinstance(ask, tuple) else own[0]
                    _advance(askings[place], place, answer, asks, found)
    finally:
        for asking in askings:
            asking.close()
    return [found[place] for place in range(len(askings))]


def _side_by_side(asks: Mapping[int, Ask]) -> tuple[dict[int, range], Apart]:
    """The places of each one's questions among all of them."""
    listed: list[Request] = []
    spans: dict[int, range] = {}
    groups: list[range] = []
    for place, ask in asks.items():
        start = len(listed)
        listed += requests_of(ask)
        spans[place] = range(start, len(listed))
        own = ask.groups if isinstance(ask, Apart) else (range(len(spans[place])),)
        groups += (range(start + each.start, start + each.stop) for each in own)
    return spans, Apart.of(listed, groups)


def has_whole_group(ask: Apart, said: Sequence[object]) -> bool:
    """Whether all of one group is answered."""
    return any(all(said[place] is not None for place in group) for group in ask.groups)


def _advance(
    asking: Asking[T],
    place: int,
    answer: Any,
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
