"""Short expressions in assertions that say what a scorer says; they are read, never run."""

import re
from collections.abc import Callable

from promptci.parsing.source import Plain, excerpt

Options = dict[str, Plain]
Made = tuple[str, Options]

_QUOTED = r"(?P<q>['\"`])(?P<text>(?:(?!(?P=q))[^\\])*)(?P=q)"
_LOWER = r"(?P<lower>\.toLowerCase\(\)|\.lower\(\))?"


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


def _plain(code: str) -> str:
    """An expression without what stands around it."""
    lines = [re.sub(r"\s+(?://|#).*$", "", line) for line in code.strip().splitlines()]
    text = "\n".join(lines).strip().removeprefix("return ").rstrip(";").strip()
    return re.sub(r"\s*\?\s*(?:1(?:\.0)?\s*:\s*0(?:\.0)?|true\s*:\s*false)$", "", text)


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
        inner = _one(rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest)
        return None if inner is None or "not" in inner[1] else (inner[0], {"not": True, **inner[1]})
    if re.fullmatch(r"(?:output && )?typeof output === ?['\"]object['\"]", text):
        return "is_json", {"schema": {"type": "object"}}
    if text in ("output", "output !== null"):
        return "is_json", {"schema": {"type": "object"}} if text != "output" else {}
    field = re.search(rf"(?:JSON\.parse\(output\)|json\.loads\(output\)|output)({_PATH})", text)
    taken: Options = {}
    if field and not re.match(_METHOD, field[1]):
        path = re.split(_METHOD, field[1])[0]
        head = text[: field.start(1)]
        prefix = re.sub(r"(?:JSON\.parse|json\.loads)\(output\)$", "output", head)
        text = f"{prefix}{text[field.start(1) + len(path) :]}"
        taken = {"extract": {"json": _as_path(path)}}
    for pattern, make in _FORMS:
        found = pattern.fullmatch(text)
        if found:
            name, options = make(found)
            return name, {**options, **taken}
    return None


_PATH = r"(?:\.[A-Za-z_]\w*|\[\d+\]|\[['\"]\w+['\"]\])+"
_FIELD = rf"output{_PATH}"
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


def _contains(found: re.Match[str]) -> Made:
    lower = {"ignore_case": True} if found["lower"] else {}
    if lower and found["text"] != found["text"].lower():
        raise ValueError("compares a text in small letters with capitals, which is never so")
    return "contains", {"value": found["text"], **lower}


def _length(found: re.Match[str]) -> Made:
    number = int(found["number"])
    sides: dict[str, Options] = {
        "<": {"max": number - 1}, "<=": {"max": number},
        ">": {"min": number + 1}, ">=": {"min": number},
        "==": {"min": number, "max": number},
    }  # fmt: skip
    return "length", sides[found["op"].replace("===", "==")]


def _differs(found: re.Match[str]) -> Made:
    return "equals", {"not": True, "value": found["text"]}


def _equals(found: re.Match[str]) -> Made:
    strip = {"strip": True} if found["strip"] else {}
    lower = {"ignore_case": True} if found["lower"] else {}
    return "equals", {"value": found["text"], **lower, **strip}


def _matches(found: re.Match[str]) -> Made:
    flags = found["flags"] or ""
    names = {"i": "ignore_case", "m": "multiline", "s": "dot_all"}
    if set(flags) - set(names) - {"g", "u"}:
        raise ValueError("has flags of JavaScript that are not carried")
    return "regex", {"pattern": found["pattern"]} | {names[f]: True for f in flags if f in names}


def _starts(found: re.Match[str]) -> Made:
    name = "starts_with" if found["edge"].lower().startswith("start") else "ends_with"
    options: Options = {"value": found["text"]}
    if found["strip"]:
        options["extract"] = {"regex": r"(?s)^\s*(.*?)\s*$", "group": 1}
    return name, options | ({"ignore_case": True} if found["lower"] else {})


_STRIP = r"(?P<strip>\.trim\(\)|\.strip\(\))?"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Made]], ...] = (
    (re.compile(rf"output{_LOWER}\.includes\({_QUOTED}\)"), _contains),
    (re.compile(rf"{_QUOTED} in output{_LOWER}"), _contains),
    (
        re.compile(
            r"(?:output\.length|len\(output\)) ?(?P<op><=|>=|<|>|===?) ?(?P<number>\d{1,9})"
        ),
        _length,
    ),
    (re.compile(rf"output{_STRIP}{_LOWER} ?===? ?{_QUOTED}"), _equals),
    (re.compile(rf"output ?!==? ?{_QUOTED}"), _differs),
    (re.compile(r"/(?P<pattern>(?:[^/\\]|\\.)+)/(?P<flags>[a-z]*)\.test\(output\)"), _matches),
    (
        re.compile(
            rf"output{_STRIP}{_LOWER}\.(?P<edge>startsWith|endsWith|startswith|endswith)\({_QUOTED}\)"
        ),
        _starts,
    ),
)
