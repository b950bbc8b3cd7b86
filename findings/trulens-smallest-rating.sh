#!/usr/bin/env bash
# trulens-feedback 2.16.0: of a judge's reply that is no JSON the smallest number is the rating.
#
# A judge that numbers its points and closes with "Score: 3", the best there is, has rated 1 of 3; "Two of
# 2 questions answered, 0 mistakes. Score: 3" is 0.0. A minus is no part of a number: -2, which is on no
# scale from 0 to 3, is two thirds, and so is 2.9. Only the scale itself, "0 to 3", is left out. The same
# judge asked for reasons, or a model that replies in JSON, gives 1.0: a change of the judge's model looks
# like a change of the answers. promptci's judges reply with one JSON object, those that give stars also in
# words that end in a line with one number; any other reply is no verdict, and the example an error.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install trulens-feedback==2.16.0 trulens-core==2.16.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/rating.py" <<'PYTHON'
"""Replies of a scripted judge on a scale from 0 to 3, as the feedback function reads them."""
import logging
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from trulens.core.feedback.endpoint import Endpoint
from trulens.feedback.llm_provider import LLMProvider

POINTS = "1. It is on topic.\n2. It is complete.\nScore: 3"
REPLIES = {
    "3": 1.0,
    '{"score": 3}': 1.0,
    "On a scale of 0 to 3, this is a 3.": 1.0,
    POINTS: 0.33,
    "2 of 2 questions answered, 0 mistakes. Score: 3": 0.0,
    "-2": 0.67,
    "2.9": 0.67,
}


class Scripted(LLMProvider):
    """A judge that says what it is told to."""

    reply: str = ""

    def _create_chat_completion(self, prompt=None, messages=None, response_format=None, **options):
        return self.reply


judge = Scripted(endpoint=Endpoint(name="scripted"), model_engine="scripted")
print(f"trulens-feedback {version('trulens-feedback')}, relevance from 0 to 3")
same = True
for reply, expected in REPLIES.items():
    judge.reply = reply
    found = round(judge.relevance("Where is my order?", "It left on Monday."), 2)
    same &= found == expected
    print(f"{reply!r}: {found}")
judge.reply = f"Criteria: on topic, complete\nSupporting Evidence: {POINTS}"
with_reasons, _ = judge.relevance_with_cot_reasons("Where is my order?", "It left on Monday.")
print(f"the numbered points as reasons, {judge.reply!r}: {with_reasons}")
sys.exit(0 if same and with_reasons == 1.0 else 1)
PYTHON
"$folder/venv/bin/python" "$folder/rating.py"
