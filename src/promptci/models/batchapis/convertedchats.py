"""Chat completions that batches carry in another API's form: what all such forms have in common."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from promptci.errors import RequestError
from promptci.models.batchapis.service import WriteLine
from promptci.models.hosted.bodies import Bodies
from promptci.models.hosted.droppable import TIER
from promptci.specs.request import Request


def converting_writer(
    convert: Callable[[Mapping[str, Any]], Mapping[str, Any]], *, key: str, body: str
) -> WriteLine:
    """Writes lines with a request's key and its converted body, under these names."""
    bodies = Bodies()

    def write(request: Request, refused: frozenset[str]) -> bytes:
        converted = convert(json.loads(bodies.write(request, refused | {TIER})))
        return json.dumps({key: request.key, body: converted}).encode()

    return write


def not_carried(whose: str, what: str) -> RequestError:
    """The error for what an API has nothing for."""
    return RequestError(f"a batch of {whose} cannot carry {what}: run without --batch")


def is_system_turn(turn: Mapping[str, Any]) -> bool:
    """Whether a turn says what the model is to do; other APIs have these beside the turns."""
    return turn["role"] in ("system", "developer")


def joined_text(content: Any) -> str:
    """What a turn says as one text, whatever parts it is in."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""


def turn_calls(turn: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The calls of tools that a turn makes."""
    return turn.get("tool_calls") or ()
