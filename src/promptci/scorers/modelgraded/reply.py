"""A judge's reply: one JSON object that fits a schema, or nothing that can be used."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from promptci.parsing.source import Plain
from promptci.scorers.base.jsontext import Check, NotJSON, read_json
from promptci.scorers.base.verdict import Unjudged, listed, shorten
from promptci.scorers.modelgraded.form import as_asked, inner_object
from promptci.specs.completion import Completion
from promptci.specs.thoughts import split_thoughts

_FENCED = re.compile(
    r"(`{3,}|~{3,})[ \t]*(?:json[ \t]*)?\n(.*)\n[ \t]*\1", re.DOTALL | re.IGNORECASE
)
_AROUND = re.compile(
    r"(?:(?:sure|okay|certainly|of course)[,.!]\s*)?"
    r"(?P<lead>[^\n{}\[\]]{0,80}:)\s*(?P<rest>[`~{<].*)",
    re.DOTALL | re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:evaluation|verdict|assessment|judge?ment|grading|json|result)\b", re.IGNORECASE
)
_OF_OTHERS = re.compile(
    r"\b(?:answer|response|text|output|submission|it)\b|\b(?:say|claim|contain|ask|want|told|quot)",
    re.IGNORECASE,
)
"""Words of a line that speaks of what is judged: what follows it may be quoted."""

_ENDING = re.compile(
    r"(?P<lead>[^{}]*[^{}\s`~])\s+(?:(?P<fence>`{3,}|~{3,})[ \t]*(?:json[ \t]*)?\n)?"
    r"(?P<object>\{.*\})\s*(?(fence)(?P=fence))",
    re.DOTALL | re.IGNORECASE,
)
"""Words, and an object behind them."""

_SENTENCE = 3
"""Words of a reason that tell whose it is."""

_TAGGED = re.compile(r"<(\w{1,20})>(.*)</\1>", re.DOTALL)
_MARK = re.compile(r"(?:<\|\w{1,20}\|>|</s>)+\Z")
_LITERAL = {"True": "true", "False": "false", "None": "null"}
_LOOSE = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])|\b(?:True|False|None)\b', re.DOTALL)
_CONTROL = re.compile(r"[\n\r\t]")

_NO_REPLY: Mapping[str, str] = {
    "truncated": "was cut off",
    "filtered": "was silenced by a filter",
    "empty": "said nothing",
}


class Unusable(Exception):
    """A reply that says nothing of the answer; the message continues "the judge …"."""


def read_reply(
    completion: Completion, check: Check, form: Mapping[str, Plain], shown: Callable[[], str]
) -> dict[str, Plain]:
    """The object that a judge replied with: plain, in a fence, or the one that ends its words.

    An object among prose is not taken, nor one that is in what was `shown` to the judge, which
    it may be quoting. A field that the `form` does not have is left out, and `as_asked` says what
    counts as a number or a truth. Raises `Unusable`, also for a reply that was refused or cut off.
    """
    text = said_in(completion)
    try:
        value = _read_once(_concluding(text, shown) or unwrapped(text))
    except NotJSON as error:
        raise Unusable(f"did not reply with JSON alone ({error}): {shorten(text)}") from None
    value = inner_object(value, form)
    if not isinstance(value, dict):
        raise Unusable(f"replied with JSON that is no object: {shorten(text)}")
    fitted = as_asked(value, form)
    assert isinstance(fitted, dict)
    try:
        wrong = check(fitted)
    except Unjudged as error:
        wrong = str(error)
    if wrong is not None:
        raise Unusable(f"replied with JSON of another form ({wrong}): {shorten(text)}")
    return fitted


def _concluding(text: str, shown: Callable[[], str]) -> str:
    """The object in which a reply in words ends, if it is the only one; else nothing.

    Not one behind a line that speaks of what is judged, nor one quoted from there, in all or by its
    reason.
    """
    found = _ENDING.fullmatch(_MARK.sub("", text.strip()).strip())
    last = found["lead"].rpartition("\n")[2] if found else ""
    if found is None or (last.endswith(":") and _OF_OTHERS.search(last)):
        return ""
    try:
        value = _read_once(found["object"])
    except NotJSON:
        return ""
    reason = value.get("reason") if isinstance(value, dict) else None
    is_sentence = isinstance(reason, str) and len(reason.split()) >= _SENTENCE
    quoted = (found["object"], *([str(reason)] if is_sentence else []))
    material = "".join(shown().split())
    is_quoted = any("".join(part.split()) in material for part in quoted)
    return "" if is_quoted else found["object"]


def object_in(text: str) -> dict[str, Plain] | None:
    """The object that is all of a reply; None where it is in words.

    Raises `Unusable` for one that is malformed.
    """
    bare = unwrapped(text)
    if not bare.startswith("{"):
        return None
    try:
        value = _read_once(bare)
    except NotJSON as error:
        raise Unusable(f"replied with no whole JSON ({error}): {shorten(text)}") from None
    return value if isinstance(value, dict) else None


def said_in(completion: Completion) -> str:
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


def unwrapped(text: str) -> str:
    """A reply without the fence or the tag around all of it, and the line that announces it.

    A line that speaks of what is judged announces nothing: what follows may be quoted from there.
    """
    bare = _MARK.sub("", text.strip()).strip()
    around = _AROUND.fullmatch(bare)
    if around and _ANNOUNCES.search(around["lead"]) and not _OF_OTHERS.search(around["lead"]):
        bare = around["rest"].strip()
    for pattern in (_TAGGED, _FENCED):
        found = pattern.fullmatch(bare)
        bare = found[2].strip() if found else bare
    return bare


def _read_once(text: str) -> Plain:
    """JSON in which no object has a key twice: which of two verdicts counts is not ours to say."""
    try:
        value = read_json(text)
    except NotJSON:
        text = _LOOSE.sub(_strict, text)
        value = read_json(text)
    json.loads(text, object_pairs_hook=_refuse_twice)
    return value


def _strict(loose: re.Match[str]) -> str:
    """JSON for what models write in its place: line breaks in texts, a last comma, `True`."""
    if loose[0].startswith('"'):
        return _CONTROL.sub(lambda sign: json.dumps(sign[0])[1:-1], loose[0])
    return _LITERAL.get(loose[0], "")


def _refuse_twice(pairs: list[tuple[str, object]]) -> None:
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise NotJSON(f"it has `{shorten(twice[0]).strip(chr(34))}` twice")


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
