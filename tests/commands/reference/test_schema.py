"""`promptci schema`: JSON Schemas that accept and refuse what the loader does."""

import json
from functools import cache

import jsonschema
import pytest
import yaml

from projects import EVAL, PROMPT, config, example
from promptci.commands.main import main
from promptci.project.schemas.fileschemas import SCHEMAS
from promptci.scorers.registry.registry import ALIASES, SCORERS
from tables import every_row


def validate(name, document):
    return [error.message for error in validator_of(name).iter_errors(document)]


@cache
def validator_of(name):
    schema = SCHEMAS[name]()
    return jsonschema.validators.validator_for(schema)(schema)


def test_each_is_a_schema():
    """What several hold in common, such as the scorers, is looked at once."""
    looked_at = {}
    for make in SCHEMAS.values():
        schema = make()
        parts = schema.get("$defs", {})
        new = {name: part for name, part in parts.items() if looked_at.get(name) != part}
        jsonschema.validators.validator_for(schema).check_schema({**schema, "$defs": new})
        looked_at |= parts
    assert len(looked_at) > len(SCORERS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_printed(capsys, name):
    assert main(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(SCHEMAS[name]()))


def test_without_a_format_all_are_written(repo, capsys):
    assert main(["schema"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"wrote .promptci/schemas/{name}.json" for name in SCHEMAS
    ]
    written = (repo.path / ".promptci/schemas/eval.json").read_text()
    assert json.loads(written) == json.loads(json.dumps(SCHEMAS["eval"]()))


def test_an_unknown_format_exits_2(capsys):
    assert main(["schema", "poem"]) == 2


@every_row(
    ("name", "text"),
    [
        ("prompt", PROMPT),
        ("eval", EVAL),
        ("eval", "{examples: [{vars: {a: 1}}], scorers: [length: {max: 3, not: true}]}"),
        (
            "eval",
            "{examples: a.csv, scorers: [contains: [a, b], one_of: {values: [x]}, is_json: ]}",
        ),
        ("example", json.dumps(example("a", "Hi", {"x": [1]}, tags=["t"], scorers=["equals"]))),
        ("config", config("http://localhost/v1")),
        ("config", "{scorers: {house: [equals, {use: [other]}]}}"),
        ("eval", "{examples: a.csv, scorers: {use: house}, threshold: 0.8, metrics: {m: equals}}"),
        ("eval", "{examples: a.csv, scorers: [{use: house}, any_of: [equals, {not: is_json}]]}"),
        ("eval", "{examples: a.csv, scorers: [all_of: {scorers: [is_json, length: 3]}]}"),
        ("eval", "{examples: a.csv, scorers: [not: equals, none_of: {contains: x}]}"),
        ("eval", "{examples: a.csv, scorers: [{equals: {only: [a, b], except: c}}]}"),
        ("eval", "{flow: a, examples: a.csv, scorers: [equals], steps: {s: [equals]}}"),
        ("example", "{vars: {}, steps: {s: x}, runs: [t], never: [u]}"),
        ("flow", "{steps: [{a: {prompt: p}}, {b: {text: x}}], output: '{{ b }}'}"),
        (
            "flow",
            "{steps: [{if: {a: {equals: x}}, then: [{b: {prompt: p}}], else: {c: {text: x}}}]}",
        ),
        ("flow", "{steps: [{parallel: [{a: {prompt: p}}, [{b: {prompt: p}}, {c: {text: x}}]]}]}"),
        ("flow", "{steps: [{loop: {a: {prompt: p}}, until: {a: is_json}, at_most: 3}]}"),
        ("flow", "{steps: [{map: [{a: {query: q, data: x.db}}], over: x, at_most: 3}]}"),
        ("flow", "{steps: [{retrieve: {corpus: x}}, {a: {retrieve: {corpus: x, query: q}}}]}"),
    ],
)
def test_what_is_right_is_accepted(name, text):
    assert validate(name, yaml.safe_load(text)) == []


@every_row(
    ("name", "text"),
    [
        ("prompt", "{messages: []}"),
        ("prompt", "{massages: []}"),
        ("eval", "{examples: a.csv, scorers: [equal]}"),
        ("eval", "{examples: a.csv, scorers: [length: {most: 3}]}"),
        ("eval", "{examples: a.csv, scorers: [{length: 3, equals: x}]}"),
        ("eval", "{examples: [{vars: {}, scorers: [equal]}]}"),
        ("example", "{vars: {}, scorers: [equal: x]}"),
        ("config", "{models: {a: {}}}"),
        ("config", "{scorers: {house: [equal]}}"),
        ("eval", "{examples: a.csv, scorers: {use: house, equals: x}}"),
        ("eval", "{examples: a.csv, scorers: [any_of: [equal]]}"),
        ("eval", "{examples: a.csv, scorers: [all_of: {scorers: [{length: {most: 3}}]}]}"),
        ("eval", "{examples: a.csv, threshold: 0}"),
        ("eval", "{flow: a, examples: a.csv, scorers: [equals], steps: {s: [equal]}}"),
        ("flow", "{steps: []}"),
        ("flow", "{steps: [{a: {prompt: p}, b: {prompt: p}}]}"),
        ("flow", "{steps: [{a: {prmpt: p}}]}"),
        ("flow", "{steps: [{loop: {a: {prompt: p}}, until: {a: is_json}}]}"),
        ("flow", "{steps: [{if: {a: {equals: x}}, then: [{b: {promt: p}}]}]}"),
        ("flow", "{steps: [{map: {a: {text: x}}, over: x}]}"),
    ],
)
def test_what_is_wrong_is_refused(name, text):
    assert validate(name, yaml.safe_load(text))


def test_every_scorer_is_offered():
    [names, forms, _] = SCHEMAS["eval"]()["$defs"]["Scorer"]["anyOf"]
    assert set(names["enum"]) == set(forms["properties"]) == {*SCORERS, *ALIASES}


@pytest.mark.parametrize("name", SCHEMAS)
def test_all_references_lead_somewhere(name):
    schema = SCHEMAS[name]()
    text = json.dumps(schema)
    wanted = {part.partition('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}
    assert wanted <= schema["$defs"].keys()
