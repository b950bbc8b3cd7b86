"""Tool calls in a text in the forms that models have of their own, beside plain JSON."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from promptci.latepattern import late
from promptci.parsing.source import Plain
from promptci.scorers.base.jsontext import NotJSON, read_json
from promptci.scorers.tools.gemmacalls import gemma_calls, read_value

MAX_TEXT = 200_000
"""Characters of an answer in which calls are looked for."""

_Fields: TypeAlias = dict[str, Plain]

_NAME = r"(?P<name>[\w.-]{1,200})"
_BEFORE_JSON = (
    rf"\[TOOL_CALLS\]\s?{_NAME}(?:\[CALL_ID\]\w{{1,40}})?\[ARGS\]\s?(?=\{{)",  # Mistral
    rf"<function={_NAME}>\s?(?=\{{)",  # Llama 3.1
    rf"<[|｜]tool▁call▁begin[|｜]>(?:function<[|｜]tool▁sep[|｜]>)?{_NAME}"  # noqa: RUF001
    r"(?:<[|｜]tool▁sep[|｜]>|\n```json)?\s?(?=\{)",  # noqa: RUF001 - DeepSeek
    rf"<\|tool_call_begin\|>\s?(?:functions\.)?{_NAME}(?::\d{{1,6}})?\s?"
    r"<\|tool_call_argument_begin\|>\s?(?=\{)",  # Kimi
    rf"\bto=(?:functions\.)?{_NAME}[^<]{{0,100}}(?:<\|channel\|>[^<]{{0,100}})?"
    r"(?:<\|constrain\|>\s?\w{1,20}\s?)?<\|message\|>\s?(?=\{)",  # gpt-oss
    rf"(?:^>>>|<\|recipient\|>){_NAME}\n(?:<\|content\|>)?\s?(?=\{{)",  # Functionary
    rf"<tool_name>{_NAME}</tool_name>\s?<arguments>\s?(?=\{{)",  # Cline
    rf"^Action:[ ]{{0,3}}{_NAME}[ ]{{0,3}}\n{{1,2}}Action Input:\s?(?=\{{)",  # ReAct
)
_WITH_JSON = tuple(late(pattern, re.MULTILINE) for pattern in _BEFORE_JSON)
_PREFIX = r"(?:\w{1,20}:|[|｜]DSML[|｜])?"  # noqa: RUF001
_TAGGED = (
    (late(rf"<function={_NAME}>"), "</function>"),  # Qwen3-Coder
    (late(rf'<{_PREFIX}invoke name="{_NAME}">'), "invoke>"),  # Claude, MiniMax, DeepSeek
    (late(rf"<tool_call>\s?{_NAME}\s?(?=<arg_key>|</tool_call>)"), "</tool_call>"),  # GLM
)
_PARAMETER = late(
    rf"<{_PREFIX}parameter(?:=|\x20name=\")(?P<key>[^<>\"]{{1,200}})\"?(?:\x20[^<>]{{0,100}})?>"
    r"(?P<value>[^<]{0,20000})</"
    r"|<arg_key>(?P<name>[^<]{1,200})</arg_key>\s?<arg_value>(?P<given>[^<]{0,20000})</"
)
_PYTHON = late(
    r"\s*(?:<\|python_tag\|>|```(?:tool_code|python|py)?\n|<(?:function_calls|tool_code)>"
    r"|<\|tool_call_start\|>|API-Request:)?\s*"
    r"(?P<code>\[?[A-Za-z_][\w.]{0,200}\(.{0,10000}\)\]?)\s*"
    r"(?:```|</(?:function_calls|tool_code)>|<\|tool_call_end\|>)?\s*",
    re.DOTALL,
)
_ANSWERED = late(r"<tool_response>.*?(?:</tool_response>|\Z)", re.DOTALL)
_IDENTIFIER = late(r"[A-Za-z_][\w.-]{0,200}")


def marked_calls(text: str) -> list[_Fields]:
    """The calls as `{name, arguments}`, of the first form that the text has.

    Forms: those of Mistral, Llama, DeepSeek, Kimi, gpt-oss, Functionary, Cline, Qwen3-Coder, GLM,
    Claude and Gemma, ReAct's `Action:`, and calls of Python with named arguments, as BFCL and
    API-Bank have them, where there is nothing else. No code is run; arguments that cannot be read
    stay text.
    """
    text = without_answers(text[:MAX_TEXT])
    for pattern in _WITH_JSON:
        found = [_before_json(match) for match in pattern.finditer(text)]
        if found:
            return found
    for opening, closing in _TAGGED:
        found = list(_in_tags(text, opening, closing))
        if found:
            return found
    return gemma_calls(text) or _in_python(text)


def calls_by_name(
    values: Sequence[Plain], tools: Iterable[Mapping[str, Plain]]
) -> Iterator[_Fields]:
    """Calls in JSON that are keys, `[{NAME: {ARGUMENT: …}}]`, as BFCL decodes and stores them.

    Other JSON may look alike: they count where the prompt offers a tool of the name, or else, if
    it offers none, in a list of nothing but such.
    """
    inner = (tool.get("function", tool) for tool in tools)
    offered = {each.get("name") for each in inner if isinstance(each, Mapping)}
    for value in values:
        found = list(_by_name(value))
        calls = [each for each in found if each is not None]
        is_offered = any(each["name"] in offered for each in calls)
        if len(calls) == len(found) and (is_offered if offered else isinstance(value, list)):
            yield from calls


def _by_name(value: Plain) -> Iterator[_Fields | None]:
    """Each item of a list, and of lists in it, as a call; None for what is none."""
    if isinstance(value, list):
        for item in value:
            yield from _by_name(item)
        return
    named = value.items() if isinstance(value, dict) and len(value) == 1 else ()
    for name, given in named:
        try:
            arguments = read_json(given) if isinstance(given, str) else given
        except NotJSON:
            break
        if isinstance(arguments, dict) and _IDENTIFIER.fullmatch(name):
            yield {"name": name, "arguments": arguments}
            return
    yield None


def without_answers(text: str) -> str:
    """A text without what it says that tools have answered."""
    return _ANSWERED.sub("", text) if "<tool_response>" in text else text


def _before_json(match: re.Match[str]) -> _Fields:
    rest = match.string[match.end() : match.end() + MAX_TEXT]
    try:
        end = json.JSONDecoder().raw_decode(rest)[1]
    except (ValueError, RecursionError):
        end = rest.find("\n") if "\n" in rest else len(rest)
    return {"name": match["name"], "arguments": rest[:end]}


def _in_tags(text: str, opening: re.Pattern[str], closing: str) -> Iterator[_Fields]:
    """Calls whose arguments have tags of their own; a value that is JSON is read as such."""
    for match in opening.finditer(text):
        end = text.find(closing, match.end())
        if end < 0:
            return
        arguments: _Fields = {}
        for given in _PARAMETER.finditer(text, match.end(), end):
            key, value = given["key"] or given["name"], given["value"] or given["given"] or ""
            arguments[key.strip()] = read_value(value.strip())
        yield {"name": match["name"], "arguments": arguments}


def _in_python(text: str) -> list[_Fields]:
    """The calls of an answer that is nothing but calls in Python."""
    match = _PYTHON.fullmatch(text) if len(text) < MAX_TEXT // 10 else None
    if match is None:
        return []
    try:
        nodes = [node for line in ast.parse(match["code"]).body for node in _expressions(line)]
        return [_python_call(node) for node in nodes]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return []


def _expressions(line: ast.stmt) -> list[ast.expr]:
    """The expressions in a line, or in its list. Raises `ValueError` for any other statement."""
    if not isinstance(line, ast.Expr):
        raise ValueError
    return line.value.elts if isinstance(line.value, ast.List) else [line.value]


def _python_call(node: ast.expr) -> _Fields:
    """A call as it is written. Raises `ValueError` for anything but literals by name."""
    if not isinstance(node, ast.Call):
        raise ValueError
    name = ast.unparse(node.func).removesuffix(".call")
    if name == "print" and len(node.args) == 1:
        return _python_call(node.args[0])
    if node.args or any(word.arg is None for word in node.keywords):
        raise ValueError
    arguments = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
    return {"name": name, "arguments": json.loads(json.dumps(arguments, allow_nan=False))}
