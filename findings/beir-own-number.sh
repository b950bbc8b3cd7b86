#!/usr/bin/env bash
# beir 2.2.0: a document with the number of its query is taken out of the results, for good.
#
# `EvaluateRetrieval.evaluate` strikes from each query's results the document whose id equals the query's,
# meant for queries that are themselves documents. Where both are numbered from 1, query 3 never finds
# document 3: of six answers with the right document first, two are counted as misses. It is struck from the caller's
# own dictionary, so that the MRR of the same results is 1.0 before `evaluate` and 0.667 behind it, and
# `ignore_identical_ids=False` brings nothing back. Of a query without results the two speak differently,
# too: `evaluate` averages over the answered ones, `evaluate_custom` over all that were judged. promptci
# strikes no document, and its averages are over all examples.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# only the measures are run, which need no model
{ "$folder/venv/bin/pip" -q install --no-deps beir==2.2.0 && "$folder/venv/bin/pip" -q install pytrec-eval-terrier==0.5.11 tqdm==4.67.1; } \
  >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/retrieved.py" <<'PYTHON'
"""Six queries that all find their document first, two of them by its own number: what is measured."""
import sys
from importlib.metadata import version

from beir.retrieval.evaluation import EvaluateRetrieval

RELEVANT = {"1": "4", "2": "2", "3": "9", "4": "7", "5": "5", "6": "1"}
judged = {query: {document: 1} for query, document in RELEVANT.items()}


def retrieved(without=()):
    return {query: {document: 0.9, "8": 0.3} for query, document in RELEVANT.items() if query not in without}


def measured(name, results, **options):
    ndcg, _, recall, _ = EvaluateRetrieval.evaluate(judged, results, [1], **options)
    figures = [round(ndcg["NDCG@1"], 3), round(recall["Recall@1"], 3)]
    print(f"{name}: NDCG@1 and recall@1 {figures}")
    return figures


def reciprocal(name, results):
    figure = round(EvaluateRetrieval.evaluate_custom(judged, results, [1], "mrr")["MRR@1"], 3)
    print(f"{name}: MRR@1 {figure}")
    return figure


print(f"beir {version('beir')}: six queries, the right document first for each, twice with the query's own number")
results = retrieved()
found = [reciprocal("before", results)]
found.append(measured("evaluate", results))
found.append(reciprocal("behind", results))
found.append(measured("evaluate again, ignore_identical_ids=False", results, ignore_identical_ids=False))
found.append(measured("new results, ignore_identical_ids=False", retrieved(), ignore_identical_ids=False))
some = retrieved(without=("1", "3", "4"))
found.append(measured("three queries without results, ignore_identical_ids=False", some, ignore_identical_ids=False))
found.append(reciprocal("the same three without results", some))
expected = [1.0, [0.667, 0.667], 0.667, [0.667, 0.667], [1.0, 1.0], [1.0, 1.0], 0.5]
sys.exit(0 if found == expected else 1)
PYTHON
"$folder/venv/bin/python" "$folder/retrieved.py"
