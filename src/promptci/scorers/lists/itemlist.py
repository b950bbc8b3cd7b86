"""Lists as models write them: JSON, bullets, lines, commas."""

import json
import re

from promptci.parsing.source import Plain
from promptci.scorers.base.jsontext import NotJSON, find_json

_BULLET = re.compile(
    r"^[^\S\n]*(?:[-*\u2022\u2013\u25e6\u25aa]|\(?\d{1,4}[.):]|\(?[a-z]\))\s+(\S.*)$", re.MULTILINE
)
"""Blanks before a bullet are those of its line: all blank lines before it, from each of them, would
take the square of their number."""
_LEAD = re.compile(
    r"^(?:[^,;\n]{0,200}:[*_]{0,3}\s|(?:the|these|those|here)\b[^,;:\n]{0,60}\s(?:are|include)\s)",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"^[ \t]*\|(?P<head>[^\n]*)\n[ \t]*\|[ \t]*:?-[-:| \t]*\n"
    r"(?P<rows>(?:[ \t]*\|[^\n]*(?:\n|\Z))+)",
    re.MULTILINE,
)
_COUNTING = frozenset(("#", "no", "no.", "nr", "nr.", "n\xba", "num", "number", "rank", "id", ""))
"""Heads of a column that counts the rows."""

_WRAPPED = re.compile(r"[\[({]([^\[\](){}]*)[\])}][.;]?")
_AND = re.compile(r"^\s*(?:and|or|&|und|oder|et|ou|y|o|e|och)\s+", re.IGNORECASE)
_LAST_AND = re.compile(r"\s+(?:and|&|und|et|y|och)\s+", re.IGNORECASE)
_LAST_OF_SEVERAL = re.compile(r"\s+(?:and|&|und|et|y|och|e)\s+", re.IGNORECASE)
_SLASHED = re.compile(r"[^\W\d_]{2,40}(?:/[^\W\d_]{2,40}){2,}[.]?")
_TAGGED = re.compile(r"\s*<(\w{1,30})>(.*)</\1>\s*", re.DOTALL)
_NUMBERED = re.compile(r"(?:^|\s)\(?(\d{1,2})[.)]\s+")
_FOREIGN = str.maketrans({"\u3001": ",", "\uff0c": ",", "\uff1b": ";"})
_EDGES = " \t\n\r\"'`*_\u201c\u201d\u2018\u2019.,;"
_NOTHING = frozenset(("none", "n/a", "nothing", "empty", "no items", "-"))


def items_of(value: Plain) -> list[str]:
    """The items of a list, as texts; a text is read as a list, anything else is the only item.

    A JSON list, also inside a fence or as the only list of an object; else the first column of a
    table that does not count its rows; else bullets or numbers; else lines; else what semicolons
    or commas part, with or without `and` before the last.
    """
    if isinstance(value, list):
        return [_text(item) for item in value]
    if not isinstance(value, str):
        return [_text(value)]
    tagged = _TAGGED.fullmatch(value)
    value = tagged[2] if tagged else value
    found = _json_items(value)
    return _written_items(value) if found is None else found


def _json_items(text: str) -> list[str] | None:
    if "[" not in text:
        return None
    try:
        data = find_json(text)
    except NotJSON:
        return None
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        data = lists[0] if len(lists) == 1 else None
    return [_text(item) for item in data] if isinstance(data, list) else None


def _written_items(text: str) -> list[str]:
    numbers = [int(number) for number in _NUMBERED.findall(text)]
    if len(numbers) > 1 and "\n" not in text.strip() and numbers == [*range(1, len(numbers) + 1)]:
        return _clean(_NUMBERED.split(text)[2::2])
    table = _TABLE.search(text) if "|" in text and "--" in text else None
    if table is not None:
        return _clean(_first_column(table))
    bullets = _BULLET.findall(text)
    if bullets:
        return _clean(bullets)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].rstrip("*_ \t\r").endswith(":"):
        del lines[0]
    if len(lines) != 1:
        return _clean(lines)
    line = _LEAD.sub("", lines[0]).strip()
    wrapped = _WRAPPED.fullmatch(line)
    return _clean(_parted(wrapped[1] if wrapped else line))


def _first_column(table: re.Match[str]) -> list[str]:
    """The cells of the first column of a table that does not count its rows."""
    rows = [
        [cell.strip() for cell in row.strip().strip("|").split("|")]
        for row in table["rows"].splitlines()
    ]
    head = [cell.strip(" *_").casefold() for cell in table["head"].strip().strip("|").split("|")]
    counts = (
        len(head) > 1
        and head[0] in _COUNTING
        and all(row[0].strip("*_.)").isdigit() for row in rows)
    )
    return [row[1] if counts and len(row) > 1 else row[0] for row in rows]


def _parted(line: str) -> list[str]:
    """One line as items; `and` parts the last two where commas part the others."""
    line = line.translate(_FOREIGN)
    if "," not in line and ";" not in line and " | " in line:
        return line.split("|")
    if ";" in line:
        return [_AND.sub("", part) for part in line.split(";")]
    if "," not in line and len(_LAST_AND.split(line)) > 2:
        return _LAST_AND.split(line)
    if _SLASHED.fullmatch(line.strip()):
        return line.split("/")
    parts = line.split(",")
    last = parts.pop()
    if _AND.match(last):
        return [*parts, _AND.sub("", last)]
    return [*parts, *(_LAST_OF_SEVERAL if parts else _LAST_AND).split(last, maxsplit=1)]


def _clean(parts: list[str]) -> list[str]:
    """Items without quotes, emphasis and full stops; a lone `none` is no item."""
    items = [item for part in parts if (item := part.strip(_EDGES))]
    return [] if len(items) == 1 and items[0].casefold() in _NOTHING else items


def _text(item: Plain) -> str:
    """An item of a list of data: text as it is, anything else as JSON, 2.0 as 2."""
    if isinstance(item, str):
        return item.strip()
    if isinstance(item, float) and item.is_integer():
        item = int(item)
    return json.dumps(item, ensure_ascii=False, sort_keys=True)
