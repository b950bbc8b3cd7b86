#!/usr/bin/env bash
# rouge 1.0.1, rouge-score 0.1.2: an answer that says the same twenty times over has a ROUGE of 1.0 by one, 0.1 by the other.
#
# Both are called ROUGE and imported as such. rouge counts each word and pair of words once, however often
# they come, in `rouge-l` as well: a model that does not stop is as good as one that does, in precision too.
# rouge-score counts them all. In turn its `rougeLsum`, made for lines, does not see their order: the steps
# "switch off, open, take out" the other way round are 1.0, where `rougeL` has 0.45. And a capital letter is
# a fault by the first alone. promptci's figures are those of rouge-score: 0.1 and 0.45, `rouge_l` being
# `rougeL`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install rouge==1.0.1 rouge-score==0.1.2 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/overlap.py" <<'PYTHON'
"""Answers against a reference, as two libraries count what they have in common."""
import sys
from importlib.metadata import version

from rouge import Rouge
from rouge_score.rouge_scorer import RougeScorer

ONCE = "Send the parcel back within 30 days"
STEPS = "Switch off the power.\nOpen the case.\nTake out the battery."
CASES = [
    ("once", ONCE, ONCE, (1.0, 1.0), (1.0, 1.0, 1.0)),
    ("twenty times", " ".join([ONCE] * 20), ONCE, (1.0, 1.0), (0.1, 0.1, 0.1)),
    ("in small letters", ONCE.lower(), ONCE, (0.86, 0.86), (1.0, 1.0, 1.0)),
    ("steps the other way round", "\n".join(STEPS.split("\n")[::-1]), STEPS, (1.0, 1.0), (1.0, 0.45, 1.0)),
]


def by_rouge(answer, reference):
    found = Rouge().get_scores(answer, reference)[0]
    return tuple(round(found[name]["f"], 2) for name in ("rouge-1", "rouge-l"))


def by_rouge_score(answer, reference):
    names = ["rouge1", "rougeL", "rougeLsum"]
    found = RougeScorer(names).score(reference, answer)
    return tuple(round(found[name].fmeasure, 2) for name in names)


print(f"rouge {version('rouge')}, rouge-score {version('rouge-score')}; F1 of 1, L and Lsum")
same = True
for name, answer, reference, expected, others in CASES:
    one, other = by_rouge(answer, reference), by_rouge_score(answer, reference)
    same &= one == expected and other == others
    print(f"{name}: rouge {one[0]}, {one[1]}; rouge-score {other[0]}, {other[1]}, {other[2]}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/overlap.py"
