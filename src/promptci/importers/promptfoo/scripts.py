"""Short expressions in assertions that say what a scorer says; they are read, never run."""

import re

from promptci.importers.promptfoo.scriptfields import (
    member_schema,
    path_names,
    size_schema,
    value_schema,
)
from promptci.importers.promptfoo.scriptforms import FORMS, QUOTED, Made, Options, sides
from promptci.importers.promptfoo.scriptwords import WORDS
from promptci.parsing.source import Plain, excerpt


def scorer_of_script(code: str, language: str) -> Made:
    """The scorer that does what a short expression does. Raises `ValueError` for all other code.

    Expressions joined by `&&` or `||` are all of them, or any of them.
    """
    text = _plain(code)
    made = _joined(text)
    if made is None:
        wrong = "is code, which is not run: use"
        raise ValueError(f"`{excerpt(text)}` {wrong} `{_COUNTERPART[language]}` with it")
    return made


def syntax_note(code: str) -> str:
    """What promptfoo makes of a script that is no expression on one line; empty where it is one.

    It writes `return` before a single line, and nothing before several.
    """
    lines = code.rstrip().split("\n")
    if len(lines) == 1 and re.match(r"\s*return\b", lines[0]):
        return _SYNTAX.format("one line takes no `return`")
    if len(lines) > 1 and not re.search(r"\breturn\b", code):
        return _SYNTAX.format("several lines need a `return`")
    return ""


_SYNTAX = "fails every output in promptfoo, since {}: carried as meant"


def _plain(code: str) -> str:
    """An expression without what stands around it."""
    lines = [re.sub(r"\s+(?://|#).*$", "", line) for line in code.strip().splitlines()]
    text = "\n".join(lines).strip().removeprefix("return ").rstrip(";").strip()
    text = _PARSED_IF_TEXT.sub("JSON.parse(output)", text)
    return re.sub(r"\s*\?\s*(?:1(?:\.0)?\s*:\s*0(?:\.0)?|true\s*:\s*false)$", "", text)


_PARSED_IF_TEXT = re.compile(
    r"\(\s*typeof output\s*===?\s*['\"]string['\"]\s*\?\s*JSON\.parse\(output\)\s*:\s*output\s*\)"
)
"""The output as an object, whether the provider has parsed it already or not."""


def _joined(text: str) -> Made | None:
    for operator, name in (
        ("||", "any_of"),
        ("&&", "all_of"),
        (" or ", "any_of"),
        (" and ", "all_of"),
    ):
        parts = _parts(text, operator)
        if len(parts) > 1:
            found = [_joined(part) for part in parts if not _is_guard(part, parts)]
            if any(each is None for each in found):
                return None
            made: list[Plain] = [
                {each[0]: each[1]} if each[1] else each[0] for each in found if each
            ]
            return _single(made[0]) if len(made) == 1 else (name, {"scorers": made})
    return _one(text)


def _single(made: Plain) -> Made:
    if isinstance(made, str):
        return made, {}
    assert isinstance(made, dict)
    [(name, options)] = made.items()
    assert isinstance(options, dict)
    return name, options


def _parts(text: str, operator: str) -> list[str]:
    """A text cut at an operator outside of quotes, brackets and patterns."""
    parts, depth, quote, start, place = [], 0, "", 0, 0
    while place < len(text):
        character = text[place]
        if quote:
            place += character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"`" or (
            character == "/" and text[:place].rstrip()[-1:] in ("", "(", "&", "|", "!")
        ):
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(operator, place):
            parts.append(text[start:place].strip())
            place += len(operator) - 1
            start = place + 1
        place += 1
    return [*parts, text[start:].strip()]


def _is_guard(part: str, parts: list[str]) -> bool:
    """Whether a part only makes sure that the others can be worked out: that a field is a text."""
    found = re.fullmatch(rf"typeof ({_FIELD}) === ?['\"]string['\"]", part)
    return found is not None and any(found[1] in other for other in parts if other is not part)


def _one(text: str) -> Made | None:
    """One expression; a field of the parsed output is taken out of its JSON first."""
    if text == "!Array.isArray(output)":
        return "is_json", {"schema": {"type": "object"}}
    if text.startswith("!") and not text.startswith("!="):
        rest = text[1:].strip()
        inner = _joined(rest[1:-1]) if _is_bracketed(rest) else _one(rest)
        return None if inner is None or "not" in inner[1] else (inner[0], {"not": True, **inner[1]})
    if re.fullmatch(r"(?:output && )?typeof output === ?['\"]object['\"]", text):
        return "is_json", {"schema": {"type": "object"}}
    if text in ("output", "output !== null"):
        return "is_json", {"schema": {"type": "object"}} if text != "output" else {}
    listed = _of_text_or_list(text)
    if listed is not None:
        return listed
    field = re.search(rf"(?:JSON\.parse\(output\)|json\.loads\(output\)|output)({_PATH})", text)
    taken: Options = {}
    if field and not re.match(_METHOD, field[1]):
        path = re.split(_METHOD, field[1])[0]
        head = text[: field.start(1)]
        prefix = re.sub(r"(?:JSON\.parse|json\.loads)\(output\)$", "output", head)
        text = f"{prefix}{text[field.start(1) + len(path) :]}"
        taken = {"extract": {"json": _as_path(path)}}
    for pattern, make in (*FORMS, *WORDS):
        found = pattern.fullmatch(text)
        if found:
            name, options = make(found)
            return name, {**options, **taken}
    return None


def _is_bracketed(text: str) -> bool:
    """Whether one pair of brackets is around the whole."""
    return text.startswith("(") and text.endswith(")") and len(_parts(text[1:-1], ")")) == 1


def _of_text_or_list(text: str) -> Made | None:
    """`includes` and `length` of a field, which JavaScript has for texts and for lists."""
    found = _FIELD_HAS.fullmatch(text)
    path = None if found is None else path_names(found["path"])
    if found is None or path is None or not (path or found["parsed"]):
        return None
    if found["value"] is not None:
        if not found["parsed"] or path[-1:] == ["length"]:
            return None
        return "is_json", {"schema": value_schema(path, found["value"])}
    if found["text"] is not None:
        return "is_json", {"schema": member_schema(path, found["text"])}
    bounds = sides(found["op"], int(found["number"]))
    return "is_json", {"schema": size_schema(path, bounds.get("min"), bounds.get("max"))}


_PATH = r"(?:\.[A-Za-z_]\w*|\[\d+\]|\[['\"]\w+['\"]\])+"
_FIELD = rf"output{_PATH}"
_METHOD = (
    r"\.(?:toLowerCase|toUpperCase|trim|includes|startsWith|endsWith|length|test|match|lower|strip"
    r"|startswith|endswith|split|replace)\b"
)


_FIELD_HAS = re.compile(
    rf"(?:(?P<parsed>JSON\.parse\(output\))|output)(?P<path>(?:{_PATH})?)"
    rf"(?:\.includes\({QUOTED}\)|\.length ?(?P<op><=|>=|<|>|===?) ?(?P<number>\d{{1,9}})"
    r"| ?=== ?(?P<value>true|false|null|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?))"
)


def _as_path(written: str) -> str:
    """A path of JavaScript as a JMESPath."""
    return re.sub(r"\[['\"](\w+)['\"]\]", r".\1", written).removeprefix(".")


def extract_of_script(code: str) -> list[Plain] | None:
    """What `transform` takes out, where that can be said; None for all other code."""
    text = code.strip().removeprefix("return ").rstrip(";").strip()
    if text in ("output", "output.trim()", "output.strip()"):
        return []
    found = re.fullmatch(
        r"(?:(?:JSON\.parse|json\.loads)\(output\)|output)((?:\.\w+|\[\d+\]|\['\w+'\])+)", text
    )
    if found and not re.match(_METHOD, found[1]) and "(" not in found[1]:
        path = re.sub(r"\['(\w+)'\]", r".\1", found[1]).removeprefix(".")
        return [{"json": path}]
    return None


_COUNTERPART = {"javascript": "command", "python": "python"}
