"""Score records as format 1 had them, made by its own rules and not by what reads them today."""

import hashlib

from msgspec.structs import asdict, replace

from promptci.digest import canonical_json, digest
from promptci.records.record import Parts, Record
from promptci.records.scorefile import dump, parse
from promptci.run.planning.task import Task


def as_format_1(record: Record, task: Task) -> Record:
    """A record of a task whose scorers name no file, with the digests that it had in format 1."""
    scorers = [dict(scorer.canonical) for scorer in task.judges.shared]
    lines = [
        f"{digest([e.vars, e.expected, e.has_expected, e.scorers])[:12]}"
        f" {canonical_json([e.tags, []]) if e.tags else ''} {e.id}\n"
        for e in task.golden.examples()
    ]
    parts = Parts(
        prompt=digest(task.prompt.content)[:12],
        examples=hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()[:12],
        scorers=digest(scorers)[:12],
        model=digest(task.model.identity)[:12],
    )
    results = tuple(replace(each, digest=each.digest[:12]) for each in record.results)
    fingerprint = digest(asdict(parts))[:16]
    return replace(record, parts=parts, fingerprint=fingerprint, results=results)


def text_as_format_1(text: str, task: Task) -> str:
    """The same of a file with one record."""
    [(name, record)] = parse(text, "", task.spec.name).items()
    return dump({name: as_format_1(record, task)})
