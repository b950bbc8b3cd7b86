"""Regular expressions from files on text from models: guarded in pattern, text and time."""

import re
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from promptci.latepattern import late
from promptci.scorers.base.verdict import NoVerdict, Unjudged

if TYPE_CHECKING:
    import regex

TIMEOUT = 1.0
"""Seconds after which a search is given up. The search lets go of the interpreter meanwhile."""

MOST_TIMEOUTS = 20
"""Searches of one pattern given up before it is not tried any more; 10,000 would take hours."""

MAX_TEXT = 1_000_000
"""Characters searched. Backtracking takes up to 300 bytes for each: more could fill the memory."""

MAX_PATTERN = 10_000
MAX_UNROLLED = 1_000_000
"""Steps that a pattern may be unrolled to: `a{1000}` is kept as 1,000 steps of some 140 bytes."""

Pattern: TypeAlias = "regex.Pattern[str]"
Match: TypeAlias = "regex.Match[str]"

_COUNT = late(r"(\)\s*)?\{\s*(\d{1,9})")
_GROUPS = late(
    r"\\.|\[\^?\]?(?:\\.|[^\\\]])*\]|\(|\)(?:\s*(\+|\{\s*[1-9]\d*\s*(?:,\s*\d*\s*)?\}))?", re.DOTALL
)
"""Escapes and sets, which hold no groups, and where groups begin and end, `\1` if repeated."""

_BRACES = late(r"\\[pPN]\{[^}]*\}|\\.|\{\s*\d*\s*(?:,\s*\d*\s*)?\}|(?P<plain>\{)", re.DOTALL)
"""Escapes and counts, which keep their braces, and every other `{`."""

_VERBOSE = late(r"\(\?[a-zA-Z0-9]*x")
_RECURSION = late(r"(?<!\\)(?:\\\\)*\(\?(?:R|[-+]?\d|&|P>)")


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


_timeouts: "WeakKeyDictionary[Pattern, int]" = WeakKeyDictionary()
"""How often each pattern has timed out in this process."""


def compile_pattern(
    text: str,
    *,
    ignore_case: bool = False,
    multiline: bool = False,
    dot_all: bool = False,
    fuzzy: bool = False,
) -> Pattern:
    """A pattern ready to search. Raises `PatternError` for one that is wrong or too costly.

    Braces that hold no count are literal, as in `re`; with `fuzzy`, `{e<=1}` behind an
    item allows errors.
    """
    import regex

    _refuse_costly(text)
    flags = (
        (regex.IGNORECASE if ignore_case else 0)
        | (regex.MULTILINE if multiline else 0)
        | (regex.DOTALL if dot_all else 0)
    )
    try:
        return regex.compile(text if fuzzy else plain_braces(text), flags)
    except regex.error as error:
        raise PatternError(f"not a regular expression: {_said(error)}: fix it") from None
    except (RecursionError, MemoryError, OverflowError, ValueError) as error:
        raise PatternError(f"not a usable regular expression ({error}): make it simpler") from None


def plain_braces(text: str) -> str:
    """A pattern in which braces only count: `x{s}` matches `x{s}`, not `x` with one error."""
    return _BRACES.sub(lambda found: "\\{" if found["plain"] else found[0], text)


def search(pattern: Pattern, text: str, *, whole: bool = False) -> "Match | None":
    """The first match in a text, or the match of the whole text.

    Raises `Unjudged` when the text is too long, or the search too long or too large, and
    `NoVerdict` without a search when the pattern has timed out `MOST_TIMEOUTS` times.
    """
    if _timeouts.get(pattern, 0) >= MOST_TIMEOUTS:
        wrong = f"not tried after regex timed out {MOST_TIMEOUTS} times"
        raise NoVerdict(f"{wrong}: make the pattern simpler")
    if len(text) > MAX_TEXT:
        raise Unjudged(f"too long for a regex: {len(text):,} characters, at most {MAX_TEXT:,}")
    find = pattern.fullmatch if whole else pattern.search
    try:
        return find(text, timeout=TIMEOUT)
    except TimeoutError:
        _timeouts[pattern] = _timeouts.get(pattern, 0) + 1
        raise Unjudged(f"regex timed out after {TIMEOUT:g} s: make the pattern simpler") from None
    except MemoryError:
        raise Unjudged("regex ran out of memory: make the pattern simpler") from None


def _said(error: Any) -> str:
    """What is wrong and where, counted from 1 (the stubs do not know these attributes)."""
    return f"{error.msg}" if error.pos is None else f"{error.msg} at character {error.pos + 1}"


def _refuse_costly(text: str) -> None:
    """Refuse what cannot be bounded by time: size and memory while compiling, and recursion."""
    if len(text) > MAX_PATTERN:
        raise PatternError(f"the pattern has {len(text):,} characters: at most {MAX_PATTERN:,}")
    if _RECURSION.search(text):
        raise PatternError("recursive patterns are not supported: write it without recursion")
    if _unrolled(text) > MAX_UNROLLED:
        raise PatternError("the pattern repeats too often: lower the counts in `{…}`")


def _unrolled(text: str) -> int:
    """An upper bound of the steps of a compiled pattern, whose counted repeats are unrolled.

    Counts behind a group may be nested and multiply; of the others the largest counts. In verbose
    patterns a comment may precede a count, so there all multiply.
    """
    multiply_all = bool(_VERBOSE.search(text))
    widest = nested = 1
    for group, count in _COUNT.findall(text):
        if group or multiply_all:
            nested *= max(1, int(count))
        else:
            widest = max(widest, int(count))
    return len(text) * widest * nested * (1 << _repeated(text))


def _repeated(text: str) -> int:
    """How deep groups that are repeated at least once nest: each level is compiled twice.

    So is every `(…)+` and `(…){1,}`, since the first time is not optional.
    """
    depths = [0]
    for found in _GROUPS.finditer(text):
        if found[0] == "(":
            depths.append(0)
        elif found[0].startswith(")") and len(depths) > 1:
            inner = depths.pop() + bool(found[1])
            depths[-1] = max(depths[-1], inner)
    return max(depths)
