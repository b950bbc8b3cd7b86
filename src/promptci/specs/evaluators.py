"""The evaluators of a `.prompt.yml` as scorers that judge just as GitHub's own runner does."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, Node
from promptci.templates.template import Template, TemplateError, as_text

Scalar: TypeAlias = str | int | float | bool
"""What may be a text in YAML: the format reads `5` as text where it wants text."""


class StringFile(Struct, frozen=True, rename="camel"):
    """The first of these that is not empty decides."""

    equals: Scalar | None = None
    contains: Scalar | None = None
    starts_with: Scalar | None = None
    ends_with: Scalar | None = None


class ChoiceFile(Struct, frozen=True):
    """What the judge may say; a score above 0 passes."""

    choice: Scalar
    score: Annotated[float, Meta(ge=-1e9, le=1e9)] = 0.0


class LLMFile(Struct, frozen=True, rename="camel"):
    """A judge; its prompt may hold `{{completion}}` and every key of the test case."""

    model_id: Annotated[str, Meta(min_length=1)]
    prompt: Annotated[str, Meta(min_length=1)]
    choices: Annotated[list[ChoiceFile], Meta(min_length=1)]
    system_prompt: str | None = None


class EvaluatorFile(Struct, frozen=True):
    """One evaluator: the first of `string`, `llm` and `uses` that is there."""

    name: Any = None
    string: StringFile | None = None
    llm: LLMFile | None = None
    uses: str | None = None


class EvaluatorText(Struct, frozen=True):
    """A text with placeholders, its place, and the variables that the evaluator adds."""

    text: str
    mark: Mark
    own: tuple[str, ...] = ()


_KINDS = ("string", "llm", "uses")
_NEUTRAL = {"name", "description"}
_USES = {
    "github/similarity": "{{input}} {{expected}}",
    "github/coherence": "{{input}}",
    "github/relevance": "{{input}}",
    "github/groundedness": "{{input}} {{expected}}",
    "github/fluency": "",
}
"""GitHub's own evaluators, and what they read of a test case."""


def to_scorers(
    files: Sequence[EvaluatorFile],
    node: Node,
    faults: list[Fault],
    resolve: Callable[[str], str] = lambda model: model,
) -> tuple[Node, ...]:
    """The scorers, as nodes with the marks of the evaluators in `node`, which is their list.

    Those of an unknown kind are left out, with a warning. `resolve` says what a model's id is
    called here.
    """
    scorers = []
    for index, file in enumerate(files):
        place = node.get(index)
        if not _kinds(file):
            wrong = "this evaluator has none of `string`, `llm` and `uses`"
            faults.append(_of_no_kind(place, wrong, _KINDS))
            continue
        warn_unknown(place, (*EvaluatorFile.__struct_fields__, "description"), faults)
        scorer = _scorer(file, place, faults, resolve)
        if scorer is not None:
            scorers.append(scorer)
    return tuple(scorers)


def _of_no_kind(node: Node, wrong: str, known: Iterable[str]) -> Fault:
    """An evaluator that cannot be run; one whose kind is misspelt is an error."""
    names = tuple(known)
    keys = node.value if isinstance(node.value, dict) else {}
    other = [key for key in keys if key not in _NEUTRAL | set(names)]
    meant = {did_you_mean(key, names) for key in other if not key.lower().startswith("not")}
    near = sorted(each for each in meant if each.startswith("did you mean"))
    if near:
        return node.mark.fault(f"{wrong}: {near[0]}")
    return node.mark.warning(f"{wrong}, so it judges nothing: add one")


def texts(files: Sequence[EvaluatorFile], node: Node) -> Iterator[EvaluatorText]:
    """Every text of the evaluators whose placeholders a test case fills."""
    for index, file in enumerate(files):
        place, kind = node.get(index), (_kinds(file) or [""])[0]
        if kind == "string" and file.string is not None:
            for key, value in _given(file.string)[:1]:
                yield EvaluatorText(value, place.get("string", key).mark)
        elif kind == "llm" and file.llm is not None:
            own = ("completion",)
            yield EvaluatorText(file.llm.prompt, place.get("llm", "prompt").mark, own)
            yield EvaluatorText(
                file.llm.system_prompt or "", place.get("llm", "systemPrompt").mark, own
            )
        elif kind == "uses":
            yield EvaluatorText(_USES.get(file.uses or "", ""), place.get("uses").mark)


def warn_unknown(node: Node, known: Iterable[str], faults: list[Fault]) -> None:
    """A warning for every key of a mapping that the format does not know."""
    names = tuple(known)
    for key in node.value if isinstance(node.value, dict) else ():
        if key not in names:
            wrong = f"the key `{key}` is ignored: {did_you_mean(key, names)}"
            faults.append(node.key_mark(key).warning(wrong))


def _kinds(file: EvaluatorFile) -> list[str]:
    return [kind for kind in _KINDS if getattr(file, kind) not in (None, "")]


def _scorer(
    file: EvaluatorFile, node: Node, faults: list[Fault], resolve: Callable[[str], str]
) -> Node | None:
    kinds = _kinds(file)
    for other in kinds[1:]:
        wrong = f"`{other}` is not used beside `{kinds[0]}`: remove one of them"
        faults.append(node.key_mark(other).warning(wrong))
    if "string" in kinds and file.string is not None:
        scorer = _string(file.string, node.get("string"), faults)
    elif "llm" in kinds and file.llm is not None:
        scorer = _llm(file.llm, node.get("llm"), faults, resolve)
    else:
        scorer = _uses(node.get("uses"), faults)
    return scorer and _named(scorer, node, file)


def _named(scorer: tuple[str, dict[str, Node]], node: Node, file: EvaluatorFile) -> Node:
    """The scorer's node, called as the evaluator is."""
    name, options = scorer
    if isinstance(file.name, Scalar) and file.name != "":
        options["name"] = _text(node.get("name"))
    return Node({name: Node(options, node.mark)}, node.mark, {name: node.mark})


def _string(
    file: StringFile, node: Node, faults: list[Fault]
) -> tuple[str, dict[str, Node]] | None:
    """Only `equals` minds case; all look at the answer without the white space around it."""
    keys = StringFile.__struct_encode_fields__
    given = _given(file)
    if not given:
        known = ", ".join(f"`{key}`" for key in keys)
        faults.append(_of_no_kind(node, f"`string` has none of {known}", keys))
        return None
    warn_unknown(node, keys, faults)
    for key, _ in given[1:]:
        wrong = f"`{key}` is not used beside `{given[0][0]}`: write a second evaluator"
        faults.append(node.key_mark(key).warning(wrong))
    key = given[0][0]
    options = {"value": _template(node.get(key)), "strip": Node("output", node.mark)}
    if key != "equals":
        options["ignore_case"] = Node("lower", node.mark)
    return {"startsWith": "starts_with", "endsWith": "ends_with"}.get(key, key), options


def _given(file: StringFile) -> list[tuple[str, str]]:
    """The fields that are not empty, by their names in the file, in the order that decides."""
    fields = zip(StringFile.__struct_encode_fields__, StringFile.__struct_fields__, strict=True)
    pairs = [(key, getattr(file, name)) for key, name in fields]
    return [(key, as_text(value)) for key, value in pairs if value not in (None, "")]


def _llm(
    file: LLMFile, node: Node, faults: list[Fault], resolve: Callable[[str], str]
) -> tuple[str, dict[str, Node]]:
    """A judge whose reply is searched for the choices as substrings; any score above 0 passes."""
    warn_unknown(node, LLMFile.__struct_encode_fields__, faults)
    model = Node(resolve(file.model_id), node.get("modelId").mark)
    options = {"model": model, "prompt": _template(node.get("prompt"))}
    if file.system_prompt:
        options["system_prompt"] = _template(node.get("systemPrompt"))
    choices = node.get("choices")
    largest = max(1.0, *(choice.score for choice in file.choices))
    if largest > 1.0:
        wrong = f"scores are shares here: they are divided by the largest, {largest:g}"
        faults.append(choices.mark.warning(wrong))
    scores = [max(0.0, choice.score) / largest for choice in file.choices]
    options["choices"] = _choices(file, choices, scores, faults)
    options["match"] = Node("substring", node.mark)
    options["threshold"] = Node(min(filter(None, scores), default=1.0), choices.mark)
    return "choice_judge", options


def _choices(file: LLMFile, node: Node, scores: list[float], faults: list[Fault]) -> Node:
    items = []
    for index, (choice, score) in enumerate(zip(file.choices, scores, strict=True)):
        item = node.get(index)
        warn_unknown(item, ChoiceFile.__struct_fields__, faults)
        parts = {
            "choice": Node(as_text(choice.choice), item.get("choice").mark),
            "score": Node(score, item.get("score").mark),
        }
        items.append(Node(parts, item.mark))
    return Node(items, node.mark)


def _uses(node: Node, faults: list[Fault]) -> tuple[str, dict[str, Node]] | None:
    name = str(node.value)
    if name in _USES:
        return name, {}
    faults.append(node.mark.fault(f"there is no evaluator `{name}`: {did_you_mean(name, _USES)}"))
    return None


def _text(node: Node) -> Node:
    return Node(as_text(node.plain()), node.mark)


def _template(node: Node) -> Node:
    """A text with placeholders in this project's syntax: any other `{{` stays text."""
    text = as_text(node.plain())
    template = Template.parse_loosely(text)
    try:
        is_same = Template.parse(text) == template
    except TemplateError:
        is_same = False
    return Node(text if is_same else template.source, node.mark)
