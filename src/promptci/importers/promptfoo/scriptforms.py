"""The short forms of expressions that say what a scorer says."""

import re
from collections.abc import Callable, Mapping

from promptci.importers.promptfoo.converting import OptionValues
from promptci.importers.promptfoo.patterns import our_pattern
from promptci.parsing.source import Plain

MadeScorer = tuple[str, OptionValues]

QUOTED = r"(?P<q>['\"`])(?P<text>(?:(?!(?P=q))[^\\])*)(?P=q)"
_VARIABLE = r"context\.vars\.(?P<variable>[A-Za-z_]\w*)(?P<small>\.toLowerCase\(\))?"
_TEXT = rf"(?:{QUOTED}|{_VARIABLE})"
_LOWER = r"(?P<lower>\.toLowerCase\(\)|\.lower\(\))?"


def _wanted(found: re.Match[str]) -> OptionValues:
    """The text that an output is compared with: one that is written, or a variable."""
    groups = found.groupdict()
    variable, lower = groups.get("variable"), groups.get("lower")
    if variable and bool(lower) != bool(groups.get("small")):
        raise ValueError("compares a text in small letters with one that may have capitals")
    if not variable and lower and found["text"] != found["text"].lower():
        raise ValueError("compares a text in small letters with capitals, which is never so")
    value: Plain = f"{{{{ {variable} }}}}" if variable else found["text"]
    return {"value": value, "ignore_case": True} if lower else {"value": value}


def _contains(found: re.Match[str]) -> MadeScorer:
    return "contains", _wanted(found)


def _length(found: re.Match[str]) -> MadeScorer:
    bounds = sides(found["op"], int(found["number"]))
    return "length", {name: bounds[name] for name in bounds}


def sides(op: str, number: int) -> Mapping[str, int]:
    """A comparison with a number as the least and the greatest that fit."""
    return {
        "<": {"max": number - 1}, "<=": {"max": number},
        ">": {"min": number + 1}, ">=": {"min": number},
        "==": {"min": number, "max": number},
    }[op.replace("===", "==")]  # fmt: skip


def _differs(found: re.Match[str]) -> MadeScorer:
    return "equals", {"not": True, **_wanted(found)}


def _equals(found: re.Match[str]) -> MadeScorer:
    return "equals", _wanted(found) | ({"strip": True} if found["strip"] else {})


def _one_of(found: re.Match[str]) -> MadeScorer:
    """`['a', 'b'].includes(output)`: it is one of them, not a part of one."""
    texts: list[Plain] = [text for _, text in re.findall(r"(['\"`])(.*?)\1", found["list"])]
    lower = {"ignore_case": True} if found["lower"] else {}
    if lower and any(str(text) != str(text).lower() for text in texts):
        raise ValueError("compares a text in small letters with capitals, which is never so")
    options: OptionValues = {"value": texts, **lower}
    return "equals", options | ({"strip": True} if found["strip"] else {})


def _matches(found: re.Match[str]) -> MadeScorer:
    flags = found["flags"] or ""
    if found["lower"]:
        if re.search("[A-Z]", re.sub(r"\\.", "", found["pattern"])):
            raise ValueError("looks for capitals in a text in small letters")
        flags += "i"
    names = {"i": "ignore_case", "m": "multiline", "s": "dot_all"}
    if set(flags) - set(names) - {"g", "u"}:
        raise ValueError("has flags of JavaScript that are not carried")
    pattern = our_pattern(found["pattern"], multiline="m" in flags)
    return "regex", {"pattern": pattern} | {names[f]: True for f in flags if f in names}


def _starts(found: re.Match[str]) -> MadeScorer:
    name = "starts_with" if found["edge"].lower().startswith("start") else "ends_with"
    return name, _wanted(found) | ({"extract": TRIMMED} if found["strip"] else {})


TRIMMED: Plain = {"regex": r"(?s)^\s*(.*?)\s*$", "group": 1}
"""What `extract` leaves of a text without the white space around it."""
_LIST = r"\[(?P<list>\s*(?P<q>['\"`])[^'\"`\\]*(?P=q)(?:\s*,\s*(?P=q)[^'\"`\\]*(?P=q))*\s*)\]"
_STRIP = r"(?P<strip>\.trim\(\)|\.strip\(\))?"
FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], MadeScorer]], ...] = (
    (re.compile(rf"output{_LOWER}\.includes\({_TEXT}\)"), _contains),
    (re.compile(rf"{_LIST}\.includes\(output{_STRIP}{_LOWER}\)"), _one_of),
    (re.compile(rf"{QUOTED} in output{_LOWER}"), _contains),
    (
        re.compile(
            r"(?:output\.length|len\(output\)) ?(?P<op><=|>=|<|>|===?) ?(?P<number>\d{1,9})"
        ),
        _length,
    ),
    (re.compile(rf"output{_STRIP}{_LOWER} ?===? ?{_TEXT}"), _equals),
    (re.compile(rf"output ?!==? ?{_TEXT}"), _differs),
    (
        re.compile(
            r"/(?P<pattern>(?:[^/\\]"
            r"|\\.)+)/(?P<flags>[a-z]*)\.test\(output(?P<lower>\.toLowerCase\(\))?\)"
        ),
        _matches,
    ),
    (
        re.compile(
            rf"output{_STRIP}{_LOWER}\.(?P<edge>startsWith|endsWith|startswith|endswith)\({_TEXT}\)"
        ),
        _starts,
    ),
)
