"""The JSON Schema of flows: a step is its name, or a block named by its key."""

from typing import Any

import msgspec

from promptci.parsing.shape import shape_schema
from promptci.specs.flows.shapes import ASKED, BLOCKS, REPEATED, FlowFile, FlowStepFile
from promptci.specs.retrieval import RetrieveStepFile

_REF = "#/$defs/{name}"


def flow_schema() -> dict[str, Any]:
    """The schema of `flows/NAME.yaml`."""
    schema = shape_schema(FlowFile, title="A flow of promptci", description="flows/NAME.yaml")
    shapes = [FlowStepFile, *BLOCKS.values()]
    _, found = msgspec.json.schema_components(shapes, ref_template=_REF)
    for key, shape in BLOCKS.items():
        for name, place in found[shape.__name__]["properties"].items():
            if name in ("then", "else", *BLOCKS) and place.get("type") != "object":
                steps = {"$ref": "#/$defs/Steps"}
                is_list_of_lists = key == name == "parallel"
                new = (
                    {"type": "array", "minItems": 1, "items": steps} if is_list_of_lists else steps
                )
                found[shape.__name__]["properties"][name] = new
    short = {_short(kind): _in_one_line(kind, found) for kind in REPEATED}
    unnamed = found[FlowStepFile.__name__] | {"anyOf": [_holds(key) for key in ASKED]}
    own = {"Step": _step(), "Steps": _steps(), "UnnamedStep": unnamed}
    definitions = schema["$defs"] | found | own | short
    definitions["FlowFile"]["properties"]["steps"]["items"] = {"$ref": "#/$defs/Step"}
    return schema | {"$defs": definitions}


def _short(kind: str) -> str:
    return f"Short{kind.title()}"


def _in_one_line(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    """A loop or map of one step, with its own keys in it or beside it."""
    block: dict[str, Any] = found[BLOCKS[kind].__name__]
    step = found[FlowStepFile.__name__]
    own = {key: block["properties"][key] for key in REPEATED[kind]}
    unnamed = step | {
        "properties": step["properties"] | own,
        "anyOf": [_holds(key) for key in ASKED],
    }
    named = {"type": "object", "properties": own, "additionalProperties": _NAMED}
    needed = [key for key in block["required"] if key != kind]
    return block | {
        "properties": {kind: {"anyOf": [unnamed, named]}} | own,
        "required": [kind],
        "allOf": [{"anyOf": [_holds(key), {"properties": {kind: _holds(key)}}]} for key in needed],
    }


def _holds(key: str) -> dict[str, Any]:
    return {"required": [key]}


_NAMED = {"$ref": _REF.format(name=FlowStepFile.__name__)}


def _step() -> dict[str, Any]:
    """A block, or a name with what the step does, or what it asks."""
    names = [*(shape.__name__ for shape in BLOCKS.values()), *map(_short, REPEATED), "UnnamedStep"]
    others = [{"$ref": _REF.format(name=name)} for name in names]
    looks_up = {"$ref": _REF.format(name=RetrieveStepFile.__name__)}
    called_so = {"anyOf": [_NAMED, looks_up]}
    named = {
        "type": "object",
        "properties": {"retrieve": called_so},
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"not": {"enum": list(BLOCKS)}},
        "additionalProperties": _NAMED,
    }
    return {"anyOf": [named, *others]}


def _steps() -> dict[str, Any]:
    step = {"$ref": "#/$defs/Step"}
    return {"anyOf": [{"type": "array", "items": step}, step]}
