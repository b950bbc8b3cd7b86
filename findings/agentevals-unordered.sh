#!/usr/bin/env bash
# agentevals 0.0.9: `unordered` and `superset` depend on the order where arguments need not be equal.
#
# With `tool_args_match_mode="superset"` a call may have more arguments than the reference names. Each
# reference call takes the first call that fits; a later reference that only that one would fit finds
# nothing. The same two calls against the same two references pass or fail by the order in which either
# is written, though each has its partner. promptci's `trajectory` pairs so that as many calls as can be
# find one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install agentevals==0.0.9 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/order.py" <<'PYTHON'
"""Two searches, one of them in German only, in both orders on both sides."""
import json
import sys
from importlib.metadata import version
from itertools import permutations

from agentevals.trajectory.match import create_trajectory_match_evaluator

ANY, GERMAN = ("search", {"q": "refund"}), ("search", {"q": "refund", "lang": "de"})


def trajectory(calls):
    messages = [{"role": "user", "content": "Look refunds up."}]
    for number, (name, arguments) in enumerate(calls):
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"id": str(number), "type": "function", "function": function}
        messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": str(number), "content": "found"})
    return [*messages, {"role": "assistant", "content": "Done."}]


print(f"agentevals {version('agentevals')}")
found = {}
for mode in ("unordered", "superset"):
    judge = create_trajectory_match_evaluator(
        trajectory_match_mode=mode, tool_args_match_mode="superset"
    )
    for made in permutations((ANY, GERMAN)):
        for wanted in permutations((ANY, GERMAN)):
            verdict = judge(outputs=trajectory(made), reference_outputs=trajectory(wanted))["score"]
            found.setdefault(mode, set()).add(verdict)
            names = [" then ".join("German" if call == GERMAN else "any" for call in side) for side in (made, wanted)]
            print(f"{mode}: made {names[0]}, wanted {names[1]}: {verdict}")
sys.exit(0 if all(verdicts == {True, False} for verdicts in found.values()) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/order.py"
