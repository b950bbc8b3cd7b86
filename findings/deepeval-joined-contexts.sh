#!/usr/bin/env bash
# deepeval 4.3.1: contexts that `save_as("jsonl")` wrote come back in pieces where one of them has a `|`.
#
# In a file of JSON Lines a golden's `context` and `retrieval_context`, which are lists, are written as
# one text joined by `|`, and `add_goldens_from_jsonl_file` cuts it at each. A Markdown table becomes ten
# contexts, none of which holds a row; nothing is said. As JSON the list is kept. promptci's importer
# leaves such a text whole.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install deepeval==4.3.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/contexts.py" <<'PYTHON'
"""A golden with a Markdown table and a sentence as its context, saved and read in two formats."""
import os
import sys
import tempfile
from importlib.metadata import version

os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"

from deepeval.dataset import EvaluationDataset, Golden

TABLE = "| plan | price |\n| --- | --- |\n| basic | 9 |"
SENTENCE = "Prices are in euros."

print(f"deepeval {version('deepeval')}")
found = {}
with tempfile.TemporaryDirectory() as folder:
    golden = Golden(input="What does basic cost?", context=[TABLE, SENTENCE])
    for kind in ("json", "jsonl"):
        path = EvaluationDataset(goldens=[golden]).save_as(kind, folder, "goldens")
        again = EvaluationDataset()
        getattr(again, f"add_goldens_from_{kind}_file")(path)
        found[kind] = again.goldens[0].context
        print(f"{kind}: {len(golden.context)} contexts were written, {len(found[kind])} are read")
        print(f"    {found[kind]}")
pieces = [*TABLE.split("|"), SENTENCE]
sys.exit(0 if found == {"json": [TABLE, SENTENCE], "jsonl": pieces} else 1)
PYTHON
"$folder/venv/bin/python" "$folder/contexts.py"
