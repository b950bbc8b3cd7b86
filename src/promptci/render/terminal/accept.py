"""What `accept` wrote."""

from collections.abc import Mapping, Sequence

from promptci.records.losses import losses_among
from promptci.records.record import Record
from promptci.secrets.safetext import on_one_line


def report(
    path: str, records: Mapping[str, Record], ids: Sequence[str], *, is_written: bool
) -> str:
    """A line per accepted loss, and the file that holds them."""
    lines = [
        f"accepted {on_one_line(loss.id)} on {on_one_line(model)}: {on_one_line(loss.why, 400)}"
        for model, loss in losses_among(records, ids)
    ]
    done = f"wrote {path}: commit it" if is_written else f"{path} says so already"
    return "".join(f"{line}\n" for line in (*lines, on_one_line(done, 400)))
