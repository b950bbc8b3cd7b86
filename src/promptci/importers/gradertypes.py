"""What each kind of OpenAI's graders is here."""

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from promptci.importers.imported import Imported
from promptci.parsing.source import Mark, Node, Plain, excerpt

_OUTPUT = re.compile(r"\{\{\s*sample\.output_text\s*\}\}")
_ITEM = re.compile(r"\{\{\s*item\.([\w.]+)\s*\}\}")
_SAMPLE = re.compile(r"\{\{\s*sample\.(?!output_text\b)([\w.]+)\s*\}\}")


class Grader(Struct, frozen=True):
    """One grader with its place."""

    parts: Mapping[str, Node]
    node: Node

    def text(self, key: str, default: str = "") -> str:
        """A field that is a text."""
        value = self.parts[key].value if key in self.parts else default
        return value if isinstance(value, str) else default

    def number(self, key: str) -> float | None:
        """A field that is a number."""
        value = self.parts[key].value if key in self.parts else None
        return (
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        )


def openai_model(name: str) -> str:
    """A model of OpenAI as a prompt names it."""
    return name if "/" in name else f"openai/{name}"


def item_template(text: str, mark: Mark, found: Imported) -> str:
    """A text with `{{item.x}}` in ours: `{{ x }}`."""
    for each in _SAMPLE.finditer(text):
        found.losses.append(
            mark.fault(f"`{excerpt(each[0])}` is not carried: only the output's text is")
        )
    return _ITEM.sub(r"{{ \1 }}", _OUTPUT.sub("{{ output }}", text))


def grader_scorers(node: Node, found: Imported) -> Iterator[Plain]:
    """The scorer of a grader, or none with a loss."""
    parts = node.value if isinstance(node.value, dict) else {}
    kind = str(parts["type"].value) if "type" in parts else ""
    make = _GRADERS.get(kind)
    if make is None:
        why = _REFUSED.get(kind, "is no grader that is known: see docs/scorers.md")
        found.losses.append(node.mark.fault(f"`{excerpt(kind)}` {why}"))
        return
    try:
        name, options = make(Grader(parts, node), found)
    except ValueError as error:
        found.losses.append(node.mark.fault(f"`{kind}` {error}"))
        return
    title = str(parts["name"].value) if "name" in parts and parts["name"].value else ""
    named: dict[str, Plain] = {"name": title, **options} if title else options
    yield {name: named} if named else name


_REFUSED = {
    "python": "is code, which is not run: use the scorer `python` with it, after reading it",
    "endpoint": "asks a server, and scorers reach nothing outside: use `command`",
}
Made = tuple[str, dict[str, Plain]]


def _string_check(grader: Grader, found: Imported) -> Made:
    taken, reference = grader.text("input"), grader.text("reference")
    operation = grader.text("operation", "eq")
    if not _OUTPUT.search(taken):
        if not _OUTPUT.search(reference) or operation not in ("eq", "ne"):
            raise ValueError(
                "does not look at the output: write `{{sample.output_text}}` as its input"
            )
        taken, reference = reference, taken
    if not _OUTPUT.fullmatch(taken.strip()):
        raise ValueError("compares a text around the output, which is not carried")
    options: dict[str, Plain] = {"value": item_template(reference, grader.node.mark, found)}
    names: dict[str, Made] = {
        "eq": ("equals", {}), "ne": ("equals", {"not": True}), "like": ("contains", {}),
        "ilike": ("contains", {"ignore_case": True}),
    }  # fmt: skip
    if operation not in names:
        raise ValueError(f"has the operation `{excerpt(operation)}`, which is not known")
    name, more = names[operation]
    return name, options | more


def _text_similarity(grader: Grader, found: Imported) -> Made:
    metric = grader.text("evaluation_metric")
    options: dict[str, Plain] = {
        "value": item_template(grader.text("reference"), grader.node.mark, found)
    }
    threshold = grader.number("pass_threshold")
    if threshold is not None:
        options["threshold"] = threshold
    rouge = re.fullmatch(r"rouge_([1-9])", metric)
    if rouge:
        return "rouge_n", {**options, "n": int(rouge[1])}
    names = {
        "fuzzy_match": "similarity_ratio",
        "bleu": "bleu",
        "gleu": "gleu",
        "rouge_l": "rouge_l",
    }
    if metric == "cosine":
        return "similar", {**options, "model": "openai/text-embedding-3-large"}
    if metric not in names:
        raise ValueError(f"measures `{excerpt(metric)}`, which is not measured here: use `chrf`")
    return names[metric], options


def _label_model(grader: Grader, found: Imported) -> Made:
    labels = grader.node.get("labels").plain()
    passing = grader.node.get("passing_labels").plain()
    if not isinstance(labels, list) or not isinstance(passing, list):
        raise ValueError("has no `labels` with `passing_labels`: add them")
    choices: list[Plain] = [
        {"choice": str(each), "score": 1 if each in passing else 0} for each in labels
    ]
    prompt = f"{_judge_prompt(grader, found)}\n\nAnswer with one of: {', '.join(map(str, labels))}."
    return "choice_judge", {
        "prompt": prompt,
        "choices": choices,
        "model": openai_model(grader.text("model")),
    }


def _score_model(grader: Grader, found: Imported) -> Made:
    bounds = grader.node.get("range").plain() if "range" in grader.parts else [0, 1]
    low, high = bounds if isinstance(bounds, list) and len(bounds) == 2 else (0, 1)
    if not isinstance(low, int | float) or not isinstance(high, int | float) or low >= high:
        raise ValueError("has a `range` that is none: write two numbers")
    options: dict[str, Plain] = {
        "criteria": _judge_prompt(grader, found),
        "model": openai_model(grader.text("model")),
    }
    threshold = grader.number("pass_threshold")
    if threshold is not None:
        options["threshold"] = round((threshold - low) / (high - low), 9)
    found.notes.append(
        grader.node.mark.warning(
            "`score_model` is judged by another prompt here: compare a few verdicts"
        )
    )
    return "rubric", options


def _judge_prompt(grader: Grader, found: Imported) -> str:
    """What the judge is asked, its messages one after the other."""
    node = grader.parts.get("input")
    texts: list[str] = []
    for each in node.value if node is not None and isinstance(node.value, list) else []:
        content = each.get("content")
        inner = content.get("text") if isinstance(content.value, dict) else content
        if isinstance(inner.value, str):
            texts.append(item_template(inner.value, each.mark, found))
    if not texts:
        raise ValueError("asks its model nothing: write `input` with a message")
    return "\n\n".join(texts)


def _multi(grader: Grader, found: Imported) -> Made:
    node = grader.parts.get("graders")
    inner = node.value if node is not None else {}
    graders = (
        inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else []
    )
    scorers = [made for each in graders for made in grader_scorers(each, found)]
    if not scorers:
        raise ValueError("holds no grader that could be carried")
    formula = grader.text("calculate_output")
    weights = _weights(formula, list(inner) if isinstance(inner, dict) else [])
    if weights is None:
        found.losses.append(
            grader.node.mark.fault(
                f"the formula `{excerpt(formula)}` is not carried: use `metrics`"
            )
        )
    for each, weight in zip(scorers, weights or [], strict=False):
        if isinstance(each, dict) and weight != 1:
            options = next(iter(each.values()))
            if isinstance(options, dict):
                options["weight"] = weight
    return "all_of", {"scorers": scorers}


def _weights(formula: str, names: list[str]) -> list[float] | None:
    """The weights of a weighted sum of all graders; None for other formulas."""
    if not formula:
        return [1.0] * len(names)
    found: dict[str, float] = {}
    for term in re.sub(r"[()]|/\s*\d+$", "", formula).split("+"):
        match = re.fullmatch(
            r"\s*(?:(?P<a>[\d.]+)\s*\*\s*)?(?P<name>\w+)(?:\s*\*\s*(?P<b>[\d.]+))?\s*", term
        )
        if match is None or match["name"] not in names:
            return None
        found[match["name"]] = float(match["a"] or match["b"] or 1)
    return [found[name] for name in names] if set(found) == set(names) else None


_GRADERS: Mapping[str, Callable[[Grader, Imported], Made]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "label_model": _label_model,
    "score_model": _score_model,
    "multi": _multi,
}
