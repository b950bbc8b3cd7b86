"""An address where nothing that can be used comes back: what is likely to be wrong with it."""

import json
import re
from typing import Literal

from yarl import URL

_Body = Literal["stream", "page", "other", "broken"]
"""What a response holds that is no answer; only `broken` may be better the next time."""

_OWN_END = re.compile(r"/(chat/completions|completions|embeddings|responses|messages)/?$")
_ADDED = re.compile(r"/(chat/completions|embeddings)$")
_VERSION = re.compile(r"/(v\d+\w*|openai|inference|compatible-mode)(/|$)")
_STREAM = re.compile(rb"\s*(data|event|id|retry)?:")
FROM_BETWEEN = "it has answered before, so see what is in between, such as a proxy or a sign-in"
"""What to do about a page, or a way elsewhere, that comes from an address known to be right."""

_OUR_FIELDS = {"choices", "data", "error"}


def shown_address(url: URL) -> str:
    """An address as a message names it: without a query."""
    return str(url.with_query(None))


def kind_of_body(body: bytes) -> _Body:
    """What kind of thing a body with status 200 is."""
    start = body.lstrip()[:200]
    if _STREAM.match(start):
        return "stream"
    if start[:1] == b"<":
        return "page"
    if start[:1] not in (b"{", b"["):
        return "other" if start.isascii() and start.strip() else "broken"
    return "other" if _is_foreign(body) else "broken"


def _is_foreign(body: bytes) -> bool:
    """Whether it is whole JSON of some other service, or of another API of the same one."""
    try:
        document = json.loads(body)
    except json.JSONDecodeError as error:
        return error.msg.startswith("Extra data")  # a document a line
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict):
        return True
    match document:
        case {"choices": [{"text": str()} as first, *_]}:  # the API before chat completions
            return "message" not in first
    return not _OUR_FIELDS & document.keys() and document.get("object") != "chat.completion"


def cure_of_address(url: URL, *, is_azure: bool) -> str:
    """What to do about an address that leads nowhere."""
    base = _ADDED.sub("", url.path)
    given = _OWN_END.search(base)
    if given:
        better = f"{url.origin()}{base[: given.start()]}"
        return f"base_url ends in `{given[0]}`, which is added by promptci: write `{better}`"
    if is_azure:
        return "check base_url, the name of the deployment and `api_version`"
    if not _VERSION.search(base):
        return f"is `/v1` missing in base_url? Try `{url.origin()}{base.rstrip('/')}/v1`"
    return f"check base_url, to which `{url.path.removeprefix(base)}` is added"


def cure_of_body(kind: _Body, url: URL, *, is_azure: bool, has_answered: bool) -> str:
    """What to do where status 200 comes with something that is no answer.

    `has_answered`: the endpoint has given an answer in this run, so its address is right.
    """
    if kind == "stream":
        return "it streams (`data:`) though that was not asked for: turn streaming off there"
    if kind == "broken":
        return "see the log of that server; a further run asks again"
    if has_answered:
        return f"{FROM_BETWEEN}; a further run asks again"
    return cure_of_address(url, is_azure=is_azure)
