#!/usr/bin/env bash
# prometheus-eval 0.1.20: a judge's reply that ends in a full stop is asked eleven times and has no score.
#
# The number must be the last thing that is said. "[RESULT] 4." and "[RESULT] 4/5." are no scores, nor is
# "**[RESULT] 4**": each such example is sent ten times more, and is `None` at the end, beside a feedback
# "Failed to generate feedback"; what was paid for is not kept. Of two answers compared the first verdict
# that ends a line counts: a judge that writes "[RESULT] A", thinks again and closes with "[RESULT] B" has
# chosen A. promptci asks once more for a reply that is of no use, keeps it, and then has an error.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install prometheus-eval==0.1.20 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/judge.py" <<'PYTHON'
"""Replies of a scripted judge, how often it is asked for them, and what is read from them."""
import contextlib
import io
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")

with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    from prometheus_eval import PrometheusEval
    from prometheus_eval.mock import MockLLM

ABSOLUTE = {
    "It is clear. [RESULT] 4": (4, 1),
    "It is clear. [RESULT] 4/5": (4, 1),
    "It is clear. [RESULT] 4.": (None, 11),
    "It is clear. [RESULT] 4/5.": (None, 11),
    "It is clear. **[RESULT] 4**": (None, 11),
}
RELATIVE = {
    "B is clearer. [RESULT] B": ("B", 1),
    "B is clearer. [RESULT] B.": (None, 11),
    "A is shorter. [RESULT] A\nBut it is wrong, so I correct myself.\n[RESULT] B": ("A", 1),
}


class Scripted(MockLLM):
    """A judge that says one thing, and counts how often."""

    def __init__(self, reply):
        self.reply, self.asked = reply, 0

    def completions(self, prompts, use_tqdm=False, **options):
        self.asked += len(prompts)
        return [self.reply] * len(prompts)


def graded(reply, grade):
    model = Scripted(reply)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        _, score = grade(PrometheusEval(model=model))
    return score, model.asked


def absolute(judge):
    return judge.single_absolute_grade(instruction="Explain it.", response="So.", rubric="Clear?")


def relative(judge):
    return judge.single_relative_grade(
        instruction="Explain it.", response_A="So.", response_B="Thus.", rubric="Clear?"
    )


print(f"prometheus-eval {version('prometheus-eval')}")
same = True
for replies, grade in ((ABSOLUTE, absolute), (RELATIVE, relative)):
    for reply, expected in replies.items():
        found = graded(reply, grade)
        same &= found == expected
        print(f"{reply!r}: {found[0]}, asked {found[1]} time{'s' * (found[1] > 1)}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/judge.py"
