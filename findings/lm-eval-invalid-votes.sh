#!/usr/bin/env bash
# lm_eval 0.4.13: in `majority_vote` samples without an answer vote together, and can win.
#
# The published task `gsm8k_cot_self_consistency` reads each of its samples by a regular expression and
# then takes the majority. What is not matched is the text `[invalid]`, which counts as an answer like
# any other: of eight samples three were cut off, two give the right number, and three others give
# three numbers. `[invalid]` is the answer, and the example is wrong. In promptci such a sample has no vote.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install lm_eval==0.4.13 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/vote.py" <<'PYTHON'
"""The filters of the published task, as it names them, over eight samples of one question."""
import sys
from importlib.metadata import files, version

import yaml
from lm_eval.filters import build_filter_ensemble

NAME = "lm_eval/tasks/gsm8k/gsm8k-cot-self-consistency.yaml"
SAMPLES = [
    "He has 3 boxes of 12, so 3 * 12 = 36, and then",
    "3 * 12 = 36, less 4 is 32. The answer is 32",
    "First, count the boxes. There are three of them, each of which",
    "12 * 3 = 36. The answer is 36",
    "36 - 4 = 32. The answer is 32",
    "Each box holds twelve, so we need to find how many",
    "12 + 3 = 15. The answer is 15",
    "12 - 4 = 8. The answer is 8",
]

print(f"lm_eval {version('lm_eval')}")
[path] = [file for file in files("lm_eval") if str(file) == NAME]
task = yaml.safe_load(path.read_text())
voted = {}
for each in task["filter_list"]:
    if not any(step["function"] == "majority_vote" for step in each["filter"]):
        continue
    steps = [(step["function"], {k: v for k, v in step.items() if k != "function"}) for step in each["filter"]]
    answers = [SAMPLES]
    for build in build_filter_ensemble(each["name"], steps).filters:
        answers = list(build().apply(answers, [{}]))
    voted[each["name"]] = answers[0]
    print(f"{each['name']}: 2 of 8 samples say 32, 3 say nothing, 3 say 36, 15 and 8; the vote: {answers[0]}")
sys.exit(0 if voted and set(voted.values()) == {"[invalid]"} else 1)
PYTHON
"$folder/venv/bin/python" "$folder/vote.py"
