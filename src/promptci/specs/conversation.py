"""Turns that come with an example: earlier messages, tool calls and results, pictures, files."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias, get_args

from promptci.errors import ModelError
from promptci.parsing.source import Plain, excerpt
from promptci.specs.message import Attachment, Message, Part, Role
from promptci.templates.template import TemplateError, as_text

Files: TypeAlias = Mapping[str, Attachment]
"""Files that an example's turns hold, by digest."""

NO_FILES: Files = {}

Attach: TypeAlias = Callable[[str], Attachment | None]
"""The file at a path as written; None where there is none."""

_ROLES = get_args(Role)
_TURN_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id", "refusal")
_DIGEST = "sha256:"
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
MOST_BYTES = 20_000_000
"""In one picture or file."""


def attachment(path: str, read: Callable[[], bytes]) -> Attachment:
    """A file of the repository that goes along with a message."""
    data = read()
    if len(data) > MOST_BYTES:
        wrong = f"the file {path} is over {MOST_BYTES // 1_000_000} MB: send a smaller one"
        raise TemplateError(wrong)
    found = hashlib.sha256(data).hexdigest()
    from mimetypes import guess_type  # late: few commands need it

    media = guess_type(path)[0] or "application/octet-stream"

    def again() -> bytes:
        now = read()
        if hashlib.sha256(now).hexdigest() != found:
            raise ModelError(f"cannot be sent {path}: it was changed during the run", "bad_request")
        return now

    return Attachment(found, media, path.rpartition("/")[2], len(data), again)


def with_digests(value: Plain, attach: Attach, files: dict[str, Attachment]) -> Plain:
    """A variable's value with the files that it names held by digest; adds them to `files`.

    `{image: PATH}` and `{file: PATH}` name a file, alone or as a part of a turn's content. A path
    that leads nowhere stays; whoever sends it says so.
    """
    if isinstance(value, list):
        return [_turn_with_digests(turn, attach, files) for turn in value]
    if isinstance(value, dict) and _named_file(value) is None:
        return {name: with_digests(inner, attach, files) for name, inner in value.items()}
    return _part_with_digest(value, attach, files)


def names_files(variables: Mapping[str, Plain]) -> bool:
    """Whether a variable names a file, be there one or not."""
    named: list[str] = []
    for value in variables.values():
        if isinstance(value, (list, dict)):
            with_digests(value, named.append, {})
    return bool(named)


def _turn_with_digests(turn: Plain, attach: Attach, files: dict[str, Attachment]) -> Plain:
    if not (isinstance(turn, dict) and "role" in turn and isinstance(turn.get("content"), list)):
        return turn
    content = turn["content"]
    assert isinstance(content, list)
    return {**turn, "content": [_part_with_digest(part, attach, files) for part in content]}


def _part_with_digest(part: Plain, attach: Attach, files: dict[str, Attachment]) -> Plain:
    named = _named_file(part)
    found = None if named is None else attach(named[1])
    if named is None or found is None:
        return part
    files[found.digest] = found
    return {named[0]: f"{_DIGEST}{found.digest}"}


def _named_file(part: Plain) -> tuple[Literal["image", "file"], str] | None:
    """The kind and the path of a file that a part names, in this project's form or OpenAI's."""
    if not isinstance(part, dict):
        return None
    for kind in ("image", "file"):
        path = part.get(kind)
        if isinstance(path, str) and len(part) == 1:
            return kind, path
    inner = part.get("image_url")
    url = inner.get("url") if isinstance(inner, dict) else inner
    return ("image", url) if part.get("type") == "image_url" and isinstance(url, str) else None


def is_turns(value: Plain) -> bool:
    """Whether a value is a list of turns."""
    return isinstance(value, list) and all(isinstance(t, dict) and "role" in t for t in value)


def messages_of(value: Plain, name: str, files: Files) -> Iterator[Message]:
    """The messages in a variable. Raises `TemplateError` for what is none."""
    if not isinstance(value, list):
        wrong = f"`{name}` must be a list of turns, each with `role` and `content`"
        raise TemplateError(f"{wrong}: write them so")
    last = ""
    for number, turn in enumerate(value):
        message, last = _message(turn, f"{name}[{number}]", files, last)
        yield message


def _message(turn: Plain, place: str, files: Files, last: str) -> tuple[Message, str]:
    """A message, and the id of the last tool call until then."""
    if not isinstance(turn, dict) or "role" not in turn:
        raise TemplateError(f"`{place}` is no turn: write `role` and `content`")
    unknown = [key for key in turn if key not in _TURN_KEYS]
    if unknown:
        raise TemplateError(f"`{place}` has the key `{excerpt(unknown[0])}`, which no turn has")
    role = str(turn["role"])
    if role not in _ROLES:
        listed = ", ".join(f"`{each}`" for each in _ROLES)
        raise TemplateError(f"`{place}` has the role `{excerpt(role)}`: known are {listed}")
    calls = tool_calls(turn.get("tool_calls"), place)
    more: dict[str, Plain] = {"tool_calls": calls} if calls else {}
    if isinstance(turn.get("name"), str):
        more["name"] = turn["name"]
    if role == "tool":
        answered = turn.get("tool_call_id") or last
        if not answered:
            cure = "put the turn with `tool_calls` before it, or name its `tool_call_id`"
            raise TemplateError(f"`{place}` answers no call of a tool: {cure}")
        more["tool_call_id"] = str(answered)
    if not (calls or "content" in turn or turn.get("refusal")):
        raise TemplateError(f"`{place}` says nothing: give it `content`")
    ids = [call["id"] for call in calls if isinstance(call, dict)]
    made = message(role, turn.get("content"), place, files, more)  # type: ignore[arg-type]
    return made, str(ids[-1]) if ids else last


def message(
    role: Role, content: Plain, place: str, files: Files, more: Mapping[str, Plain]
) -> Message:
    """A message with a text or parts. Raises `TemplateError` for a part that is none."""
    rest = json.dumps(more, ensure_ascii=True, sort_keys=True) if more else ""
    if not isinstance(content, list):
        text = "" if content is None else as_text(content)
        return Message(role, text, rest)
    parts = tuple(part(each, f"{place}.content[{n}]", files) for n, each in enumerate(content))
    return Message(role, "\n".join(each.text for each in parts if each.text), rest, parts)


def part(value: Plain, place: str, files: Files) -> Part:
    """One part of a content. Raises `TemplateError`."""
    if isinstance(value, str):
        return Part("text", value)
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return Part("text", str(value["text"]))
    named = _named_file(value)
    if named is None:
        wrong = f"`{place}` is no part of a content"
        raise TemplateError(f"{wrong}: write `text:`, or the path of an `image:` or a `file:`")
    kind, path = named
    found = files.get(path.removeprefix(_DIGEST)) or _inline(path)
    if found is None:
        if path.startswith(("http://", "https://")):
            wrong = f"`{place}` is an address, whose content may change"
            raise TemplateError(f"{wrong}: put the file into the repository and write its path")
        raise TemplateError(f"`{place}`: there is no file `{excerpt(path)}` in the repository")
    if kind == "image" and found.media_type not in _PICTURES:
        raise TemplateError(f"`{place}` is no picture that models read: use PNG, JPEG, GIF or WebP")
    return Part(kind, attached=found)


def _inline(url: str) -> Attachment | None:
    """What a `data:` address holds."""
    head, _, body = url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64")):
        return None
    try:
        data = base64.b64decode(body, validate=True)
    except ValueError:
        return None
    media = head.removeprefix("data:").removesuffix(";base64")
    return Attachment(hashlib.sha256(data).hexdigest(), media, "inline", len(data), lambda: data)


def tool_calls(value: Plain, place: str) -> list[Plain]:
    """Tool calls as OpenAI writes them; `{name, arguments}` will do. Raises `TemplateError`."""
    calls: list[Plain] = []
    for number, call in enumerate(value if isinstance(value, list) else []):
        outer = call if isinstance(call, dict) else {}
        inner = outer.get("function", outer)
        if not (isinstance(inner, dict) and isinstance(inner.get("name"), str)):
            wrong = f"`{place}.tool_calls[{number}]` has no name"
            raise TemplateError(f"{wrong}: write `name:` and `arguments:`")
        function: dict[str, Plain] = {
            "name": inner["name"],
            "arguments": as_text(inner.get("arguments", {})),
        }
        given = outer.get("id")
        name = given if isinstance(given, str) else f"call_{number + 1}"
        calls.append({"id": name, "type": "function", "function": function})
    return calls
