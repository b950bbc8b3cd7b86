"""Handlebars as Dotprompt has it, in Jinja: conditions, loops, names, and partials written out."""

import re
from collections.abc import Callable

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.parsing.source import Mark, excerpt

Partial = Callable[[str], tuple[str, Mark] | None]
"""Gives the text of a partial and where it begins; None where there is none of that name."""

_TAG = re.compile(
    r"(?P<kept>\\\{\{.*?\}\})|\{\{\{?~?\s*(?P<tag>[^{}]*?)\s*~?\}?\}\}|(?P<sign>\{[%#])", re.DOTALL
)
_ALONE = re.compile(r"^[ \t]*(\{\{~?\s*(?:[#/][^{}]*|else\b[^{}]*)~?\}\})[ \t]*(?:\n|\Z)", re.M)
"""A tag of a block that has a line to itself, which Handlebars takes away whole."""
_OPEN = re.compile(r"#(if|unless|each)\s+([\w.]+)")
_EQUALS = re.compile(r"""#(ifEquals|unlessEquals)\s+([\w.]+)\s+([\w.]+|"[^"\\]*"|'[^'\\]*')""")
"""Dotprompt's own blocks, which compare with `===`: a name, and a name, a text or a number."""
_ELSE = re.compile(r"else(?:\s+if\s+([\w.]+))?")
_NAME = re.compile(r"(json\s+)?([\w.]+)")
_PARTIAL = re.compile(r">\s*([\w./-]+)")
_MOST_NESTED = 10
"""Partials inside each other."""


class _Reader(Struct):
    """One text while it is read; `open` are the blocks that are not closed yet."""

    mark: Mark
    losses: list[Fault]
    partial: Partial
    inside: tuple[str, ...] = ()
    in_each: bool = False
    open: list[str] = field(default_factory=list)

    def read(self, text: str) -> str:
        return _TAG.sub(lambda found: self._tag(found, text), _ALONE.sub(r"\1", text))

    def _tag(self, found: re.Match[str], text: str) -> str:
        if found["kept"] is not None:
            return _raw(found["kept"][1:])
        if found["sign"] is not None:
            return _raw(found["sign"])
        tag = found["tag"]
        written = self._block(tag) or self._partial(tag) or self._named(tag)
        if written:
            return written
        place = Mark(self.mark.path, self.mark.line + text.count("\n", 0, found.start()), 1)
        cure = "write it as a part, `{image: …}`" if tag.startswith("media ") else "write it out"
        self.losses.append(place.fault(f"`{excerpt(found[0])}` is not carried: {cure}"))
        return _raw(found[0])

    def _block(self, tag: str) -> str:
        opened, other = _OPEN.fullmatch(tag), _ELSE.fullmatch(tag)
        compared = _EQUALS.fullmatch(tag)
        if compared:
            self.open.append(compared[1])
            test = f"{self._inside(compared[2])} == {self._value(compared[3])}"
            return f"{{% if {'' if compared[1] == 'ifEquals' else 'not '}{test} %}}"
        if opened:
            name = self._inside(opened[2])
            self.open.append(opened[1])
            return {
                "if": f"{{% if {name} %}}",
                "unless": f"{{% if not {name} %}}",
                "each": f"{{% for item in {name} %}}",
            }[opened[1]]
        if other and self.open:
            return f"{{% elif {self._inside(other[1])} %}}" if other[1] else "{% else %}"
        if tag.startswith("/") and self.open and tag[1:].strip() == self.open[-1]:
            return "{% endfor %}" if self.open.pop() == "each" else "{% endif %}"
        return ""

    def _named(self, tag: str) -> str:
        found = _NAME.fullmatch(tag)
        if not found or found[2] == "else":
            return ""
        return f"{{{{ {self._inside(found[2])}{' | tojson' if found[1] else ''} }}}}"

    def _partial(self, tag: str) -> str:
        found = _PARTIAL.fullmatch(tag)
        if not found or found[1] in self.inside or len(self.inside) >= _MOST_NESTED:
            return ""
        there = self.partial(found[1])
        if there is None:
            return ""
        text, mark = there
        inside, in_each = (*self.inside, found[1]), self.in_each or "each" in self.open
        return _Reader(mark, self.losses, self.partial, inside, in_each).read(text)

    def _value(self, text: str) -> str:
        """What is compared with: a text, a number or a truth value as it is, else a name."""
        is_plain = text[0] in "\"'" or text in ("true", "false") or text.isdecimal()
        return text if is_plain else self._inside(text)

    def _inside(self, name: str) -> str:
        """A name where it is used: inside `each` names are those of the item."""
        if not (self.in_each or "each" in self.open):
            return name
        return re.sub(r"^this\b", "item", name) if name.startswith("this") else f"item.{name}"


def as_jinja(text: str, mark: Mark, losses: list[Fault], partial: Partial) -> str:
    """Handlebars that begins at `mark` as Jinja; what is not carried is a loss, sent as written.

    Blocks on lines of their own take the line with them, and what Jinja would read and Handlebars
    does not, such as `{%` or an escaped `\\{{`, is kept as text.
    """
    return _Reader(mark, losses, partial).read(text)


def _raw(text: str) -> str:
    return f"{{% raw %}}{text}{{% endraw %}}"
