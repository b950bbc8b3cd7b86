"""A scorer that checks tool calls by the tools of the prompt."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.jsontext import Check
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, NoVerdict, failed, listed, shorten
from promptci.scorers.tools.calls import Call, InText, calls_made


class ValidOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a call must be made."""

    optional: Annotated[bool, Meta(description="an answer that calls no tool is fine")] = False
    in_text: InText = False


def valid_tool_call(options: ValidOptions, binding: ScorerContext) -> Judge:
    """Every call is of a tool of the prompt, with arguments that fit its schema."""
    checks = _Checks()

    def judge(subject: Subject) -> Score:
        made = calls_made(subject, in_text=options.in_text)
        if not made:
            return PASSED if options.optional else failed("no tool is called")
        known = checks.of(subject.tools)
        if not known:
            raise NoVerdict("the prompt has no `tools` that a call could be of: add them")
        for call in made:
            why = _misfit(call, known)
            if why:
                return failed(why)
        return PASSED

    return judge


class _Checks:
    """The checks of a prompt's tools by name, made once for all examples of an eval."""

    def __init__(self) -> None:
        self._tools: tuple[Mapping[str, Plain], ...] = ()
        self._checks: dict[str, Check] = {}

    def of(self, tools: tuple[Mapping[str, Plain], ...]) -> Mapping[str, Check]:
        """What says what is wrong with the arguments of each tool. Raises `NoVerdict`."""
        if tools is not self._tools:
            self._checks = dict(map(_tool, tools))
            self._tools = tools
        return self._checks


def _tool(tool: Mapping[str, Plain]) -> tuple[str, Check]:
    # jsonschema takes 60 ms to import: only evals that use it should wait for it.
    from promptci.scorers.json.schema import SchemaError, compile_schema

    inner = tool.get("function", tool.get("custom", tool))
    name = inner.get("name") if isinstance(inner, dict) else tool.get("name")
    if not isinstance(inner, Mapping) or not isinstance(name, str):
        raise NoVerdict(f"a tool of the prompt has no name: {shorten(dict(tool), 60)}")
    schema = inner.get("parameters", inner.get("input_schema", True))
    try:
        return name, compile_schema(schema if isinstance(schema, dict) else True)
    except SchemaError as error:
        raise NoVerdict(f"the tool {shorten(name, 40)} of the prompt: {error}") from None


def _misfit(call: Call, known: Mapping[str, Check]) -> str:
    if call.name not in known:
        return f"there is no tool {shorten(call.name, 40)}: the prompt has {listed(tuple(known))}"
    if call.error:
        return call.error
    why = known[call.name](call.arguments)
    return f"{shorten(call.name, 40)}: {why}" if why else ""


SCORERS = {
    "valid_tool_call": Scorer(
        valid_tool_call,
        ValidOptions,
        "every call is of a tool of the prompt, with arguments that fit its schema",
        version=7,
        example="valid_tool_call: {optional: true}",
        is_format=True,
    ),
}
