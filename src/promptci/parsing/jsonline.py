"""One JSON object from one line of text, read strictly."""

import json
from collections import Counter
from collections.abc import Container, Iterable
from io import BytesIO
from math import isinf
from typing import NoReturn

from promptci.errors import Fault
from promptci.latepattern import late
from promptci.parsing.source import MAX_DEPTH, Mark, Plain, excerpt


def read_object(line: str, mark: Mark) -> dict[str, Plain] | Fault:
    """The JSON object in a line of text, or what is wrong with it.

    Stricter than Python's reader, as RFC 8259 has it: no NaN or infinities, no name twice, no
    half of a surrogate pair, no nesting beyond `MAX_DEPTH`. `mark` is where the line begins.
    """
    try:
        value = _value(line)
        _refuse_what_json_cannot_hold(line, value)
    except json.JSONDecodeError as exc:
        return Mark(mark.path, mark.line, exc.pos + 1).fault(_json_sentence(exc, line))
    except _RefusedError as exc:
        return mark.fault(str(exc))
    except RecursionError:
        return mark.fault(_TOO_DEEP)
    except ValueError:  # Python's limit on digits
        return mark.fault("a number has too many digits: put quotes around it if it is text")
    if not isinstance(value, dict):
        return mark.fault('a row must be a JSON object: write {"name": value, …}')
    return value


def some_rows(lines: Iterable[bytes], rows: Container[int]) -> BytesIO:
    """A file of JSON objects without those that are in other rows: their lines are empty ones."""
    found, row = BytesIO(), -1
    for line in lines:
        is_row = b"{" in line  # what is none is blank
        row += is_row
        found.write(line if is_row and row in rows else b"\n")
    found.seek(0)
    return found


def _value(line: str) -> Plain:
    """What a line holds; of one that is an object and nothing else without a search for blanks."""
    value: Plain
    if line.startswith("{"):
        value, end = _DECODER.raw_decode(line)
        if end == len(line):
            return value
    value = _DECODER.decode(line)
    return value


class _RefusedError(ValueError):
    """JSON that Python's reader would let through."""


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels: flatten this"
_HALF_CHARACTER = late(r"\\u[dD][89a-fA-F]")


def _refuse_what_json_cannot_hold(line: str, value: Plain) -> None:
    if line.count("[") + line.count("{") > MAX_DEPTH and _is_deep(value):
        raise _RefusedError(_TOO_DEEP)
    if "\\u" in line and _HALF_CHARACTER.search(line):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            wrong = "half a character (`\\ud800` to `\\udfff` alone)"
            raise _RefusedError(f"{wrong}: write the whole one") from None


def _is_deep(value: Plain) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _children(outer)]
    return any(isinstance(value, dict | list) for value in level)


def _children(value: Plain) -> list[Plain]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _unique(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    values = dict(pairs)
    if len(values) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise _RefusedError(f"`{excerpt(twice)}` is there twice in one object: keep one")
    return values


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise _RefusedError(f"`{excerpt(text)}` is too large for a number")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise _RefusedError(f'`{name}` is not JSON: write null, or "{name}" for the text')


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant
)

# What Python's reader says (any release from 3.11 on), and what to do; the first that matches.
_JSON_SENTENCES = (
    ("Expecting property name", "a name in double quotes is missing, or a comma is one too many"),
    ("Illegal trailing comma", "a comma is one too many: delete it"),
    ("Expecting ':'", "the colon after a name is missing: add it"),
    ("Expecting ','", 'a comma is missing, or a quote inside a text is not written \\"'),
    (
        "Expecting value",
        "no JSON value here: quote text with double quotes, write true, false, null",
    ),
    ("Unterminated string", "this quote is never closed on its line: add the closing one"),
    (
        "Invalid control character",
        "a raw tab or control character in a text: write it as \\t or \\u…",
    ),
    ("Invalid \\", "no such escape in JSON: write \\\\ for a backslash"),
    ("Extra data", "something follows the object: write one object a line"),
)


def _json_sentence(error: json.JSONDecodeError, line: str) -> str:
    said = error.msg
    if line.strip() in ("{", "["):
        cure = "write each on a line of its own, as `jq -c .` does"
        return f"an object is spread over several lines: {cure}"
    if said.startswith("Expecting ',' delimiter") and error.pos >= len(line.rstrip()):
        return "the line ends before what it opened is closed: add the `}` or `]`"
    sentences = (sentence for start, sentence in _JSON_SENTENCES if said.startswith(start))
    return next(sentences, f"not JSON ({said}): write one object a line")
