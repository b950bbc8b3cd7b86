"""JSON Schemas of the file formats, made from the shapes that read the files."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from promptci.atomic import write_text
from promptci.judges.judgeset import JudgeSetFile
from promptci.parsing.shape import shape_schema
from promptci.project.schemas.flowschema import flow_schema
from promptci.project.workspace import STATE
from promptci.scorers.registry.registry import ALIASES, SCORERS, Scorer
from promptci.specs.configshape import ConfigFile
from promptci.specs.evalfile import EvalFile, ExampleFile, UseFile
from promptci.specs.promptfile import PromptFile

SCHEMA_FOLDER = f"{STATE}/schemas"
"""Where editors find them, below the project."""


def prompt_schema() -> dict[str, Any]:
    """The schema of `prompts/NAME.yaml`."""
    return shape_schema(PromptFile, title="A prompt of promptci", description="prompts/NAME.yaml")


def config_schema() -> dict[str, Any]:
    """The schema of `promptci.yaml`."""
    title = "The configuration of promptci"
    return _with_scorers(shape_schema(ConfigFile, title=title, description="promptci.yaml"))


def example_schema() -> dict[str, Any]:
    """The schema of a line of a JSONL file of golden examples."""
    title, description = "A golden example of promptci", "a line of evals/NAME.jsonl"
    return _with_scorers(shape_schema(ExampleFile, title=title, description=description))


def eval_schema() -> dict[str, Any]:
    """The schema of `evals/NAME.yaml`."""
    schema = shape_schema(EvalFile, title="An eval of promptci", description="evals/NAME.yaml")
    return _with_scorers(schema)


def judge_schema() -> dict[str, Any]:
    """The schema of `evals/judges/NAME.yaml`."""
    title = "A judge's golden set of promptci"
    return _with_scorers(
        shape_schema(JudgeSetFile, title=title, description="evals/judges/NAME.yaml")
    )


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "prompt": prompt_schema,
    "flow": flow_schema,
    "eval": eval_schema,
    "example": example_schema,
    "config": config_schema,
    "judge": judge_schema,
}
"""Every file format with the function that makes its schema."""


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema as it is in a file, without the end of its last line."""
    return msgspec.json.format(msgspec.json.encode(schema)).decode()


def write_schemas(root: Path) -> Iterator[str]:
    """Write all schemas; gives their paths below the project."""
    for name, schema in SCHEMAS.items():
        path = f"{SCHEMA_FOLDER}/{name}.json"
        write_text(root / path, schema_text(schema()) + "\n")
        yield path


def _with_scorers(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in which `scorers` are those that there are, each with its own options."""
    named = {name: SCORERS[name] for name in SCORERS}
    named |= {alias: SCORERS[name] for alias, (name, _) in ALIASES.items()}
    shapes = dict.fromkeys(scorer.options for scorer in named.values())
    scorer = {
        "anyOf": [
            {"enum": sorted(named)},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
                "properties": {name: _options(named[name]) for name in sorted(named)},
            },
            {"$ref": "#/$defs/UseFile"},
        ]
    }
    definitions = schema["$defs"] | _definitions(*shapes, UseFile) | {"Scorer": scorer}
    nesting = {scorer.options.__name__ for scorer in named.values() if scorer.nests}
    for shape in ("EvalFile", "ExampleFile", "ConfigFile", "JudgeSetFile", *nesting):
        properties = definitions.get(shape, {}).get("properties", {})
        if "scorers" in properties:
            for items in _lists(properties["scorers"]):
                items["items"] = {"$ref": "#/$defs/Scorer"}
        for items in _lists(properties.get("steps", {})) if shape == "EvalFile" else ():
            items["items"] = {"$ref": "#/$defs/Scorer"}
        if "scorer" in properties:
            properties["scorer"] = {"$ref": "#/$defs/Scorer"}
    return schema | {"$defs": definitions}


def _definitions(*shapes: Any) -> dict[str, Any]:
    """The schemas of shapes and of those inside them, the caller's to change."""
    made: dict[str, Any] = msgspec.json.decode(_components(shapes))
    return made


@cache
def _components(shapes: tuple[Any, ...]) -> bytes:
    """The same, worked out once: it is most of what the schemas of all files take."""
    made = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")[1]
    return msgspec.json.encode(made)


def _lists(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The lists of scorers that a schema allows: itself, an alternative, or what it holds."""
    if schema.get("type") == "array":
        yield schema
    for inner in (*schema.get("anyOf", ()), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from _lists(inner)


def _options(scorer: Scorer) -> dict[str, Any]:
    """What is allowed below a scorer's name: its options, or its main option alone."""
    shape = {"$ref": f"#/$defs/{scorer.options.__name__}"}
    bare = {"type": ["string", "number", "boolean", "array"]}
    forms = [{"type": "null"}, shape, *([bare] if scorer.shorthand else [])]
    if scorer.nests:
        several = {"type": "array", "items": {"$ref": "#/$defs/Scorer"}, "minItems": 1}
        forms = [shape, several, {"$ref": "#/$defs/Scorer"}]
    return {"description": scorer.summary, "anyOf": forms}
