"""Short expressions in assertions that say what a scorer says; they are read, never run."""

import re

from promptci.importers.promptfoo.converting import OptionValues
from promptci.importers.promptfoo.scriptfields import (
    dict_of,
    field_schema,
    listed_schema,
    negated_schema,
    text_denied,
)
from promptci.importers.promptfoo.scriptforms import FORMS, MadeScorer
from promptci.importers.promptfoo.scriptlists import LISTS
from promptci.importers.promptfoo.scriptsteps import (
    given_by,
    is_bracketed,
    is_long,
    tidied,
    without_comments,
)
from promptci.importers.promptfoo.scriptwords import WORDS
from promptci.parsing.source import Plain, excerpt


def scorer_of_script(code: str, language: str) -> MadeScorer:
    """The scorer that does what a short expression does. Raises `ValueError` for all other code.

    Expressions joined by `&&` or `||` are all of them, or any of them.
    """
    text = _plain(code, language)
    made = None if is_long(text) else _joined(tidied(text))
    if made is None:
        given = given_by(code, language)
        made = None if given is None else _joined(tidied(_plain(given.passes, language)))
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


def _plain(code: str, language: str) -> str:
    """An expression without what is around it."""
    text = without_comments(code, language).strip().removeprefix("return ").rstrip(";").strip()
    text = _PARSED_IF_TEXT.sub("JSON.parse(output)", text)
    text = re.sub(r"^(?:1(?:\.0)?|True) if (.+) else (?:0(?:\.0)?|False)$", r"\1", text)
    if reverse := re.search(
        r"(?<!\s)\s*\?\s*(?:0(?:\.0)?\s*:\s*1(?:\.0)?|false\s*:\s*true)$", text
    ):
        return f"!({text[: reverse.start()]})"
    return re.sub(r"(?<!\s)\s*\?\s*(?:1(?:\.0)?\s*:\s*0(?:\.0)?|true\s*:\s*false)$", "", text)


_PARSED_IF_TEXT = re.compile(
    r"\(\s*typeof output\s*===?\s*['\"]string['\"]\s*\?\s*JSON\.parse\(output\)\s*:\s*output\s*\)"
)
"""The output as an object, whether the provider has parsed it already or not."""


def _joined(text: str) -> MadeScorer | None:
    if is_bracketed(text):
        return _joined(text[1:-1].strip())
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
            made = [_written(each) for each in found if each]
            joined: MadeScorer = _single(made[0]) if len(made) == 1 else (name, {"scorers": made})
            is_open = name == "any_of" and re.search(_PARSES, parts[0])
            return ("all_of", {"scorers": ["is_json", _written(joined)]}) if is_open else joined
    return _one(text)


_PARSES = r"JSON\.parse\(|json\.loads\("
"""What ends a script where the output is no JSON, whatever else would be enough."""


def _written(made: MadeScorer) -> Plain:
    return {made[0]: made[1]} if made[1] else made[0]


def _single(made: Plain) -> MadeScorer:
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
            character == "/" and text[:place].rstrip()[-1:] in ("", *"([&|!,=>")
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
    if re.fullmatch(r"typeof output ===? ?['\"]string['\"]", part):
        return True
    field = rf"(?:JSON\.parse\(output\)|output){_PATH}"
    found = re.fullmatch(rf"typeof ({field}) === ?['\"]string['\"]|({field})", part)
    name = "" if found is None else found[1] or found[2]
    reach = ("", ".") if found and found[1] else (".",)
    others = [each for each in parts if each is not part]
    return bool(name) and any(f"{name}{end}" in each for each in others for end in reach)


def _one(text: str) -> MadeScorer | None:
    """One expression; a field of the parsed output is taken out of its JSON first."""
    if text == "!Array.isArray(output)":
        return "is_json", {"schema": {"type": "object"}}
    if text.startswith("!") and not text.startswith("!="):
        return _negated(_joined(text[1:].strip()), text)
    if text.startswith("not "):
        return _negated(_joined(text[4:].strip()), text)
    if re.fullmatch(r"(?:output && )?typeof output === ?['\"]object['\"]", text):
        return "is_json", {"schema": {"type": "object"}}
    if text in ("output", "output !== null"):
        return "is_json", {"schema": {"type": "object"}} if text != "output" else {}
    whole = text
    schema = listed_schema(text) or field_schema(text)
    if schema:
        return "is_json", {"schema": schema}
    field = re.search(rf"(?:JSON\.parse\(output\)|json\.loads\(output\)|output)({_PATH})", text)
    taken: OptionValues = {}
    if field and not re.match(_METHOD, field[1]):
        path = re.split(_METHOD, field[1])[0]
        head = text[: field.start(1)]
        prefix = re.sub(r"(?:JSON\.parse|json\.loads)\(output\)$", "output", head)
        text = f"{prefix}{text[field.start(1) + len(path) :]}"
        taken = {"extract": {"json": _as_path(path)}}
    for pattern, make in (*FORMS, *WORDS, *LISTS):
        found = pattern.fullmatch(text)
        if found:
            name, options = make(found)
            return _of_missing(name, {**options, **taken}, whole)
    return None


def _negated(made: MadeScorer | None, text: str) -> MadeScorer | None:
    if made is None:
        return None
    name, options = made
    if options.get("not") is True:
        return name, {key: value for key, value in options.items() if key != "not"}
    if name == "is_json" and "schema" in options and re.search(_PARSES, text):
        return name, {"schema": negated_schema(dict_of(options["schema"]))}
    return _of_missing(name, {"not": True, **options}, text)


def _of_missing(name: str, options: OptionValues, text: str) -> MadeScorer:
    """A text that a field of parsed JSON is not, which a field that is missing is not either."""
    if name == "equals" and re.search(_PARSES, text):
        schema = text_denied(options)
        return (name, options) if schema is None else ("is_json", {"schema": schema})
    return name, options


_PATH = r"(?:\.[A-Za-z_]\w*|\[\d+\]|\[['\"]\w+['\"]\])+"
_METHOD = (
    r"\.(?:toLowerCase|toUpperCase|trim|includes|startsWith|endsWith|length|test|match|lower|strip"
    r"|startswith|endswith|split|replace)\b"
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
