#!/usr/bin/env bash
# azure-ai-evaluation 1.18.10: fidelity orders relevance labels as texts, and 10 weighs less than 3.
#
# `DocumentRetrievalEvaluator` weighs what was found by its label, 2^(label+1) - 1. The weights are dealt
# out to the labels sorted as texts: on a scale from 0 to 10 that is 1, 10, 2, 3 and so on, and the best
# document gets the weight of a 2. Of two documents, labelled 10 and 2, finding the best one alone scores
# lower than finding the other; on a scale to 9 it is as one expects. ndcg@3, beside it, is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install azure-ai-evaluation==1.18.10 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/scale.py" <<'PYTHON'
"""Two documents are relevant, one of them far more: what finding either alone is worth."""
import sys
from importlib.metadata import version

from azure.ai.evaluation import DocumentRetrievalEvaluator


def found(document, best):
    judge = DocumentRetrievalEvaluator(ground_truth_label_min=0, ground_truth_label_max=best)
    wanted = [
        {"document_id": "best", "query_relevance_label": best},
        {"document_id": "weak", "query_relevance_label": 2},
    ]
    retrieved = [{"document_id": document, "relevance_score": 1.0}]
    result = judge(retrieval_ground_truth=wanted, retrieved_documents=retrieved)
    figures = result.get("document_retrieval_properties") or result
    return round(figures["fidelity"], 3), round(figures["ndcg@3"], 3)


print(f"azure-ai-evaluation {version('azure-ai-evaluation')}")
figures = {}
for best in (9, 10):
    weights = {label: 2 ** (label + 1) - 1 for label in (best, 2)}
    by_hand = round(weights[best] / sum(weights.values()), 3)
    for document, expected in (("best", by_hand), ("weak", round(1 - by_hand, 3))):
        figures[best, document] = fidelity, ndcg = found(document, best)
        label = best if document == "best" else 2
        print(f"labels {best} and 2, found {label}: fidelity {fidelity}, by hand {expected}; ndcg@3 {ndcg}")
right = figures[9, "best"][0] > 0.99 and figures[9, "weak"][0] < 0.01
turned = figures[10, "best"][0] < 0.4 and figures[10, "weak"][0] > 0.6
sys.exit(0 if right and turned else 1)
PYTHON
"$folder/venv/bin/python" "$folder/scale.py"
