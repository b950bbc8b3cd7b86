"""Chat lines for fine-tuning: what other services take as training and validation files.

Each line is `{"messages": [...]}` with roles system, user, assistant and tool, the last of the
assistant, and the `tools` that a prompt has, which Together, Mistral, Azure OpenAI and Unsloth read
alike.
"""

import hashlib
import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import partial
from itertools import chain

from msgspec import Struct

from promptci.digest import long_digest
from promptci.errors import NothingToRunError
from promptci.exporters.exported import (
    Exported,
    ExportedAnswer,
    ExportedEval,
    Exporter,
    ExportOptions,
    goes_on,
    message_body,
)
from promptci.exporters.splitting import split_place
from promptci.parsing.source import Plain, alike
from promptci.specs.evalspec import Example
from promptci.templates.template import as_text
from promptci.version import __version__

_ROLES = {"developer": "system"}
FEWEST = 10
"""Lines that services want at least."""


class _Line(Struct, frozen=True):
    """One line with what decides about it."""

    text: str
    input: str
    group: str
    source: str


def write_finetune(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """Training and validation files with a manifest; every line once, in the order of the evals.

    Raises `NothingToRunError` where there is no line to learn from.
    """
    lines, counts = _lines(evals, options)
    if not lines:
        why = "; ".join(_left_out(counts)) or "the evals have no examples"
        raise NothingToRunError(f"nothing to learn from, and nothing was written: {why}")
    names = ("train.jsonl", "validation.jsonl") if options.validation else ("train.jsonl",)
    split: dict[str, list[_Line]] = {name: [] for name in names}
    for line in lines:
        is_held = options.validation and split_place(line.group, options.seed) < options.validation
        split["validation.jsonl" if is_held else "train.jsonl"].append(line)
    manifest = _manifest(evals, options, split, counts)
    found = Exported()
    for name, kept in split.items():
        found.files[name] = partial(_encoded, kept, options)
    found.files["manifest.json"] = lambda: iter([f"{manifest}\n".encode()])
    found.remarks = list(_remarks(split, counts))
    return found


def _encoded(lines: list[_Line], options: ExportOptions) -> Iterator[bytes]:
    start = BOM_UTF8 if options.with_bom else b""
    return chain([start], (f"{line.text}\n".encode() for line in lines))


def _lines(
    evals: tuple[ExportedEval, ...], options: ExportOptions
) -> tuple[list[_Line], dict[str, int]]:
    counts = {"kept_out": 0, "several_turns": 0, "calls": 0, "without_answer": 0, "twice": 0}
    found: dict[str, _Line] = {}
    for each in evals:
        for answer in each.answers():
            given = input_digest(answer.example)
            if given in options.kept_out:
                counts["kept_out"] += 1
                continue
            if goes_on(each, answer.example):
                counts["several_turns"] += 1
                continue
            if options.answers_from == "expected" and _expects_calls(answer):
                counts["calls"] += 1
                continue
            text = _text(answer, options.answers_from)
            if not text:
                counts["without_answer"] += 1
                continue
            messages = _messages(answer, text)
            tools = [dict(tool) for tool in answer.request.settings.tools]
            line = {"messages": messages, **({"tools": tools} if tools else {})}
            body = json.dumps(line, ensure_ascii=False)
            same = long_digest(alike(messages))
            group = answer.example.cluster or given
            counts["twice"] += same in found
            found.setdefault(same, _Line(body, given, group, f"{each.name}/{answer.example.id}"))
    return list(found.values()), counts


def input_digest(example: Example) -> str:
    """What an example asks, whatever is expected: the same in every eval.

    Case and white space tell no two apart, as for `promptci lint`.
    """
    return long_digest(alike(dict(example.vars)))


def _text(answer: ExportedAnswer, source: str) -> str:
    """The assistant's turn: what is expected, or what was answered and passed."""
    if source == "expected":
        return as_text(answer.example.expected) if answer.example.has_expected else ""
    passed = answer.result is not None and answer.result.fate == "pass"
    return answer.completion.text if passed and answer.completion is not None else ""


def _expects_calls(answer: ExportedAnswer) -> bool:
    """Whether calls of the prompt's tools are expected, which no text teaches."""
    expected = answer.example.expected
    listed = expected if isinstance(expected, list) else [expected]
    calls = [isinstance(each, dict) and {"name", "arguments"} <= each.keys() for each in listed]
    return bool(answer.request.settings.tools) and bool(calls) and all(calls)


def _messages(answer: ExportedAnswer, text: str) -> list[Plain]:
    turns = message_body(answer.request)
    for turn in turns:
        assert isinstance(turn, dict)
        turn["role"] = _ROLES.get(str(turn["role"]), turn["role"])
    return [*turns, {"role": "assistant", "content": text}]


def _manifest(
    evals: tuple[ExportedEval, ...],
    options: ExportOptions,
    split: dict[str, list[_Line]],
    counts: dict[str, int],
) -> str:
    sources = [
        {
            "eval": each.name,
            "prompt": each.task.prompt.name,
            "prompt_version": each.task.prompt.version,
            "prompt_digest": each.task.prompt.digest,
            "examples_digest": each.task.parts.examples,
            "teacher": each.task.model.identity if options.answers_from == "passed" else None,
        }
        for each in evals
    ]
    files = {
        name: {"lines": len(lines), "sha256": _sha256(lines, options)}
        for name, lines in split.items()
    }
    return json.dumps(
        {
            "format": 1,
            "promptci": __version__,
            "commit": options.commit or None,
            "answers": options.answers_from,
            "seed": options.seed,
            "validation": options.validation,
            "sources": sources,
            "files": files,
            **counts,
        },
        indent=2,
        ensure_ascii=False,
    )


def _sha256(lines: list[_Line], options: ExportOptions) -> str:
    """The SHA-256 of a file, as `sha256sum` prints it."""
    return hashlib.sha256(b"".join(_encoded(lines, options))).hexdigest()


def _left_out(counts: dict[str, int]) -> Iterator[str]:
    if counts["kept_out"]:
        yield (
            f"{counts['kept_out']:,} examples that a gate tests are kept out: "
            "--with-gates takes them in"
        )
    if counts["several_turns"]:
        yield f"{counts['several_turns']:,} conversations of several answers are left out"
    if counts["calls"]:
        yield f"{counts['calls']:,} examples expect calls of tools and are left out"
    if counts["without_answer"]:
        yield f"{counts['without_answer']:,} examples have no answer to learn from and are left out"


def _remarks(split: dict[str, list[_Line]], counts: dict[str, int]) -> Iterator[str]:
    yield from _left_out(counts)
    if counts["twice"]:
        yield f"{counts['twice']:,} lines were there already"
    count = len(split["train.jsonl"])
    if count < FEWEST:
        yield f"{count} lines to train on: most services want at least {FEWEST}"


FINETUNE = Exporter("finetune", "Chat lines for fine-tuning, with a manifest", write_finetune)
