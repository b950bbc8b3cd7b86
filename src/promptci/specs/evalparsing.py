"""Evals and golden examples as their files say them."""

from collections.abc import Sequence

from msgspec import UnsetType
from msgspec.structs import replace

from promptci.digest import short_digest
from promptci.errors import Fault
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Mark, Node, mapping_of
from promptci.specs.conversation import Attach, with_digests
from promptci.specs.evalfile import EvalFile, ExampleFile, GateFile
from promptci.specs.evalspec import EvalSpec, Example, Gate, InPart
from promptci.specs.message import Attachment
from promptci.specs.simulateduser import read_conversing

_ASIDE = frozenset(
    {"gate", "models", "metrics", "threshold", "sensitivity", "curve", "description"}
)
"""What no example and no scorer rests on."""

_NESTED = (list, dict)


def parse_evalspec(node: Node, name: str, faults: list[Fault]) -> EvalSpec | None:
    """Read an eval from a loaded file; adds what is wrong to `faults` and gives None then."""
    file = read_shape(node, EvalFile, faults)
    if file is None:
        return None
    if file.flow is not None and file.prompt is not None:
        wrong = "`prompt` and `flow` name two things to test: delete one of them"
        faults.append(node.key_mark("flow").fault(wrong))
        return None
    if not file.scorers and isinstance(file.examples, list) and not _all_scored(file.examples):
        wrong = "there are no `scorers`: add a list of them, such as `- equals`"
        faults.append(node.mark.fault(wrong))
        return None
    return EvalSpec(
        name=name,
        mark=node.mark,
        prompt=file.flow or file.prompt or name,
        examples=file.examples if isinstance(file.examples, str) else _inline(file.examples, node),
        scorers=_scorer_nodes(node),
        models=tuple(dict.fromkeys(file.models or ())),
        gate=_gate(file.gate),
        description=file.description,
        truncated=file.truncated,
        threshold=file.threshold,
        metrics=mapping_of(node.get("metrics")) if file.metrics else {},
        refused=file.refused,
        empty=file.empty,
        columns=file.columns,
        marks=_marks(node),
        is_flow=file.flow is not None,
        steps=mapping_of(node.get("steps")) if file.steps else {},
        conversing=read_conversing(node, file.conversation, file.tools, file.most_calls, faults),
        sensitivity=file.sensitivity,
        curve=file.curve,
    )


def parse_in_part(node: Node, name: str) -> EvalSpec:
    """What is known of a faulty eval: all but how it is gated and run, else its scorers alone.

    Of the latter there are no examples.
    """
    kept = dict(mapping_of(node))
    listed = kept["examples"].value if "examples" in kept else None
    known = tuple(map(_at_least, listed)) if isinstance(listed, list) else None
    if known is not None:
        kept["examples"] = Node([], node.mark)
    if "gate" in kept:
        kept["gate"] = _sound(kept["gate"], GateFile)
    fewer = {key: value for key, value in kept.items() if key not in _ASIDE}
    for some in (kept, fewer):
        found = parse_evalspec(replace(node, value=some), name, [])
        if found is not None:
            return found if known is None else replace(found, examples=known)
    return EvalSpec(name, node.mark, name, (), _scorer_nodes(node))


def _at_least(node: Node) -> Example:
    """An example, or what is known of it."""
    file = read_shape(node, ExampleFile, [])
    return example_in_part(node) if file is None else parse_example(file, node.mark)


def example_in_part(node: Node) -> InPart:
    """What is known of a faulty example: it is called as it should be, or not at all."""
    kept = _sound(node, ExampleFile)
    file = read_shape(kept, ExampleFile, []) or ExampleFile()
    lacks = mapping_of(node).keys() - mapping_of(kept).keys()
    has_inputs = file.vars or file.history or file.messages
    if file.id is None and (lacks & {"vars", "history", "messages"} or not has_inputs):
        lacks.add("id")
    found = parse_example(file, node.mark)
    fields = {name: getattr(found, name) for name in Example.__struct_fields__}
    return InPart(**fields, lacks=frozenset(lacks))


def _sound(node: Node, shape: type) -> Node:
    """A mapping without what is faulty in it."""
    kept = mapping_of(node)
    alone = {key: replace(node, value={key: value}) for key, value in kept.items()}
    return replace(node, value={k: kept[k] for k in kept if read_shape(alone[k], shape, [])})


def parse_example(file: ExampleFile, mark: Mark) -> Example:
    """A golden example from its file form; without an id it is called by a digest of its inputs."""
    variables = file.vars
    if file.history is not None or file.messages is not None:
        turns = {"history": file.history, "messages": file.messages}
        variables = variables | {name: each for name, each in turns.items() if each is not None}
    return Example(
        id=short_digest(variables) if file.id is None else str(file.id),
        vars=variables,
        expected=None if isinstance(file.expected, UnsetType) else file.expected,
        has_expected=not isinstance(file.expected, UnsetType),
        tags=_each_once(file.tags),
        scorers=tuple(file.scorers),
        cluster="" if file.cluster is None else str(file.cluster),
        mark=mark,
        steps=file.steps,
        runs=_each_once(file.runs),
        never=_each_once(file.never),
        meta=file.meta,
    )


def _each_once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names)) if names else ()


def with_files(example: Example, attach: Attach) -> Example:
    """The example with the files that it names, which `attach` finds, held by their digests."""
    for value in example.vars.values():
        if isinstance(value, (list, dict)):
            break
    else:
        return example
    files: dict[str, Attachment] = {}
    found = {name: with_digests(value, attach, files) for name, value in example.vars.items()}
    return replace(example, vars=found, files=files) if files else example


def _inline(files: list[ExampleFile], node: Node) -> tuple[Example, ...]:
    listed = node.get("examples")
    return tuple(parse_example(file, listed.get(index).mark) for index, file in enumerate(files))


def _all_scored(examples: list[ExampleFile]) -> bool:
    return bool(examples) and all(example.scorers for example in examples)


def _scorer_nodes(node: Node) -> tuple[Node, ...]:
    mapping = node.value if isinstance(node.value, dict) else {}
    listed = mapping.get("scorers", Node([], node.mark))
    if isinstance(listed.value, dict):  # `{use: NAME}`, without a list around it
        return (listed,)
    return tuple(listed.value) if isinstance(listed.value, list) else ()


def _marks(node: Node) -> dict[str, Mark]:
    """The places of the values that are only checked later."""
    keys = (
        "examples",
        "prompt",
        "flow",
        "models",
        "gate",
        "columns",
        "steps",
        "sensitivity",
        "curve",
    )
    marks = {key: node.get(key).mark for key in keys}
    return marks | {"must_pass": node.get("gate", "must_pass").mark}


def _gate(file: GateFile) -> Gate:
    must_pass = tuple(map(str, file.must_pass))
    return Gate(file.tolerance, file.min_score, must_pass, file.max_errors, file.spread)
