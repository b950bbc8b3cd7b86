"""Configurations in JavaScript or TypeScript, as far as they are data: read, never run."""

import re
from typing import Final

from msgspec import Struct, field

from promptci.errors import Fault, SpecError
from promptci.importers.promptfoo.scriptchanges import later_changes
from promptci.importers.promptfoo.scriptplaces import ScriptPlaces
from promptci.importers.promptfoo.scripttext import (
    NAME,
    CodeText,
    after_expression,
    declarations,
    exported,
    filled_names,
    read_environment,
    read_string,
    returned,
)
from promptci.parsing.source import MAX_DEPTH, Mark, Node, decode, excerpt

MAX_VALUES = 200_000
_LARGEST = 2_000_000
_NUMBER = re.compile(r"[+-]?(?:0[xX][\da-fA-F]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\b")
_WORDS: Final = {"true": True, "false": False, "null": None, "undefined": None}
_IMPORTED = re.compile(r"\bfrom\s+$")
_QUOTED_PATH = (
    r"(?:path\.(?:join|resolve)\(\s*(?:__dirname\s*,\s*)?)?['\"](?P<path>[^'\"\\]+)['\"]\)?"
)
_FILES = tuple(
    re.compile(pattern)
    for pattern in (
        r"require\(\s*['\"](?P<path>\.[^'\"\\]+\.json)['\"]\s*\)",
        rf"(?:JSON\.parse\(\s*)?(?:fs\.)?readFileSync\(\s*{_QUOTED_PATH}[^()]*\)"
        r"(?:\.toString\(\))?\s*\)?(?:\.trim\(\))?",
    )
)


class _Code(Exception):
    """An expression is no data."""


def load_script(data: bytes, path: str, losses: list[Fault]) -> Node:
    """What a script exports, with its places; parts that are code are left out, each a loss.

    Raises `SpecError` where the whole is made by code.
    """
    if len(data) > _LARGEST:
        raise SpecError([Mark(path).fault("the script is over 2 MB: move its data to a file")])
    reader = _ScriptReader(ScriptPlaces(decode(data, path), path), losses)
    start = exported(reader.text)
    place = reader.places.mark(start or 0)
    cure = "save what it makes as promptfooconfig.json"
    if start is None:
        raise SpecError([place.fault(f"it exports no configuration that is data: {cure}")])
    try:
        node, _ = reader.value(reader.inside(start), 1)
    except _Code:
        wrong = "the configuration is made by code, which is not run"
        raise SpecError([place.fault(f"{wrong}: {cure}")]) from None
    for at, statement in later_changes(reader.text, reader.used):
        wrong = f"`{excerpt(statement)}` changes the configuration by code, which is not run"
        losses.append(reader.places.mark(at).fault(f"{wrong}: write the value where it begins"))
    return node


class _ScriptReader(Struct):
    """Reads literals of one script; names have the values that they were given at its top."""

    places: ScriptPlaces
    losses: list[Fault]
    text: str = ""
    names: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    _open: set[str] = field(default_factory=set)
    _count: int = 0
    _root: int = 0
    _in_prompts: bool = False

    def __post_init__(self) -> None:
        self.text = self.places.text
        self.names = declarations(self.text)

    def inside(self, place: int) -> int:
        """Where the value begins that a function gives back which begins here; else the place."""
        name = NAME.match(self.text, place)
        if name and name[0] in self.names:
            place = self.names[name[0]]
        found = returned(self.text, place)
        if found is None:
            return place
        start, body, end = found
        self.names |= declarations(self.text, body, end)
        return start

    def value(self, place: int, depth: int) -> tuple[Node, int]:
        """The value that begins here, and where it ends. Raises `_Code` if it is no data."""
        place = self.places.blank(place)
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise SpecError(
                [self.places.mark(place).fault("nested too deep or too large: flatten it")]
            )
        node, end = self._one(place, depth)
        while isinstance(node.value, str) and self.places.at(end) == "+":
            more, end = self._one(self.places.blank(self.places.blank(end) + 1), depth)
            if not isinstance(more.value, str):
                raise _Code
            node = Node(node.value + more.value, node.mark)
        return node, self.places.behind_type(end)

    def _one(self, place: int, depth: int) -> tuple[Node, int]:
        character = self.text[place : place + 1]
        if character in ("'", '"', "`") and character:
            return self._string(place, depth)
        if character == "[":
            return self._list(place, depth)
        if character == "{":
            return self._mapping(place, depth)
        if character == "(":
            node, end = self.value(place + 1, depth + 1)
            return node, self.places.expect(end, ")")
        return self._word(place, depth)

    def _string(self, place: int, depth: int) -> tuple[Node, int]:
        read = read_string(self.text, place)
        if read is None:
            raise _Code
        written, end = read
        for name in filled_names(self.text, place, end):
            node = self._named(name, depth) if name else None
            if node is None or not isinstance(node.value, str):
                raise _Code
            written = written.replace(f"${{{name}}}", node.value, 1)
        return Node(written, self.places.mark(place)), end

    def _word(self, place: int, depth: int) -> tuple[Node, int]:
        for pattern in _FILES:
            if found := pattern.match(self.text, place):
                return Node(f"file://{found['path']}", self.places.mark(place)), found.end()
        if number := _NUMBER.match(self.text, place):
            written = number[0].replace("_", "")
            is_whole = re.fullmatch(r"[+-]?\d+", written)
            value = int(written, 16) if "x" in written.lower() else float(written)
            return Node(int(written) if is_whole else value, self.places.mark(place)), number.end()
        if taken := read_environment(self.text, place):
            return Node(taken[0], self.places.mark(place)), taken[1]
        name = NAME.match(self.text, place)
        if name is None:
            raise _Code
        if name[0] in _WORDS:
            return Node(_WORDS[name[0]], self.places.mark(place)), name.end()
        return self._named(name[0], depth), name.end()

    def _named(self, name: str, depth: int) -> Node:
        """What a name at the top of the script was given."""
        if name not in self.names or name in self._open:
            raise _Code
        self._open.add(name)
        self.used.add(name)
        try:
            start = self.names[name]
            node, end = self.value(start, depth + 1)
            if _IMPORTED.search(self.text, max(0, start - 20), start):
                return Node(f"file://{node.value}", node.mark)
            if self.places.blank(end) < after_expression(self.text, start, ends_at_line=True):
                raise _Code
            return node
        finally:
            self._open.discard(name)

    def _list(self, place: int, depth: int) -> tuple[Node, int]:
        found: list[Node] = []
        mark, place = self.places.mark(place), self.places.blank(place + 1)
        while self.places.at(place) != "]":
            is_spread = self.text.startswith("...", place)
            node, place = self._part(place + 3 * is_spread, depth)
            if node is not None and is_spread and isinstance(node.value, list):
                found += node.value
            elif node is not None and is_spread:
                self._lose(node.mark, "`...` of something that is no list")
            elif node is not None:
                found.append(node)
            place = self.places.next(place, "]")
        return Node(found, mark), self.places.blank(place) + 1

    def _mapping(self, place: int, depth: int) -> tuple[Node, int]:
        values: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        self._root = self._root or depth
        mark, place = self.places.mark(place), self.places.blank(place + 1)
        while self.places.at(place) != "}":
            if self.text.startswith("...", place):
                node, place = self._part(place + 3, depth)
                if node is not None and isinstance(node.value, dict):
                    values |= node.value
                    keys |= node.keys
            else:
                key, at, node, place = self._pair(place, depth)
                if node is None and depth == self._root and key in ("tests", "scenarios"):
                    node = Node([], at)  # without the key each prompt would be asked once
                if node is not None:
                    values[key], keys[key] = node, at
            place = self.places.next(place, "}")
        return Node(values, mark, keys), self.places.blank(place) + 1

    def _pair(self, place: int, depth: int) -> tuple[str, Mark, Node | None, int]:
        """A key and its value, which is None where it is code."""
        mark = self.places.mark(place)
        quoted = read_string(self.text, place) if self.text.startswith(("'", '"'), place) else None
        name = NAME.match(self.text, place)
        key = quoted[0] if quoted else name[0] if name else ""
        end = self.places.blank(quoted[1] if quoted else name.end() if name else place)
        before = self._in_prompts
        is_prompts = key == "prompts" and depth == self._root
        self._in_prompts = is_prompts or (before and key in ("raw", "id", "function"))
        try:
            is_pair = key and self.places.at(end) == ":"
            node, end = self._part(end + 1 if is_pair else place, depth)
        finally:
            self._in_prompts = before
        return key, mark, node, end

    def _part(self, place: int, depth: int) -> tuple[Node | None, int]:
        """A value inside of a list or mapping up to its end; None, and a loss, where it is code."""
        place = self.places.blank(place)
        end = after_expression(self.text, place)
        before = len(self.losses)
        try:
            node, after = self.value(place, depth + 1)
            if self.places.blank(after) == self.places.blank(end):
                return node, end
        except _Code:
            pass
        del self.losses[before:]
        code = " ".join(self.text[place:end].split())
        if self._in_prompts:  # a prompt whose text is to be written replaces it
            return Node(CodeText(code), self.places.mark(place)), end
        self._lose(self.places.mark(place), f"`{excerpt(code.replace('`', ''))}`")
        return None, end

    def _lose(self, mark: Mark, what: str) -> None:
        self.losses.append(mark.fault(f"{what} is code, which is not run: write the value"))
