#!/usr/bin/env bash
# deepeval 4.3.1: an agent that calls another tool keeps its score, where results are taken from the cache.
#
# With `CacheConfig(use_cache=True)`, or `deepeval test run -c`, a metric's result is looked up by the
# test's input, output, expected output and contexts. The tools called and expected are not among them,
# though `ToolCorrectnessMetric` looks at nothing else: where the agent says "Done." as before, and
# refunds the order instead of cancelling it, the test passes with 1.0, in this and in every later run.
# promptci keeps answers, by all that was asked, and scores them anew, with the calls that they made.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install deepeval==4.3.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/agent.py" <<'PYTHON'
"""One test of an agent, which calls a given tool: the score of its tools, from the cache or not."""
import sys

from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import ToolCorrectnessMetric
from deepeval.test_case import LLMTestCase, ToolCall

tool, cached = sys.argv[1], sys.argv[2] == "cached"
test = LLMTestCase(
    input="Cancel my order W7.",
    actual_output="Done.",
    tools_called=[ToolCall(name=tool)],
    expected_tools=[ToolCall(name="cancel_order")],
)
outcome = evaluate(
    [test],
    [ToolCorrectnessMetric(include_reason=False)],
    cache_config=CacheConfig(use_cache=cached),
    async_config=AsyncConfig(run_async=False),
    display_config=DisplayConfig(show_indicator=False, print_results=False),
)
[result] = outcome.test_results
print("found:", result.success, result.metrics_data[0].score)
PYTHON
export DEEPEVAL_TELEMETRY_OPT_OUT=YES DEEPEVAL_UPDATE_WARNING_OPT_OUT=YES OPENAI_API_KEY=none
cd "$folder"
echo "deepeval $("$folder/venv/bin/pip" show deepeval 2>/dev/null | sed -n 's/^Version: //p'), cancel_order wanted"
found=""
for run in "refund_order fresh" "cancel_order cached" "refund_order cached"; do
  [ "$run" != "cancel_order cached" ] || rm -rf .deepeval
  said=$("$folder/venv/bin/python" agent.py $run 2>"$folder/log" | sed -n 's/^found: //p') || { cat "$folder/log"; exit 2; }
  echo "called ${run% *}, ${run#* }: ${said}"
  found="$found[$said]"
done
[ "$found" = "[False 0.0][True 1.0][True 1.0]" ]
