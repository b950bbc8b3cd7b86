#!/usr/bin/env bash
# llama-index-core 0.14.25: a judge that says "NO. The shop opened yesterday" has said yes.
#
# `FaithfulnessEvaluator` and `RelevancyEvaluator` pass an answer where `yes` stands anywhere in the reply, as in
# yesterday or eyes, or in "NO, and not a yes in part". Their own prompt asks for YES or NO, and a judge
# that gives its reason gets its no turned round where the reason has one of these words: in questions of dates,
# that is often so. `invalid_result` stays false, and the reply is the feedback of a score of 1.0.
# promptci's judges take a choice as a whole word that is announced or is all of a line; of two that are named
# without a verdict, neither, and the example is an error.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install llama-index-core==0.14.25 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/judge.py" <<'PYTHON'
"""Replies of a scripted judge, and what two evaluators make of them."""
import sys
from importlib.metadata import version

from llama_index.core.evaluation import FaithfulnessEvaluator, RelevancyEvaluator
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

CASES = [
    ("NO", False),
    ("NO. The context says that the shop opened on Monday, the answer says Sunday.", False),
    ("NO. The context says that the shop opened yesterday, the answer says today.", True),
    ("NO: nothing is said of eyes.", True),
]


class Scripted(CustomLLM):
    reply: str

    @property
    def metadata(self):
        return LLMMetadata()

    def complete(self, prompt, formatted=False, **options):
        return CompletionResponse(text=self.reply)

    def stream_complete(self, prompt, formatted=False, **options):
        yield self.complete(prompt)


print(f"llama-index-core {version('llama-index-core')}")
same = True
for reply, known in CASES:
    for kind in (FaithfulnessEvaluator, RelevancyEvaluator):
        found = kind(llm=Scripted(reply=reply)).evaluate(
            query="When did the shop open?", response="Today.", contexts=["It opened yesterday."]
        )
        same &= (found.passing, found.score, found.invalid_result) == (known, float(known), False)
        print(f"{kind.__name__}, {reply!r}: {found.passing}, {found.score}")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/judge.py"
