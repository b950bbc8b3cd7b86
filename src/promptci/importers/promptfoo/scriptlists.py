"""Scripts that ask how many of several texts an output holds."""

import re
from collections.abc import Callable

from promptci.importers.promptfoo.scriptforms import MadeScorer, sides
from promptci.parsing.source import Plain

_ITEM = r"(?:'[^'\\\n]*'|\"[^\"\\\n]*\"|`[^`\\$]*`)"
_LIST = rf"\[(?P<list>\s*{_ITEM}(?:\s*,\s*{_ITEM})*\s*,?\s*)\]"
_HOLDS = (
    r"\(\s*\(?(?P<item>\w+)\)?\s*=>\s*output(?P<lower>\.toLowerCase\(\))?"
    r"\.includes\((?P=item)(?P<small>\.toLowerCase\(\))?\)\s*\)"
)
_COMPARED = r"\s*(?P<op><=|>=|<|>|===?)\s*(?P<number>\d{1,3}|\[[^\]]*\]\.length)"
_MOST = 100


def _words(found: re.Match[str]) -> tuple[list[Plain], dict[str, Plain]]:
    """The texts that are looked for, and whether in either case."""
    words = [each[1:-1] for each in re.findall(_ITEM, found["list"])]
    if "" in words or len(words) > _MOST:
        raise ValueError("looks for an empty text, or for very many")
    if found["small"] and not found["lower"]:
        raise ValueError("compares texts in small letters with one that may have capitals")
    if found["lower"] and not found["small"] and any(word != word.lower() for word in words):
        raise ValueError("compares a text in small letters with capitals, which is never so")
    return list(words), {"ignore_case": True} if found["lower"] else {}


def _any_or_all(found: re.Match[str]) -> MadeScorer:
    words, options = _words(found)
    name = "contains_all" if found["how"] in ("every", "all") else "contains_any"
    return name, {"value": words, **options}


def _how_many(found: re.Match[str]) -> MadeScorer:
    words, options = _words(found)
    number = found["number"]
    count = int(number) if number.isdigit() else len(re.findall(_ITEM, number))
    bounds = sides(found["op"], count)
    least, most = bounds.get("min"), bounds.get("max")
    if least is not None and most is not None and (0 < least < len(words) or most < 0):
        raise ValueError("asks for a number of texts, no more and no less")
    if least is not None and least > 0:
        return _at_least(least, words, options)
    if most is None or most >= len(words):
        raise ValueError("is so whatever the output is")
    name, made = _at_least(most + 1, words, options)
    return name, {"not": True, **made}


def _at_least(least: int, words: list[Plain], options: dict[str, Plain]) -> MadeScorer:
    if least > len(words):
        raise ValueError("asks for more texts than there are")
    if least == 1:
        return "contains_any", {"value": words, **options}
    if least == len(words):
        return "contains_all", {"value": words, **options}
    held: list[Plain] = [{"contains": {"value": word, **options}} for word in words]
    return "all_of", {"scorers": held, "threshold": round((least - 0.5) / len(words), 4)}


_IN_PYTHON = (
    rf"(?P<how>any|all)\((?P<item>\w+)(?P<small>\.lower\(\))? in output(?P<lower>\.lower\(\))?"
    rf" for (?P=item) in {_LIST}\)"
)
LISTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], MadeScorer]], ...] = (
    (re.compile(rf"{_LIST}\.(?P<how>some|every){_HOLDS}"), _any_or_all),
    (re.compile(_IN_PYTHON), _any_or_all),
    (re.compile(rf"{_LIST}\.filter{_HOLDS}\.length{_COMPARED}"), _how_many),
)
