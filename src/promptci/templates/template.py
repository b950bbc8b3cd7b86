"""Strict, logic-less templates: `{{ name }}` is replaced once, in one pass, and nothing else is.

Values are never read as templates, so rendering `{{a}}{{b}}` gives exactly a + b. `\\{{` is a
literal `{{`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from promptci.latepattern import late
from promptci.parsing.source import Plain, excerpt

_PLACEHOLDER = late(r"\\\{\{|\{\{(.*?)\}\}|\{\{", re.DOTALL)
_NAME = late(r"[^\W\d][\w-]*(?:\.[\w-]+)*")
_LOOSE = late(rf"\{{\{{\s*({_NAME.pattern})\s*\}}\}}")


MOST_RENDERED = 10_000_000
"""Characters that a template may become; no model reads as many."""

_BLOCK = late(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)


class TemplateError(ValueError):
    """A template that cannot be read, or a variable that is not there; the message says which."""


class Text(Protocol):
    """A text that variables fill in, in whatever language it is written."""

    @property
    def variables(self) -> frozenset[str]:
        """The variables used."""
        ...

    @property
    def is_fixed(self) -> bool:
        """Whether it is the same for all variables."""
        ...

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        ...

    @property
    def source(self) -> str:
        """A text that reads as this one."""
        ...

    def missing(self, variables: Mapping[str, Plain]) -> list[str]:
        """The names that lack a value, each once, in order."""
        ...

    def render(self, variables: Mapping[str, Plain]) -> str:
        """The text filled in. Raises `TemplateError`."""
        ...


class Template(Struct, frozen=True):
    """A text with placeholders, parsed: literals, and the names whose values go between them.

    There is one more literal than names. A name's dots step into mappings.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a template. Raises `TemplateError` for a `{{` that opens no valid name."""
        literals: list[str] = [""]
        names: list[str] = []
        end = 0
        for match in _PLACEHOLDER.finditer(text):
            literals[-1] += text[end : match.start()]
            end = match.end()
            if match[0] == "\\{{":
                literals[-1] += "{{"
                continue
            names.append(_name(text, match))
            literals.append("")
        literals[-1] += text[end:]
        return cls(tuple(literals), tuple(names))

    @classmethod
    def parse_loosely(cls, text: str) -> "Template":
        """Read a template in which whatever is no placeholder is text, an odd `{{` too."""
        pieces = _LOOSE.split(text)
        return cls(tuple(pieces[::2]), tuple(pieces[1::2]))

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to fill in."""
        return not self.names

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return [self.literals, self.names]

    @property
    def blocks(self) -> list[tuple[int, str]]:
        """Blocks and comments of Jinja that are mere text here, with their lines from 1."""
        return [
            (self.source.count("\n", 0, match.start()) + 1, match[0])
            for match in _BLOCK.finditer(self.source)
        ]

    def written_otherwise(self, name: str) -> str:
        """How the text has a name as other template languages write it; else empty."""
        forms = rf"\$\{{\s*{re.escape(name)}\s*\}}|\{{\s*{re.escape(name)}(?:[:!][^{{}}\n]*)?\}}"
        found = (re.search(forms + rf"|%\({re.escape(name)}\)s", text) for text in self.literals)
        return next((match[0] for match in found if match), "")

    @property
    def odd_lines(self) -> list[tuple[int, str]]:
        """The lines with a `{{` that opens no placeholder, from 1, and what is there."""
        found, line = [], 1
        for literal in self.literals:
            for match in re.finditer(r"\{\{[^\n]*", literal):
                found.append((line + literal.count("\n", 0, match.start()), match[0]))
            line += literal.count("\n")
        return found

    @property
    def source(self) -> str:
        """A text that reads as this template."""
        texts = [literal.replace("{{", "\\{{") for literal in self.literals]
        names = [f"{{{{ {name} }}}}" for name in self.names]
        return "".join(part for pair in zip(texts, [*names, ""], strict=True) for part in pair)

    @property
    def variables(self) -> frozenset[str]:
        """The variables used: the first part of each name."""
        return frozenset(name.partition(".")[0] for name in self.names)

    def missing(self, variables: Mapping[str, Plain]) -> list[str]:
        """The names that have no value among these variables, each once, in order."""
        return [name for name in dict.fromkeys(self.names) if not _is_given(name, variables)]

    def render(self, variables: Mapping[str, Plain]) -> str:
        """The text with every placeholder replaced.

        Raises `TemplateError` for a missing one, and for a text that would be too long.
        """
        if len(self.names) != 1:
            return self.around(self.texts(variables))
        before, after = self.literals
        text = _text_of(self.names[0], variables)
        refuse_length(len(before) + len(text) + len(after))
        return f"{before}{text}{after}"

    def length(self, variables: Mapping[str, Plain]) -> int:
        """How many characters the text would have. Raises `TemplateError` for a missing name."""
        return sum(map(len, self.texts(variables))) + sum(map(len, self.literals))

    def texts(self, variables: Mapping[str, Plain]) -> list[str]:
        """The value of each of the names. Raises `TemplateError` for a missing one."""
        if len(self.names) == 1:
            return [_text_of(self.names[0], variables)]
        found = {name: _text_of(name, variables) for name in dict.fromkeys(self.names)}
        return [found[name] for name in self.names]

    def value(self, variables: Mapping[str, Plain]) -> Plain:
        """The value of a lone placeholder, as it is; else the rendered text."""
        if len(self.names) == 1 and not "".join(self.literals).strip():
            return _look_up(self.names[0], variables)
        return self.render(variables)

    def around(self, texts: Iterable[str]) -> str:
        """The literals with these texts between them, one for each name.

        Raises `TemplateError` for a text that would be too long, before it is built.
        """
        pieces = [self.literals[0]]
        for text, literal in zip(texts, self.literals[1:], strict=True):
            pieces += (text, literal)
        refuse_length(sum(map(len, pieces)))
        return "".join(pieces)


def refuse_length(length: int) -> None:
    """Raise `TemplateError` for a text of more characters than may be built."""
    if length > MOST_RENDERED:
        wrong = f"the text would have {length:,} characters, and {MOST_RENDERED:,} are allowed"
        raise TemplateError(f"{wrong}: use shorter variables, or use them less often")


def as_text(value: Plain) -> str:
    """A variable's value as it appears in a prompt: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False).encode
"""As `json.dumps`, which makes an encoder again for each value."""


def _name(text: str, match: re.Match[str]) -> str:
    """The name inside `{{ … }}`, checked."""
    name = (match[1] or "").strip()
    if _NAME.fullmatch(name):
        return name
    line = text.count("\n", 0, match.start()) + 1
    meant = _meant(name)
    raise TemplateError(
        f"`{excerpt(match[0])}` in line {line} of the text is not a placeholder: write "
        f"`{{{{ {meant} }}}}` with letters, digits, `_`, `-` and dots, or "
        "`\\{{` for literal braces"
    )


def _meant(inside: str) -> str:
    """The name that what is inside `{{ … }}` has in Mustache, Handlebars or Jinja."""
    if not inside.startswith(tuple("{#/^>&!")) and "|" not in inside:
        return "name"
    names = _NAME.findall(inside.partition("|")[0])
    return str(names[-1]) if names else "name"


def _look_up(name: str, variables: Mapping[str, Plain]) -> Plain:
    """The value at a dotted name."""
    scope: Mapping[str, Plain] = variables
    value: Plain = None
    for step in name.split("."):
        if step not in scope:
            raise TemplateError(f"the variable `{name}` is not given")
        value = scope[step]
        scope = value if isinstance(value, dict) else {}
    return value


def _text_of(name: str, variables: Mapping[str, Plain]) -> str:
    value = None if "." in name else variables.get(name)
    return value if isinstance(value, str) else as_text(_look_up(name, variables))


def _is_given(name: str, variables: Mapping[str, Plain]) -> bool:
    try:
        _look_up(name, variables)
    except TemplateError:
        return False
    return True
