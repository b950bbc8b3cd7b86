#!/usr/bin/env bash
# inspect_ai 0.3.285: with `Epochs(2, "mode")` a tie is won by the answer that came first.
#
# One right and one wrong answer give accuracy 1.0 or 0.0, by which epoch was the right one: the vote
# of an even number of epochs is that of its first. And with `fail_on_error=False` samples that failed
# are left out of accuracy: two right answers and two failures are 1.0, and the log says `success`.
# promptci says how many votes were tied, and counts what could not be answered as errors.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install inspect-ai==0.3.285 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/vote.py" <<'PYTHON'
"""Scripted answers: a vote of two in both orders, and a task half of which fails."""
import sys
from importlib.metadata import version

from inspect_ai import Epochs, Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate, solver

FOLDER = sys.argv[1]


def said(text):
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


@solver
def failing(ids):
    async def solve(state, generate):
        if state.sample_id in ids:
            raise RuntimeError("the tool is down")
        return state

    return solve


def run(answers, samples, failures=(), **options):
    left = iter(answers)
    model = get_model("mockllm/model", memoize=False, custom_outputs=lambda *a, **k: said(next(left)))
    dataset = [Sample(id=number, input="Is 7 prime?", target="yes") for number in range(samples)]
    epochs = options.pop("epochs", None)
    task = Task(dataset=dataset, solver=[failing(failures), generate()], scorer=match(), epochs=epochs)
    log = eval(task, model=model, log_dir=FOLDER, max_samples=1, display="none", **options)[0]
    return log.status, log.results.scores[0].metrics["accuracy"].value


print(f"inspect_ai {version('inspect_ai')}")
first = run(["yes", "no"], 1, epochs=Epochs(2, "mode"))
second = run(["no", "yes"], 1, epochs=Epochs(2, "mode"))
half = run(["yes", "yes"], 4, failures=(0, 1), fail_on_error=False)
print(f"vote of [right, wrong]: {first}; of [wrong, right]: {second}; two right, two failed: {half}")
sys.exit(0 if (first[1], second[1], half) == (1.0, 0.0, ("success", 1.0)) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/vote.py" "$folder"
