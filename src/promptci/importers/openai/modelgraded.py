"""Model grading of openai/evals: a judge of ours, or one with the spec's own prompt and choices."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from promptci.errors import SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.imported import Imported
from promptci.importers.sources import Sources
from promptci.importers.templates import literal, translate
from promptci.parsing.source import Mark, Node, Plain, excerpt

DEFAULT_JUDGE = "openai/gpt-6-luna"

_AS_MANY_AS_TEXTS = "from_n"
"""Choices that are the numbers of several answers side by side, of which there are none here."""


def model_graded(
    spec: str,
    sources: Sources,
    mark: Mark,
    found: Imported,
    given: Mapping[str, Plain],
) -> list[Plain] | None:
    """A judge: one of ours by its name, or the spec's own prompt and choices.

    `given` fills in the spec's prompt for all samples; an argument with several texts, each by a
    name, is judged once for each.
    """
    options: dict[str, Plain] = {"model": DEFAULT_JUDGE}
    if spec == "fact":
        return [{"factuality": options}]
    if spec == "closedqa":
        texts = _texts(given.get("criteria")) or ["{{ criteria }}"]
        return [{"closed_qa": {"criteria": each, **options}} for each in texts]
    name = PurePosixPath(spec).stem
    paths = [p for p in sources.below(".") if PurePosixPath(p).stem == name and "modelgraded" in p]
    if not paths:
        found.losses.append(
            mark.fault(
                f"the grading `{excerpt(spec)}` is not there: add its file below `modelgraded`"
            )
        )
        return None
    try:
        root = load_foreign(sources.read(paths[0], mark), paths[0], found.losses)
    except SpecError as error:
        found.losses.extend(error.faults)
        return None
    node = (
        next((each for each in (root.value or {}).values() if isinstance(each.value, dict)), root)
        if isinstance(root.value, dict) and "prompt" not in root.value
        else root
    )
    return _choices(node, found, given)


def _texts(value: Plain) -> list[Plain]:
    """The texts of an argument: one, or several by name; braces in them are no placeholders."""
    values = list(value.values()) if isinstance(value, dict) else [value]
    return [literal(each) for each in values if isinstance(each, str) and each]


def _choices(node: Node, found: Imported, given: Mapping[str, Plain]) -> list[Plain] | None:
    parts = node.value if isinstance(node.value, dict) else {}
    prompt, strings = parts.get("prompt"), parts.get("choice_strings")
    listed = strings.plain() if strings is not None else None
    if isinstance(listed, str) and listed != _AS_MANY_AS_TEXTS:
        listed = list(listed)  # letters, such as YN
    if prompt is None or not isinstance(prompt.value, str) or not isinstance(listed, list):
        found.losses.append(
            node.mark.fault(
                "this grading has no `prompt` with `choice_strings`: write a `choice_judge`"
            )
        )
        return None
    scores = node.get("choice_scores").plain() if "choice_scores" in parts else {}
    scores = scores if isinstance(scores, dict) else {}
    best = (
        max((value for value in scores.values() if isinstance(value, int | float)), default=1) or 1
    )
    choices: list[Plain] = []
    for each in listed:
        value = scores.get(str(each), 1 if each == listed[0] and not scores else 0)
        choices.append(
            {"choice": str(each), "score": value / best if isinstance(value, int | float) else 0}
        )
    text = translate(prompt.value, "f-string", prompt.mark)
    found.losses.extend(text.losses)
    question = text.text.replace("{{ completion }}", "{{ output }}").replace(
        "{{ ideal }}", "{{ expected }}"
    )
    for name, value in given.items():
        text_given = next(iter(_texts(value)), None)
        if isinstance(text_given, str):
            question = question.replace(f"{{{{ {name} }}}}", text_given)
    return [{"choice_judge": {"prompt": question, "choices": choices, "model": DEFAULT_JUDGE}}]
