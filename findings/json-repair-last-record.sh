#!/usr/bin/env bash
# json-repair 0.64.6: of three orders written line by line the last is left, and all three where one has a note.
#
# Objects that follow each other with no comma are taken for new versions of one where their fields have
# the same names and kinds of values: of JSON lines, of two fenced blocks and of "one is {…} and another {…}"
# only the last object comes back, as if the answer had held one. Let one of them have a field more and all
# come back, as a list; of two lists the last, where they are equally long. A figure without quotes ends
# where it stops to be one: 1 250.00 is 1 and 9:30 is 9. dspy, CrewAI and others read models' answers with it.
# promptci's JSON scorers take such an answer for no JSON, and say where it goes on behind the first object.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install json-repair==0.64.6 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/records.py" <<'PYTHON'
"""Answers with several JSON values, and with figures in the forms that people write."""
import sys
from importlib.metadata import version

import json_repair

PEN, INK = '{"item": "pen", "count": 1}', '{"item": "ink", "count": 2}'
CAP = '{"item": "cap", "count": 3, "note": "blue"}'
CASES = [
    (f"{PEN}\n{INK}\n{PEN}", {"item": "pen", "count": 1}),
    (f"One is {PEN} and another {INK}.", {"item": "ink", "count": 2}),
    (f"```json\n{PEN}\n```\n```json\n{INK}\n```", {"item": "ink", "count": 2}),
    (f"{PEN}\n{CAP}", [{"item": "pen", "count": 1}, {"item": "cap", "count": 3, "note": "blue"}]),
    ("[1, 2]\n[3, 4]", [3, 4]),
    ("[1]\n[2, 3]", [[1], [2, 3]]),
    ('{"total": 1 250.00, "paid": true}', {"total": 1, "paid": True}),
    ('{"from": 9:30, "to": "noon"}', {"from": 9, "to": "noon"}),
]

print(f"json-repair {version('json-repair')}")
same = True
for answer, expected in CASES:
    found = json_repair.loads(answer)
    same &= found == expected
    print(f"{answer!r}: {found}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/records.py"
