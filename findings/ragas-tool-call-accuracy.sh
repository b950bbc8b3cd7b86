#!/usr/bin/env bash
# ragas 0.4.3: `ToolCallAccuracy` gives 0 where a call is missing, and 1.0 where an argument is too many.
#
# Its docstring says that a length mismatch applies a proportional penalty, and a warning at run time says
# that only the first calls are compared. But the names of all calls, as one list, must be equal first:
# three of four right calls score 0.0 in either order mode, as four wrong ones do. Within a call only
# the arguments of the reference are looked at: a refund with `amount: 9000` that nobody asked for is
# right. promptci's `tool_calls_f1` gives each call its share, and an argument too many is a wrong call.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install ragas==0.4.3 \
  'langchain-community==0.3.31' 'langchain-openai==0.3.35' 'langchain==0.3.30' >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/calls.py" <<'PYTHON'
"""Four calls that are wanted; three of them made, one too many, one with an argument too many."""
import asyncio
import sys
import warnings
from importlib.metadata import version

from ragas.messages import AIMessage, HumanMessage, ToolCall
from ragas.metrics.collections import ToolCallAccuracy

NAMES = ("find_user", "list_orders", "refund", "notify")
WANTED = [ToolCall(name=name, args={"id": 7}) for name in NAMES]
MADE = {
    "all four": WANTED,
    "three of four": WANTED[:3],
    "all four and one more": [*WANTED, ToolCall(name="notify", args={"id": 7})],
    "all four, one with an amount": [
        *WANTED[:2], ToolCall(name="refund", args={"id": 7, "amount": 9000}), WANTED[3]
    ],
}

print(f"ragas {version('ragas')}")
found = {}
for name, calls in MADE.items():
    talk = [HumanMessage(content="Refund order 7."), AIMessage(content="", tool_calls=calls)]
    for strict in (True, False):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            metric = ToolCallAccuracy(strict_order=strict)
            score = asyncio.run(metric.ascore(user_input=talk, reference_tool_calls=WANTED)).value
        found.setdefault(name, []).append(score)
        told = [str(one.message) for one in said if "mismatch" in str(one.message)]
        print(f"{name}, strict_order={strict}: {score}", *told)
sys.exit(0 if list(found.values()) == [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [1.0, 1.0]] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/calls.py"
