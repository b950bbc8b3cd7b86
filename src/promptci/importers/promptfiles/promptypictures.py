"""Pictures of a Prompty file: what Prompty sends as one is a part that names its file.

Prompty 0.1.50 sends the pictures of Markdown; 2.1.0 sends those as text, and inputs of the kind
`image` as pictures wherever they are. A file is read as the version of its form sends it.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from promptci.importers.chatprompts import MessagePiece
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain

_FIRST_MODEL = frozenset(("api", "configuration", "parameters"))
_SECOND_MODEL = frozenset(("id", "provider", "apiType", "connection", "options"))
_PICTURE = r"!\[[^\]\n]*\]\((?P<target>[^)\n]*)\)"
_VARIABLE = re.compile(r"\{\{-?\s*(\w+)\s*-?\}\}")
_FILES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


class Pictures(Struct):
    """The pictures of one file; `values` are those of its sample, `names` inputs that are pictures.

    `by_markdown` says whether Markdown makes a picture, as in the first version's files. `taken`
    are the variables that name a picture, with the part that an example gives for each.
    """

    sources: Sources
    path: str
    values: Mapping[str, Plain]
    names: frozenset[str]
    by_markdown: bool = True
    taken: dict[str, Plain] = field(default_factory=dict)

    def pieces(self, text: str, mark: Mark) -> list[MessagePiece]:
        """The texts and the pictures of a message, each where it begins."""
        found: list[MessagePiece] = []
        start = 0
        for at in self._found(text):
            part = self._part(at)
            if part is not None:
                found += [
                    *_text(text, start, at.start(), mark),
                    (part, _line(text, at.start(), mark)),
                ]
                start = at.end()
        return [*found, *_text(text, start, len(text), mark)]

    def left(self, text: str, role: str, mark: Mark) -> Iterator[tuple[str, Mark]]:
        """The pictures that stay text, each with its place."""
        for at in re.finditer(_PICTURE, text):
            if role != "user" or not self.by_markdown or self._part(at) is None:
                yield at[0], _line(text, at.start(), mark)

    def _found(self, text: str) -> Iterator[re.Match[str]]:
        names = "|".join(map(re.escape, sorted(self.names)))
        bare = rf"\{{\{{-?\s*(?:{names})\s*-?\}}\}}"
        forms = [_PICTURE] * self.by_markdown + [bare] * bool(names)
        return re.finditer("|".join(forms) or r"(?!)", text)

    def _part(self, found: re.Match[str]) -> dict[str, Plain] | None:
        """A picture as a part of a message; None where its file is not in the repository."""
        target = found.groupdict().get("target")
        written = found[0] if target is None else target
        target = re.sub(r"\s+\".*", "", written).strip()
        named = _VARIABLE.fullmatch(target)
        if named is None:
            address = self._address(target)
            return None if address is None else {"image": address}
        value = self.values.get(named[1])
        address = self._address(value) if isinstance(value, str) else None
        if address is None:
            return None
        self.taken[named[1]] = {"image": address}
        return {"image": f"{{{{ {named[1]} }}}}"}

    def _address(self, written: str) -> str | None:
        if written.startswith("data:image/") and ";base64," in written:
            return written
        if not written.lower().endswith(_FILES):
            return None
        return self.sources.from_prompts(self.sources.relative(self.path, written))


def _line(text: str, start: int, mark: Mark) -> Mark:
    return Mark(mark.path, mark.line + text.count("\n", 0, start), 1)


def _text(text: str, start: int, end: int, mark: Mark) -> Iterator[MessagePiece]:
    """A text between two pictures, without the white space around it."""
    part = text[start:end]
    if part.strip():
        yield part.strip(), _line(text, end - len(part.lstrip()), mark)


def is_second_version(parts: Mapping[str, Node]) -> bool:
    """Whether a file has the form of Prompty 2 and nothing of the first one's."""
    model = set(_keys(parts.get("model")))
    first = "sample" in parts or not model.isdisjoint(_FIRST_MODEL)
    second = "kind" in parts or not model.isdisjoint(_SECOND_MODEL)
    return second and not first


def _keys(node: Node | None) -> Mapping[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}
