"""OpenAI's graders that ask a model: labels and scores."""

from collections.abc import Iterator

from promptci.importers.imported import ImportedJudge
from promptci.importers.names import slug
from promptci.importers.openai.gradertext import Grader, Made, openai_model
from promptci.parsing.source import Mark, Node, Plain, excerpt

SAMPLING = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "max_completions_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "max_tokens": "max_tokens",
    "reasoning_effort": "reasoning_effort",
}
"""Parameters of sampling, and ours; the API writes one of them in two ways."""

_INSTRUCTING = ("system", "developer")


def label_model(grader: Grader) -> Made:
    """`choice_judge` with the labels, those that pass at 1."""
    labels = grader.node.get("labels").plain()
    passing = grader.node.get("passing_labels").plain()
    if not isinstance(labels, list) or not isinstance(passing, list) or not labels:
        raise ValueError("has no `labels` with `passing_labels`: add them")
    choices: list[Plain] = [
        {"choice": str(each), "score": 1 if each in passing else 0} for each in labels
    ]
    system, user = _asked(grader)
    if not user:
        system, user = "", system
    if "{{ output }}" not in system + user:
        said = "`label_model` never shows the answer to its model: it judges the item alone"
        grader.found.notes.append(grader.node.mark.warning(said))
    options: dict[str, Plain] = {"system_prompt": system} if system else {}
    options["prompt"] = f"{user}\n\nAnswer with one of: {', '.join(map(str, labels))}."
    if "sampling_params" in grader.parts:
        mark = grader.node.key_mark("sampling_params")
        grader.found.notes.append(
            mark.warning("`choice_judge` has no parameters of its own: it judges at temperature 0")
        )
    return "choice_judge", {
        **options,
        "choices": choices,
        **_model(grader),
        **_extract(grader),
    }


def score_model(grader: Grader) -> Made:
    """`rubric` with the grader's own words as the judge's prompt, and its range."""
    bounds = grader.node.get("range").plain() if "range" in grader.parts else [0, 1]
    low, high = bounds if isinstance(bounds, list) and len(bounds) == 2 else (0, 0)
    if not isinstance(low, int | float) or not isinstance(high, int | float) or low >= high:
        raise ValueError("has a `range` that is none: write two numbers")
    system, user = _asked(grader)
    if "{{ output }}" not in user:
        system, user = "", f"{system}\n\n{user}".strip()
    if "{{ output }}" not in user:
        said = "`score_model` never shows the answer to its model: here it comes after the words"
        grader.found.notes.append(grader.node.mark.warning(said))
        user += "\n\n{{ output }}"
    body: dict[str, Plain] = {
        "system": system or "You grade the output of another system.",
        "user": f"{user}\n\n{{{{ criteria }}}}",
        "reply": _reply(low, high),
    }
    parameters = sampling_of(grader)
    if parameters:
        body["parameters"] = parameters
    name = grader.judge_name(slug(grader.text("name")) or "score")
    grader.found.judges.append(ImportedJudge(name, body, str(grader.node.mark.path)))
    return "rubric", {
        "criteria": f"Give a score from {low:g} to {high:g}.",
        "prompt": f"judges/{name}.yaml",
        **_model(grader),
        "threshold": _threshold(grader, low, high),
        **_extract(grader),
    }


def _model(grader: Grader) -> dict[str, Plain]:
    """The model that is asked; a loss where a template fills it in elsewhere."""
    name = grader.text("model")
    if "{{" in name:
        wrong = f"the model `{excerpt(name)}` is filled in elsewhere: write `model: NAME`"
        cure = f"{wrong}, or `defaults: {{judge: NAME}}` in promptci.yaml"
        grader.found.losses.append(grader.node.key_mark("model").fault(cure))
        return {}
    return {"model": openai_model(name)}


def _threshold(grader: Grader, low: float, high: float) -> float:
    wanted = grader.number("pass_threshold")
    if wanted is None:
        wanted = (low + high) / 2
        said = f"`score_model` has no `pass_threshold`: it passes from {wanted:g} here"
        grader.found.notes.append(grader.node.mark.warning(said))
    return round(min(max((wanted - low) / (high - low), 1e-9), 1), 9)


def _reply(low: float, high: float) -> dict[str, Plain]:
    score: Plain = {"type": "number", "minimum": low, "maximum": high}
    return {
        "type": "object",
        "properties": {"reason": {"type": "string"}, "score": score},
        "required": ["reason", "score"],
        "additionalProperties": False,
    }


def sampling_of(grader: Grader) -> dict[str, Plain]:
    """The parameters with which a grader asks; what is none of ours is a loss."""
    node = grader.parts.get("sampling_params")
    kept: dict[str, Plain] = {}
    for key, each in (
        node.value.items() if node is not None and isinstance(node.value, dict) else ()
    ):
        if key in SAMPLING:
            kept |= {SAMPLING[key]: each.plain()} if each.value is not None else {}
        elif node is not None and each.value is not None:
            wrong = f"`{key}` of a grader is not carried: see `parameters` of a judge"
            grader.found.losses.append(node.key_mark(key).fault(wrong))
    return kept


def _extract(grader: Grader) -> dict[str, Plain]:
    """What the judge is shown of an answer in JSON, where its messages name one field alone."""
    places = {each for text, _ in _texts(grader, tell=False) for each in grader.terms.json_of(text)}
    if places <= {""}:
        return {}
    if len(places) == 1 and (only := places.pop()):
        return {"extract": {"json": only}}
    said = "shows its model parts of the answer's JSON: here all of the answer is shown"
    grader.found.notes.append(grader.node.mark.warning(f"`{grader.text('type')}` {said}"))
    return {}


def _asked(grader: Grader) -> tuple[str, str]:
    """What the judge is told of its task, and what it is asked."""
    system: list[str] = []
    user: list[str] = []
    for text, is_instruction in _texts(grader, tell=True):
        (system if is_instruction else user).append(
            grader.terms.of_item(text, grader.node.mark).strip()
        )
    if not system and not user:
        raise ValueError("asks its model nothing: write `input` with a message")
    return "\n\n".join(system), "\n\n".join(user)


def _texts(grader: Grader, *, tell: bool) -> Iterator[tuple[str, bool]]:
    """The texts of the messages, and whether each instructs."""
    node = grader.parts.get("input")
    if node is not None and isinstance(node.value, str):
        yield node.value, False
        return
    for each in node.value if node is not None and isinstance(node.value, list) else []:
        parts = each.value if isinstance(each.value, dict) else {}
        is_instruction = "role" in parts and parts["role"].value in _INSTRUCTING
        content = parts.get("content")
        for text in [] if content is None else message_texts(content):
            if isinstance(text, str):
                yield text, is_instruction
            elif tell:
                wrong = "a part of a grader's message is no text and is not carried: leave it out"
                grader.found.losses.append(text.fault(wrong))


def message_texts(content: Node) -> list[str | Mark]:
    """The texts of a message's content, and the places of parts that are none."""
    if isinstance(content.value, str):
        return [content.value]
    parts = content.value if isinstance(content.value, list) else [content]
    found: list[str | Mark] = []
    for part in parts:
        inner = part.value.get("text") if isinstance(part.value, dict) else part
        is_text = inner is not None and isinstance(inner.value, str)
        found.append(str(inner.value) if is_text and inner is not None else part.mark)
    return found
