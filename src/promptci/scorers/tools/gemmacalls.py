"""Tool calls as Gemma writes them: keys bare, texts between marks of its own.

https://ai.google.dev/gemma/docs/core/prompt-formatting-gemma4
"""

import json
import re
from typing import NoReturn

from promptci.latepattern import late
from promptci.parsing.source import Plain

_NAME = r"(?P<name>[\w.-]{1,200})"
_FUNCTION_GEMMA = late(
    rf"<start_function_call>call:{_NAME}\{{(?P<body>.{{0,2000}}?)\}}<end_function_call>", re.DOTALL
)
_ITEM = late(
    r"(?P<key>[\w.-]{1,200}):(?:<escape>(?P<text>.*?)<escape>|(?P<value>[^,]{1,2000}))(?:,|\Z)",
    re.DOTALL,
)
_GEMMA_4 = late(
    rf"<\|tool_call>\s?call:{_NAME}(?P<body>\{{.{{0,20000}}?\}})\s?<tool_call\|>", re.DOTALL
)
_QUOTE = '<|"|>'
_KEY = late(r"(?P<before>[{,]\s*)(?P<key>[A-Za-z_][\w.-]{0,200})(?=\s*:)")
_WORD = late(r"(?<=[:,\[])\s*(?P<word>[A-Za-z][^,{}\[\]\":]{0,1000}?)\s*(?=[,}\]])")
_CONSTANTS = ("true", "false", "null")


def gemma_calls(text: str) -> list[dict[str, Plain]]:
    """The calls in a text as `{name, arguments}`, of Gemma 4 or else of FunctionGemma."""
    found = [
        {"name": match["name"], "arguments": _object(match["body"])}
        for match in _GEMMA_4.finditer(text)
    ]
    return found or [
        {"name": match["name"], "arguments": _escaped(match["body"])}
        for match in _FUNCTION_GEMMA.finditer(text)
    ]


def _object(body: str) -> Plain:
    """Arguments as data; as they are where they cannot be read."""
    parts = body.split(_QUOTE)
    for place, part in enumerate(parts):
        parts[place] = json.dumps(part) if place % 2 else _WORD.sub(_quoted, _KEY.sub(_named, part))
    read = read_value("".join(parts))
    return body if isinstance(read, str) else read


def _named(match: re.Match[str]) -> str:
    return f'{match["before"]}"{match["key"]}"'


def _quoted(match: re.Match[str]) -> str:
    word = match["word"]
    return word if word in _CONSTANTS else json.dumps(word)


def _escaped(body: str) -> dict[str, Plain]:
    """Arguments whose texts are between `<escape>`."""
    arguments: dict[str, Plain] = {}
    for item in _ITEM.finditer(body):
        text = item["text"]
        arguments[item["key"]] = read_value(item["value"].strip()) if text is None else text
    return arguments


def read_value(text: str) -> Plain:
    """A value that is JSON; anything else is a text."""
    try:
        value: Plain = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
