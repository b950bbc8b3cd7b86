"""The text of a script: where its strings, comments, expressions and declarations are."""

import re


class CodeText(str):
    """Code in the place of a value: known by its class, never run."""

    __slots__ = ()


BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
NAME = re.compile(r"[A-Za-z_$][\w$]*")
_DECLARED = re.compile(
    r"(?:export\s+)?(?:const|let|var)\s+(?P<name>[A-Za-z_$][\w$]*)\s*(?::[^=;{}]+)?=(?![=>])\s*"
)
_JSON_IMPORT = re.compile(
    r"import\s+(?:\*\s+as\s+)?(?P<name>[A-Za-z_$][\w$]*)\s+from\s+(?=['\"]\.[^'\"]+\.json['\"])"
)
_EXPORTED = re.compile(
    r"(?:module\.exports\s*=(?![=>])|exports\.default\s*=|export\s+default\b)\s*"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<braced>[\da-fA-F]{1,6})\}|u(?P<four>[\da-fA-F]{4})|x(?P<two>[\da-fA-F]{2})"
    r"|(?P<one>.))",
    re.DOTALL,
)
_STRING = {
    quote: re.compile(
        rf"{quote}(?P<inner>[^{quote}\\\n]*(?:\\.[^{quote}\\\n]*)*){quote}", re.DOTALL
    )
    for quote in "'\""
} | {"`": re.compile(r"`(?P<inner>[^`\\]*(?:\\.[^`\\]*)*)`", re.DOTALL)}
_PATTERN = re.compile(r"/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_OPENING, _CLOSING = "([{", ")]}"


def read_string(text: str, place: int) -> tuple[str, int] | None:
    """The string that begins here, as it is written, and where it ends; None if it has no end."""
    found = _STRING[text[place]].match(text, place)
    if found is None:
        return None
    inner = found["inner"]
    if text[place] == "`":
        inner = re.sub(r"\$\{process\.env\.(\w+)\}", r"{{ env.\1 }}", inner)
    return _ESCAPE.sub(_unescaped, inner), found.end()


_ENVIRONMENT = re.compile(
    r"process\.env\.(?P<name>[A-Za-z_]\w*)!?"
    r"(?:\s*(?:\|\||\?\?)\s*(?P<other>(['\"])[^'\"\\\n]*\3))?"
)


def read_environment(text: str, place: int) -> tuple[str, int] | None:
    """A variable of the environment as a template has it, and where it ends; None for all else."""
    found = _ENVIRONMENT.match(text, place)
    if found is None:
        return None
    other = f" | default({found['other']})" if found["other"] else ""
    return f"{{{{ env.{found['name']}{other} }}}}", found.end()


def filled_names(text: str, place: int, end: int) -> list[str]:
    """What is filled into the string between two places: names, and "" for all other code."""
    if text[place] != "`":
        return []
    inner = re.findall(r"(?<!\\)\$\{([^}]*)\}?", text[place:end])
    inner = [each for each in inner if not re.fullmatch(r"process\.env\.\w+", each)]
    return [each.strip() if NAME.fullmatch(each) else "" for each in inner]


def _unescaped(match: re.Match[str]) -> str:
    code = match["braced"] or match["four"] or match["two"]
    if code is None:
        return _ESCAPES.get(match["one"], match["one"])
    return chr(min(int(code, 16), 0x10FFFF))


def after_expression(text: str, place: int, *, ends_at_line: bool = False) -> int:
    """Where an expression ends: at a comma, semicolon or what closes, outside of all brackets.

    With `ends_at_line` also at an empty line or a line that begins a statement.
    """
    depth = 0
    while place < len(text):
        skipped = _skip(text, place)
        if skipped > place:
            place = skipped
            continue
        character = text[place]
        if depth == 0 and (character in ",;" or character in _CLOSING):
            return place
        if ends_at_line and depth == 0 and character == "\n" and _is_statement(text, place):
            return place
        depth += (character in _OPENING) - (character in _CLOSING)
        place += 1
    return place


def _is_statement(text: str, place: int) -> bool:
    """Whether what follows a line's end is no part of the expression before."""
    found = BLANK.match(text, place)
    rest = found.end() if found else place
    return rest >= len(text) or text[rest] not in ".+-*/?:&|=<>,)]}"


def _skip(text: str, place: int) -> int:
    """Behind a string, comment or pattern that begins here; else the place itself."""
    character = text[place]
    if character in _STRING:
        found = _STRING[character].match(text, place)
        return found.end() if found else place
    if text.startswith(("//", "/*"), place):
        blank = BLANK.match(text, place)
        return blank.end() if blank else place
    if character == "/" and text[max(0, place - 40) : place].rstrip(" \t")[-1:] in (
        "",
        "(",
        ",",
        "=",
        ":",
        "[",
        "!",
        "&",
        "|",
    ):
        found = _PATTERN.match(text, place)
        return found.end() if found else place
    return place


def declarations(text: str, place: int = 0, end: int | None = None) -> dict[str, int]:
    """The names that a script's top declares with a value, and where the values begin.

    With `place` and `end` those of a function's body.
    """
    return {name: at for name, at in _statements(text, place, end) if name}


def exported(text: str) -> int | None:
    """Where the value begins that the script exports, or None."""
    return next((place for name, place in _statements(text) if not name), None)


def without_texts(text: str) -> str:
    """A script of the same length with blanks in place of its strings, comments and patterns."""
    kept, place = list(text), 0
    while place < len(text):
        skipped = _skip(text, place)
        kept[place:skipped] = " " * (skipped - place)
        place = max(skipped, place + 1)
    return "".join(kept)


def returned(text: str, place: int) -> tuple[int, int, int] | None:
    """What the function that begins here gives back, where it has one `return` outside of blocks.

    The places of the value and of the function's body with its end; None for all else.
    """
    head = _FUNCTION.match(text, place)
    if head is None:
        return None
    if head["arrow"] and text[head.end() : head.end() + 1] != "{":
        return head.end(), head.end(), head.end()
    end = after_expression(text, head.end() + 1)
    while text[end : end + 1] not in ("}", ""):
        end = after_expression(text, end + 1)
    found = _returns(text, head.end() + 1, end)
    return (found[0], head.end() + 1, end) if len(found) == 1 else None


def _returns(text: str, place: int, end: int) -> list[int]:
    """Where the values begin that a function's body gives back, outside of blocks."""
    bare, depth, found = without_texts(text[place:end]), 0, []
    for match in re.finditer(r"[(\[{]|[)\]}]|(?<![\w$.])return\b\s*", bare):
        if depth == 0 and match[0].startswith("return"):
            found.append(place + match.end())
        depth += (match[0] in _OPENING) - (match[0] in _CLOSING)
    return found


_FUNCTION = re.compile(
    r"(?:\(\s*)?(?:async\s+)?(?:function\b\s*[\w$]*\s*\([^()]*\)(?:\s*:\s*[\w$<>, ]+)?"
    r"|\([^()]*\)(?:\s*:\s*[\w$<>, ]+)?\s*(?P<arrow>=>))\s*"
)


def _statements(text: str, start: int = 0, end: int | None = None) -> list[tuple[str, int]]:
    """Names and places of values at the top of a script; what is exported has no name."""
    found: list[tuple[str, int]] = []
    depth, place = 0, start
    while place < (len(text) if end is None else end):
        skipped = _skip(text, place)
        if skipped > place:
            place = skipped
            continue
        if depth == 0 and (place == start or not re.match(r"[\w$.]", text[place - 1])):
            statement = _EXPORTED.match(text, place)
            named = _DECLARED.match(text, place) or _JSON_IMPORT.match(text, place)
            if statement or named:
                match = statement or named
                assert match is not None
                found.append((named["name"] if named else "", match.end()))
                place = match.end()
                continue
        depth += (text[place] in _OPENING) - (text[place] in _CLOSING)
        place += 1
    return found
