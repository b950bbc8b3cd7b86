"""Scorers described for people, from what reads and judges: names, options, examples."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from msgspec import NODEFAULT, UNSET, Struct, inspect, to_builtins

from promptci.digest import canonical_json
from promptci.parsing.kinds import choices, in_words, written_value
from promptci.scorers.base.options import Options
from promptci.scorers.registry.catalogue import ALIASES, MODULES, SCORERS

PROMPTS = "judges"
"""The folder with the prompts of judges, each called as its scorer."""


class Option(Struct, frozen=True):
    """One option: `kind` and `default` in words, the latter empty where nothing is set.

    `inner` are the keys of a mapping, or of those in a list.
    """

    name: str
    kind: str
    default: str
    description: str
    is_required: bool = False
    inner: tuple["Option", ...] = ()


class Described(Struct, frozen=True):
    """One scorer. `options` are its own; those that every scorer takes are `common()`."""

    name: str
    module: str
    summary: str
    example: str
    shorthand: str
    version: int
    is_format: bool
    options: tuple[Option, ...]
    aliases: tuple[str, ...] = ()
    prompt: str = ""


def described(name: str) -> Described:
    """The scorer of a name or alias. Raises `KeyError` if there is none."""
    meant, _ = ALIASES.get(name, (name, {}))
    scorer = SCORERS[meant]
    shared = {option.name: option for option in common()}
    own = tuple(each for each in _options(scorer.options) if shared.get(each.name) != each)
    return Described(
        name=meant,
        module=next(module for module, names in MODULES.items() if meant in names),
        summary=scorer.summary,
        example=scorer.example,
        shorthand=scorer.shorthand,
        version=scorer.version,
        is_format=scorer.is_format,
        options=_in_order(own, scorer.options, scorer.shorthand),
        aliases=tuple(alias for alias, (other, _) in ALIASES.items() if other == meant),
        prompt=_prompt(meant),
    )


def everything() -> Iterator[tuple[str, tuple[Described, ...]]]:
    """Every scorer, below the subject of its module, in the catalogue's order."""
    for module, names in MODULES.items():
        yield subject(module), tuple(map(described, names))


def subject(module: str) -> str:
    """What the scorers of a module are about: the first line of its docstring."""
    doc = import_module(f"promptci.scorers.{module}").__doc__ or module
    return doc.partition("\n")[0].rstrip(".")


@cache
def common() -> tuple[Option, ...]:
    """The options that every scorer takes."""
    return _options(Options)


def _in_order(options: tuple[Option, ...], shape: type[Options], main: str) -> tuple[Option, ...]:
    """The main option first, then a scorer's own before those that it shares with others."""
    depths = {
        name: depth
        for depth, cls in reversed(list(enumerate(shape.__mro__)))
        for name in getattr(cls, "__annotations__", ())
    }
    return tuple(sorted(options, key=lambda each: (each.name != main, depths.get(each.name, 0))))


def _options(shape: type[Struct]) -> tuple[Option, ...]:
    info = inspect.type_info(shape)
    assert isinstance(info, inspect.StructType)
    return tuple(map(_option, info.fields))


def _option(field: inspect.Field) -> Option:
    return Option(
        name=field.encode_name,
        kind=kind_in_words(field.type),
        default=_default(field),
        description=description_of(field.type),
        is_required=field.required,
        inner=tuple(_inner(field.type)),
    )


def description_of(kind: inspect.Type) -> str:
    """What `Meta` says of a type."""
    if isinstance(kind, inspect.Metadata):
        said = (kind.extra_json_schema or {}).get("description", "")
        return said or description_of(kind.type)
    return ""


def kind_in_words(kind: inspect.Type) -> str:
    """What a type takes: `text or a list`, `a number from 0 to 1`."""
    bare = [each for each in _members(kind) if not isinstance(each, inspect.NoneType)]
    if any(isinstance(each, inspect.AnyType) for each in bare):
        return "any value"
    if len(bare) == 1:
        return f"{in_words((bare[0],))}{_bounds(bare[0])}"
    words = list(dict.fromkeys(word for each in bare for word in _words(each)))
    if "a number" in words and "a whole number" in words:
        words.remove("a whole number")
    return f"{', '.join(words[:-1])} or {words[-1]}" if words[1:] else words[0]


def _words(kind: inspect.Type) -> list[str]:
    """One of several kinds in words: `true`, `false`, `` `lower` ``, `a list`."""
    if isinstance(kind, inspect.BoolType):
        return ["true", "false"]
    if isinstance(kind, inspect.LiteralType | inspect.EnumType):
        return [f"`{written_value(each)}`" for each in choices(kind)]
    return [in_words((kind,))]


def _members(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        yield from _members(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _members(each)
    else:
        yield kind


def _bounds(kind: inspect.Type) -> str:
    if not isinstance(kind, inspect.IntType | inspect.FloatType):
        return ""
    low = f" from {kind.ge:g}" if kind.ge is not None else ""
    low = f" above {kind.gt:g}" if kind.gt is not None else low
    high = f" to {kind.le:g}" if kind.le is not None else ""
    return low + (f" below {kind.lt:g}" if kind.lt is not None else high)


def _inner(kind: inspect.Type) -> Iterator[Option]:
    """The keys of the first mapping of a known shape in a type."""
    for member in _members(kind):
        items = _members(member.item_type) if isinstance(member, inspect.ListType) else [member]
        for item in items:
            if isinstance(item, inspect.StructType):
                yield from _options(item.cls)
                return


def _default(field: inspect.Field) -> str:
    default: Any = field.default
    if default is NODEFAULT and field.default_factory is not NODEFAULT:
        default = field.default_factory()
    if default is NODEFAULT or default is UNSET or default is None or default == "":
        return ""
    plain = to_builtins(default)
    if isinstance(plain, float):
        return f"{plain:g}"
    return canonical_json(plain) if isinstance(plain, dict | list) else written_value(plain)


def _prompt(name: str) -> str:
    """The text of a judge's prompt file; empty for scorers that have none."""
    path = files("promptci.scorers.modelgraded") / PROMPTS / f"{name}.yaml"
    return path.read_text("utf-8") if path.is_file() else ""
