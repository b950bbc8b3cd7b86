"""Requests as bodies of chat completions calls."""

import base64
import json
from collections.abc import Mapping

import msgspec

from promptci.models.hosted.droppable import FALLBACKS, FORMS, LISTED, TIER
from promptci.models.hosted.refusals import Refusal
from promptci.parsing.source import Plain
from promptci.specs.message import Message, Part
from promptci.specs.request import Request, Settings

_encode = msgspec.json.Encoder().encode


class Bodies:
    """Writes bodies. What all requests with the same settings share is written only once."""

    def __init__(self) -> None:
        self._openings: dict[tuple[str, str, bool, frozenset[str]], bytes] = {}

    def write(self, request: Request, refused: frozenset[str]) -> bytes:
        """The body of a request to a model that refused the given parameters before."""
        settings = request.settings
        key = (settings.canonical, settings.model.tier, settings.is_form_told, refused)
        opening = self._openings.get(key)
        if opening is None:
            opening = self._openings[key] = _opening(request.settings, refused)
        if request.settings.task == "embeddings":
            text = _text(request.messages[0].content)
            in_list = request.settings.model.endpoint.embeds_lists or LISTED in refused
            return (b"%b[%b]}" if in_list else b"%b%b}") % (opening, text)
        return b"%b%b}" % (opening, _messages(request.messages))


def sent_parameters(settings: Settings, refused: frozenset[str]) -> dict[str, Plain]:
    """What goes out of the parameters: `extra_body` merged in, the refused dropped or renamed."""
    parameters = dict(settings.parameters)
    extra = parameters.pop("extra_body", None)
    parameters |= extra if isinstance(extra, dict) else {}
    for name in sorted(refused & parameters.keys() & FALLBACKS.keys()):
        value = parameters.pop(name)
        instead = FALLBACKS[name]
        if instead is not None:
            parameters.setdefault(instead, value)
    return parameters


def sent_form(settings: Settings, refused: frozenset[str]) -> Mapping[str, Plain] | None:
    """The response format that goes out: where the messages tell it, too, a lesser one or none."""
    if not settings.is_form_told or not refused & FORMS:
        return settings.response_format
    return None if refused >= FORMS else {"type": "json_object"}


def way_round(
    refusal: Refusal, settings: Settings, refused: frozenset[str]
) -> frozenset[str] | None:
    """The refused parameters, one more than before, if asking without it may help; else None."""
    if settings.is_form_told and refusal.is_of_form and (left := FORMS - refused):
        return refused | {max(left)}
    if settings.task == "embeddings" and refusal.wants_list and LISTED not in refused:
        return refused | {LISTED}
    name = refusal.refused_parameter
    if name not in FALLBACKS or name not in sent_parameters(settings, refused):
        return None
    return None if FALLBACKS[name] in refused else refused | {name}


def _opening(settings: Settings, refused: frozenset[str]) -> bytes:
    """A body up to what is asked. Parameters can replace neither that nor the model."""
    tier = settings.model.tier if TIER not in refused else ""
    body: dict[str, object] = {
        **({TIER: tier} if tier else {}),
        **sent_parameters(settings, refused),
        "model": settings.model.model_id,
    }
    form = sent_form(settings, refused)
    if form is not None:
        body["response_format"] = form
    if settings.tools:
        body["tools"] = settings.tools
    asked = "input" if settings.task == "embeddings" else "messages"
    body.pop(asked, None)
    return f'{json.dumps(body, default=_plain)[:-1]},"{asked}":'.encode()


def _plain(value: object) -> object:
    """Mappings that are no dicts, for the JSON encoder."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _text(text: str) -> bytes:
    return json.dumps(text).encode()


def _messages(messages: tuple[Message, ...]) -> bytes:
    turns = [_turn(message) for message in messages]
    try:
        return _encode(turns)
    except UnicodeEncodeError:  # a lone surrogate goes out as its escape, as it is in the key
        return json.dumps(turns).encode()


def _turn(message: Message) -> dict[str, object]:
    """A message as it goes out. Raises `ModelError` for a file that was changed meanwhile."""
    turn: dict[str, object] = {"role": message.role, "content": message.content}
    if message.parts:
        turn["content"] = [_part(part) for part in message.parts]
    if message.more:
        turn |= json.loads(message.more)
        if "tool_calls" in turn and turn["content"] == "":
            turn["content"] = None
    return turn


def _part(part: Part) -> dict[str, object]:
    """A part of a content as OpenAI has it: files go along as `data:` addresses."""
    if part.attached is None:
        return {"type": "text", "text": part.text}
    data = base64.b64encode(part.attached.read()).decode("ascii")
    url = f"data:{part.attached.media_type};base64,{data}"
    if part.kind == "image":
        return {"type": "image_url", "image_url": {"url": url}}
    from mimetypes import guess_extension  # late: few commands need it

    name = f"file{guess_extension(part.attached.media_type) or ''}"
    return {"type": "file", "file": {"filename": name, "file_data": url}}
