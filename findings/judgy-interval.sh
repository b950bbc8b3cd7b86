#!/usr/bin/env bash
# judgy 0.1.0: a judge that agreed with every label has an interval of no width, from five answers as from five thousand.
#
# `estimate_success_rate` corrects the share of answers that a judge passed by how often it was right
# on labelled ones, and gives an interval for the true pass rate. Only the labels are drawn again; the
# answers without one are taken for all there will ever be. Where the judge made no mistake, 4 of 5
# passed are 0.8, from 0.8 to 0.8; after one mistake of 40, five answers and five thousand have the same
# interval. Of a system that is right in 80 of 100 cases, seen by twenty answers, the interval of 95% holds
# the true rate in 46 of 100 trials. promptci gives a judge's agreement and kappa, each with an interval
# that has a width at full agreement, too, and corrects no score by them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install judgy==0.1.0 numpy==2.3.5 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/interval.py" <<'PYTHON'
"""Intervals of a corrected pass rate, by the number of answers that have no label."""
import random
import sys
from importlib.metadata import version

import numpy
from judgy import estimate_success_rate

LABELS = [1] * 20 + [0] * 20
TRUE_RATE, ANSWERS, TRIALS = 0.8, 20, 100


def estimate(judged, passed, answers):
    numpy.random.seed(1)
    return estimate_success_rate(LABELS, judged, [1] * passed + [0] * (answers - passed), 400)


flawless = LABELS
one_mistake = [0, *LABELS[1:]]
print(f"judgy {version('judgy')}, {len(LABELS)} labels")
found = []
for name, judged in (("no mistake", flawless), ("one mistake", one_mistake)):
    for answers in (5, 5000):
        rate, low, high = estimate(judged, answers * 4 // 5, answers)
        found.append((low, high))
        print(f"{name}, {answers * 4 // 5} of {answers} passed: {rate:.3f}, from {low:.3f} to {high:.3f}")
draw = random.Random(7)
held = 0
for _ in range(TRIALS):
    judged = [label if draw.random() < 0.95 else 1 - label for label in LABELS]
    right = [draw.random() < TRUE_RATE for _ in range(ANSWERS)]
    said = [int(each if draw.random() < 0.95 else not each) for each in right]
    numpy.random.seed(1)
    _, low, high = estimate_success_rate(LABELS, judged, said, 400)
    held += low <= TRUE_RATE <= high
print(f"{ANSWERS} answers, true rate {TRUE_RATE}: the interval of 95% holds it in {held} of {TRIALS}")
none = found[0] == found[1] == (0.8, 0.8)
same = found[2] == found[3]
sys.exit(0 if none and same and held < 80 else 1)
PYTHON
"$folder/venv/bin/python" "$folder/interval.py"
