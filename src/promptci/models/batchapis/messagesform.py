"""Chat completions in the form of Anthropic's Messages API, and its answers back.

The form is that of https://platform.claude.com/docs/en/api/messages; what the service's own layer
for chat completions leaves out is left out here, too, so that a batch asks what a live call does:
https://platform.claude.com/docs/en/api/openai-sdk
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from promptci.models.batchapis.convertedchats import (
    is_system_turn,
    joined_text,
    not_carried,
    turn_calls,
)
from promptci.spending.estimate import MOST_OUTPUT

_WHOSE = "Anthropic's"
_AS_THEY_ARE = {"model", "top_p", "top_k", "thinking", "cache_control", "output_config"}
_LEFT_OUT = {
    *("frequency_penalty", "presence_penalty", "seed", "logprobs", "top_logprobs", "logit_bias"),
    *("user", "metadata", "store", "prediction", "modalities", "audio", "service_tier", "n"),
    *("stream", "stream_options", "verbosity", "prompt_cache_key"),
}
_READ = {
    *("messages", "max_tokens", "max_completion_tokens", "temperature", "stop", "tools"),
    *("tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort"),
}

_ENDS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def message_params(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body of chat completions as the parameters of a message.

    Raises `RequestError` for what the Messages API has nothing for.
    """
    if unknown := sorted(body.keys() - _AS_THEY_ARE - _LEFT_OUT - _READ):
        raise not_carried(_WHOSE, f"`{unknown[0]}`")
    system = [joined_text(turn["content"]) for turn in body["messages"] if is_system_turn(turn)]
    most = body.get("max_completion_tokens") or body.get("max_tokens") or MOST_OUTPUT
    found = {name: body[name] for name in sorted(body.keys() & _AS_THEY_ARE)}
    found |= {
        "max_tokens": most,
        "messages": [_turn(turn) for turn in body["messages"] if not is_system_turn(turn)],
    }
    if system:
        found["system"] = "\n".join(system)
    if (warmth := body.get("temperature")) is not None:
        found["temperature"] = min(warmth, 1)
    if (stop := body.get("stop")) is not None:
        found["stop_sequences"] = stop if isinstance(stop, list) else [stop]
    return found | _tools(body) | _form(body, found.get("output_config") or {})


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    """One turn; what a tool said is a part of the user's."""
    content = turn.get("content")
    if turn["role"] == "tool":
        result = {
            "type": "tool_result",
            "tool_use_id": turn.get("tool_call_id", ""),
            "content": joined_text(content),
        }
        return {"role": "user", "content": [result]}
    calls = list(map(_call, turn_calls(turn)))
    if not calls and isinstance(content, str):
        return {"role": turn["role"], "content": content}
    parts = [{"type": "text", "text": content}] if isinstance(content, str) and content else []
    if isinstance(content, list):
        parts = list(map(_part, content))
    return {"role": turn["role"], "content": [*parts, *calls]}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    try:
        given = json.loads(function.get("arguments") or "{}")
    except ValueError:
        raise not_carried(_WHOSE, "a call of a tool whose arguments are no JSON") from None
    name = function.get("name", "")
    return {"type": "tool_use", "id": call.get("id", ""), "name": name, "input": given}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    if part["type"] == "image_url":
        return {"type": "image", "source": _source(part["image_url"]["url"])}
    if part["type"] == "file":
        return {"type": "document", "source": _source(part["file"]["file_data"])}
    raise not_carried(_WHOSE, f"a part of the kind `{part['type']}`")


def _source(url: str) -> dict[str, str]:
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        return {"type": "url", "url": url}
    media_type = head.removeprefix("data:").removesuffix(";base64")
    return {"type": "base64", "media_type": media_type, "data": data}


def _tools(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if tools := body.get("tools"):
        found["tools"] = list(map(_tool, tools))
    choice = body.get("tool_choice")
    if choice is None and body.get("parallel_tool_calls") is False and tools:
        choice = "auto"
    if choice is not None:
        found["tool_choice"] = _choice(choice)
        if body.get("parallel_tool_calls") is False and found["tool_choice"]["type"] != "none":
            found["tool_choice"]["disable_parallel_tool_use"] = True
    return found


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, dict):
        raise not_carried(_WHOSE, "a tool that is no function")
    found = {"name": function.get("name", "")}
    if "description" in function:
        found["description"] = function["description"]
    return {**found, "input_schema": function.get("parameters") or {"type": "object"}}


def _choice(choice: Any) -> dict[str, Any]:
    named = {"auto": "auto", "required": "any", "none": "none"}
    if isinstance(choice, str) and choice in named:
        return {"type": named[choice]}
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        return {"type": "tool", "name": choice["function"].get("name", "")}
    raise not_carried(_WHOSE, f"`tool_choice: {choice}`")


def _form(body: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The form of the answer, and how much effort it is worth."""
    found = dict(config)
    form = body.get("response_format")
    if form is not None and form.get("type") == "json_schema":
        found["format"] = {"type": "json_schema", "schema": form["json_schema"]["schema"]}
    elif form is not None and form.get("type") != "text":
        raise not_carried(_WHOSE, f"`response_format: {form.get('type')}`")
    if (effort := body.get("reasoning_effort")) is not None:
        if effort not in ("low", "medium", "high", "xhigh", "max"):
            raise not_carried(_WHOSE, f"`reasoning_effort: {effort}`")
        found["effort"] = effort
    return {"output_config": found} if found else {}


def chat_completion(message: Mapping[str, Any]) -> bytes:
    """A message as the body of a chat completion; what it lacks that lacks, too."""
    blocks = [block for block in message.get("content") or [] if isinstance(block, dict)]
    usage = message.get("usage") or {}
    cached, written = (
        usage.get(f"cache_{name}_input_tokens") or 0 for name in ("read", "creation")
    )
    said = {
        "role": "assistant",
        "content": "".join(_texts(blocks, "text", "text")),
        "reasoning_content": "\n\n".join(_texts(blocks, "thinking", "thinking")) or None,
        "tool_calls": list(map(_called, _of_type(blocks, "tool_use"))) or None,
    }
    reason = message.get("stop_reason")
    choice = {"message": said, "finish_reason": _ENDS.get(str(reason), reason)}
    asked, answered = usage.get("input_tokens"), usage.get("output_tokens")
    whole = asked + cached + written if isinstance(asked, int) else None
    tokens = {
        "prompt_tokens": whole,
        "completion_tokens": answered,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_creation_tokens": written},
    }
    body = {"choices": [choice], "model": message.get("model"), "usage": tokens}
    return json.dumps(body, ensure_ascii=True).encode()


def _of_type(blocks: list[Any], kind: str) -> Iterator[Mapping[str, Any]]:
    return (block for block in blocks if block.get("type") == kind)


def _texts(blocks: list[Any], kind: str, name: str) -> Iterator[str]:
    return (str(block.get(name) or "") for block in _of_type(blocks, kind))


def _called(block: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": block.get("name"), "arguments": json.dumps(block.get("input") or {})}
    return {"id": block.get("id"), "type": "function", "function": function}
