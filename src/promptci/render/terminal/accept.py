"""What `accept` wrote."""

from collections.abc import Iterator, Mapping, Sequence

from promptci.records.record import Accepted, Record
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import on_one_line


def report(
    path: str, records: Mapping[str, Record], ids: Sequence[str], *, is_written: bool
) -> str:
    """A line per accepted loss, and the file that holds them."""
    lines = [
        f"accepted {on_one_line(loss.id)} on {on_one_line(model)}: {on_one_line(loss.why, 400)}"
        for model, loss in _losses(records, ids)
    ]
    done = f"wrote {path}: commit it" if is_written else f"{path} says so already"
    return "".join(f"{line}\n" for line in (*lines, on_one_line(done, 400)))


def report_document(
    path: str, records: Mapping[str, Record], ids: Sequence[str], *, is_written: bool
) -> str:
    """The same for programs."""
    accepted = [
        {"model": model, "id": loss.id, "why": loss.why} for model, loss in _losses(records, ids)
    ]
    return dumps(
        {
            "command": "accept",
            "exit_code": 0,
            "path": path,
            "written": is_written,
            "accepted": accepted,
        }
    )


def _losses(records: Mapping[str, Record], ids: Sequence[str]) -> Iterator[tuple[str, Accepted]]:
    wanted = set(ids)
    for model in sorted(records):
        for loss in records[model].accepted:
            if loss.id in wanted:
                yield model, loss
