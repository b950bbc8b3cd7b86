"""Histories of score records for tests: written by hand, so that each commit is what it must be."""

from collections.abc import Mapping
from typing import Any

from gitrepo import GitRepo
from promptci.digest import long_digest
from promptci.records.record import Accepted, Parts, Record, Result
from promptci.records.scorefile import dump

ADDRESS = "http://llm.example/v1"


def record(
    scores: Mapping[str, float | None],
    *,
    model: str = "small",
    accepted: Mapping[str, str] | None = None,
    edited: tuple[str, ...] = (),
    parts: Mapping[str, str] | None = None,
    **more: Any,
) -> Record:
    """A record whose figures add up. Scores of 1 pass, None is an error.

    `parts` are contents of the fingerprint's parts by name, `edited` ids of examples whose inputs
    are not what they were.
    """
    results = tuple(_result(id_, scores[id_], id_ in edited) for id_ in sorted(scores))
    answered = [score for score in scores.values() if score is not None]
    given = {"prompt": "p", "examples": "e", "scorers": "s", "model": model, **(parts or {})}
    made = Parts(**{name: long_digest(text) for name, text in given.items()})
    values = {
        "eval": "router",
        "model": model,
        "fingerprint": long_digest(list(given.items())),
        "parts": made,
        "score": sum(answered) / len(answered) if answered else 0.0,
        "passed": sum(score == 1 for score in answered),
        "total": len(scores),
        "results": results,
        "prompt": "router",
        "model_id": f"{ADDRESS} {model}",
        "accepted": tuple(Accepted(id_, why) for id_, why in sorted((accepted or {}).items())),
    }
    return Record(**{**values, **more})


def write_records(repo: GitRepo, *records: Record, name: str = "router") -> None:
    """Write the score record of an eval into the working tree."""
    repo.write({f"evals/{name}.scores.yaml": dump({each.model: each for each in records})})


def commit_record(repo: GitRepo, *records: Record, name: str = "router") -> str:
    """Write the score record of an eval and commit it; gives the commit's id."""
    write_records(repo, *records, name=name)
    return repo.commit("Score")


def _result(id_: str, score: float | None, is_edited: bool) -> Result:
    digest = long_digest([id_, is_edited])
    if score is None:
        return Result(id_, digest, "error")
    return Result(id_, digest, "pass" if score == 1 else "fail", score)
