#!/usr/bin/env bash
# genai-prices 0.2.3, litellm 1.110.2: one answer of sonar-deep-research costs 0.63 or 0.23, and by its tokens 0.03 dollars.
#
# Perplexity counts what the model thought, the sources that it read and its searches beside
# `completion_tokens`, not in them, and outside `total_tokens` as well. genai-prices adds them up as the
# page of prices does: 0.631. litellm takes the thoughts for a part of the answer, of which nothing is left, and
# has no searches: 0.235. Whoever reads the tokens as an OpenAI server gives them has 0.026. And a plain
# `sonar` has a fee for each request in genai-prices, that of the largest search context, and none in litellm:
# 0.014 and 0.002. promptci, which reads these tokens, knows no price of sonar-deep-research but the
# project's own, so that `--max-cost` refuses it; the fee of other models is in their costs.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install genai-prices==0.2.3 litellm==1.110.2 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/prices.py" <<'PYTHON'
"""What two libraries make of the usage that Perplexity gives with an answer."""
import logging
import os
import sys
from importlib.metadata import version

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
logging.disable(logging.CRITICAL)

import litellm
from genai_prices import extract_usage

RESEARCH = {
    "prompt_tokens": 108, "completion_tokens": 3256, "total_tokens": 3364,
    "citation_tokens": 7299, "num_search_queries": 74, "reasoning_tokens": 73248,
}
PLAIN = {"prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000}


def by_genai_prices(model, usage):
    found = extract_usage({"model": model, "usage": usage}, provider_id="perplexity")
    return round(float(found.calc_price().total_price), 4)


def by_litellm(model, usage):
    answer = litellm.ModelResponse(model=model, usage=litellm.Usage(**usage))
    return round(litellm.completion_cost(answer, model=model, custom_llm_provider="perplexity"), 4)


def by_tokens(model, usage):
    price = litellm.model_cost[f"perplexity/{model}"]
    asked = usage["prompt_tokens"] * price["input_cost_per_token"]
    return round(asked + usage["completion_tokens"] * price["output_cost_per_token"], 4)


print(f"genai-prices {version('genai-prices')}, litellm {version('litellm')}")
same = True
for model, usage, expected in (
    ("sonar-deep-research", RESEARCH, (0.6306, 0.2346, 0.0263)),
    ("sonar", PLAIN, (0.014, 0.002, 0.002)),
):
    found = tuple(cost(model, usage) for cost in (by_genai_prices, by_litellm, by_tokens))
    same &= found == expected
    print(f"{model}: genai-prices {found[0]}, litellm {found[1]}, its prompt and completion tokens alone {found[2]}")
page = 108 * 2e-6 + 3256 * 8e-6 + 7299 * 2e-6 + 73248 * 3e-6 + 74 * 5e-3
print(f"2, 8, 2 and 3 dollars a million for input, output, citations and reasoning, 5 for 1,000 searches: {page:.4f}")
sys.exit(0 if same and round(page, 4) == 0.6306 else 1)
PYTHON
"$folder/venv/bin/python" "$folder/prices.py"
