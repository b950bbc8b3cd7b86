#!/usr/bin/env bash
# deepeval 4.3.1: `ToolCorrectnessMetric` counts two equal calls of a tool once.
#
# Two equal bookings are wanted, and exactly these two are made. The metric keeps the calls that have a
# partner in a set, where equal calls are one: the second finds none, and the score is 0.5, a third of
# three. Calls that differ in an argument, or the same calls with `should_consider_ordering=True`, get
# 1.0. promptci's `tool_calls_f1` and `trajectory` pair call by call.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install deepeval==4.3.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/twice.py" <<'PYTHON'
"""The very calls that are wanted, made once, twice and three times."""
import os
import sys
from importlib.metadata import version

os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"
os.environ["OPENAI_API_KEY"] = "none-is-asked"  # A model is made with the metric, and not asked.

from deepeval.metrics import ToolCorrectnessMetric
from deepeval.test_case import LLMTestCase, ToolCall, ToolCallParams


def score(calls, **options):
    metric = ToolCorrectnessMetric(
        evaluation_params=[ToolCallParams.INPUT_PARAMETERS], include_reason=False, **options
    )
    case = LLMTestCase(
        input="Book it.", actual_output="Done.", tools_called=calls, expected_tools=list(calls)
    )
    metric.measure(case, _show_indicator=False)
    return round(metric.score, 3)


def booking(row):
    return ToolCall(name="book_seat", input_parameters={"row": row})


print(f"deepeval {version('deepeval')}")
found = {
    "one booking": score([booking("any")]),
    "two equal bookings": score([booking("any"), booking("any")]),
    "three equal bookings": score([booking("any")] * 3),
    "two equal bookings, order considered": score(
        [booking("any"), booking("any")], should_consider_ordering=True
    ),
    "two bookings that differ": score([booking("any"), booking("window")]),
}
for calls, figure in found.items():
    print(f"{calls}, all as wanted: {figure}")
sys.exit(0 if list(found.values()) == [1.0, 0.5, 0.333, 1.0, 1.0] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/twice.py"
