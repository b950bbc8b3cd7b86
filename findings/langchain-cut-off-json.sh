#!/usr/bin/env bash
# langchain-classic 1.0.8: an answer cut off at the token limit is equal to the whole one, and 1250 cut to 12 is a refund of 12.
#
# `JsonEqualityEvaluator` completes what is cut off before it compares: without its last bracket an answer
# is equal to its reference, and of a text or a number as much counts as was there. `JsonValidityEvaluator`
# of the same package gives the same answers 0. langchain-core 1.8.3 reads them so for a program, too:
# `PydanticOutputParser` makes an object of type `Refund` of `{"order": "W7", "refund": 12`, which was
# going to be 1250, and raises nothing. promptci completes nothing that it reads as JSON: `json_equal` and
# its kin fail both, and `truncated: error` takes an answer that ended at its limit for none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install langchain-classic==1.0.8 langchain-core==1.8.3 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/cut.py" <<'PYTHON'
"""One answer, whole and cut off at two places, as three readers take it."""
import sys
from importlib.metadata import version

from langchain_classic.evaluation import JsonEqualityEvaluator, JsonValidityEvaluator
from langchain_core.output_parsers import PydanticOutputParser
from pydantic import BaseModel


class Refund(BaseModel):
    order: str
    refund: int


WHOLE = '{"order": "W7", "refund": 1250}'
CASES = [
    (WHOLE, WHOLE, (True, 1, 1250)),
    (WHOLE[:-1], WHOLE, (True, 0, 1250)),
    (WHOLE[:-3], WHOLE, (False, 0, 12)),
    (WHOLE[:-3], '{"order": "W7", "refund": 12}', (True, 0, 12)),
]

print(f"langchain-classic {version('langchain-classic')}, langchain-core {version('langchain-core')}")
found = []
for answer, reference, _ in CASES:
    equal = JsonEqualityEvaluator().evaluate_strings(prediction=answer, reference=reference)["score"]
    valid = JsonValidityEvaluator().evaluate_strings(prediction=answer)["score"]
    refund = PydanticOutputParser(pydantic_object=Refund).parse(answer).refund
    found.append((equal, valid, refund))
    print(f"{answer}\n  equal to {reference}: {equal}; valid JSON: {valid}; a refund of {refund}")
sys.exit(0 if found == [expected for *_, expected in CASES] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/cut.py"
