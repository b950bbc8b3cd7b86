"""Chat completions in the form of Gemini's `generateContent`, and its answers back.

The form is that of https://ai.google.dev/api/generate-content.
"""

import json
from collections.abc import Mapping
from typing import Any

from promptci.models.batchapis.convertedchats import (
    is_system_turn,
    joined_text,
    not_carried,
    turn_calls,
)

_WHOSE = "Gemini's"
_SETTINGS = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
}
_READ = {
    *("model", "messages", "max_tokens", "max_completion_tokens", "stop", "response_format"),
    *("tools", "tool_choice"),
}
_LEFT_OUT = {"user", "service_tier", "stream", "store"}
_MODES = {"auto": "AUTO", "required": "ANY", "none": "NONE"}
_ENDS = {"STOP": "stop", "MAX_TOKENS": "length"}


def generate_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body of chat completions as the request of one answer, without the model.

    Raises `RequestError` for what this API has nothing for.
    """
    if unknown := sorted(body.keys() - _SETTINGS.keys() - _READ - _LEFT_OUT):
        raise not_carried(_WHOSE, f"`{unknown[0]}`")
    turns = body["messages"]
    names = {
        call.get("id"): call["function"]["name"] for turn in turns for call in turn_calls(turn)
    }
    system = [joined_text(turn["content"]) for turn in turns if is_system_turn(turn)]
    found: dict[str, Any] = {
        "contents": [_content(turn, names) for turn in turns if not is_system_turn(turn)]
    }
    if system:
        found["systemInstruction"] = {"parts": [{"text": "\n".join(system)}]}
    if settings := _settings(body):
        found["generationConfig"] = settings
    return found | _tools(body)


def _content(turn: Mapping[str, Any], names: Mapping[Any, str]) -> dict[str, Any]:
    content = turn.get("content")
    if turn["role"] == "tool":
        name = names.get(turn.get("tool_call_id"), "")
        answer = {"name": name, "response": {"content": joined_text(content)}}
        return {"role": "user", "parts": [{"functionResponse": answer}]}
    parts = list(map(_part, content)) if isinstance(content, list) else []
    if isinstance(content, str) and (content or not turn_calls(turn)):
        parts = [{"text": content}]
    role = "model" if turn["role"] == "assistant" else "user"
    return {"role": role, "parts": [*parts, *map(_call, turn_calls(turn))]}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    try:
        given = json.loads(call["function"].get("arguments") or "{}")
    except ValueError:
        raise not_carried(_WHOSE, "a call of a tool whose arguments are no JSON") from None
    return {"functionCall": {"name": call["function"]["name"], "args": given}}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"text": part["text"]}
    if part["type"] == "image_url":
        return {"inlineData": _data(part["image_url"]["url"])}
    if part["type"] == "file":
        return {"inlineData": _data(part["file"]["file_data"])}
    raise not_carried(_WHOSE, f"a part of the kind `{part['type']}`")


def _data(url: str) -> dict[str, str]:
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        raise not_carried(_WHOSE, "a picture by its address")
    return {"mimeType": head.removeprefix("data:").removesuffix(";base64"), "data": data}


def _settings(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {theirs: body[ours] for ours, theirs in _SETTINGS.items() if body.get(ours) is not None}
    if most := body.get("max_completion_tokens") or body.get("max_tokens"):
        found["maxOutputTokens"] = most
    if (stop := body.get("stop")) is not None:
        found["stopSequences"] = stop if isinstance(stop, list) else [stop]
    form = body.get("response_format") or {"type": "text"}
    if form["type"] in ("json_object", "json_schema"):
        found["responseMimeType"] = "application/json"
    elif form["type"] != "text":
        raise not_carried(_WHOSE, f"`response_format: {form['type']}`")
    if form["type"] == "json_schema":
        found["responseJsonSchema"] = form["json_schema"]["schema"]
    return found


def _tools(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if tools := body.get("tools"):
        found["tools"] = [{"functionDeclarations": list(map(_tool, tools))}]
    if (choice := body.get("tool_choice")) is not None:
        found["toolConfig"] = {"functionCallingConfig": _choice(choice)}
    return found


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if not isinstance(function, dict):
        raise not_carried(_WHOSE, "a tool that is no function")
    found = {name: function[name] for name in ("name", "description") if name in function}
    if "parameters" in function:
        found["parametersJsonSchema"] = function["parameters"]
    return found


def _choice(choice: Any) -> dict[str, Any]:
    if isinstance(choice, str) and choice in _MODES:
        return {"mode": _MODES[choice]}
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        return {"mode": "ANY", "allowedFunctionNames": [choice["function"].get("name", "")]}
    raise not_carried(_WHOSE, f"`tool_choice: {choice}`")


def completion_of(response: Mapping[str, Any]) -> bytes:
    """An answer as the body of a chat completion; a prompt that was blocked as a filtered one."""
    candidates = response.get("candidates") or []
    usage = response.get("usageMetadata") or {}
    thought = usage.get("thoughtsTokenCount") or 0
    answered = (usage.get("candidatesTokenCount") or 0) + thought
    choices = [_choice_of(candidates[0])] if candidates else []
    if not choices and (response.get("promptFeedback") or {}).get("blockReason"):
        choices = [{"message": {"content": ""}, "finish_reason": "content_filter"}]
    body = {
        "choices": choices,
        "model": response.get("modelVersion"),
        "usage": {
            "prompt_tokens": usage.get("promptTokenCount"),
            "completion_tokens": answered,
            "prompt_tokens_details": {"cached_tokens": usage.get("cachedContentTokenCount") or 0},
            "completion_tokens_details": {"reasoning_tokens": thought},
        },
    }
    return json.dumps(body, ensure_ascii=True).encode()


def _choice_of(candidate: Mapping[str, Any]) -> dict[str, Any]:
    parts = (candidate.get("content") or {}).get("parts") or []
    calls = [part["functionCall"] for part in parts if part.get("functionCall")]
    said = {
        "content": "".join(str(p.get("text") or "") for p in parts if not p.get("thought")),
        "reasoning_content": "".join(str(p.get("text") or "") for p in parts if p.get("thought")),
        "tool_calls": [_called(number, call) for number, call in enumerate(calls)] or None,
    }
    reason = str(candidate.get("finishReason") or "")
    end = "tool_calls" if calls and reason == "STOP" else _ENDS.get(reason, reason.lower())
    return {"message": said, "finish_reason": end}


def _called(number: int, call: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": call.get("name"), "arguments": json.dumps(call.get("args") or {})}
    name = call.get("id") or f"call_{number}"
    return {"id": name, "type": "function", "function": function}
