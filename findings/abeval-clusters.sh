#!/usr/bin/env bash
# abeval 0.1.0: `ci --cluster-key` does nothing where all scores are 0 and 1; a 0.999 among them makes the interval five times as wide.
#
# Ten documents with twenty questions each, all right or all wrong by the document, are ten observations.
# Passes and failures are looked for before clusters: the interval is that of 200 independent answers, 0.43 to
# 0.57, the same as without the option. Where one pass is written as 0.999 the clusters count, and it is from
# 0.14 to 0.86; so it is with `--bootstrap`, which is not drawn then. promptci's intervals
# and tests go by the `cluster` of examples, for scores of 0 and 1 as for others.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install abeval==0.1.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/clusters.py" <<'PYTHON'
"""Intervals of the same answers with and without their documents, as the command gives them."""
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(sys.argv[1])
DOCUMENTS, QUESTIONS = 10, 20


def interval(a_pass, *options):
    rows = [
        {"id": f"{document}-{question}", "document": document, "score": float(document % 2)}
        for document in range(DOCUMENTS)
        for question in range(QUESTIONS)
    ]
    rows[-1]["score"] = a_pass
    results = FOLDER / "results.jsonl"
    results.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, "-m", "abeval", "ci", str(results), "--json", *options]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return round(found["lo"], 2), round(found["hi"], 2), found["method"]


print(f"abeval {version('abeval')}; {DOCUMENTS} documents of {QUESTIONS} questions, half of them all right")
alone = interval(1.0)
named = interval(1.0, "--cluster-key", "document")
nearly = interval(0.999, "--cluster-key", "document")
drawn = interval(1.0, "--cluster-key", "document", "--bootstrap")
for name, found in (
    ("0 and 1", alone),
    ("0 and 1, clusters named", named),
    ("one of them 0.999, clusters named", nearly),
    ("0 and 1, clusters named, --bootstrap", drawn),
):
    print(f"{name}: from {found[0]} to {found[1]}, {found[2]}")
wide = (0.14, 0.86)
sys.exit(0 if alone == named and alone[:2] == (0.43, 0.57) and nearly[:2] == drawn[:2] == wide else 1)
PYTHON
"$folder/venv/bin/python" "$folder/clusters.py" "$folder"
