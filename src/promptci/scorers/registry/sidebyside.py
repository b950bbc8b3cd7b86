"""Several generators driven at once: what all of them ask goes out together."""

from collections.abc import Sequence
from typing import TypeAlias

from promptci.records.record import Score
from promptci.scorers.base.verdict import NoVerdict, Unjudged, UnusableGolden
from promptci.specs.request import Answer, Ask, Asking, requests_of
from promptci.templates.template import TemplateError

PartVerdict: TypeAlias = Score | Unjudged | NoVerdict
"""The verdict of one scorer; why there is none is a value here, too."""


def side_by_side(asking: Sequence[Asking[Score]]) -> Asking[list[PartVerdict]]:
    """Drives several generators at once: what all of them ask goes out together."""
    asks: dict[int, Ask] = {}
    found: dict[int, PartVerdict] = {}

    def advance(index: int, answer: Answer | None) -> None:
        asks.pop(index, None)
        try:
            asks[index] = asking[index].send(answer)  # type: ignore[arg-type]  # None begins it
        except StopIteration as done:
            found[index] = done.value
        except UnusableGolden:
            raise
        except TemplateError as error:
            found[index] = Unjudged(str(error))
        except (Unjudged, NoVerdict) as error:
            found[index] = error

    for index in range(len(asking)):
        advance(index, None)
    while asks:
        before = dict(asks)
        answers = iter((yield from _ask_together(tuple(before.values()))))
        for index, answer in zip(before, answers, strict=True):
            advance(index, answer)
    return [found[index] for index in range(len(asking))]


def _ask_together(asks: tuple[Ask, ...]) -> Asking[list[Answer]]:
    """The answer to each of several questions, of which some may be several themselves."""
    if len(asks) == 1:
        return [(yield asks[0])]
    flat = tuple(each for ask in asks for each in requests_of(ask))
    sent = yield flat
    answers = iter(sent if isinstance(sent, tuple) else (sent,))
    return [
        tuple(next(answers) for _ in ask) if isinstance(ask, tuple) else next(answers)
        for ask in asks
    ]
