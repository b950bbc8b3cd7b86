"""promptfoo's assertions that have no counterpart here, and what to do instead."""

from promptci.importers.promptfoo.scorers import CONVERTERS
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt


def why_not(kind: str) -> str:
    """Why an assertion is not carried."""
    if kind in NO_COUNTERPART:
        return f"`{kind}` {NO_COUNTERPART[kind]}"
    if kind.startswith("promptfoo:redteam:"):
        return f"`{excerpt(kind)}` is red teaming, which is not done here: use `rubric`"
    known = [*CONVERTERS, *NO_COUNTERPART]
    return f"`{excerpt(kind)}` is no assertion of promptfoo: {did_you_mean(kind, known)}"


NEVER_REVERSED = frozenset(("factuality", "model-graded-factuality", "model-graded-closedqa"))
"""Assertions before which promptfoo ignores `not-`."""

NO_COUNTERPART = {
    "ruby": "is code, which is not run: use `command` with a program of your own",
    "webhook": "asks a server, and scorers reach nothing outside: use `command`",
    "classifier": "asks a classifier's service: use `classification` or `rubric`",
    "guardrails": "reads a provider's filter: filters are outcomes here, see `refused` of an eval",
    "meteor": "needs WordNet: use `chrf` or `rouge_l`",
    "perplexity": "needs log-probabilities, which are not kept: use `similar` or a judge",
    "perplexity-score": "needs log-probabilities, which are not kept: use `similar` or a judge",
    "pi": "asks a service: use `rubric`",
    "similar:dot": "is a dot product, which has no bounds: use `similar`, the cosine",
    "similar:euclidean": "is a distance, which has no bounds: use `similar`, the cosine",
    "human": "is a person's label: compare labels with a judge by `promptci judge`",
    "max-score": "chooses between variants: use `promptci compare`",
    "skill-used": "reads an agent's trace: use `tool_call`",
    "trajectory:tool-used": "reads an agent's trace: use `trajectory` with `match: any_order`",
    "trajectory:tool-args-match": "reads an agent's trace: use `trajectory`",
    "trajectory:tool-sequence": "reads an agent's trace: use `trajectory`",
    "trajectory:step-count": "reads an agent's trace: use `trajectory` with `at_most`",
    "trajectory:goal-success": "reads an agent's trace: use `rubric` on `{{ conversation }}`",
    "trace-span-count": "reads a trace: use `tool_calls_f1` for calls",
    "trace-span-duration": "reads a trace: use `latency`",
    "trace-error-spans": "reads a trace: an error is an example without an answer here",
}

NOTES = {
    "similar": "asks the model of embeddings that is named; `minilm` would be free and offline",
    "context-faithfulness": "is judged by other prompts here: compare a few verdicts",
    "context-recall": "is judged by other prompts here: compare a few verdicts",
    "context-relevance": "is judged by other prompts here: compare a few verdicts",
    "answer-relevance": "is judged by other prompts here: compare a few verdicts",
    "conversation-relevance": "is judged as one answer here, without the turns before",
    "g-eval": "is judged by other prompts here: compare a few verdicts",
    "llm-rubric": "is judged by another prompt here: compare a few verdicts",
    "is-refusal": "knows other phrasings here: compare a few verdicts",
    "select-best": "works in `promptci compare`, between two sides",
    "moderation": "is judged by a model here: no moderation service is asked",
}
"""What works otherwise here, of assertions that are carried."""
