"""What the Berkeley Function Calling Leaderboard asks of a call's arguments beside their values.

Its checker goes by the functions' descriptions: what is required must be given, nothing else may
be, and each value must be of the type declared, or of that of the first value which is right
(https://github.com/ShishirPatil/gorilla, `ast_checker.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from promptci.parsing.source import Plain
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.jsontext import NotJSON, read_json
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import shorten

_TYPES: Mapping[str, type] = {
    "integer": int,
    "float": float,
    "number": float,
    "string": str,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "object": dict,
    "any": str,
}


class Function(Struct, frozen=True):
    """What a function takes: its parameters with their schemas, and those that must be given."""

    parameters: Mapping[str, Plain]
    required: tuple[Plain, ...] = ()

    def misfit(self, given: Mapping[str, Plain], wanted: Mapping[str, Plain]) -> str:
        """What is wrong with arguments, by a list of right values for each; else empty."""
        for name in self.required:
            if name not in given:
                return f"`{name}` is required"
        for name, value in given.items():
            if name not in self.parameters:
                return f"there is no parameter {shorten(name, 40)}"
            schema, right = self.parameters[name], wanted.get(name)
            if isinstance(schema, dict) and not _fits(value, schema, right):
                return f"`{name}` is {shorten(value, 40)}, which is no {schema.get('type')}"
        return ""


Functions: TypeAlias = Mapping[str, Function]


Tools: TypeAlias = Annotated[
    str,
    Meta(
        description="with `values: bfcl`, the functions' descriptions by which arguments must be "
        "of the right types, such as `{{ function }}`; those of the prompt without it"
    ),
]
"""What describes the functions."""


def functions_by(values: str, tools: str, binding: ScorerContext) -> Callable[[Subject], Functions]:
    """The functions by which arguments are checked: those of a template, or of the prompt.

    None by any rules but these.
    """
    if tools and values != "bfcl":
        binding.fault("`tools` goes with `values: bfcl`: write that, or delete it", "tools")
    if values != "bfcl":
        return lambda subject: {}
    template = binding.template(tools, "tools") if tools else None

    def found(subject: Subject) -> Functions:
        known: Plain = list(map(dict, subject.tools))
        if template is not None:
            known = template.value(subject.scope)
        if isinstance(known, str):
            try:
                known = read_json(known)
            except NotJSON:
                known = []
        return dict(_functions(known if isinstance(known, list) else [known]))

    return found


def is_of(made: str, wanted: str, values: str) -> bool:
    """Whether a call is of the function wanted, whose dots an endpoint may have made `_`."""
    return made == wanted or (values == "bfcl" and made == wanted.replace(".", "_"))


def misfit(
    known: Functions,
    name: str,
    given: Mapping[str, Plain] | None,
    wanted: Mapping[str, Plain] | None,
) -> str:
    """What is wrong with the arguments of a call by the function's description; else empty."""
    function = known.get(name) or known.get(name.replace(".", "_"))
    if function is None or given is None or wanted is None:
        return ""
    return function.misfit(given, wanted)


def _functions(tools: list[Plain]) -> Iterator[tuple[str, Function]]:
    for tool in tools:
        inner = tool.get("function", tool) if isinstance(tool, dict) else None
        name = inner.get("name") if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or not isinstance(name, str):
            continue
        schema = inner.get("parameters", inner.get("input_schema"))
        if not isinstance(schema, dict):
            continue
        parameters, required = schema.get("properties"), schema.get("required")
        if isinstance(parameters, dict):
            must = tuple(required) if isinstance(required, list) else ()
            yield name, Function(parameters, must)


def _fits(value: Plain, schema: dict[str, Plain], right: Plain) -> bool:
    """Whether a value is of the type declared, or of that of the first right one."""
    items: list[Plain] = right if isinstance(right, list) else [right]
    declared = _TYPES.get(str(schema.get("type")))
    if declared is None:
        return True
    kind = float if declared is float and type(value) is int else type(value)
    inner = schema.get("items")
    nested = _TYPES.get(str(inner.get("type"))) if isinstance(inner, dict) else None
    if kind is declared and isinstance(value, list) and nested is not None:
        return any(not isinstance(each, list) or _alike(value, nested, each) for each in items)
    return kind is declared or kind is _first(items)


def _alike(given: list[Plain], declared: type, right: list[Plain]) -> bool:
    return all(type(item) is declared or type(item) is _first(right) for item in given)


def _first(right: list[Plain]) -> type | None:
    return next((type(each) for each in right if each != ""), None)
