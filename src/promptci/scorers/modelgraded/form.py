"""The form in which a judge is asked to reply, and what is meant by a reply that keeps near it."""

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.specs.request import Settings
from promptci.templates.template import as_text

_YES = "1 true pass passed yes ja oui sí si sim да tak 是 はい 예"
_NO = "0 false fail failed no nein non não нет nie 否 不是 いいえ"
_TRUTHS = dict.fromkeys(_YES.split(), True) | dict.fromkeys(_NO.split(), False)
_NUMBER = re.compile(
    r"(?P<number>[+-]?\d{1,15}(?:\.\d{1,15})?)\s*"
    r"(?P<percent>%)?(?:(?:/|out of)\s*(?P<most>\d{1,4}(?:\.0+)?)|\s(?:points?|stars?))?"
)
_SHARES = (1, 5, 10, 100)
"""What a share is out of where a number from 0 to 1 was asked for."""

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


def as_asked(value: Plain, form: Mapping[str, Plain]) -> Plain:
    """A value as it is plainly meant: no fields beyond the form, their names in any case.

    A number or a truth may be in quotes, `80%` and `8/10` where their scale is asked for, and
    `yes`, `ja` or 1 for true; a word of a list counts in any case.
    """
    if isinstance(value, dict):
        return _object_as_asked(value, form)
    items = form.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return [as_asked(each, items) for each in value]
    if form.get("type") == "boolean" and type(value) is int:
        return _TRUTHS.get(str(value), value)
    return _text_as_asked(value, form) if isinstance(value, str) else value


def _object_as_asked(value: Mapping[str, Plain], form: Mapping[str, Plain]) -> dict[str, Plain]:
    fields = form.get("properties")
    known = fields if isinstance(fields, dict) else {}
    is_closed = form.get("additionalProperties") is False
    named = {name.casefold(): name for name in known if name not in value}
    if len({name.casefold() for name in value}) == len(value):
        value = {named.get(name.casefold(), name): each for name, each in value.items()}
    kept = {name: each for name, each in value.items() if name in known or not is_closed}
    forms = {name: each for name, each in known.items() if isinstance(each, dict)}
    return {name: as_asked(each, forms.get(name, {})) for name, each in kept.items()}


def _text_as_asked(text: str, form: Mapping[str, Plain]) -> Plain:
    said, words = text.strip().casefold(), form.get("enum")
    if form.get("type") == "boolean":
        return _TRUTHS.get(said, text)
    if isinstance(words, list) and text not in words:
        number = _number_as_asked(text, form)
        if not isinstance(number, str):
            return number
        meant = [word for word in words if as_text(word).casefold() == said]
        return meant[0] if len(meant) == 1 else text
    return _number_as_asked(text, form)


def _number_as_asked(text: str, form: Mapping[str, Plain]) -> Plain:
    found = _NUMBER.fullmatch(text.strip())
    if form.get("type") not in ("number", "integer") or found is None:
        return text
    number, most = float(found["number"]), form.get("maximum")
    words = form.get("enum")
    if isinstance(words, list):
        most = max((word for word in words if isinstance(word, int)), default=None)
    out_of = 100.0 if found["percent"] else float(found["most"] or 0)
    if out_of and most == 1 and out_of in _SHARES and number <= out_of:
        number /= out_of
    elif out_of and out_of != most:
        return text
    return int(number) if number.is_integer() else number


def inner_object(value: Plain, form: Mapping[str, Plain]) -> Plain:
    """The one object that a list or an object holds which is no verdict itself, else the value."""
    fields = form.get("properties")
    inside = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inside, list) or len(inside) != 1 or not isinstance(inside[0], dict):
        return value
    is_verdict = isinstance(value, dict) and isinstance(fields, dict) and set(value) & set(fields)
    return value if is_verdict else inside[0]


def with_most(schema: Mapping[str, Plain], field: str, most: float) -> Mapping[str, Plain]:
    """The form of a reply in which a number has a maximum, where it names no scale itself."""
    fields = schema.get("properties")
    known = fields if isinstance(fields, dict) else {}
    form = known.get(field)
    if not isinstance(form, dict) or "enum" in form or "maximum" in form:
        return schema
    return {**schema, "properties": {**known, field: {**form, "maximum": most}}}
