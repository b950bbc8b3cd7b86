#!/usr/bin/env bash
# stickler-eval 1.0.0: an invoice with another number, date and tax number, and one dollar more, has precision and recall 1.0.
#
# `eval_for` chooses how a field is compared by its name and type: texts such as numbers of invoices and dates
# by letters, of which 0.7 are enough, and figures with a tolerance. INV-1834 matches INV-1234, the 11th of
# June the 1st of May, 1251 dollars 1250; a total of 125 lowers precision and not recall. And an invoice is `matched` by the
# mean of its fields, in which one that is blank on both sides is right: of eight fields one is filled,
# with -100 in place of 100, and it is `matched` with a recall of 0. `explain()` says what was chosen. strands-agents-evals
# scores structured output with it. promptci's `json_fields` compares as JSON does, with a tolerance only
# where one is given, and counts the fields that are expected.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install stickler-eval==1.0.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/invoice.py" <<'PYTHON'
"""Extracted invoices against the true one, with what is chosen for the fields of a plain model."""
import sys
from importlib.metadata import version

from pydantic import BaseModel
from stickler import eval_for


class Invoice(BaseModel):
    number: str | None = None
    date: str | None = None
    vat: str | None = None
    total: float | None = None
    currency: str | None = None
    note: str | None = None
    paid: bool | None = None
    lines: int | None = None


SPEC = eval_for(Invoice)
TRUE = {"number": "INV-1234", "date": "2024-05-01", "vat": "DE100000001", "total": 1250.0}
OTHER = {"number": "INV-1834", "date": "2024-06-11", "vat": "DE100000007", "total": 1251.0}
CASES = [
    ("the true one", TRUE, TRUE, (True, 1.0, 1.0)),
    ("every field another", TRUE, OTHER, (True, 1.0, 1.0)),
    ("a tenth of the total", TRUE, TRUE | {"total": 125.0}, (True, 0.75, 1.0)),
    ("100 wanted, -100 found", {"total": 100.0}, {"total": -100.0}, (True, 0.0, 0.0)),
]

print(f"stickler-eval {version('stickler-eval')}")
chosen = SPEC.explain()
print({name: (chosen[name]["comparator"], chosen[name]["threshold"]) for name in TRUE})
same = True
for name, true, found, expected in CASES:
    result = SPEC.evaluate(Invoice(**true), Invoice(**found))
    figures = result.matched, result.precision, result.recall
    same &= figures == expected
    print(f"{name}: matched {figures[0]}, precision {figures[1]}, recall {figures[2]}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/invoice.py"
