#!/usr/bin/env bash
# ragas 0.4.3: `BleuScore` takes the sentences of one reference for several references.
#
# Reference and response are cut at ". ", and each sentence of the reference is handed to sacrebleu as a
# list of references of its own, one long. The first sentence of the response is then compared with every
# sentence of the reference as one of several good answers, and its other sentences with nothing: half of
# the reference scores 1.0, and so does half of it followed by anything. promptci's `bleu` takes both
# texts whole.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install ragas==0.4.3 sacrebleu==2.6.0 \
  'langchain-community==0.3.31' 'langchain-openai==0.3.35' 'langchain==0.3.30' >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/sentences.py" <<'PYTHON'
"""One reference of two sentences, and answers that give half of it, or something else beside it."""
import asyncio
import sys
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import sacrebleu
from ragas.metrics.collections import BleuScore

FIRST = "The parcel left the depot in Leeds on Monday morning"
SECOND = "It arrives on Thursday before noon at the latest"
REFERENCE = f"{FIRST}. {SECOND}"


ANSWERS = {
    "the first sentence": FIRST,
    "the second sentence": SECOND,
    "the first, and then another matter": f"{FIRST}. Our shop sells red shoes, blue hats and green umbrellas",
    "another matter, and then the first": f"Our shop sells red shoes, blue hats and green umbrellas. {FIRST}",
}

print(f"ragas {version('ragas')}, sacrebleu {version('sacrebleu')}")
found = []
for name, answer in ANSWERS.items():
    result = asyncio.run(BleuScore().ascore(reference=REFERENCE, response=answer))
    whole = sacrebleu.corpus_bleu([answer], [[REFERENCE]]).score / 100
    found.append((round(result.value, 3), round(whole, 3)))
    print(f"{name}: BleuScore {found[-1][0]}, sacrebleu on the whole texts {found[-1][1]}")
as_known = [ragas for ragas, _ in found[:3]] == [1.0] * 3 and found[3][0] < 0.1
sys.exit(0 if as_known and all(0.2 < whole < 0.6 for _, whole in found) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/sentences.py"
