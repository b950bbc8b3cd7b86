"""What `accept` wrote."""

from collections.abc import Mapping, Sequence

from promptci.records.acceptedlosses import losses_among
from promptci.records.record import Accepted, Record
from promptci.secrets.safetext import on_one_line


def reason(loss: Accepted) -> str:
    """Why a loss is accepted, and by whom and until when."""
    said = [f"by {on_one_line(loss.by, 60)}"] if loss.by else []
    said += [f"on {loss.when}"] if loss.when else []
    said += [f"until {loss.until}"] if loss.until else []
    why = on_one_line(loss.why, 400)
    return f"{why} ({', '.join(said)})" if said else why


def report(
    path: str, records: Mapping[str, Record], ids: Sequence[str], *, is_written: bool
) -> str:
    """A line per accepted loss, and the file that holds them."""
    lines = [
        f"accepted {on_one_line(loss.id)} on {on_one_line(model)}: {reason(loss)}"
        for model, loss in losses_among(records, ids)
    ]
    done = f"wrote {path}: commit it" if is_written else f"{path} says so already"
    return "".join(f"{line}\n" for line in (*lines, on_one_line(done, 400)))
