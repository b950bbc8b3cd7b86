"""The form in which a judge is asked to reply: a JSON Schema, told in words and to the endpoint."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.parsing.template import as_text
from promptci.specs.request import Settings

_RULE = "Reply with one JSON object and nothing else. Its JSON Schema: "


def rule_of(schema: Mapping[str, Plain]) -> str:
    """What a judge is told of the form of its reply."""
    return f"{_RULE}{as_text(dict(schema))}"


def in_form(settings: Settings, schema: Mapping[str, Plain]) -> Settings:
    """Settings that ask for OpenAI's structured output, which can be done without where refused.

    https://platform.openai.com/docs/guides/structured-outputs
    """
    strict = schema.get("additionalProperties") is False
    inner: dict[str, Plain] = {"name": "verdict", "strict": strict, "schema": dict(schema)}
    wanted: dict[str, Plain] = {"type": "json_schema", "json_schema": inner}
    return replace(settings, response_format=wanted, is_form_told=True)


def choice_form(choices: Iterable[str]) -> dict[str, Plain]:
    """The form of a reply that names one of several choices, with a reason first."""
    named: list[Plain] = list(choices)
    return {
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "choice": {"type": "string", "enum": named},
        },
        "required": ["reason", "choice"],
        "additionalProperties": False,
    }
