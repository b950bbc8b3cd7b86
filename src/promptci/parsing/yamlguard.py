"""What no YAML file may hold, refused before it is read."""

import yaml

from promptci.errors import SpecError
from promptci.latepattern import late
from promptci.parsing.source import Mark
from promptci.parsing.yamlerror import explained

MAX_EVENTS = 200_000
"""Keys, values and ends of lists and mappings in one file: 10,000 small rows have 150,000."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
AT_ONCE = 30_000
"""Characters that are read in a few hundredths of a second, whatever they hold."""
_CONTROL = late("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What is not in `c-printable` of YAML 1.2; said by what is allowed, it takes 5 ms to compile."""


def refuse_control_characters(text: str, path: str) -> None:
    """Refuse a character that YAML does not allow, with its place."""
    if text.replace("\n", "").isprintable():  # most are, which is sooner told
        return
    found = _CONTROL.search(text)
    if found:
        line_start = text.rfind("\n", 0, found.start()) + 1
        mark = Mark(path, text.count("\n", 0, found.start()) + 1, found.start() - line_start + 1)
        name = f"U+{ord(found[0]):04X}"
        cure = f'delete it, or write "\\u{ord(found[0]):04X}" in double quotes'
        raise SpecError(
            [mark.fault(f"the control character {name} is not allowed in YAML: {cure}")]
        )


def refuse_too_many(text: str, path: str) -> None:
    """Refuse what would take long to refuse later.

    The parser counts its events in a tenth of the time in which it hands them out, and finds a
    syntax error as fast. One near the beginning is left to the reader, which knows more to say.
    """
    parser = LOADER(text)
    count = getattr(parser, "raw_parse", lambda: 0)  # only libyaml's parser can
    try:
        events = count()
    except yaml.YAMLError as exc:
        place = getattr(exc, "problem_mark", None)
        if place is not None and place.index > AT_ONCE:
            raise SpecError([explained(exc, text, path)]) from None
        return
    finally:
        parser.dispose()
    if events > MAX_EVENTS:
        wrong = f"the file is too large with so many values (over {MAX_EVENTS:,} with their keys)"
        raise SpecError([Mark(path, 1, 1).fault(f"{wrong}: move examples to a .jsonl file")])


def shield_separators(text: str) -> tuple[str, dict[int, str]]:
    """Put placeholders for U+0085, U+2028 and U+2029, and a table that takes them back.

    YAML 1.1, and so the parser, breaks lines there; YAML 1.2 and every editor do not.
    """
    found = [mark for mark in "\x85\u2028\u2029" if mark in text]
    if not found:
        return text, {}
    escapes = text.upper()
    unused = (c for c in range(0xE000, 0xF900) if chr(c) not in text and f"{c:04X}" not in escapes)
    pairs = list(zip(found, unused, strict=False))
    shielded = text.translate({ord(mark): code for mark, code in pairs})
    return shielded, {code: mark for mark, code in pairs}
