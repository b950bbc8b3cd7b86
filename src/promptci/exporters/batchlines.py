"""Lines that batch APIs read: `{custom_id, method, url, body}`, one request each."""

import json
from collections.abc import Iterator

from promptci.exporters.exported import Exported, ExportedEval, Exporter, ExportOptions
from promptci.models.hosted.bodies import Bodies

_URL = "/v1/chat/completions"


def write_batch(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """The requests whose answers are not stored; `custom_id` is the key of the answer."""
    del options
    missing = sum(answer.completion is None for each in evals for answer in each.answers())
    found = Exported({"batch.jsonl": lambda: _lines(evals)})
    found.remarks = [
        f"`{each.name}` goes on after its first answer: the first request of each was written"
        for each in evals
        if each.task.talk is not None
    ]
    found.remarks += [f"without a stored answer: {missing:,} of the requests"]
    return found


def _lines(evals: tuple[ExportedEval, ...]) -> Iterator[bytes]:
    bodies = Bodies()
    seen: set[str] = set()
    for each in evals:
        for answer in each.answers():
            if answer.completion is None and answer.request.key not in seen:
                seen.add(answer.request.key)
                body = json.loads(bodies.write(answer.request, frozenset()))
                line = {
                    "custom_id": answer.request.key,
                    "method": "POST",
                    "url": _URL,
                    "body": body,
                }
                yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


OPENAI_BATCH = Exporter("openai-batch", "Requests without an answer, for batch APIs", write_batch)
