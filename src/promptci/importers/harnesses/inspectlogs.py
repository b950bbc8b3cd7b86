"""Logs of Inspect: samples with their inputs, targets and outputs, and how they were judged.

Fields as inspect_ai 0.3.285 writes them: `eval.task`, `eval.scorers`, and of a sample `id`,
`epoch`, `input`, `target`, `metadata`, `output`, `messages`, `error`.
"""

from pathlib import PurePosixPath

from msgspec.structs import replace

from promptci.errors import Fault, SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.harnesses.evalarchive import (
    LogOfInspect,
    about_log,
    told_apart,
    unzipped_log,
)
from promptci.importers.harnesses.inspectmodels import asked_as
from promptci.importers.harnesses.inspectopenings import sent_before, tell_left_out
from promptci.importers.harnesses.inspectscorers import points_told, scorers_of
from promptci.importers.harnesses.recorded import recorded_outputs
from promptci.importers.imported import Imported, ImportedPrompt, Importer, OutputSet, Row
from promptci.importers.names import Names, slug
from promptci.importers.rows import Located, objects_of, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain
from promptci.templates.template import as_text

_ENDS = {
    "max_tokens": "length",
    "length": "length",
    "model_length": "length",
    "content_filter": "content_filter",
}
"""What Inspect calls the ends of answers that are not whole; `length` until 0.3.26 or so."""

_MOST_NAMED = 5


def read_inspect(sources: Sources, path: str) -> Imported:
    """Read a log of Inspect (`.eval` or JSON): its first epoch for `score`, all for `noise`."""
    found = Imported()
    data = sources.read(path)
    log = unzipped_log(data, path) if data[:2] == b"PK" else _json_log(data, path, found.losses)
    log = replace(log, samples=told_apart(log.samples, found.notes))
    task = as_text(log.about.get("task")).rpartition("/")[2]
    name = Names().take(slug(task) or slug(PurePosixPath(path).stem) or "inspect")
    scorers = scorers_of(log, log.head or Mark(path), found.losses)
    found.notes.extend(points_told(log, scorers, Mark(path)))
    epochs = sorted({e for sample, _ in log.samples if isinstance(e := sample.get("epoch"), int)})
    first = [(s, mark) for s, mark in log.samples if s.get("epoch") in (None, *epochs[:1])]
    _tell_failures(log.samples, Mark(path), found)
    if log.about.get("status") in {"cancelled", "error"}:
        ended = f"the run ended as `{log.about['status']}`: samples may be missing"
        found.notes.append(Mark(path).warning(ended))
    recorded_outputs(found, name, path, lambda: iter(first), _example, _output, scorers)
    tell_left_out(first, found.losses)
    opening = sent_before(first, Mark(path), found.losses)
    asked = asked_as(log, log.head or Mark(path), found)
    found.prompts = [_opened(prompt, asked, opening) for prompt in found.prompts]
    if len(epochs) > 1:
        found.outputs.append(OutputSet(f"{name}.trials", lambda: iter(_trials(log.samples))))
        note = (
            f"it holds {len(epochs)} epochs: `promptci noise {name} --outputs "
            f"evals/{name}.trials.outputs.jsonl` judges all, `promptci score` the first"
        )
        found.notes.append(Mark(path).warning(note))
    return found


def _opened(
    prompt: ImportedPrompt, asked: dict[str, Plain], opening: list[Plain]
) -> ImportedPrompt:
    """A prompt that sends the input behind what solvers sent before it, to the same model."""
    messages = prompt.body.get("messages")
    assert isinstance(messages, list)
    return replace(prompt, body={**asked, "messages": [*opening, *messages]})


def _json_log(data: bytes, path: str, losses: list[Fault]) -> LogOfInspect:
    root = load_foreign(data, path, losses)
    listed = root.value.get("samples") if isinstance(root.value, dict) else None
    if listed is None or not isinstance(listed.value, list):
        raise SpecError([Mark(path, 1).fault("this log holds no `samples`: name the whole log")])
    samples: list[Located] = [
        (value, each.mark) for each in listed.value if isinstance(value := each.plain(), dict)
    ]
    head = root.value if isinstance(root.value, dict) else {}
    told: dict[str, Plain] = {
        key: head[key].plain() for key in ("eval", "status", "plan", "results") if key in head
    }
    return LogOfInspect(about_log(told), samples, _places(root))


def _places(root: Node) -> dict[str, Mark]:
    """Where each scorer is named first, in any of the two places."""
    found: dict[str, Mark] = {}
    for listed in (root.get("eval", "scorers").value, root.get("results", "scores").value):
        for each in listed if isinstance(listed, list) else ():
            for key in ("name", "scorer"):
                if (name := each.get(key)) is not each:
                    found.setdefault(as_text(name.plain()), name.mark)
    return found


def _tell_failures(samples: list[Located], mark: Mark, found: Imported) -> None:
    """Say which samples failed there: Inspect leaves them out of its figures."""
    failed = [sample for sample, _ in samples if sample.get("error")]
    if failed:
        names = list(dict.fromkeys(as_text(sample.get("id")) for sample in failed))
        named = ", ".join(names[:_MOST_NAMED])
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        error = failed[0].get("error")
        said = as_text(error.get("message") if isinstance(error, dict) else error)[:100]
        note = (
            f"{len(failed):,} samples failed there, {named}{more} ({said}): their output is "
            "empty here, which is an error, where Inspect leaves them out of its figures"
        )
        found.notes.append(mark.warning(note))


def _example(sample: dict[str, Plain], mark: Mark, losses: list[Fault]) -> Row:
    given = sample.get("input")
    turns = turns_of(
        [_turn(each) for each in given] if isinstance(given, list) else None, mark, losses
    )
    row: Row = {"id": as_text(sample.get("id"))}
    row["vars"] = {
        "input": turns if turns is not None else [{"role": "user", "content": as_text(given)}]
    }
    target = sample.get("target")
    if isinstance(target, list) and len(target) == 1:
        target = target[0]
    if target not in (None, ""):
        row["expected"] = target
    metadata = sample.get("metadata")
    return row | ({"meta": metadata} if isinstance(metadata, dict) and metadata else {})


def _turn(turn: Plain) -> Plain:
    """A turn without what Inspect notes beside it; a call has its arguments as a text, as here."""
    if not isinstance(turn, dict):
        return turn
    return {"role": turn.get("role", "user"), "content": _said(turn.get("content"))}


def _said(content: Plain) -> Plain:
    """The text of a message; of one in parts what they say, without what the model thought."""
    if not isinstance(content, list):
        return content
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def _output(sample: dict[str, Plain]) -> Row | None:
    output = sample.get("output")
    if sample.get("error"):
        return {"id": as_text(sample.get("id")), "output": ""}
    if not isinstance(output, dict):
        return None
    choices = output.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    chosen = choice if isinstance(choice, dict) else {}
    text = output.get("completion")
    if text is None:
        message = chosen.get("message")
        text = _said(message.get("content")) if isinstance(message, dict) else None
    if not isinstance(text, str):
        return None
    row: Row = {"id": as_text(sample.get("id")), "output": text}
    turns = _talk(sample.get("messages"))
    if turns:
        row["messages"] = turns
    usage = output.get("usage")
    if isinstance(usage, dict) and {"input_tokens", "output_tokens"} <= set(usage):
        row["usage"] = {key: usage[key] for key in ("input_tokens", "output_tokens")}
    if isinstance(output.get("time"), int | float):
        row["latency"] = output["time"]
    end = _ENDS.get(as_text(chosen.get("stop_reason")))
    return row | ({"finish_reason": end} if end else {})


def _talk(messages: Plain) -> list[Plain]:
    """All turns of a sample that called tools, as OpenAI's chat completions have them."""
    listed = objects_of(messages)
    if not any(each.get("tool_calls") for each in listed):
        return []
    turns: list[Plain] = []
    for each in listed:
        turn = _turn(each)
        made = [_call(call) for call in objects_of(each.get("tool_calls"))]
        if isinstance(turn, dict):
            if made:
                turn = turn | {"tool_calls": made}
            if each.get("role") == "tool":
                turn = turn | {"tool_call_id": as_text(each.get("tool_call_id"))}
        turns.append(turn)
    return turns


def _call(call: dict[str, Plain]) -> Plain:
    function: dict[str, Plain] = {
        "name": as_text(call.get("function")),
        "arguments": as_text(call.get("arguments")),
    }
    return {"id": as_text(call.get("id")), "type": "function", "function": function}


def _trials(samples: list[Located]) -> list[Row]:
    """The outputs of every epoch, each as a trial."""
    rows: list[Row] = []
    for sample, _ in samples:
        row = _output(sample)
        if row is not None:
            rows.append(row | {"trial": sample.get("epoch") or 0})
    return rows


def _is_inspect(path: str, head: bytes) -> bool:
    return path.endswith(".eval") or (
        (b'"samples"' in head or b'"eval"' in head) and b'"task"' in head
    )


INSPECT = Importer(
    "inspect", "A log of Inspect, as outputs for `promptci score`", _is_inspect, read_inspect
)
