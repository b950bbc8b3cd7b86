"""promptfoo's `transform`: what a scorer takes out of the output first, or small letters."""

import re

from promptci.importers.promptfoo.files import Reader
from promptci.importers.promptfoo.scriptforms import TRIMMED
from promptci.parsing.source import Node, Plain, excerpt

MAIN_OPTIONS = {
    "equals": "value", "contains": "value", "contains_any": "value", "contains_all": "value",
    "starts_with": "value", "regex": "pattern", "rubric": "criteria", "closed_qa": "criteria",
    "word_count": "value", "cost": "max", "latency": "max", "finish_reason": "value",
    "json_equal": "value", "python": "function",
}  # fmt: skip
"""The option that a bare value sets."""

_LOWER = re.compile(
    r"(?:return\s+)?output(?:\.trim\(\)|\.strip\(\))?\.(?:toLowerCase|lower)\(\)"
    r"(?:\.trim\(\)|\.strip\(\))?;?"
)
_TRIM = re.compile(r"(?:return\s+)?output\.(?:trim|strip)\(\);?")
_HEED_SPACE = frozenset(("starts_with", "ends_with", "regex", "length", "levenshtein"))
"""Scorers that tell a text from the same with space around it, `equals` aside."""
_IN_ANY_CASE = frozenset((
    "equals", "contains", "contains_any", "contains_all", "starts_with", "ends_with",
))  # fmt: skip
_PARSED = re.compile(r"(?:return\s+)?(?:JSON\.parse|json\.loads)\(output\);?")
_OF_JSON = frozenset(("is_json", "contains_json", "json_equal"))
"""Scorers that parse the output themselves."""
_OF_THE_CALL = frozenset(("cost", "latency", "finish_reason"))
"""Scorers that do not read the output."""
_OF_SCORERS = frozenset(("all_of", "any_of"))
NOTHING_READS_IT = "`transform` of a test without assertions changes no verdict and is left out"


def apply_transform(scorer: Plain, node: Node, reader: Reader) -> Plain:
    """A scorer that judges what a transform makes of the output; a loss where that is code."""
    code = node.value if isinstance(node.value, str) else ""
    name, _ = _opened(scorer)
    if name in _OF_THE_CALL:
        return scorer
    if _PARSED.fullmatch(code.strip()) and _reads_json(scorer):
        return scorer
    if _TRIM.fullmatch(code.strip()):
        return _trimmed(scorer)
    if not _LOWER.fullmatch(code.strip()):
        taken = reader.transform(node)
        return with_extract(scorer, taken) if taken else scorer
    made = _in_any_case(scorer, strips="trim" in code or "strip" in code)
    if made is None:
        wrong = f"`{excerpt(code)}` is not carried for `{name}`: write what it expects as answered"
        reader.losses.append(node.mark.fault(wrong))
    return scorer if made is None else made


def _trimmed(scorer: Plain) -> Plain:
    """A scorer that says the same of the output as of the output without space around it."""
    name, options = _opened(scorer)
    scorers = options.get("scorers")
    if name in _OF_SCORERS and isinstance(scorers, list):
        return {name: {**options, "scorers": [_trimmed(each) for each in scorers]}}
    if name == "equals":
        return {name: {**options, "strip": True}}
    return with_extract(scorer, TRIMMED) if name in _HEED_SPACE else scorer


def _reads_json(scorer: Plain) -> bool:
    """Whether a scorer, or each inside of it, takes its value out of JSON itself."""
    name, options = _opened(scorer)
    scorers = options.get("scorers")
    if name in _OF_SCORERS and isinstance(scorers, list):
        return all(map(_reads_json, scorers))
    return name in _OF_JSON or "extract" in options


def with_extract(scorer: Plain, taken: Plain) -> Plain:
    """A scorer, or each inside of it, that takes something out of the output first."""
    name, options = _opened(scorer)
    scorers = options.get("scorers")
    if name in _OF_SCORERS and isinstance(scorers, list):
        return {name: {**options, "scorers": [with_extract(each, taken) for each in scorers]}}
    return {name: {**options, "extract": options.get("extract", taken)}}


def _in_any_case(scorer: Plain, *, strips: bool) -> Plain | None:
    """A scorer that says the same of the output as of the output in small letters."""
    name, options = _opened(scorer)
    scorers = options.get("scorers")
    if name in _OF_SCORERS and isinstance(scorers, list):
        inner = [_in_any_case(each, strips=strips) for each in scorers]
        return None if None in inner else {name: {**options, "scorers": inner}}
    value = options.get("value")
    texts = value if isinstance(value, list) else [value]
    if name not in _IN_ANY_CASE or not all(isinstance(t, str) and t == t.lower() for t in texts):
        return None
    if strips and not name.startswith("contains"):
        if name != "equals":
            return None
        options["strip"] = True
    return {name: {**options, "ignore_case": True}}


def _opened(scorer: Plain) -> tuple[str, dict[str, Plain]]:
    """The name and the options of a scorer in any of its short forms."""
    if isinstance(scorer, str):
        return scorer, {}
    assert isinstance(scorer, dict)
    name, options = next(iter(scorer.items()))
    if name == "not":
        inner, rest = _opened(options)
        return inner, {"not": True, **rest}
    if isinstance(options, dict):
        return name, dict(options)
    return name, {MAIN_OPTIONS.get(name, "value"): options}
