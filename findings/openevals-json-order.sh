#!/usr/bin/env bash
# openevals 0.2.2: two records in the other order, `same_elements`, score 0.5 or 0.75.
#
# `create_json_match_evaluator` lets each record of the answer, in turn, take the expected one that it has
# most values in common with, the first of equals: a wrong record that stands first takes the partner of
# the right one behind it, which is then compared with what is left. Where one record is missing, or one
# value wrong, a list of equal records is thus scored by its order, although `same_elements` says that
# the order does not count; `superset` gives both 0.75. All pairs are looked at only where all match.
# In promptci `unordered: true` pairs the largest number of items that there is, so that no score goes by the
# order; a list with a wrong record is wrong as a whole.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install openevals==0.2.2 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/records.py" <<'PYTHON'
"""The same two records, both ways round, against what is expected, in three modes."""
import os
import sys
from importlib.metadata import version

os.environ["LANGSMITH_TRACING"] = "false"

from openevals.json.match import create_json_match_evaluator

WANTED = [{"shop": "Berlin", "price": 9}, {"shop": "Berlin", "price": 3}]
RIGHT, WRONG = {"shop": "Berlin", "price": 9}, {"shop": "Berlin", "price": 2}
EXPECTED = {"same_elements": (0.75, 0.5), "subset": (0.75, 0.5), "superset": (0.75, 0.75)}


def score(records, mode):
    judge = create_json_match_evaluator(
        aggregator="average", list_aggregator="average", list_match_mode=mode
    )
    return judge(outputs=records, reference_outputs=WANTED)[0]["score"]


print(f"openevals {version('openevals')}")
same = True
for mode, expected in EXPECTED.items():
    found = score([RIGHT, WRONG], mode), score([WRONG, RIGHT], mode)
    same &= found == expected
    print(f"{mode}: right record first {found[0]}, wrong record first {found[1]}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/records.py"
