"""A judge's reply: one JSON object that fits a schema, or nothing that can be used."""

import re
from collections.abc import Iterable, Mapping

from promptci.parsing.source import Plain
from promptci.scorers.base.jsontext import NotJSON, read_json
from promptci.scorers.base.verdict import Unjudged, listed, shorten
from promptci.scorers.json.schema import Check
from promptci.specs.completion import Completion
from promptci.specs.thoughts import split_thoughts

_FENCED = re.compile(
    r"(`{3,}|~{3,})[ \t]*(?:json[ \t]*)?\n(.*)\n[ \t]*\1", re.DOTALL | re.IGNORECASE
)

_NO_REPLY: Mapping[str, str] = {
    "truncated": "was cut off",
    "filtered": "was silenced by a filter",
    "empty": "said nothing",
}


class Unusable(Exception):
    """A reply that says nothing of the answer; the message continues "the judge …"."""


def read_reply(completion: Completion, check: Check) -> dict[str, Plain]:
    """The object that a judge replied with: plain, or in one fence that is all of the reply.

    An object among prose is not taken: a judge may be quoting one from what it judges. Raises
    `Unusable`, also for a reply that was refused or cut off.
    """
    text = spoken(completion)
    try:
        value = read_json(_unwrapped(text))
    except NotJSON as error:
        raise Unusable(f"did not reply with JSON alone ({error}): {shorten(text)}") from None
    if not isinstance(value, dict):
        raise Unusable(f"replied with JSON that is no object: {shorten(text)}")
    try:
        wrong = check(value)
    except Unjudged as error:
        wrong = str(error)
    if wrong is not None:
        raise Unusable(f"replied with JSON of another form ({wrong}): {shorten(text)}")
    return value


def spoken(completion: Completion) -> str:
    """The text of a reply that is one, without what the judge thought.

    Raises `Unusable` where it was refused, cut off or empty.
    """
    if completion.outcome == "refused":
        raise Unusable(f"refused to judge: {shorten(completion.text)}")
    if completion.outcome != "ok":
        raise Unusable(_NO_REPLY[completion.outcome])
    text = split_thoughts(completion.text).answer
    if not text.strip():
        raise Unusable(_NO_REPLY["empty"])
    return text


def _unwrapped(text: str) -> str:
    """A reply without the fence around all of it."""
    bare = text.strip()
    fenced = _FENCED.fullmatch(bare)
    return fenced[2] if fenced else bare


def truth(reply: Mapping[str, Plain], field: str) -> bool:
    """A field that is true or false. Raises `Unusable`."""
    value = reply[field]
    if not isinstance(value, bool):
        raise Unusable(f"gave no true or false as `{field}`: {shorten(value)}")
    return value


def word(reply: Mapping[str, Plain], field: str, known: Iterable[str]) -> str:
    """A field that is one of several words, as it is. Raises `Unusable`."""
    value = reply[field]
    if not isinstance(value, str) or value not in known:
        raise Unusable(
            f"gave as `{field}` none of {listed(tuple(known), most=5)}: {shorten(value)}"
        )
    return value


def scaled(
    reply: Mapping[str, Plain],
    field: str,
    schema: Mapping[str, Plain],
    *,
    otherwise: tuple[float, float],
) -> float:
    """A number brought from its scale to 0..1.

    The scale is what the schema allows of the field (`enum`, `minimum`, `maximum`), `otherwise`
    where that says nothing. Raises `Unusable` for a number beyond it.
    """
    low, high = _scale(schema, field) or otherwise
    value = reply[field]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Unusable(f"gave no `{field}` from {low:g} to {high:g}: {shorten(value)}")
    return (value - low) / (high - low)


def why_of(reply: Mapping[str, Plain]) -> str:
    """The judge's reason, for the line why."""
    reason = reply.get("reason")
    return f"the judge says {shorten(reason, 150)}" if isinstance(reason, str) and reason else ""


def numbers(texts: Iterable[str]) -> str:
    """Texts as a numbered list."""
    return "\n".join(f"{number}. {text.strip()}" for number, text in enumerate(texts, 1))


def _scale(schema: Mapping[str, Plain], field: str) -> tuple[float, float] | None:
    """The least and the greatest number that a field may have, if the schema says both."""
    properties = schema.get("properties")
    form = properties.get(field) if isinstance(properties, dict) else None
    if not isinstance(form, dict):
        return None
    listed_values = form.get("enum")
    ends = listed_values if isinstance(listed_values, list) else []
    ends = ends or [form.get("minimum"), form.get("maximum")]
    known = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(known) < 2 or min(known) == max(known):
        return None
    return min(known), max(known)
