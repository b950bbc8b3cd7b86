#!/usr/bin/env bash
# gepa 0.1.4: where the reflection model answers with its new instruction in a fenced block, as it is
# told to, and says more after it with a second block, the new instruction is everything from the
# first fence to the last: the prose between, and two halves of fences. That text is evaluated, paid
# for, and kept if it scores. promptci reads the answer itself and takes the longest whole block.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install gepa==0.1.4 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/fences.py" <<'PYTHON'
"""An answer with two fenced blocks, and the instruction that gepa makes of it."""
import sys
from importlib.metadata import version

import gepa
from gepa.core.adapter import EvaluationBatch

ANSWER = """Here is the new instruction:
```
Name the queue of the ticket: billing or shipping.
```
It could be tried with this input:
```
My parcel never came.
```
"""

class Adapter:
    propose_new_texts = None
    seen = []
    def evaluate(self, batch, candidate, capture_traces=False):
        text = candidate["instruction"]
        self.seen.append(text)
        score = 1.0 if "queue" in text else 0.0
        answers = [{"text": text}] * len(batch)
        return EvaluationBatch(answers, [score] * len(batch), answers if capture_traces else None)
    def make_reflective_dataset(self, candidate, eval_batch, components):
        return {name: [{"Inputs": "My parcel never came.", "Feedback": "Wrong: shipping."}] for name in components}

class Silent:
    def log(self, message): pass

found = gepa.optimize(
    seed_candidate={"instruction": "Sort it."}, trainset=[1, 2, 3], valset=[4, 5, 6],
    adapter=Adapter(), reflection_lm=lambda prompt: ANSWER, max_metric_calls=12, logger=Silent(),
)
text = found.best_candidate["instruction"]
print(f"gepa {version('gepa')}: the best instruction after a reflection is\n---\n{text}\n---")
sys.exit(0 if "It could be tried" in text and text.count("```") == 2 else 1)
PYTHON
"$folder/venv/bin/python" "$folder/fences.py"
