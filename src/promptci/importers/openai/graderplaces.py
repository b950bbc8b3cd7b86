"""Where graders of OpenAI are in what was saved: evals, lists of them, jobs, single graders."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.parsing.source import Node

KINDS = frozenset((
    "string_check", "text_similarity", "label_model", "score_model", "multi", "python", "endpoint",
    "score_model_grader",
))  # fmt: skip


class GraderSet(Struct, frozen=True):
    """Graders that judge the same answers; `parts` are the keys beside them."""

    name: str
    graders: list[Node]
    parts: Mapping[str, Node]
    mark: Node
    path: str


class Saved(Struct):
    """What was found in the files: graders, runs of them, and items inside the documents."""

    losses: list[Fault]
    sets: list[GraderSet] = field(default_factory=list)
    runs: list[Mapping[str, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)


def look_into(node: Node, path: str, saved: Saved) -> bool:
    """Add what a document holds to `saved`; whether it holds anything that is known."""
    if isinstance(node.value, list):
        return _look_into_list(node, path, saved)
    parts = node.value if isinstance(node.value, dict) else {}
    kind = _text(parts.get("object"))
    if "datasource_item" in parts:
        saved.items.append(node)
        return True
    if kind == "list" and "data" in parts:
        data = parts["data"]
        if "has_more" in parts and parts["has_more"].value is True:
            wrong = "says that there are more pages: save them all beside it"
            saved.losses.append(node.key_mark("has_more").fault(f"`has_more` {wrong}"))
        return (isinstance(data.value, list) and not data.value) or look_into(data, path, saved)
    if kind == "eval.run" or ("data_source" in parts and not _graders(parts)):
        saved.runs.append(parts)
        return True
    for key in ("eval", "evaluation"):
        inner = parts.get(key)
        if inner is not None and isinstance(inner.value, dict):
            parts = {**parts, **inner.value}
    graders = _graders(parts)
    if graders is None and kind in _FRAMES:
        return True
    if graders is None:
        return False
    saved.sets.append(GraderSet(_title(parts, graders, path), graders, parts, node, path))
    return True


_FRAMES = frozenset(("eval", "file", "eval.deleted"))
"""Objects of the API that may lie beside an eval and hold nothing to carry."""


def _look_into_list(node: Node, path: str, saved: Saved) -> bool:
    items = node.value if isinstance(node.value, list) else []
    if items and all(_is_grader(each) for each in items):
        saved.sets.append(GraderSet(PurePosixPath(path).stem, list(items), {}, node, path))
        return True
    known = [look_into(each, path, saved) for each in items]
    return any(known)


def _graders(parts: Mapping[str, Node]) -> list[Node] | None:
    """The graders of an eval, of a job of fine-tuning, of a call of the grader, or one alone."""
    listed = parts.get("testing_criteria")
    if listed is not None and isinstance(listed.value, list):
        return listed.value
    if _text(parts.get("type")) in KINDS:
        return [Node(dict(parts), next(iter(parts.values())).mark)]
    method = parts["method"].get("reinforcement") if "method" in parts else None
    one = method.get("grader") if method is not None and method.value else parts.get("grader")
    if one is not None and isinstance(one.value, dict):
        return [one]
    inner = parts.get("graders")
    if inner is None:
        return None
    found = list(inner.value.values()) if isinstance(inner.value, dict) else inner.value
    return found if isinstance(found, list) and all(map(_is_grader, found)) else None


def _title(parts: Mapping[str, Node], graders: list[Node], path: str) -> str:
    """An eval's name, or that of the file: a grader's own name is that of its metric."""
    is_eval = "testing_criteria" in parts
    name = _text(parts.get("name")) if is_eval or len(graders) > 1 else ""
    return name or PurePosixPath(path).stem


def _is_grader(node: Node) -> bool:
    return isinstance(node.value, dict) and _text(node.value.get("type")) in KINDS


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def run_of(each: GraderSet, saved: Saved) -> Node | None:
    """The data source of a run of an eval: its template, model and, at times, its items."""
    for key in ("data_source", "run"):
        node = each.parts.get(key)
        if node is not None and isinstance(node.value, dict):
            return node.value.get("data_source", node)
    listed = each.parts.get("runs")
    runs = list(saved.runs)
    if listed is not None and isinstance(listed.value, list):
        runs = [run.value for run in listed.value if isinstance(run.value, dict)] + runs
    own = _text(each.parts.get("id"))
    fitting = [run for run in runs if not own or _text(run.get("eval_id")) in ("", own)]
    return next((run["data_source"] for run in fitting if "data_source" in run), None)


def told_runs(each: GraderSet, saved: Saved) -> Iterator[Fault]:
    """What of several runs is not carried: a prompt has one template."""
    own = _text(each.parts.get("id"))
    fitting = [run for run in saved.runs if _text(run.get("eval_id")) in ("", own)]
    for run in fitting[1:]:
        source = run.get("data_source")
        if source is not None:
            wrong = "a further run of the eval is not carried: import it by itself, or use `models`"
            yield source.mark.fault(wrong)
