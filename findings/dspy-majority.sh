#!/usr/bin/env bash
# dspy 3.4.1: `majority` answers -12 where one of five says so, and never A where others say B.
#
# Completions are counted by SQuAD's form of them, without punctuation and articles: -12 and 12 are one
# vote, as are 1.5 and 15, or 3/4 and 34, and the winner is the first completion of that form. Three
# right 12s bring out the -12 that came before them. A, being an article, is an empty text and has no
# vote: of nine A's and one B, B wins. In promptci a vote counts answers without regard to case and
# spaces, nothing else.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install dspy==3.4.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/vote.py" <<'PYTHON'
"""Votes of several completions, as self-consistency takes them."""
import os
import sys
from collections import Counter
from importlib.metadata import version

os.environ["DSPY_CACHEDIR"] = sys.argv[1]

import dspy

VOTES = [
    (["-12", "12", "12", "12", "7"], "-12"),
    (["1.5", "15", "15", "2"], "1.5"),
    (["3/4", "34", "34", "7"], "3/4"),
    (["A"] * 9 + ["B"], "B"),
    (["B"] * 9 + ["C"], "B"),
]

print(f"dspy {version('dspy')}")
found = []
for said, _ in VOTES:
    won = dspy.majority([{"answer": answer} for answer in said]).answer
    found.append(won)
    counts = ", ".join(f"{number} say {answer}" for answer, number in Counter(said).items())
    print(f"{counts}: the majority is {won}")
sys.exit(0 if found == [won for _, won in VOTES] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/vote.py" "$folder"
