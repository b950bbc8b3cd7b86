"""How a judge is asked until its reply can be used."""

from collections.abc import Callable
from typing import TypeVar

from promptci.scorers.base.attempts import ATTEMPTS
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.modelgraded.reply import Unusable
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.request import Asking, Request, Settings

T = TypeVar("T")


def until_read(
    settings: Settings, messages: tuple[Message, ...], read: Callable[[Completion], T]
) -> Asking[T]:
    """What `read` makes of a judge's reply to one question.

    A reply that is of no use, which `read` says by raising `Unusable`, is asked for once more.
    Raises `NoVerdict` then; the next run asks for the last one again.
    """

    def is_useful(completion: Completion) -> bool:
        try:
            read(completion)
        except Unusable:
            return False
        return True

    why, count = "", 1 if settings.is_deterministic else ATTEMPTS
    for attempt in range(count):
        last = is_useful if attempt == count - 1 else None
        completion = yield Request(settings, messages, attempt, is_useful=last)
        assert isinstance(completion, Completion)
        try:
            return read(completion)
        except Unusable as error:
            why = str(error)
    raise NoVerdict(f"the judge {why}")
