"""What scorers of other tools are called here, and which have no counterpart."""

import re
from collections.abc import Mapping

PEERS: Mapping[str, Mapping[str, str]] = {
    "promptfoo": {
        "llm-rubric": "`rubric`",
        "search-rubric": "`rubric`: judges look nothing up",
        "agent-rubric": "`rubric`: judges have no tools",
        "answer-relevance": "`answer_relevance`",
        "conversation-relevance": "`answer_relevance`",
        "context-faithfulness": "`faithfulness`",
        "context-recall": "`context_recall`",
        "context-relevance": "`context_relevance`",
        "model-graded-closedqa": "`closed_qa`",
        "model-graded-factuality": "`factuality`",
        "g-eval": "`g_eval`",
        "select-best": "`select_best`",
        "max-score": "none, scores choose between sides in `promptci compare`: use `select_best`",
        "javascript": "`command` with a program of your own, such as `[node, check.js]`",
        "ruby": "`command` with a program of your own, such as `[ruby, check.rb]`",
        "webhook": "none, scorers reach nothing outside: use `command` with a program of your own",
        "classifier": "`classification`, or `python` for a model of your own",
        "moderation": "`toxicity`: no moderation service is asked",
        "guardrails": "`is_refusal` for refusals: filters are outcomes, not scores",
        "meteor": "none, it needs WordNet: use `chrf` or `rouge_l`",
        "perplexity": "none, log-probabilities are not kept: use `similar` or a judge",
        "perplexity-score": "none, log-probabilities are not kept: use `similar` or a judge",
        "pi": "none, its service is not asked: use `rubric`",
        "human": "none, people's labels are compared with a judge by `promptci judge`",
        "assert-set": "`all_of`",
        "similar:cosine": "`similar`",
        "similar:dot": "`similar`",
        "similar:euclidean": "`similar`",
        "is-valid-function-call": "`valid_tool_call`",
        "is-valid-openai-tools-call": "`valid_tool_call`",
        "tool-call-f1": "`tool_calls_f1`",
        "skill-used": "`tool_call`",
        "trajectory:tool-used": "`trajectory`",
        "trajectory:tool-args-match": "`trajectory`",
        "trajectory:tool-sequence": "`trajectory`",
        "trajectory:step-count": "`trajectory` with `at_most`",
        "trajectory:goal-success": "`rubric` on `{{ conversation }}`",
        "trace-span-count": "none, traces are not read: use `tool_calls_f1` for calls",
        "trace-span-duration": "none, traces are not read: use `latency`",
        "trace-error-spans": "none, traces are not read: an error is an example without an answer",
        "$ref": "`use: NAME` with a scorer set below `scorers:` in promptci.yaml",
    },
    "DeepEval": {
        "AnswerRelevancyMetric": "`answer_relevance`",
        "FaithfulnessMetric": "`faithfulness`",
        "HallucinationMetric": "`faithfulness`",
        "ContextualPrecisionMetric": "`context_precision`",
        "ContextualRecallMetric": "`context_recall`",
        "ContextualRelevancyMetric": "`context_relevance`",
        "BiasMetric": "`bias`",
        "ToxicityMetric": "`toxicity`",
        "SummarizationMetric": "`summarisation`",
        "GEval": "`g_eval`",
        "DAGMetric": "`all_of` and `any_of` with `closed_qa` inside",
        "ArenaGEval": "`select_best`",
        "PromptAlignmentMetric": "`rubric`",
        "TaskCompletionMetric": "`rubric`",
        "RoleAdherenceMetric": "`rubric`",
        "PIILeakageMetric": "`closed_qa`",
        "NonAdviceMetric": "`closed_qa`",
        "MisuseMetric": "`closed_qa`",
        "RoleViolationMetric": "`closed_qa`",
        "ToolCorrectnessMetric": "`tool_calls_f1`",
        "ArgumentCorrectnessMetric": "`tool_call`",
        "JsonCorrectnessMetric": "`json_schema`",
        "ExactMatchMetric": "`equals`",
        "PatternMatchMetric": "`regex`",
        "KnowledgeRetentionMetric": "`rubric` on `{{ conversation }}`",
        "ConversationCompletenessMetric": "`rubric` on `{{ conversation }}`",
    },
    "Inspect": {
        "includes": "`contains`",
        "match": "`ends_with`, or `numeric` for numbers",
        "pattern": "`equals` with `extract: {regex: …}`",
        "answer": '`equals` with `extract: {after: "ANSWER:"}`',
        "exact": "`equals`",
        "model_graded_qa": "`rubric`",
        "model_graded_fact": "`factuality`",
        "multi_scorer": "`all_of`",
        "perplexity": "none, log-probabilities are not kept: use `similar` or a judge",
    },
    "OpenAI graders": {
        "string_check": "`equals` or `contains`",
        "text_similarity": "`similar`, `similarity_ratio`, `bleu` or `rouge_l`",
        "score_model": "`rubric`",
        "label_model": "`choice_judge`",
        "multi": "`all_of`, or a formula below `metrics:`",
        "endpoint": "none, scorers reach nothing outside: use `command`",
        "fuzzy_match": "`similarity_ratio`",
        "json_match": "`json_equal`",
        "model_based_classify": "`choice_judge`",
    },
    "Ragas": {
        "answer_relevancy": "`answer_relevance`",
        "response_relevancy": "`answer_relevance`",
        "answer_correctness": "`factuality`",
        "factual_correctness": "`factuality`",
        "answer_similarity": "`similar`",
        "semantic_similarity": "`similar`",
        "aspect_critic": "`closed_qa`",
        "simple_criteria_score": "`rubric`",
        "rubrics_score": "`rubric`",
        "response_groundedness": "`faithfulness`",
        "noise_sensitivity": "none, use `faithfulness` and `factuality`",
        "string_presence": "`contains`",
        "non_llm_string_similarity": "`similarity_ratio`",
        "bleu_score": "`bleu`",
        "rouge_score": "`rouge_l`",
        "chrf_score": "`chrf`",
        "tool_call_accuracy": "`tool_call`",
        "topic_adherence": "`rubric`",
        "agent_goal_accuracy": "`rubric`",
        "summarization_score": "`summarisation`",
        "llm_sql_equivalence": "`sql_execution`",
        "datacompy_score": "`sql_execution`",
        "context_utilization": "`context_precision`",
    },
    "autoevals": {
        "Factuality": "`factuality`",
        "ExactMatch": "`equals`",
        "Levenshtein": "`similarity_ratio`: the share of letters that stay",
        "Battle": "`select_best`",
        "ClosedQA": "`closed_qa`",
        "Humor": "`rubric`",
        "Possible": "`rubric`",
        "Security": "`rubric`",
        "Translation": "`rubric`",
        "Moderation": "`toxicity`: no moderation service is asked",
        "Summary": "`summarisation`",
        "Sql": "`sql_execution`",
        "EmbeddingSimilarity": "`similar`",
        "JSONDiff": "`json_fields`",
        "ValidJSON": "`is_json`, or `json_schema`: there its own schema counts for nothing",
        "NumericDiff": "`numeric`",
        "ListContains": "`set_f1`",
        "AnswerCorrectness": "`factuality`",
        "AnswerSimilarity": "`similar`",
        "ContextEntityRecall": "none, use `context_recall`",
    },
}
"""Names by tool: a scorer in backticks is what to write; `none, …` says why there is none."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT = re.compile(r"not[-_ ]+(.+)", re.IGNORECASE)


def spoken_name(name: str) -> str:
    """A name as all tools would spell it: small letters, `_` between words, without `Metric`."""
    words = re.sub(r"[^A-Za-z0-9$]+", "_", _HUMP.sub("_", name)).lower()
    return words.removesuffix("_metric").removesuffix("_scorer").strip("_")


_ADVICE = {spoken_name(name): advice for names in PEERS.values() for name, advice in names.items()}


def advice_on(name: str) -> str:
    """What to write for another tool's scorer; empty for a name that none has."""
    advice = _ADVICE.get(spoken_name(name), "")
    return f"write {advice}" if advice.startswith("`") else advice.removeprefix("none, ")


def negated_name(name: str) -> str:
    """The scorer that a name such as `not-contains` negates; empty for any other."""
    found = _NOT.fullmatch(name)
    return found[1] if found else ""
