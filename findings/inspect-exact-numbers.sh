#!/usr/bin/env bash
# inspect_ai 0.3.285: `exact()` takes 5 for -5 and 12 for 1/2, and never takes A for A.
#
# Words are parted at spaces and hyphens, cleaned one by one, and read as numbers where they are some by
# then: the minus sign is gone, 1/2 is 12.0 and 10:30 is 1030.0. Of 3.5 the point is kept. And where the
# right answer is the letter A, which is an article, nothing is left to compare, and every answer is
# wrong; of a set of choices the share of A's is lost. promptci's `exact_match` has SQuAD's rules as they
# were published, where signs and points go as well, and refuses A instead of failing it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install inspect-ai==0.3.285 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/scored.py" <<'PYTHON'
"""One eval of scripted answers, scored by `exact()`: what is wanted, what is said, and the score."""
import sys
from importlib.metadata import version

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import exact

CASES = [
    ("-5", "5", "C"),
    ("1/2", "12", "C"),
    ("10:30", "1030", "C"),
    ("1,500.5", "15005", "C"),
    ("3.5", "35", "I"),
    ("A", "A", "I"),
    ("B", "B", "C"),
]
ANSWERS = {f"{number}": answer for number, (_, answer, _) in enumerate(CASES)}


def said(messages):
    output = ModelOutput.from_content("mockllm/model", ANSWERS[messages[-1].text])
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


print(f"inspect_ai {version('inspect_ai')}")
model = get_model("mockllm/model", memoize=False, custom_outputs=lambda messages, *_, **__: said(messages))
dataset = [Sample(id=number, input=f"{number}", target=case[0]) for number, case in enumerate(CASES)]
[log] = eval(Task(dataset, scorer=exact()), model=model, log_dir=sys.argv[1], display="none")
found = [sample.scores["exact"].value for sample in sorted(log.samples, key=lambda sample: sample.id)]
for (target, answer, _), value in zip(CASES, found):
    print(f"wanted {target}, said {answer}: {value}")
sys.exit(0 if found == [value for _, _, value in CASES] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/scored.py" "$folder"
