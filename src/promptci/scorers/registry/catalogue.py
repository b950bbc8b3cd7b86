"""All scorers by name; the module of one is imported when it is first used.

A new scorer is a function, an entry in its module's `SCORERS` and its name in `MODULES`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from promptci.parsing.source import Plain
from promptci.scorers.base.scorer import Scorer

MODULES: Mapping[str, tuple[str, ...]] = {
    "text.text": (
        "equals",
        "contains",
        "contains_any",
        "contains_all",
        "starts_with",
        "ends_with",
        "one_of",
    ),
    "text.regex": ("regex",),
    "text.squad": ("exact_match", "f1"),
    "text.edit": ("levenshtein", "similarity_ratio"),
    "text.rouge": ("rouge_n", "rouge_l"),
    "text.bleu": ("bleu", "gleu"),
    "text.chrf": ("chrf",),
    "text.words": ("word_count",),
    "text.refusal": ("is_refusal",),
    "values.numbers": ("numeric",),
    "values.algebra": ("math_equal",),
    "values.short": ("short_answer",),
    "values.choices": ("choice", "yes_no"),
    "values.dates": ("date",),
    "lists.sets": ("set_f1",),
    "lists.ranking": ("recall_at", "precision_at", "mrr", "ndcg_at", "map"),
    "values.classify": ("classification",),
    "json.structured": ("is_json", "contains_json", "json_schema", "length"),
    "json.jsonequal": ("json_fields", "json_equal"),
    "markup.xmltext": ("is_xml", "contains_xml"),
    "markup.htmltext": ("is_html", "contains_html"),
    "markup.yamltext": ("is_yaml",),
    "sql.sql": ("is_sql", "contains_sql"),
    "markup.blocks": ("code_block",),
    "markup.bundle": ("format",),
    "tools.toolcalls": ("tool_call", "tool_calls_f1"),
    "tools.trajectory": ("trajectory",),
    "tools.endstate": ("state_equals",),
    "tools.validcalls": ("valid_tool_call",),
    "tools.budgets": ("finish_reason", "cost", "latency", "tokens"),
    "text.similar": ("similar",),
    "sql.sqlresult": ("sql_execution",),
    "code": ("python", "command"),
    "modelgraded.judge": ("choice_judge",),
    "modelgraded.criteria": ("rubric", "closed_qa", "g_eval"),
    "modelgraded.factuality": ("factuality",),
    "modelgraded.claims": ("answer_relevance", "faithfulness", "context_recall"),
    "modelgraded.passages": ("context_precision", "context_relevance"),
    "modelgraded.harm": ("toxicity", "bias"),
    "modelgraded.summaries": ("summarisation",),
    "modelgraded.selectbest": ("select_best",),
    "modelgraded.stars": (
        "github/similarity",
        "github/coherence",
        "github/fluency",
        "github/relevance",
        "github/groundedness",
    ),
    "registry.combined": ("all_of", "any_of", "none_of"),
}
"""Every module of scorers with the names in its `SCORERS`, so that none need be imported."""

_WHERE = {name: module for module, names in MODULES.items() for name in names}


class _Catalogue(Mapping[str, Scorer]):
    """A mapping that imports what is asked for: a run pays only for the scorers of its evals."""

    def __getitem__(self, name: str) -> Scorer:
        scorer: Scorer = import_module(f"promptci.scorers.{_WHERE[name]}").SCORERS[name]
        return scorer

    def __contains__(self, name: object) -> bool:
        return name in _WHERE

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


SCORERS: Mapping[str, Scorer] = _Catalogue()

_ANY_CASE: Mapping[str, Plain] = {"ignore_case": True}

ALIASES: Mapping[str, tuple[str, Mapping[str, Plain]]] = {
    "iequals": ("equals", _ANY_CASE),
    "icontains": ("contains", _ANY_CASE),
    "icontains_any": ("contains_any", _ANY_CASE),
    "icontains_all": ("contains_all", _ANY_CASE),
    "istarts_with": ("starts_with", _ANY_CASE),
    "iends_with": ("ends_with", _ANY_CASE),
    "not": ("none_of", {}),
    # as promptfoo spells them
    "contains-any": ("contains_any", {}),
    "contains-all": ("contains_all", {}),
    "icontains-any": ("contains_any", _ANY_CASE),
    "icontains-all": ("contains_all", _ANY_CASE),
    "starts-with": ("starts_with", {}),
    "ends-with": ("ends_with", {}),
    "rouge-n": ("rouge_n", {}),
    "rouge-l": ("rouge_l", {}),
    "word-count": ("word_count", {}),
    "is-refusal": ("is_refusal", {}),
    "is-json": ("is_json", {}),
    "contains-json": ("contains_json", {}),
    "is-xml": ("is_xml", {}),
    "contains-xml": ("contains_xml", {}),
    "is-html": ("is_html", {}),
    "contains-html": ("contains_html", {}),
    "is-sql": ("is_sql", {}),
    "contains-sql": ("contains_sql", {}),
    "select-best": ("select_best", {}),
    "tool-call-f1": ("tool_calls_f1", {}),
    "is-valid-function-call": ("valid_tool_call", {}),
    "is-valid-openai-function-call": ("valid_tool_call", {}),
    "is-valid-openai-tools-call": ("valid_tool_call", {}),
    "finish-reason": ("finish_reason", {}),
    # as the package rouge-score spells them
    "rouge1": ("rouge_n", {"n": 1}),
    "rouge2": ("rouge_n", {"n": 2}),
    "rougeL": ("rouge_l", {}),
    "summarization": ("summarisation", {}),
    # the operations of OpenAI's string_check grader
    "eq": ("equals", {}),
    "ne": ("equals", {"negate": True}),
    "like": ("contains", {}),
    "ilike": ("contains", _ANY_CASE),
}
"""Other names: the scorer meant, and the options that differ from its own defaults."""
