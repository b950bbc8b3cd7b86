"""A judge that is a program: it finds the answer where the request says it is, and nowhere else."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from promptci.specs.completion import Completion
from promptci.specs.request import Request


def drive(judging: Any, judge: Callable[[Request], Any]) -> Any:
    """Answer whatever a judging asks; gives its score, and the requests that it made.

    `judge` gives a text or a `Completion`.
    """
    asked: list[Request] = []
    if not hasattr(judging, "send"):
        return judging, asked
    try:
        request = next(judging)
        while True:
            asked.append(request)
            said = judge(request)
            request = judging.send(said if isinstance(said, Completion) else Completion(said))
    except StopIteration as stop:
        return stop.value, asked


def fenced(request: Request) -> list[str]:
    """The data in a request's last message, in order, found by the fence that the rules name."""
    system, user = request.messages[0].content, request.messages[-1].content
    [word] = set(re.findall(r"between <(data-[0-9a-f]{12})> and </\1>", system))
    assert user.count(f"<{word}>") == user.count(f"</{word}>")
    return re.findall(rf"<{word}>\n(.*?)\n</{word}>", user, re.DOTALL)


def scripted(*replies: Any) -> Callable[[Request], Any]:
    """These replies, one after the other."""
    rest = list(replies)
    return lambda request: rest.pop(0)


Reply = Mapping[str, Any]
