#!/usr/bin/env bash
# nervaluate 1.2.1: of two entities that touch, the wrong one counts as a partial match, and F1 goes by the order of a list.
#
# Spans may be given as `{label, start, end}`, as spaCy, Prodigy and most prompts for extraction write
# them, with an end that is the first character behind the entity. nervaluate takes the end for the last one:
# of "20mg" the 20 found in place of the mg, with no character in common, has precision and recall 0.5
# under `partial` and 1.0 under `ent_type`. And a prediction takes the first true
# entity that it overlaps from those that come later in the list: of the answers "Aspirin" and "Aspirin
# Complex", of which the second is right, the strict F1 is 0.0, and 0.67 the other way round.
# promptci has no scorer of spans: extracted values are compared by `json_fields` or `set_f1`, in any order.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install nervaluate==1.2.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/spans.py" <<'PYTHON'
"""Entities by their characters, the end exclusive as in Python's own slices."""
import sys
from importlib.metadata import version

from nervaluate import Evaluator

TEXT = "Take 20mg of Aspirin Complex"


def span(words, label):
    start = TEXT.index(words)
    assert TEXT[start : start + len(words)] == words
    return {"label": label, "start": start, "end": start + len(words)}


def measured(true, predicted):
    found = Evaluator([true], [predicted], tags=["TERM"], loader="dict").evaluate()["overall"]
    return {name: (each.precision, each.recall, round(each.f1, 2)) for name, each in found.items()}


print(f"nervaluate {version('nervaluate')}")
touching = measured([span("mg", "TERM")], [span("20", "TERM")])
apart = measured([span("mg", "TERM")], [span("Take", "TERM")])
print(f"mg wanted, the 20 before it found; precision, recall and F1: {touching}")
print(f"mg wanted, Take found: {apart}")
part, whole = span("Aspirin", "TERM"), span("Aspirin Complex", "TERM")
first, last = (measured([whole], predicted)["strict"][2] for predicted in ([whole, part], [part, whole]))
print(f"Aspirin Complex wanted; strict F1 of it and Aspirin {first}, of Aspirin and it {last}")
expected = {"strict": 0, "exact": 0, "partial": 0.5, "ent_type": 1.0}
same = {name: figures[2] for name, figures in touching.items()} == expected
sys.exit(0 if same and not any(each[2] for each in apart.values()) and (first, last) == (0.67, 0) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/spans.py"
