"""What each kind of OpenAI's graders is here."""

import re
from collections.abc import Callable, Iterator, Mapping

from promptci.importers.openai.gradermodels import label_model, score_model
from promptci.importers.openai.gradersums import multi_grader
from promptci.importers.openai.graderterms import fields_named
from promptci.importers.openai.gradertext import Grader, Made
from promptci.parsing.source import Plain, excerpt


def grader_scorers(grader: Grader) -> Iterator[Plain]:
    """The scorer of a grader, or none with a loss."""
    kind = grader.text("type")
    make = _GRADERS.get(kind)
    if make is None:
        why = _REFUSED.get(kind, "is no grader that is known: see docs/scorers.md")
        grader.found.losses.append(grader.node.mark.fault(f"`{excerpt(kind)}` {why}"))
        return
    try:
        name, options = make(grader)
    except ValueError as error:
        grader.found.losses.append(grader.node.mark.fault(f"`{kind}` {error}"))
        return
    title = str(grader.parts["name"].value or "") if "name" in grader.parts else ""
    named: dict[str, Plain] = {"name": title, **options} if title else options
    yield {name: named} if named else name


_REFUSED = {
    "python": "is code, which is not run: use the scorer `python` with it, after reading it",
    "endpoint": "asks a server, and scorers reach nothing outside: use `command`",
    "azure_ai_evaluator": "asks a service of Azure: use `rubric` or `factuality`",
}


def _compared(grader: Grader) -> tuple[dict[str, Plain], bool]:
    """Options with what the answer is compared with, and whether the name of a tool is."""
    sides = [grader.text("input"), grader.text("reference")]
    found = [grader.terms.graded(side) for side in sides]
    place = next((index for index, each in enumerate(found) if each is not None), None)
    if place is None:
        if any(map(grader.terms.names_sample, sides)):
            raise ValueError("compares a text around the answer, which is not carried")
        raise ValueError("does not look at the answer: write `{{sample.output_text}}` as its input")
    graded, other = found[place], sides[1 - place]
    assert graded is not None
    if grader.terms.names_sample(other):
        raise ValueError("compares the answer with itself, which is not carried")
    if place == 1 and grader.text("operation") in ("like", "ilike"):
        raise ValueError("asks whether the item holds the answer, which is not carried")
    grader.terms.references.update(fields_named(other))
    options: dict[str, Plain] = {"value": grader.terms.of_item(other, grader.node.mark)}
    if graded.json:
        options["extract"] = {"json": graded.json}
    return options, graded.is_tool


def _string_check(grader: Grader) -> Made:
    operation = grader.text("operation", "eq")
    if operation not in _OPERATIONS:
        known = "`eq`, `ne`, `like` or `ilike`"
        raise ValueError(f"has the operation `{excerpt(operation)}`: write {known}")
    options, is_tool = _compared(grader)
    name, more = _OPERATIONS[operation]
    if not is_tool:
        return name, options | more
    if name != "equals":
        raise ValueError("asks for a part of a tool's name: write the whole name")
    return "tool_call", {"tool": options["value"], "match": "subset", **more}


_OPERATIONS: Mapping[str, Made] = {
    "eq": ("equals", {}),
    "ne": ("equals", {"not": True}),
    "neq": ("equals", {"not": True}),
    "like": ("contains", {}),
    "ilike": ("contains", {"ignore_case": True}),
}
"""The reference has `ne`, the guide `neq`."""


def _text_similarity(grader: Grader) -> Made:
    metric = grader.text("evaluation_metric")
    options, is_tool = _compared(grader)
    if is_tool:
        raise ValueError("measures the name of a tool, which is not carried: use `tool_call`")
    threshold = grader.number("pass_threshold")
    mark = grader.node.mark
    if threshold is None:
        said = "`text_similarity` has no `pass_threshold`: it passes from 0.5 here"
        grader.found.notes.append(mark.warning(said))
    options["threshold"] = 0.5 if threshold is None else threshold
    if metric in ("fuzzy_match", "bleu", "cosine"):
        said = f"`{metric}` is not said to the letter by OpenAI: compare a few scores"
        grader.found.notes.append(mark.warning(said))
    rouge = re.fullmatch(r"rouge_([1-9])", metric)
    if rouge:
        return "rouge_n", {**options, "n": int(rouge[1])}
    if metric == "cosine":
        return "similar", {**options, "model": "openai/text-embedding-3-large"}
    if metric not in _MEASURES:
        raise ValueError(f"measures `{excerpt(metric)}`, which is not measured here: use `chrf`")
    return _MEASURES[metric], options


_MEASURES = {
    "fuzzy_match": "similarity_ratio",
    "bleu": "bleu",
    "gleu": "gleu",
    "rouge_l": "rouge_l",
}


_GRADERS: Mapping[str, Callable[[Grader], Made]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "label_model": label_model,
    "score_model": score_model,
    "multi": lambda grader: multi_grader(grader, grader_scorers),
}
