"""Prompts and score records as MLflow keeps them: versions of prompts, a run for each record."""

import math
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from promptci.exporters.exported import ExportedEval
from promptci.records.record import Record
from promptci.specs.answerer import Answerer
from promptci.specs.prompt import Prompt

_NOT_IN_NAMES = re.compile(r"[^\w.-]", re.ASCII)
_NOT_IN_KEYS = re.compile(r"[^\w./ -]", re.ASCII)
"""MLflow refuses keys with other characters, and all that is sent along with them."""
MOST_CHARACTERS = 5_000
"""Of a tag's value: file stores of MLflow take no more."""


class SyncedPrompt(Struct, frozen=True):
    """A prompt as it is at a commit; `digest` tells its versions apart.

    `messages` are its turns with roles and contents, whose placeholders MLflow writes alike.
    """

    name: str
    digest: str
    messages: tuple[Mapping[str, str], ...]
    commit: str
    tags: Mapping[str, str]
    remarks: tuple[str, ...] = ()


class SyncedRun(Struct, frozen=True):
    """A score record as a run of MLflow; `key` tells runs apart. `time` is in seconds."""

    key: str
    name: str
    time: int
    metrics: Mapping[str, float]
    params: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)


def synced_prompts(evals: Iterable[ExportedEval]) -> list[SyncedPrompt]:
    """The prompts of evals, once each as it is at the first commit, with the scores of all.

    Of a flow they are those of its steps, to which its scores do not belong.
    """
    found: dict[str, tuple[Prompt, str, dict[str, str]]] = {}
    for each in evals:
        answerer = each.task.prompt
        is_one = isinstance(answerer, Prompt)
        for prompt in _prompts_of(answerer):
            _, _, scores = found.setdefault(prompt.digest, (prompt, each.commit, {}))
            if is_one and each.record is not None:
                key = safe_key(f"promptci.score.{each.name}.{each.task.model.name}")
                scores[key] = f"{each.record.score:.6g}"
    return [_prompt(prompt, commit, scores) for prompt, commit, scores in found.values()]


def _prompts_of(answerer: Answerer) -> Iterable[Prompt]:
    return [answerer] if isinstance(answerer, Prompt) else [s.prompt for s in answerer.asking]


def _prompt(prompt: Prompt, commit: str, scores: Mapping[str, str]) -> SyncedPrompt:
    messages, remarks = _messages(prompt)
    tags = {
        "promptci.digest": prompt.digest,
        "promptci.prompt": prompt.name,
        "promptci.version": prompt.version or "",
        "promptci.commit": commit,
        **scores,
    }
    tags = {key: value[:MOST_CHARACTERS] for key, value in tags.items() if value}
    name = _NOT_IN_NAMES.sub("-", prompt.name)
    return SyncedPrompt(name, prompt.digest, messages, commit, tags, remarks)


def _messages(prompt: Prompt) -> tuple[tuple[Mapping[str, str], ...], tuple[str, ...]]:
    """The turns as they are written, and what MLflow has no place for."""
    turns: list[Mapping[str, str]] = []
    remarks: list[str] = []
    if prompt.shots:
        remarks.append(
            f"the shots of `{prompt.name}` are not carried: MLflow has no place for them"
        )
    for turn in prompt.turns:
        if turn.is_slot:
            remarks.append(f"a placeholder for turns of `{prompt.name}` is not carried: it is data")
        else:
            content = "\n".join(filter(None, [turn.content.source, *turn.rest]))
            turns.append({"role": turn.role, "content": content})
    return tuple(turns), tuple(remarks)


def synced_runs(evals: Iterable[ExportedEval]) -> list[SyncedRun]:
    """A run for each record that is of its files."""
    return [_run(each, each.record) for each in evals if each.record is not None]


def _run(each: ExportedEval, record: Record) -> SyncedRun:
    params = {
        "eval": each.name,
        "model": each.task.model.name,
        "prompt": each.task.prompt.name,
        "version": each.task.prompt.version or "",
    }
    tags = {
        "promptci.key": f"{each.commit}/{record.fingerprint}",
        "promptci.commit": each.commit,
        "promptci.fingerprint": record.fingerprint,
        "promptci.prompt.digest": each.task.prompt.digest,
    }
    return SyncedRun(
        tags["promptci.key"],
        f"{each.name} on {each.task.model.name} at {each.commit[:12]}",
        each.time,
        _metrics(record),
        {key: value for key, value in params.items() if value},
        tags,
    )


def _metrics(record: Record) -> dict[str, float]:
    """The record's numbers by names that MLflow takes; one that is not finite is left out."""
    found: dict[str, float] = {
        "score": record.score,
        "passed": record.passed,
        "total": record.total,
        "errors": record.errors,
    }
    for name, value in record.metrics.items():
        key = safe_key(f"metric/{name}")
        while key in found:
            key += "_"
        found[key] = value
    return {key: float(value) for key, value in found.items() if math.isfinite(value)}


def safe_key(name: str) -> str:
    """A key of MLflow: `nDCG@10` is refused, `nDCG_10` is not."""
    return _NOT_IN_KEYS.sub("_", name)[:250]
