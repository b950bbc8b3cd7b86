"""A registry of openai/evals: classes of evals with their samples.

`match`, `includes`, `fuzzy_match`, `json_match`, `translate` and model-graded evals, as
https://github.com/openai/evals has them.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from promptci.importers.foreignyaml import load_foreign
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    Row,
)
from promptci.importers.names import Names, slug
from promptci.importers.openai.ideals import wanted_of
from promptci.importers.openai.modelgraded import model_graded
from promptci.importers.openai.registrysamples import holds_samples, read_shots, samples_path
from promptci.importers.rows import first_object, read_rows, turns_of
from promptci.importers.sources import Sources
from promptci.importers.usedvariables import first_names, texts_in
from promptci.parsing.source import Mark, Node, Plain, excerpt

_MATCHES = {
    "Match": "starts_with",
    "Includes": "contains",
    "FuzzyMatch": "contains",
    "JsonMatch": "json_equal",
    "Translate": "bleu",
}
_SHOTS = frozenset(("few_shot_jsonl", "num_few_shot"))
_SHOT_KINDS = ("Match", "Translate")
_ABOUT = ("description", "disclaimer")
_ARGUMENTS = frozenset((
    "samples_jsonl", "ignore_case", "modelgraded_spec", "modelgraded_spec_args", "eval_type",
))  # fmt: skip


def read_openai_evals(sources: Sources, path: str) -> Imported:
    """Read a registry's YAML, a folder of them, or a file of samples alone."""
    found = Imported()
    names = Names()
    if path.endswith(".jsonl"):
        _add(
            found,
            names.take(slug(PurePosixPath(path).stem) or "samples"),
            path,
            "Match",
            {},
            sources,
        )
        return found
    paths = sources.at(path)
    registries = [each for each in paths if each.endswith((".yaml", ".yml"))]
    for each in registries:
        root = load_foreign(sources.read(each), each, found.losses)
        if isinstance(root.value, dict):
            for key, node in root.value.items():
                _entry(key, node, root, each, sources, found, names)
    return found


def _entry(
    key: str, node: Node, root: Node, path: str, sources: Sources, found: Imported, names: Names
) -> None:  # fmt: skip
    """An entry that names a class is an eval; the others lead to one."""
    parts = node.value if isinstance(node.value, dict) else {}
    if "class" not in parts:
        return
    kind = str(parts["class"].value).rpartition(":")[2]
    arguments = node.get("args").plain() if "args" in parts else {}
    arguments = arguments if isinstance(arguments, dict) else {}
    mark = root.key_mark(key)
    written = arguments.get("samples_jsonl")
    if kind not in (*_MATCHES, "ModelBasedClassify") or not isinstance(written, str):
        wrong = f"`{excerpt(key)}` is of the class `{excerpt(kind)}`, which {_why_not(arguments)}"
        found.losses.append(mark.fault(wrong))
        return
    samples = samples_path(written, path, sources)
    if samples is None:
        found.losses.append(
            mark.fault(f"the samples `{excerpt(written)}` are not there: add the file")
        )
        return
    read = _ARGUMENTS | (_SHOTS if kind in _SHOT_KINDS else frozenset())
    for name in sorted(set(arguments) - read):
        found.losses.append(
            mark.fault(f"the argument `{excerpt(name)}` is not carried: see docs/files.md")
        )
    _add(
        found,
        names.take(slug(key.split(".")[0]) or "eval"),
        samples,
        kind,
        arguments,
        sources,
        mark=mark,
        about=_about(key, root),
    )


def _about(key: str, root: Node) -> dict[str, Plain]:
    """What an eval, and the alias that leads to it, say of it."""
    entries = root.plain()
    listed = entries.items() if isinstance(entries, dict) else ()
    said = [e for name, e in listed if isinstance(e, dict) and key in (name, e.get("id"))]
    texts = [str(each[f]).strip() for each in said for f in _ABOUT if each.get(f)]
    return {"description": "\n".join(texts)} if texts else {}


def _why_not(arguments: Mapping[str, Plain]) -> str:
    dataset = arguments.get("dataset")
    if isinstance(dataset, str) and dataset.startswith("hf://"):
        return "fetches its samples from a hub: save them as JSONL with `input` and `ideal`"
    return "is code of its own: write what it checks as a scorer"


def _add(
    found: Imported,
    name: str,
    samples: str,
    kind: str,
    arguments: Mapping[str, Plain],
    sources: Sources,
    *,
    mark: Mark | None = None,
    about: Mapping[str, Plain] = MappingProxyType({}),
) -> None:
    place = mark or Mark(samples, 1)
    if not holds_samples(sources, samples, found):
        return  # a prompt without anything to ask
    scorers = _scorers(kind, arguments, sources, place, found)
    if scorers is None:
        return
    if kind == "FuzzyMatch":
        found.notes.append(
            place.warning(
                "`fuzzy_match` also passes an answer that is a part of what is "
                "right; here only the other way round"
            )
        )
    registry = mark.path if mark is not None else samples
    shots = read_shots(arguments, registry or "", sources, found) if kind in _SHOT_KINDS else []
    body: dict[str, Plain] = {"messages": ["{{ input }}"]}
    found.prompts.append(ImportedPrompt(name, body, samples))
    found.evals.append(ImportedEval(name, {**about, "scorers": scorers}, name, samples))
    found.examples.append(
        ExampleSet(name, lambda: _examples(sources, samples, (kind, scorers), shots, found))
    )


def _scorers(
    kind: str, arguments: Mapping[str, Plain], sources: Sources, mark: Mark, found: Imported
) -> list[Plain] | None:
    if kind == "ModelBasedClassify":
        spec, given = (
            str(arguments.get("modelgraded_spec", "")),
            arguments.get("modelgraded_spec_args"),
        )
        return model_graded(spec, sources, mark, found, given if isinstance(given, dict) else {})
    name = _MATCHES[kind]
    if kind == "Translate":
        return [{name: {"threshold": 0.3}}]
    if kind == "FuzzyMatch" or arguments.get("ignore_case"):
        options: dict[str, Plain] = {"ignore_case": True}
        if kind == "FuzzyMatch":
            options["normalise"] = True
        return [{name: options}]
    return [name]


def _examples(
    sources: Sources,
    path: str,
    judged: tuple[str, list[Plain]],
    shots: list[Plain],
    found: Imported,
) -> Iterator[Row]:
    kind, scorers = judged
    scorer = scorers[0] if kind in _MATCHES else None
    read = frozenset().union(*map(first_names, texts_in(scorers)))
    for sample, mark in read_rows(sources, path, found.losses):
        given = sample.get("input")
        turns: list[Plain] | None = (
            [{"role": "user", "content": given}]
            if isinstance(given, str)
            else turns_of(given, mark, found.losses)
        )
        if turns is None:
            found.losses.append(
                mark.fault("a sample has no `input` that is a text or a chat: add one")
            )
            continue
        turns = [*turns[:-1], *shots, *turns[-1:]]
        row: Row = {"vars": {"input": turns}}
        ideal = sample.get("ideal")
        told = wanted_of(ideal, kind, scorer, mark, found)
        if told is None:
            continue
        row |= told
        extra = {key: value for key, value in sample.items() if key not in ("input", "ideal")}
        row["vars"] = {"input": turns, **{k: v for k, v in extra.items() if k in read}}
        if rest := {key: value for key, value in extra.items() if key not in read}:
            row["meta"] = rest
        found.place = mark
        yield row


def _matches(path: str, head: bytes) -> bool:
    if path.endswith((".yaml", ".yml")):
        return b"class: evals." in head or b"samples_jsonl" in head
    first = first_object(head) if path.endswith(".jsonl") else {}
    return "input" in first and "ideal" in first


OPENAI_EVALS = Importer(
    "openai-evals", "A registry or samples of openai/evals", _matches, read_openai_evals
)
