#!/usr/bin/env bash
# continuous-eval 0.3.14.post2: average precision is divided by what was found, and a first tool call that is missing is all of them.
#
# Of four relevant passages one was found, at the first place: `RankedRetrievalMetrics` gives an average
# precision of 1.0, as for all four. What is missed costs nothing and what is found late costs, so that the
# ranking cut after its first place beats itself whole, 0.71. ir-measures 0.4.3, which is trec_eval's
# measure, divides by the relevant ones and has 0.25 and 0.71; so has promptci. And `ToolSelectionAccuracy`
# with `order_sensitive` waits for the first call wanted: without it two right calls of three are 0.0, and 0.67
# without the last. Calls that nobody wanted cost nothing. promptci's `trajectory` with `measure: recall` has 0.67 for both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install continuous-eval==0.3.14.post2 ir-measures==0.4.3 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/found.py" <<'PYTHON'
"""One ranking cut at several depths, and three wanted calls of which one is missing."""
import contextlib
import io
import os
import sys
from importlib.metadata import version

os.environ["CONTINUOUS_EVAL_DO_NOT_TRACK"] = "true"
os.environ["NLTK_DATA"] = sys.argv[1]  # Word lists that it looks for, and that are not needed here.

import ir_measures
from ir_measures import AP

with contextlib.redirect_stderr(io.StringIO()):
    from continuous_eval.metrics.retrieval import RankedRetrievalMetrics
    from continuous_eval.metrics.retrieval.matching_strategy import ExactChunkMatch
    from continuous_eval.metrics.tools.match import ToolSelectionAccuracy

RELEVANT = ["returns", "refunds", "exchange", "warranty"]
RANKING = ["returns", "prices", "refunds", "jobs", "exchange", "shops", "warranty", "press"]
DEPTHS = {1: (1.0, 0.25), 3: (0.83, 0.42), 8: (0.71, 0.71)}
WANTED = ["find_user", "list_orders", "refund"]
MADE = {
    "all": (WANTED, 1.0),
    "without the last": (WANTED[:2], 0.67),
    "without the first": (WANTED[1:], 0.0),
    "all and another nine": ([*WANTED, *["delete_user"] * 9], 1.0),
}


def average_precisions(ranking):
    metrics = RankedRetrievalMetrics(ExactChunkMatch())
    one = metrics.compute(retrieved_context=ranking, ground_truth_context=RELEVANT)["average_precision"]
    places = {document: -place for place, document in enumerate(ranking)}
    other = ir_measures.calc_aggregate([AP], {"q": dict.fromkeys(RELEVANT, 1)}, {"q": places})[AP]
    return round(one, 2), round(other, 2)


def accuracy(made):
    calls = [[{"name": name, "kwargs": {}} for name in names] for names in (made, WANTED)]
    found = ToolSelectionAccuracy(order_sensitive=True).compute(tools=calls[0], ground_truths=calls[1])
    return round(found["score"], 2)


print(f"continuous-eval {version('continuous-eval')}, ir-measures {version('ir-measures')}")
same = True
for depth, expected in DEPTHS.items():
    found = average_precisions(RANKING[:depth])
    same &= found == expected
    hits = sum(document in RELEVANT for document in RANKING[:depth])
    print(f"first {depth}, {hits} of 4 relevant: {found[0]}; ir-measures {found[1]}")
for name, (made, expected) in MADE.items():
    score = accuracy(made)
    same &= score == expected
    print(f"three calls wanted, made {name}: {score}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/found.py" "$folder/nltk"
