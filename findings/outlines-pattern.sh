#!/usr/bin/env bash
# outlines-core 0.2.14: of `pattern: "^yes|no$"` a model may answer only `"yes` or `no"`, which is no JSON.
#
# A schema is made one regular expression, to which the model's tokens are held. A pattern goes in
# without its ^ and $, as it stands between the quotes: its alternatives take one quote each, and a
# dot, a \S or a [^,] takes quotes as well, so that `"a"b"` is allowed by `^.+$`. `allOf` puts its parts
# behind each other: two objects, one after the other. Nothing is said when the expression is made;
# the answer fails where it is read, after it was paid for. llguidance 1.9.1, another maker of
# grammars, takes the same schemas as they are meant, and promptci's local models are held by it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install outlines-core==0.2.14 llguidance==1.9.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/pattern.py" <<'PYTHON'
"""What two grammars let through of schemas, and whether that can be read as JSON."""
import json
import re
import sys
from importlib.metadata import version

from llguidance import LLMatcher, LLTokenizer
from outlines_core.json_schema import build_regex_from_schema


def needs(name):
    return {"type": "object", "properties": {name: {"type": "integer"}}, "required": [name]}


CHOICE = {"type": "string", "pattern": "^yes|no$"}
LINE = {"type": "string", "pattern": "^.+$"}
BOTH = {"allOf": [needs("a"), needs("b")]}
CASES = [
    (CHOICE, '"yes"'),
    (CHOICE, '"no"'),
    (CHOICE, '"yes'),
    (CHOICE, 'no"'),
    (LINE, '"a"b"'),
    (BOTH, '{"a":1,"b":2}'),
    (BOTH, '{"a":1}{"b":2}'),
]
TOKENS = LLTokenizer("byte")


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def by_outlines(schema, text):
    return re.fullmatch(build_regex_from_schema(json.dumps(schema)), text) is not None


def by_llguidance(schema, text):
    matcher = LLMatcher(TOKENS, LLMatcher.grammar_from_json_schema(json.dumps(schema)))
    tokens = TOKENS.tokenize_str(text)
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


print(f"outlines-core {version('outlines-core')}, llguidance {version('llguidance')}")
found = []
for schema, text in CASES:
    found.append((is_json(text), by_outlines(schema, text), by_llguidance(schema, text)))
    print("{:15} JSON: {!s:5}  outlines-core: {!s:5}  llguidance: {!s:5}".format(text, *found[-1]))
turned = all(one is not valid for valid, one, _ in found)
right = all(other is valid for valid, _, other in found)
sys.exit(0 if turned and right else 1)
PYTHON
"$folder/venv/bin/python" "$folder/pattern.py"
