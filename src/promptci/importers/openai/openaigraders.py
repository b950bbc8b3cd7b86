"""Evals of OpenAI's platform: graders, items, recorded answers and the prompt of a run."""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from msgspec.structs import replace

from promptci.importers.foreignyaml import load_foreign
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    OutputSet,
    Row,
)
from promptci.importers.names import Names, slug
from promptci.importers.openai.graderitems import Items, item_of
from promptci.importers.openai.graderplaces import GraderSet, Saved, look_into, run_of, told_runs
from promptci.importers.openai.graderprompt import PromptOfRun, prompt_of_run
from promptci.importers.openai.graderterms import (
    TO_WRITE,
    Terms,
    drafted_item,
    fields_named,
    is_sample_named,
)
from promptci.importers.openai.gradertext import Grader
from promptci.importers.openai.gradertypes import grader_scorers
from promptci.importers.rows import first_object, read_rows
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, excerpt


def read_openai_graders(sources: Sources, path: str) -> Imported:
    """Read evals as the platform gives them, single graders, or a folder with items beside."""
    found = Imported()
    names = Names()
    saved = Saved(found.losses)
    paths = sources.at(path)
    lines = [each for each in paths if each.endswith(_LINES)]
    if lines == [path]:
        next(read_rows(sources, path, []), None)  # refuses what is no file of rows
    if paths == [path]:
        folder = PurePosixPath(path).parent
        beside = [each for each in sources.below(str(folder)) if each.endswith(_LINES)]
        lines = [each for each in beside if PurePosixPath(each).parent == folder]
    for each in paths:
        if each.endswith((".json", ".yaml", ".yml")):
            root = load_foreign(sources.read(each), each, found.losses)
            if not look_into(root, each, saved):
                wrong = "there are no `testing_criteria` in it and no grader: name the eval's file"
                found.losses.append(root.mark.fault(wrong))
    if not saved.sets and not found.losses:
        wrong = "there are items and no graders: save the eval with its `testing_criteria` beside"
        found.losses.append(Mark(path).fault(wrong))
    for each_set in saved.sets:
        _add(each_set, saved, lines, sources, found, names)
    return found


_LINES = (".jsonl", ".ndjson")


def _add(
    each: GraderSet, saved: Saved, lines: list[str], sources: Sources, found: Imported, names: Names
) -> None:
    name = names.take(slug(each.name) or "eval")
    texts = json.dumps([grader.plain() for grader in each.graders]).replace('\\"', '"')
    terms = Terms(found.losses, _recorded(each, texts, found))
    grader_names = Names()
    scorers = [
        made
        for node in each.graders
        for made in grader_scorers(
            Grader(node.value if isinstance(node.value, dict) else {}, node, terms, found,
                   grader_names, name)
        )
    ]  # fmt: skip
    items = _items(each, saved, lines, sources, found, terms, fields_named(texts))
    prompt = prompt_of_run(run_of(each, saved), each, terms, items, found)
    found.losses.extend(told_runs(each, saved))
    about = _about(each, found)
    found.prompts.append(ImportedPrompt(name, prompt.body, each.path))
    if items.is_empty:
        _draft(each, texts, terms, scorers, found, name, about)
        return
    found.evals.append(ImportedEval(name, {**about, "scorers": scorers}, name, each.path))
    rows = _chatting(items, prompt)
    found.examples.append(ExampleSet(name, rows.examples))
    if rows.has_outputs:
        found.outputs.append(OutputSet(name, rows.outputs))


def _about(each: GraderSet, found: Imported) -> dict[str, Plain]:
    """What the eval's `metadata` say it is about; all else of it is reported."""
    node = each.parts.get("metadata")
    said = node.plain() if node is not None else None
    said = said if isinstance(said, dict) else {}
    others = [key for key, value in said.items() if key != "description" and value]
    if node is not None and others:
        names = ", ".join(f"`{excerpt(key)}`" for key in others)
        found.notes.append(node.mark.warning(f"{names} of `metadata` judge nothing: left out"))
    text = said.get("description")
    return {"description": text} if isinstance(text, str) and text else {}


def _draft(
    each: GraderSet,
    texts: str,
    terms: Terms,
    scorers: list[Plain],
    found: Imported,
    name: str,
    about: Mapping[str, Plain],
) -> None:
    """An eval of graders without items: it has one that is to be written."""
    mark = each.mark.mark
    beside = "put them beside it as JSONL with `item` in each line"
    if not scorers:
        wrong = "there are no items for its graders, so that the prompt alone is written"
        found.losses.append(mark.fault(f"{wrong}: {beside}"))
        return
    wrong = "there are no items for its graders, so that one with `TODO` in its fields is written"
    found.losses.append(mark.fault(f"{wrong}: write yours in its place, or {beside}"))
    values = terms.variables({"input": TO_WRITE, **drafted_item(texts)})
    found.evals.append(ImportedEval(name, {**about, "scorers": scorers}, name, each.path))
    drafted: Row = {"id": "item-1", "vars": values}
    found.examples.append(ExampleSet(name, lambda: iter([drafted])))


def _chatting(items: Items, prompt: PromptOfRun) -> Items:
    """The items, whose `messages` are read as turns where the prompt sends them."""
    return replace(items, chat=prompt.is_chat)


def _recorded(each: GraderSet, texts: str, found: Imported) -> str:
    """The field of an item that holds the answer, where no grader looks at a sample."""
    if is_sample_named(texts):
        return ""
    fields = fields_named(texts)
    inputs = [
        _WHOLE.fullmatch(str(grader.value["input"].value))
        for grader in each.graders
        if isinstance(grader.value, dict)
        and isinstance(grader.value.get("input", grader).value, str)
    ]
    compared = {match[1] for match in inputs if match}
    usual = [name for name in fields if name.lower() in _ANSWERS]
    known = sorted(compared) if len(compared) == 1 else usual[:1]
    if known:
        said = f"no grader looks at a sample: `item.{excerpt(known[0])}` is taken for the answer"
        found.notes.append(each.mark.mark.warning(said))
    return known[0] if known else ""


_WHOLE = re.compile(r"\s*\{\{\s*item\.(\w+)\s*\}\}\s*")
_ANSWERS = frozenset((
    "output_text", "output", "model_output", "response", "answer", "completion", "model_response",
    "generated", "prediction", "model_answer", "llm_output",
))  # fmt: skip
"""What people call a recorded answer."""


def _items(
    each: GraderSet,
    saved: Saved,
    lines: list[str],
    sources: Sources,
    found: Imported,
    terms: Terms,
    fields: list[str],
) -> Items:
    """The items of an eval: its run's own, saved results, and the files that fit its fields."""
    run = run_of(each, saved)
    source = run.get("source") if run is not None else None
    content = source.get("content") if source is not None and source.value else None
    inline = list(content.value) if content is not None and isinstance(content.value, list) else []
    own = each.parts.get("item")
    if own is not None and isinstance(own.value, dict) and "grader" in each.parts:
        inline.append(Node(dict(each.parts), own.mark))
    inline += saved.items if len(saved.sets) == 1 else [n for n in saved.items if _of(n, each)]
    chosen = [path for path in lines if _fits(path, sources, fields, alone=len(saved.sets) == 1)]
    if inline and chosen and not _has_all(inline[0].plain(), fields):
        wrong = f"items without what the graders name are not taken: those of {chosen[0]} are"
        found.losses.append(inline[0].mark.fault(wrong))
        inline = []
    if inline:
        mark = inline[0].mark
        place = f"{mark.path}:{mark.line}"
        taken = f"its items are not taken, those at {place} are: import it without the run"
        found.notes += [Mark(path).warning(taken) for path in chosen]
    return Items(inline, [] if inline else chosen, sources, found, terms, fields=fields)


def _has_all(item: Plain, fields: list[str]) -> bool:
    return isinstance(item, dict) and all(field in item_of(item) for field in fields)


def _of(item: Node, each: GraderSet) -> bool:
    """Whether a saved result is of an eval."""
    parts = item.value if isinstance(item.value, dict) else {}
    own = each.parts.get("id")
    return "eval_id" in parts and own is not None and parts["eval_id"].value == own.value


def _fits(path: str, sources: Sources, fields: list[str], *, alone: bool) -> bool:
    """Whether a file of lines holds items with the fields that graders name."""
    first = first_object(next(iter(sources.lines(path)), b""))
    item = item_of(first)
    is_marked = "item" in first or "datasource_item" in first
    return (is_marked and alone) or (bool(fields) and all(field in item for field in fields))


def _matches(path: str, head: bytes) -> bool:
    if path.endswith(_LINES):
        first = first_object(head)
        return "item" in first or "datasource_item" in first
    if not path.endswith((".json", ".yaml", ".yml")):
        return False
    if b'"testing_criteria"' in head or b"testing_criteria:" in head:
        return True
    return re.search(_GRADER, head) is not None


_GRADER = (
    rb"\"?type\"?\s*:\s*[\"']?(string_check|text_similarity|score_model|label_model)\b"
    rb"|\"object\"\s*:\s*\"eval\.run"
)

OPENAI_GRADERS = Importer(
    "openai-graders", "Graders and items of OpenAI's evals", _matches, read_openai_graders
)
