#!/usr/bin/env bash
# baml-py 0.226.3: "Not true" is read as true, "Hamburger" as HAM, and 1,50 EUR as 150.
#
# Where an answer is no JSON, BAML looks in its text for what fits the type. A truth or the value of an enum
# may be a part of a word, and what denies it is not seen: "Not true" and "untrue" are true, "Not SPAM at all" is
# SPAM. A comma is taken out of a number, so that 1,5 is 15; 2.5 items are 3; of [1, 2, x] the last is
# dropped without a word. Two values named are refused, so nobody is warned of one. promptci's
# `yes_no` and `classification` take whole words that are not denied, and its JSON scorers only JSON.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install baml-py==0.226.3 pydantic==2.12.5 typing-extensions==4.15.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
mkdir "$folder/baml_src"
cat >"$folder/baml_src/main.baml" <<'BAML'
client<llm> Nobody {
  provider openai
  options {
    model "none-is-asked"
    api_key "none"
  }
}
generator target {
  output_type "python/pydantic"
  output_dir "../"
  version "0.226.3"
  default_client_mode sync
}
enum Label {
  SPAM
  HAM
}
function IsTrue(text: string) -> bool {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function Classify(text: string) -> Label {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function Amount(text: string) -> float {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function Items(text: string) -> int {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
function Rows(text: string) -> int[] {
  client Nobody
  prompt #"{{ text }} {{ ctx.output_format }}"#
}
BAML
cat >"$folder/parse.py" <<'PYTHON'
"""Answers as the generated client parses them; no model is asked."""
import sys
from importlib.metadata import version

from baml_client import b

REFUSED = "refused"
CASES = [
    ("IsTrue", "true", True),
    ("IsTrue", "Not true", True),
    ("IsTrue", "untrue", True),
    ("IsTrue", "not false", False),
    ("IsTrue", "true or false", REFUSED),
    ("Classify", "Not SPAM at all", "SPAM"),
    ("Classify", "Hamburger", "HAM"),
    ("Classify", "HAM, not SPAM", REFUSED),
    ("Amount", "$1,250.50", 1250.5),
    ("Amount", "1,50 EUR", 150.0),
    ("Items", "2.5", 3),
    ("Rows", "[1, 2, x]", [1, 2]),
]


def parsed(function, text):
    try:
        value = getattr(b.parse, function)(text)
    except Exception:
        return REFUSED
    return getattr(value, "value", value)


print(f"baml-py {version('baml-py')}")
same = True
for function, text, expected in CASES:
    found = parsed(function, text)
    same &= found == expected and type(found) is type(expected)
    print(f"{function} {text!r}: {found}")
sys.exit(0 if same else 1)
PYTHON
cd "$folder"
"$folder/venv/bin/baml-cli" generate >"$folder/baml.log" 2>&1 || { cat "$folder/baml.log"; exit 2; }
BAML_LOG=off "$folder/venv/bin/python" "$folder/parse.py"
