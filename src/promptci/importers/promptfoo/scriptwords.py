"""Scripts that part an output into words: how many there are, and whether one is among them."""

import re
from collections.abc import Callable

from promptci.importers.promptfoo.scriptforms import QUOTED, MadeScorer, sides

_COMPARED = r" ?(?P<op><=|>=|<|>|===?) ?(?P<number>\d{1,4})"
_SPLIT = r"output(?P<trimmed>\.trim\(\))?\.split\((?P<by>' '|\" \"|/\\s\+/)\)"
_FILTERED = r"(?P<filtered>\.filter\((?:Boolean|(?P<w>\w) ?=> ?(?P=w)\.length ?> ?0)\))?"


def _bounds(found: re.Match[str]) -> dict[str, int]:
    return dict(sides(found["op"], int(found["number"])))


def _count(found: re.Match[str]) -> MadeScorer:
    """Parts between spaces, or between runs of white space, of which an empty text has one."""
    bounds = _bounds(found)
    spaced = found["by"] != r"/\s+/"
    if found["filtered"] and not spaced:
        return "word_count", dict(bounds)
    if found["filtered"]:
        raise ValueError("counts words between single spaces: use `word_count`")
    least, most = bounds.get("min", 0), bounds.get("max")
    if found["trimmed"] and not spaced:
        least = 0 if least <= 1 else least  # an empty text has one part and no word
        return "word_count", {"min": least} if most is None else {"min": least, "max": most}
    if found["trimmed"]:
        raise ValueError("counts words between single spaces: use `word_count`")
    if most is not None and most < 1:
        raise ValueError("counts no part, which a text always has")
    gaps = f"{{{max(least - 1, 0)},{'' if most is None else most - 1}}}"
    gap, word = (" ", "[^ ]*+") if spaced else (r"\s++", r"\S*+")
    return "regex", {"pattern": rf"\A{word}(?:{gap}{word}){gaps}\Z"}


def _words(found: re.Match[str]) -> MadeScorer:
    """Python's `len(output.split())`, which is the number of words."""
    return "word_count", dict(_bounds(found))


def _among(found: re.Match[str]) -> MadeScorer:
    if " " in found["text"] or not found["text"]:
        raise ValueError("looks for a space in what was split at spaces")
    return "regex", {"pattern": rf"(?:\A| ){re.escape(found['text'])}(?: |\Z)"}


WORDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], MadeScorer]], ...] = (
    (re.compile(rf"{_SPLIT}{_FILTERED}\.length{_COMPARED}"), _count),
    (re.compile(rf"len\(output(?:\.strip\(\))?\.split\(\)\){_COMPARED}"), _words),
    (re.compile(rf"output\.split\((?:' '|\" \")\)\.includes\({QUOTED}\)"), _among),
)
