"""What services say beside results: refusals as errors, documents as fields, files as lines."""

import codecs
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime

from promptci.errors import ModelError
from promptci.models.batchapis.service import TooLargeError
from promptci.models.hosted.refusals import read_refusal
from promptci.models.hosted.response import LARGEST_BODY
from promptci.models.pacing.ratelimits import retry_after
from promptci.secrets.known import redact
from promptci.specs.modelspec import EndpointSpec

_TOO_LARGE = re.compile(
    r"too large|too many (requests|tasks|lines)|(file|batch|request|payload) size|"
    r"exceeds? .*(maximum|limit).*(size|requests|lines)"
)
_ID = re.compile(r"[A-Za-z0-9][\w.:/-]{0,199}", re.ASCII)


def service_error(
    status: int, body: bytes, headers: Mapping[str, str], spec: EndpointSpec, what: str
) -> ModelError:
    """What a refused call means; `what` says what was refused, such as "the batch"."""
    refusal = read_refusal(status, body, redact, has_answered=True)
    kind = refusal.kind
    wait = retry_after(headers, time.time())
    if status == 413 or (status in (400, 422) and _TOO_LARGE.search(refusal.message.lower())):
        return TooLargeError(f"takes less than {what} holds ({refusal})")
    if kind == "auth":
        own = f"check the key in {spec.key_env}"
        cure = own if spec.key_env else "name its key by `key_env` of the endpoint"
        return ModelError(f"does not let us in ({refusal}): {cure}", kind, retry_after=wait)
    return ModelError(f"refused {what} ({refusal})", kind, retry_after=wait)


def fields(body: bytes, what: str) -> Mapping[str, object]:
    """A JSON object, or a list as the `data` of one. Raises `ModelError` for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list):
        return {"data": found}
    if not isinstance(found, dict):
        raise ModelError(f"answered {what} with something that is no JSON object", "malformed")
    return found


def nested(said: Mapping[str, object], *names: str) -> Mapping[str, object]:
    """An object inside an object; an empty one where there is none."""
    for name in names:
        found = said.get(name)
        said = found if isinstance(found, dict) else {}
    return said


def objects(said: object) -> list[Mapping[str, object]]:
    """The objects of a list; of what is no list none."""
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def text(said: object) -> str:
    """A text; what is none is empty."""
    return said if isinstance(said, str) else ""


def count(said: object) -> int:
    """A number, also as text; what is none is 0."""
    try:
        return max(0, int(said)) if isinstance(said, int | str) else 0
    except ValueError:
        return 0


def clock_behind(headers: Mapping[str, str], now: float) -> float:
    """By how many seconds a service's clock is behind ours; 0 where it does not tell the time."""
    try:
        return now - parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return 0.0


def checked_id(said: object, what: str) -> str:
    """An id that can be part of an address. Raises `ModelError` for what cannot."""
    found = text(said)
    if not _ID.fullmatch(found) or ".." in found or "//" in found:
        raise ModelError(f"gave {what} no id that can be used", "malformed", may_cost=True)
    return found


async def split_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a file that comes in pieces; empty ones are left out.

    Raises `ModelError` for a line that no answer could be.
    """
    rest, is_first = b"", True
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        if whole and is_first:
            whole[0], is_first = whole[0].removeprefix(codecs.BOM_UTF8), False
        for line in whole:
            if line.strip():
                yield line
        if len(rest) > LARGEST_BODY:
            raise ModelError(f"sent a line of more than {LARGEST_BODY >> 20} MB", "malformed")
    rest = rest.removeprefix(codecs.BOM_UTF8) if is_first else rest
    if rest.strip():
        yield rest
