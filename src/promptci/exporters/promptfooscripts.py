"""Short JavaScript for scorers that promptfoo has no assertion for; `promptci import` reads it."""

import json
import re
from collections.abc import Callable, Mapping

from promptci.parsing.source import Plain
from promptci.scorers.registry.written import known_name

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_FLAGS = {"ignore_case": "i", "multiline": "m", "dot_all": "s"}


SCRIPT_OPTIONS = frozenset(("ignore_case", "multiline", "dot_all", "min", "max", "unit"))
"""Options that scripts say."""
_OTHERS = frozenset(("", "value", "not", "pattern", "name"))


def named_scorer(scorer: Plain) -> tuple[str, Mapping[str, Plain]]:
    """A scorer's name and options; a bare value is its main option, under the empty name."""
    if isinstance(scorer, str):
        return known_name(scorer) or scorer, {}
    assert isinstance(scorer, dict)
    [(name, options)] = scorer.items()
    found = known_name(name) or name
    return found, options if isinstance(options, dict) else {"": options}


def script_of(name: str, options: Mapping[str, Plain], value: Plain) -> str | None:
    """The expression that says what a scorer says of a value; None where none is short."""
    make = _SCRIPTS.get(name)
    return None if make is None else make(options, value)


def any_script(scorers: list[Plain], expected: Plain) -> str | None:
    """One expression for any of several scorers; None where one of them has none."""
    found: list[str] = []
    for scorer in scorers:
        name, options = named_scorer(scorer)
        given = options.get("value", options.get("", expected))
        code = script_of(name, options, given)
        if code is None or set(options) - SCRIPT_OPTIONS - _OTHERS:
            return None
        found.append(f"!({code})" if options.get("not") else code)
    return " || ".join(found) or None


def is_read_by_script(name: str, options: Mapping[str, Plain]) -> bool:
    """Whether an option of this scorer is one that only a script says."""
    if name == "regex":
        return any(options.get(flag) is True for flag in _FLAGS)
    return name in ("equals", "starts_with") and options.get("ignore_case") is True


def _side(op: str, bound: Plain) -> list[str]:
    return [] if bound is None else [f"output.length {op} {bound}"]


def _length(options: Mapping[str, Plain], value: Plain) -> str | None:
    most = options.get("max", options.get(""))
    if options.get("unit", "chars") != "chars":
        return None
    return " && ".join([*_side(">=", options.get("min")), *_side("<=", most)]) or None


def _texts(value: Plain, *, lower: bool) -> list[str] | None:
    """Texts as JavaScript writes them; None where one is no plain text or a lone variable."""
    found: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        text = str(each) if isinstance(each, int | float) and not isinstance(each, bool) else each
        if not isinstance(text, str):
            return None
        place = _PLACE.fullmatch(text)
        if place is not None:
            found.append(f"context.vars.{place[1]}{'.toLowerCase()' if lower else ''}")
        elif "{{" in text or "{%" in text or (lower and not text.isascii()):
            return None
        else:
            found.append(json.dumps(text.lower() if lower else text, ensure_ascii=False))
    return found


def _compared(call: str, *, whole: bool) -> Callable[[Mapping[str, Plain], Plain], str | None]:
    """A script that compares the output with a text, or with any of several."""

    def make(options: Mapping[str, Plain], value: Plain) -> str | None:
        lower = options.get("ignore_case") is True
        texts = _texts(value, lower=lower)
        output = f"output{'.toLowerCase()' if lower else ''}"
        if not texts:
            return None
        if whole and len(texts) > 1:
            return f"[{', '.join(texts)}].includes({output})"
        return " || ".join(call.format(output=output, text=text) for text in texts)

    return make


def _regex(options: Mapping[str, Plain], value: Plain) -> str | None:
    pattern = options.get("pattern", options.get(""))
    if not isinstance(pattern, str) or "{{" in pattern or "\n" in pattern:
        return None
    flags = "".join(flag for key, flag in _FLAGS.items() if options.get(key) is True)
    closed = re.sub(r"(?<!\\)/", r"\\/", pattern)
    return f"/{closed}/{flags}.test(output)"


_SCRIPTS: Mapping[str, Callable[[Mapping[str, Plain], Plain], str | None]] = {
    "length": _length,
    "equals": _compared("{output} === {text}", whole=True),
    "starts_with": _compared("{output}.startsWith({text})", whole=False),
    "contains": _compared("{output}.includes({text})", whole=False),
    "contains_any": _compared("{output}.includes({text})", whole=False),
    "ends_with": _compared("{output}.endsWith({text})", whole=False),
    "regex": _regex,
}
