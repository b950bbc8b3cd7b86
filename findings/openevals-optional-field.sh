#!/usr/bin/env bash
# openevals 0.2.2: an answer equal to its reference fails, where an optional field stands in two of three records.
#
# `create_json_match_evaluator()` gives each field of a list of objects one score over all records. For a
# record without the field a 0 is put in, whether or not the reference has it there: in an answer that is
# the reference, a note at two of three orders is 0, and 2/3 with `list_aggregator="average"`. Where it
# stands at one of the three, nothing is put in, and it is 1; with an `aggregator`, which makes one score
# of all fields, it is 1 as well. In promptci's `json_equal` and its scorers of fields an object without
# a field equals one without it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install openevals==0.2.2 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/fields.py" <<'PYTHON'
"""Orders scored against themselves: the score of their optional note, and of all fields as one."""
import sys
from importlib.metadata import version

from openevals.json import create_json_match_evaluator

ORDERS = [{"sku": "A1", "quantity": 2}, {"sku": "B2", "quantity": 1}, {"sku": "C3", "quantity": 1}]


def scores(notes, **options):
    orders = [order | {"note": "a gift"} if at < notes else order for at, order in enumerate(ORDERS)]
    found = create_json_match_evaluator(**options)(outputs=orders, reference_outputs=orders)
    scored = {one["key"]: round(float(one["score"]), 3) for one in (found if isinstance(found, list) else [found])}
    said = ", ".join(f"{name.removeprefix('json_match:')} {score}" for name, score in sorted(scored.items()))
    print(f"a note at {notes} of 3, {options or 'as it is'}: {said}")
    return scored


print(f"openevals {version('openevals')}, each answer is its own reference")
by_field = [scores(notes).get("json_match:note") for notes in (0, 1, 2, 3)]
averages = [scores(notes, list_aggregator="average").get("json_match:note") for notes in (1, 2, 3)]
together = list(scores(2, aggregator="all").values()) + list(scores(2, aggregator="average").values())
expected = ([None, 1.0, 0.0, 1.0], [1.0, 0.667, 1.0], [1.0, 1.0])
sys.exit(0 if (by_field, averages, together) == expected else 1)
PYTHON
export LANGSMITH_TRACING=false
"$folder/venv/bin/python" "$folder/fields.py"
