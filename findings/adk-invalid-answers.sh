#!/usr/bin/env bash
# google-adk 2.13.0: where the judge writes "Invalid" for nine answers of ten, `final_response_match_v2` is 1.0 and passes.
#
# Verdicts are read in small letters only. `Invalid` is none, as is `partially valid`, which is in the list of
# words for a wrong answer; such an answer is `NOT_EVALUATED` and left out of the share, so that one
# `valid` beside nine of them is 1.0. Of five samples of one answer a single `valid` wins against four
# `Invalid`. `response_match_score`, which asks no judge, counts the thoughts of an answer among its
# words: word for word what is wanted fails with 0.39, where the model's thoughts are in its reply.
# In promptci case does not count in what a judge says, a reply that names no choice is an error, of which
# none is allowed unless the gate says so, and thoughts are no part of an answer.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install google-adk==2.13.0 google-genai==2.34.0 rouge-score==0.1.2 pandas==3.1.1 \
  >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/judge.py" <<'PYTHON'
"""Verdicts of a scripted judge, and one answer with and without thoughts."""
import asyncio
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")

from google.adk.evaluation.eval_case import Invocation
from google.adk.evaluation.eval_metrics import EvalMetric, JudgeModelOptions, LlmAsAJudgeCriterion
from google.adk.evaluation.final_response_match_v1 import RougeEvaluator
from google.adk.evaluation.final_response_match_v2 import FinalResponseMatchV2Evaluator
from google.adk.models import LLMRegistry
from google.adk.models.base_llm import BaseLlm
from google.adk.models.llm_response import LlmResponse
from google.genai.types import Content, Part

VERDICTS = []
WANTED = "Your parcel arrives on 3 June."
THOUGHT = "The user asks for the date. The tool says it was sent on 1 June and takes two days."


class Scripted(BaseLlm):
    @classmethod
    def supported_models(cls):
        return ["scripted"]

    async def generate_content_async(self, llm_request, stream=False):
        reply = '{"reasoning": "compared", "is_the_agent_response_valid": "%s"}' % VERDICTS.pop(0)
        yield LlmResponse(content=Content(role="model", parts=[Part(text=reply)]))


def turn(*parts):
    asked = Content(role="user", parts=[Part(text="When does it arrive?")])
    return Invocation(user_content=asked, final_response=Content(role="model", parts=list(parts)))


def judged(verdicts, samples=1):
    VERDICTS[:] = verdicts
    options = JudgeModelOptions(judge_model="scripted", num_samples=samples)
    criterion = LlmAsAJudgeCriterion(threshold=0.8, judge_model_options=options)
    metric = EvalMetric(metric_name="final_response_match_v2", threshold=0.8, criterion=criterion)
    answers = [turn(Part(text="Soon."))] * (len(verdicts) // samples)
    wanted = [turn(Part(text=WANTED))] * len(answers)
    found = asyncio.run(FinalResponseMatchV2Evaluator(metric).evaluate_invocations(answers, wanted))
    return found.overall_score, found.overall_eval_status.name


def matched(*parts):
    metric = EvalMetric(metric_name="response_match_score", threshold=0.8)
    found = RougeEvaluator(metric).evaluate_invocations([turn(*parts)], [turn(Part(text=WANTED))])
    return round(found.overall_score, 2), found.overall_eval_status.name


LLMRegistry.register(Scripted)
CASES = [
    ("ten answers, nine `invalid`", judged(["valid"] + ["invalid"] * 9), (0.1, "FAILED")),
    ("ten answers, nine `Invalid`", judged(["valid"] + ["Invalid"] * 9), (1.0, "PASSED")),
    ("ten answers, nine `partially valid`", judged(["valid"] + ["partially valid"] * 9), (1.0, "PASSED")),
    ("five samples, four `invalid`", judged(["valid"] + ["invalid"] * 4, 5), (0.0, "FAILED")),
    ("five samples, four `Invalid`", judged(["valid"] + ["Invalid"] * 4, 5), (1.0, "PASSED")),
    ("what is wanted", matched(Part(text=WANTED)), (1.0, "PASSED")),
    ("what is wanted, behind a thought", matched(Part(text=THOUGHT, thought=True), Part(text=WANTED)), (0.39, "FAILED")),
]
print(f"google-adk {version('google-adk')}")
for name, got, _ in CASES:
    print(f"{name}: {got[0]}, {got[1]}")
sys.exit(0 if all(got == known for _, got, known in CASES) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/judge.py" 2>"$folder/log" || { cat "$folder/log"; exit 1; }
