"""The JSON Schema of flows: a step is its name, or a block told by its key."""

from typing import Any

import msgspec

from promptci.parsing.shape import shape_schema
from promptci.specs.flows.shapes import BLOCKS, FlowFile, FlowStepFile
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
    definitions = schema["$defs"] | found | {"Step": _step(), "Steps": _steps()}
    definitions["FlowFile"]["properties"]["steps"]["items"] = {"$ref": "#/$defs/Step"}
    return schema | {"$defs": definitions}


def _step() -> dict[str, Any]:
    """A block, or a name with what the step does."""
    blocks = [{"$ref": _REF.format(name=shape.__name__)} for shape in BLOCKS.values()]
    looks_up = {"$ref": _REF.format(name=RetrieveStepFile.__name__)}
    called_so = {"anyOf": [{"$ref": "#/$defs/FlowStepFile"}, looks_up]}
    named = {
        "type": "object",
        "properties": {"retrieve": called_so},
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"not": {"enum": list(BLOCKS)}},
        "additionalProperties": {"$ref": "#/$defs/FlowStepFile"},
    }
    return {"anyOf": [named, *blocks]}


def _steps() -> dict[str, Any]:
    step = {"$ref": "#/$defs/Step"}
    return {"anyOf": [{"type": "array", "items": step}, step]}
