#!/usr/bin/env bash
# autoevals 0.4.1: `ValidJSON(schema=...)`, as its documentation calls it, never looks at the schema,
# and takes the expected answer of each example for one.
#
# The constructor keeps the schema and nothing reads it: any object or list passes. The second argument
# of `eval`, the expectation, arrives where the schema belongs: most golden answers are schemas that
# allow everything, one with a key `type`, such as a kind of ticket, raises `SchemaError`. Texts,
# numbers, booleans and null are JSON and score 0. promptci's `json_schema` takes its schema from the
# eval and leaves the expectation alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install autoevals==0.4.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/schema.py" <<'PYTHON'
"""An answer that breaks a schema, with the schema in both places, and a golden answer in its place."""
import json
import sys
from importlib.metadata import version

from autoevals import ValidJSON

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
ANSWER = '{"age": "old"}'
TICKET = {"type": "refund", "order": 7}

print(f"autoevals {version('autoevals')}")
built = ValidJSON(schema=SCHEMA).eval(ANSWER).score
expected = ValidJSON().eval(ANSWER, SCHEMA).score
print(f"an answer that breaks the schema: {built} where ValidJSON() has it, {expected} where it is expected")
try:
    raised = ""
    ValidJSON(schema=SCHEMA).eval(json.dumps(TICKET), TICKET)
except Exception as error:
    raised = type(error).__name__
print(f"a golden answer with a key `type`: {raised or 'no error'}")
scalars = {text: ValidJSON().eval(text).score for text in ("1", '"text"', "true", "null")}
print(f"JSON that is neither object nor list: {scalars}")
right = (built, expected, raised) == (1, 0, "SchemaError") and not any(scalars.values())
sys.exit(0 if right else 1)
PYTHON
"$folder/venv/bin/python" "$folder/schema.py"
