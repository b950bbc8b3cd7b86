#!/usr/bin/env bash
# llama-index-core 0.14.25: five passages of one document have an average precision of 2.5, and beat the right ranking.
#
# `AveragePrecision` and `NDCG` count an id as often as it was retrieved and divide by how many are
# expected: with the ids of documents, of which several passages come back, both go over 1. One of two
# documents, found five times, has 2.5 and 1.81, both documents in the right order 1 and 1; recall in the
# same table says 0.5. A change that splits documents into more passages looks like a better retriever, and a mean over
# queries hides that one of them found nothing. ir-measures 0.4.3, given each document at its best place,
# has 0.5 and 0.61, and so has promptci: an id that comes twice counts where it came first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install llama-index-core==0.14.25 ir-measures==0.4.3 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/rank.py" <<'PYTHON'
"""Three rankings against two relevant documents, as two libraries measure them."""
import sys
from importlib.metadata import version

import ir_measures
from ir_measures import AP, nDCG
from llama_index.core.evaluation.retrieval.metrics import NDCG, AveragePrecision, Recall

WANTED = ["returns", "faq"]
CASES = [
    ("both documents", ["returns", "faq"], (1.0, 1.0, 1.0), (1.0, 1.0)),
    ("one of them in five passages", ["returns"] * 5, (0.5, 2.5, 1.81), (0.5, 0.61)),
    ("one of them in one passage", ["returns"], (0.5, 0.5, 0.61), (0.5, 0.61)),
    ("neither", ["prices", "shops"], (0.0, 0.0, 0.0), (0.0, 0.0)),
]


def by_llama_index(ranking):
    measures = (Recall(), AveragePrecision(), NDCG())
    found = (each.compute(expected_ids=WANTED, retrieved_ids=ranking) for each in measures)
    return tuple(round(each.score, 2) for each in found)


def by_ir_measures(ranking):
    places = {document: -place for place, document in reversed(list(enumerate(ranking)))}
    wanted = {"q": dict.fromkeys(WANTED, 1)}
    found = ir_measures.calc_aggregate([AP, nDCG], wanted, {"q": places})
    return round(found[AP], 2), round(found[nDCG], 2)


print(f"llama-index-core {version('llama-index-core')}, ir-measures {version('ir-measures')}")
same, sums = True, []
for name, ranking, theirs, others in CASES:
    one, other = by_llama_index(ranking), by_ir_measures(ranking)
    same &= (one, other) == (theirs, others)
    sums.append(one[1])
    print(f"{name}: recall {one[0]}, average precision {one[1]}, NDCG {one[2]}; ir-measures {other[0]}, {other[1]}")
mean = (sums[1] + sums[3]) / 2
print(f"mean average precision of the second and the last: {mean}")
sys.exit(0 if same and mean > 1 else 1)
PYTHON
"$folder/venv/bin/python" "$folder/rank.py"
