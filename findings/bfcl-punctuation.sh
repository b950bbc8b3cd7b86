#!/usr/bin/env bash
# bfcl_eval 2026.3.23: a call with `x/2` is right where the question asks for the area under x^2.
#
# Before texts are compared, the checker of the Berkeley Function Calling Leaderboard takes spaces and
# ,./-_*^ out of both, so that dates and names may be punctuated as one likes. In an argument that holds
# a formula those are the operators: `x**2`, `x*2`, `x/2` and `x-2` are all `x2`. Seen on a question of
# the published set; texts with a sign or a decimal point lose those in the same way. promptci's
# `values: bfcl` is of these rules, `values: admissible` compares texts as they are.
#
# The checker needs none of the clients that the package brings; of their table of models, which loads
# them all, it asks only whether a model's functions may have dots in their names.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-deps bfcl-eval==2026.3.23 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/punctuation.py" <<'PYTHON'
"""A published question with its published answers, and calls that integrate other functions."""
import json
import sys
import types
from importlib.metadata import files, version

models = types.ModuleType("bfcl_eval.constants.model_config")
models.MODEL_CONFIG_MAPPING = {"any": types.SimpleNamespace(underscore_to_dot=False)}
sys.modules[models.__name__] = models

from bfcl_eval.constants.enums import Language
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

ID = "simple_python_13"


def line(name):
    [path] = [file for file in files("bfcl-eval") if str(file) == f"bfcl_eval/data/{name}"]
    [found] = [row for row in map(json.loads, path.read_text().splitlines()) if row["id"] == ID]
    return found


question = line("BFCL_v4_simple_python.json")
answers = line("possible_answer/BFCL_v4_simple_python.json")["ground_truth"]
[[asked]] = question["question"]
print(f"bfcl_eval {version('bfcl-eval')}, {ID}: {asked['content']}")
print(f"right by the set: {answers[0]['calculate_area_under_curve']['function']}")
found = {}
for function in ("x**2", "x*2", "x/2", "x-2", "x+2", "x**3"):
    call = {"calculate_area_under_curve": {"function": function, "interval": [1.0, 3.0]}}
    verdict = ast_checker(question["function"], [call], answers, Language.PYTHON, "simple_python", "any")
    found[function] = verdict["valid"]
    print(f"called with {function}: {'right' if verdict['valid'] else 'wrong'}")
sys.exit(0 if list(found.values()) == [True, True, True, True, False, False] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/punctuation.py"
