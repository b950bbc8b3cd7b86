#!/usr/bin/env bash
# evals 3.0.1.post1, OpenAI's: a judge that ends with "Answer: D" is read as A, and with "Conclusion: D" as C.
#
# Model-graded evals take the first choice with which a line of the reply begins or ends, from the last line
# up, and try the choices in their order: a line's first letter is taken for a choice before its last one is
# looked at. In `fact`, D is a disagreement with the expert; of "Answer: D" it makes A, a subset, of
# "Conclusion: D" C, the same details, and nothing is counted as invalid. In `closedqa` "Answer: No" ends
# with neither Y nor N, and the line above decides: one that begins with "You" is a yes, 1.0 in place of 0.
# Counts that were made so are no measure for an import: promptci's judges read a verdict where it is
# announced, a letter only by itself, and a reply that names no choice is an error.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of its forty packages only those that grading imports
"$folder/venv/bin/pip" -q install --no-deps evals==3.0.1.post1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
"$folder/venv/bin/pip" -q install openai==3.57.0 blobfile==3.3.0 zstandard==0.25.0 PyYAML==6.0.4 requests==2.34.2 lz4==4.4.5 \
  backoff==2.2.1 tqdm==4.70.1 numpy==2.4.6 pandas==3.1.1 tiktoken==0.14.0 >>"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/grade.py" <<'PYTHON'
"""Replies of a scripted judge, and what two gradings of the registry make of them."""
import os
import sys
from importlib.metadata import version

os.environ["OPENAI_API_KEY"] = "none"

from evals.api import CompletionResult
from evals.elsuite.modelgraded.classify_utils import classify
from evals.registry import Registry

DIFFER, BRIEF = "The years differ.", "You were asked to be brief, and this is long."
CASES = [
    ("fact", f"{DIFFER}\n\nD", "D"),
    ("fact", f"{DIFFER}\n\nThe answer is D.", "D"),
    ("fact", f"{DIFFER}\n\nAnswer: D", "A"),
    ("fact", f"{DIFFER}\n\n**Conclusion:** (D)", "C"),
    ("fact", f"{DIFFER}\n\nBest choice: D", "B"),
    ("closedqa", f"{BRIEF}\n\nN", "N"),
    ("closedqa", f"{BRIEF}\n\nAnswer: No", "Y"),
    ("closedqa", f"{BRIEF}\n\nYet it is polite: N", "Y"),
]
VALUES = {"input": "In which year?", "ideal": "1996", "completion": "1998", "criteria": "It is brief."}


class Said(CompletionResult):
    def __init__(self, text):
        self.text = text

    def get_completions(self):
        return [self.text]


print(f"evals {version('evals')}")
same = True
for name, reply, known in CASES:
    choice, more = classify(
        mg=Registry().get_modelgraded_spec(name),
        completion_fn=lambda prompt, **options: Said(reply),
        completion_kwargs={"max_tokens": 64},
        eval_type="cot_classify",
        format_kwargs=VALUES,
    )
    same &= choice == known and not more["invalid_choice"]
    print(f"{name}: {reply!r} is {choice}, a score of {more['score']}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/grade.py"
