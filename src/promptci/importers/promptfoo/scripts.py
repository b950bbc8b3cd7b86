"""Short expressions in assertions that say what a scorer says; they are read, never run."""

import re
from collections.abc import Callable

from promptci.parsing.source import Plain, excerpt

Options = dict[str, Plain]

_QUOTED = r"(?P<q>['\"`])(?P<text>(?:(?!(?P=q))[^\\])*)(?P=q)"
_LOWER = r"(?P<lower>\.toLowerCase\(\)|\.lower\(\))?"


def scorer_of_script(code: str, language: str) -> tuple[str, Options]:
    """The scorer that does what a short expression does. Raises `ValueError` for all other code."""
    text = code.strip().removeprefix("return ").rstrip(";").strip()
    for pattern, make in _FORMS:
        found = pattern.fullmatch(text)
        if found:
            return make(found)
    raise ValueError(
        f"`{excerpt(text)}` is code, which is not run: use `{_COUNTERPART[language]}` with it"
    )


def extract_of_script(code: str) -> list[Plain] | None:
    """What `transform` takes out, where that can be said; None for all other code."""
    text = code.strip().removeprefix("return ").rstrip(";").strip()
    if text in ("output", "output.trim()", "output.strip()"):
        return []
    found = re.fullmatch(
        r"(?:JSON\.parse|json\.loads)\(output\)((?:\.\w+|\[\d+\]|\['\w+'\])+)", text
    )
    if found:
        path = re.sub(r"\['(\w+)'\]", r".\1", found[1]).removeprefix(".")
        return [{"json": path}]
    return None


_COUNTERPART = {"javascript": "command", "python": "python"}


def _contains(found: re.Match[str]) -> tuple[str, Options]:
    lower = {"ignore_case": True} if found["lower"] else {}
    if lower and found["text"] != found["text"].lower():
        raise ValueError("compares a text in small letters with capitals, which is never so")
    return "contains", {"value": found["text"], **lower}


def _length(found: re.Match[str]) -> tuple[str, Options]:
    number = int(found["number"])
    sides: dict[str, Options] = {
        "<": {"max": number - 1}, "<=": {"max": number},
        ">": {"min": number + 1}, ">=": {"min": number},
        "==": {"min": number, "max": number},
    }  # fmt: skip
    return "length", sides[found["op"].replace("===", "==")]


def _equals(found: re.Match[str]) -> tuple[str, Options]:
    strip = {"strip": True} if found["strip"] else {}
    lower = {"ignore_case": True} if found["lower"] else {}
    return "equals", {"value": found["text"], **lower, **strip}


def _matches(found: re.Match[str]) -> tuple[str, Options]:
    flags = found["flags"] or ""
    names = {"i": "ignore_case", "m": "multiline", "s": "dot_all"}
    if set(flags) - set(names) - {"g", "u"}:
        raise ValueError("has flags of JavaScript that are not carried")
    return "regex", {"pattern": found["pattern"]} | {names[f]: True for f in flags if f in names}


def _starts(found: re.Match[str]) -> tuple[str, Options]:
    name = "starts_with" if found["edge"].lower().startswith("start") else "ends_with"
    return name, {"value": found["text"]} | ({"ignore_case": True} if found["lower"] else {})


_STRIP = r"(?P<strip>\.trim\(\)|\.strip\(\))?"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, Options]]], ...] = (
    (re.compile(rf"output{_LOWER}\.includes\({_QUOTED}\)"), _contains),
    (re.compile(rf"{_QUOTED} in output{_LOWER}"), _contains),
    (
        re.compile(
            r"(?:output\.length|len\(output\)) ?(?P<op><=|>=|<|>|===?) ?(?P<number>\d{1,9})"
        ),
        _length,
    ),
    (re.compile(rf"output{_STRIP}{_LOWER} ?===? ?{_QUOTED}"), _equals),
    (re.compile(r"/(?P<pattern>(?:[^/\\]|\\.)+)/(?P<flags>[a-z]*)\.test\(output\)"), _matches),
    (
        re.compile(
            rf"output{_LOWER}\.(?P<edge>startsWith|endsWith|startswith|endswith)\({_QUOTED}\)"
        ),
        _starts,
    ),
)
