"""What the templates of OpenAI's graders name: fields of an item, and parts of the sample."""

import re
from collections.abc import Mapping

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.parsing.source import Mark, Plain, excerpt

_STEP = r"(?:\.\w+|\[\d+\]|\['[^'\]]+'\]|\[\"[^\"\]]+\"\])"
_PLACE = re.compile(rf"\{{\{{-?\s*(item|sample)({_STEP}+)\s*-?\}}\}}")
_STEPS = re.compile(r"\.(\w+)|\[(\d+)\]|\['([^'\]]+)'\]|\[\"([^\"\]]+)\"\]")
_TAKEN = frozenset(("output", "completion"))
"""Names that scorers have for the answer itself."""

_Path = tuple[str | int, ...]


class Graded(Struct, frozen=True):
    """The answer, or the part of its JSON at a path, or the name of the tool that it calls."""

    json: str = ""
    is_tool: bool = False


class Terms(Struct):
    """The fields of items that graders and prompt use, as variables.

    `recorded` is the field that holds the answer to be graded, where items hold it and no sample
    is named. `paths` says of each variable where in an item its value is; `references` are the
    fields that answers are compared with.
    """

    losses: list[Fault]
    recorded: str = ""
    paths: dict[str, _Path] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)

    def graded(self, text: str) -> Graded | None:
        """What of the answer a template is that names nothing else; None for all others."""
        found = _PLACE.fullmatch(text.strip())
        if found is None:
            return None
        steps = _steps(found[2])
        if found[1] == "item":
            return Graded() if self.recorded and steps == (self.recorded,) else None
        if steps == ("output_text",):
            return Graded()
        if steps[0] == "output_json" and len(steps) > 1:
            return Graded(json=_jmespath(steps[1:]))
        if steps == ("output_tools", 0, "function", "name"):
            return Graded(is_tool=True)
        return None

    def names_sample(self, text: str) -> bool:
        """Whether a template shows something of the answer."""
        return any(
            found[1] == "sample" or _steps(found[2])[0] == self.recorded
            for found in _PLACE.finditer(text)
        )

    def json_of(self, text: str) -> list[str]:
        """The paths of the answer's JSON that a template shows, "" for all of the answer."""
        shown = [_steps(found[2]) for found in _PLACE.finditer(text) if found[1] == "sample"]
        return [
            _jmespath(steps[1:]) if steps[0] == "output_json" else ""
            for steps in shown
            if steps[0] in ("output_text", "output_json")
        ]

    def of_item(self, text: str, mark: Mark) -> str:
        """A template in ours; what is neither a field nor the answer is a loss, and sent as is."""
        out, end = [], 0
        for found in _PLACE.finditer(text):
            out += [self._literal(text[end : found.start()], mark), self._name(found, mark)]
            end = found.end()
        return "".join([*out, self._literal(text[end:], mark)])

    def _name(self, found: re.Match[str], mark: Mark) -> str:
        steps = _steps(found[2])
        if found[1] == "item":
            return "{{ output }}" if steps == (self.recorded,) else f"{{{{ {self._take(steps)} }}}}"
        if steps[0] in ("output_text", "output_json"):
            return "{{ output }}"
        wrong = "is not carried: only the answer's text is"
        self.losses.append(mark.fault(f"`{excerpt(found[0])}` {wrong}"))
        return found[0].replace("{{", "\\{{")

    def _take(self, steps: _Path) -> str:
        """The variable for a field, with the names below it."""
        first = str(steps[0])
        if first not in _TAKEN and all(
            isinstance(step, str) and step.isidentifier() for step in steps
        ):
            self.paths[first] = (first,)
            return ".".join(map(str, steps))
        name = re.sub(r"\W", "_", "_".join(map(str, steps)))
        name = f"item_{name}" if name in _TAKEN or not name[:1].isalpha() else name
        self.paths[name] = steps
        return name

    def _literal(self, text: str, mark: Mark) -> str:
        for odd in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", text, re.DOTALL):
            wrong = "names no field of an item and is sent as it is: correct it"
            self.losses.append(mark.fault(f"`{excerpt(odd)}` {wrong}"))
        return text.replace("{{", "\\{{")

    def variables(self, item: Mapping[str, Plain]) -> dict[str, Plain]:
        """The variables of an item, in its order; those that it lacks are left out."""
        found: dict[str, Plain] = {}
        place = {name: at for at, name in enumerate(item)}
        paths = sorted(self.paths.items(), key=lambda path: place.get(str(path[1][0]), len(place)))
        for name, steps in paths:
            value: Plain = dict(item)
            for step in steps:
                value = _step(value, step)
                if value is _MISSING:
                    break
            else:
                found[name] = value
        return found


_MISSING: Plain = "\ue0f3"


def _step(value: Plain, step: str | int) -> Plain:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step, _MISSING)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return _MISSING


def _steps(path: str) -> _Path:
    return tuple(
        int(found[2]) if found[2] else found[1] or found[3] or found[4]
        for found in _STEPS.finditer(path)
    )


def _jmespath(steps: _Path) -> str:
    """https://jmespath.org/specification.html: bare names, others in quotes, indexes."""
    out = ""
    for step in steps:
        if isinstance(step, int):
            out += f"[{step}]"
        else:
            bare = re.fullmatch(r"[A-Za-z_]\w*", step, re.ASCII)
            out += ("." if out else "") + (step if bare else f'"{step}"')
    return out


def fields_named(texts: str) -> list[str]:
    """The first names of all fields of an item in a text, in order, each once."""
    return list(
        dict.fromkeys(
            str(_steps(found[2])[0]) for found in _PLACE.finditer(texts) if found[1] == "item"
        )
    )


def is_sample_named(texts: str) -> bool:
    """Whether a text names a part of the sample."""
    return any(found[1] == "sample" for found in _PLACE.finditer(texts))


TO_WRITE = "TODO"
"""The text of a field until a person writes it."""


def drafted_item(texts: str) -> dict[str, Plain]:
    """An item with all the fields that a text names, each to be written yet."""
    item: dict[str, Plain] = {}
    for found in _PLACE.finditer(texts):
        if found[1] == "item":
            steps = _steps(found[2])
            _merge(item, str(steps[0]), _drafted(steps[1:]))
    return item


def _drafted(steps: _Path) -> Plain:
    if not steps:
        return TO_WRITE
    inner = _drafted(steps[1:])
    if isinstance(steps[0], int):
        return [inner] * (min(steps[0], _MOST_LISTED) + 1)
    return {steps[0]: inner}


_MOST_LISTED = 20


def _merge(into: dict[str, Plain], name: str, value: Plain) -> None:
    there = into.get(name)
    if isinstance(there, dict) and isinstance(value, dict):
        for key, each in value.items():
            _merge(there, key, each)
    elif name not in into or not isinstance(value, str):
        into[name] = value
