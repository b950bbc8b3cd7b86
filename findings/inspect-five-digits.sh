#!/usr/bin/env bash
# inspect_ai 0.3.285: `match(numeric=True)` compares five digits, and 20240149 is right for 20240115.
#
# Both numbers are written with five significant digits before they are compared, so from 100,000 on an
# integer is right where it is merely near: a total, an order number, a year with month and day, a count
# of tokens. The log gives the answer as 2.024e+07, so what the model said cannot be read there either.
# Below 100,000 integers are compared whole. promptci's `numeric` compares numbers as they are written.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install inspect-ai==0.3.285 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/digits.py" <<'PYTHON'
"""One eval of wrong answers to questions after whole numbers, scored by `match(numeric=True)`."""
import sys
from importlib.metadata import version

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match

WRONG = {  # what is right, and what the model says
    "99998": "99999",
    "125000": "125003",
    "1000000": "1000049",
    "20240115": "20240149",
    "700012345": "700012399",
}


def said(messages):
    target = messages[-1].text.rpartition(" ")[2]
    output = ModelOutput.from_content("mockllm/model", f"The answer is {WRONG[target]}.")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


print(f"inspect_ai {version('inspect_ai')}")
model = get_model("mockllm/model", memoize=False, custom_outputs=lambda messages, *_, **__: said(messages))
dataset = [Sample(id=number, input=f"Say {number}", target=number) for number in WRONG]
[log] = eval(Task(dataset, scorer=match(numeric=True)), model=model, log_dir=sys.argv[1], display="none")
scores = {sample.id: sample.scores["match"] for sample in log.samples}
for number, answer in WRONG.items():
    print(f"wanted {number}, said {answer}: {scores[number].value}, read as {scores[number].answer}")
print(f"accuracy {log.results.scores[0].metrics['accuracy'].value} of wrong answers only")
sys.exit(0 if [scores[number].value for number in WRONG] == ["I", "C", "C", "C", "C"] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/digits.py" "$folder"
