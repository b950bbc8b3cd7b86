"""The report of a judge against people: agreement, where they part, what influences the judge."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rich.console import RenderableType
from rich.table import Table

from promptci.judges.agreement import Agreement, Consistency
from promptci.render import figures
from promptci.render.idlist import named
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, labelled, measures, table, text
from promptci.secrets.safetext import on_one_line
from promptci.spending.limits import Taken
from promptci.stats.agreement import FEWEST_RANKED, Correlation
from promptci.stats.uncertainty import Interval

MOST_SHOWN = 5
"""Disagreements, and outputs without a verdict, shown one by one."""

Found: TypeAlias = Sequence[tuple[str, Agreement]]


def report(found: Found, look: Look) -> str:
    """The whole report as text, one part for each judge."""
    parts = (part for name, each in found for part in _parts(name, each))
    return draw(parts, look).rstrip("\n") + "\n"


def closing(taken: Taken) -> str:
    """The last line, for stderr: what it took."""
    return figures.taken(taken)


def _parts(name: str, found: Agreement) -> Iterator[RenderableType]:
    yield text(f"{name}: {figures.counted(len(found.outputs), 'labelled output')}", "bold")
    yield text(_sentence(found), "bold" if found.exit_code == 0 else "bold red")
    yield from map(text, _slips(found))
    yield ""
    if found.judged:
        yield measures(_rows(found))
        yield ""
        yield _confusion(found)
        yield ""
    yield from _apart(found)
    yield from _without(found)


def _slips(found: Agreement) -> Iterator[str]:
    """To which side the judge is wrong."""
    counts = found.passing_counts()
    if counts is None or not found.disagreements:
        return
    (failed, good), (passed, bad) = counts
    fails = f"It fails {failed:,} of {good:,} that people pass"
    yield f"{fails}, and passes {passed:,} of {bad:,} that they fail."


def _rows(found: Agreement) -> Iterator[tuple[str, str, str]]:
    n = len(found.judged)
    if found.accuracy is not None:
        ends = figures.interval(found.interval)
        yield "agreement", figures.share(found.accuracy), f"{found.agreed} of {n}, 95%: {ends}"
    if found.kappa is None:
        yield "kappa", "-", "all in one class, so that chance would agree as well"
    else:
        yield (
            "kappa",
            f"{found.kappa.value:.2f}",
            f"beyond chance, 95%: {_ends(found.kappa.interval)}",
        )
    if found.error is not None:
        yield "error", f"{found.error:.2f}", "mean absolute error of the judge's values"
    if found.lean is not None:
        yield "lean", f"{found.lean:+.2f}", "judge minus people, on average"
    if found.consistency is not None:
        yield "itself", *_itself(found.consistency)
    yield "length", *_length(found.length_bias)
    yield "position", *_position(found)


def _ends(interval: Interval) -> str:
    return f"{interval.low:.2f} to {interval.high:.2f}"


def _itself(found: Consistency) -> tuple[str, str]:
    ends = figures.interval(found.interval)
    said = f"{found.same} of {found.n} always get the same verdict, 95%: {ends}"
    some = f"; not {named(found.varying)}" if found.varying else ""
    return figures.share(found.pairs), f"two of its replies to an output agree; {said}{some}"


def _length(bias: Correlation | None) -> tuple[str, str]:
    if bias is None:
        return (
            "-",
            f"nothing to say: under {FEWEST_RANKED} outputs, or errors or lengths do not vary",
        )
    low, high = bias.interval.low, bias.interval.high
    if low <= 0 <= high:
        said = "no bias by length can be told from chance"
    else:
        said = f"favours {'longer' if low > 0 else 'shorter'} outputs"
    about = f"rank correlation of judge minus people with length, 95%: {_ends(bias.interval)}"
    return f"{bias.value:+.2f}", f"{said} ({about})"


def _position(found: Agreement) -> tuple[str, str]:
    position = found.position
    if position is None:
        return "-", "not asked in two orders"
    said = f"{position.changed} of {position.n} change with the order of the choices"
    if position.changed:
        last = position.changed - position.first
        said += f", {position.first} towards the first, {last} towards the last"
    return figures.share(position.changed / position.n), said


def _confusion(found: Agreement) -> Table:
    """People's classes in rows, the judge's in columns."""
    made = table({"people \\ judge": "left"})
    for name in found.classes:  # two long names may look the same when cut
        made.add_column(text(_short(name)), justify="right", no_wrap=True)
    for name, row in zip(found.classes, found.table, strict=True):
        made.add_row(text(_short(name)), *(f"{count:,}" for count in row))
    return made


def _short(name: str) -> str:
    return on_one_line(name, 20)


def _apart(found: Agreement) -> Iterator[RenderableType]:
    """Where they part, one by one, and what to do about it."""
    for each, score in found.disagreements[:MOST_SHOWN]:
        title = f"{on_one_line(each.id, 60)}: people {each.human.label}, judge {found.label(score)}"
        yield text(f"{title}  ({on_one_line(each.place, 200)})", "bold red")
        said = (("output", on_one_line(each.output, 400)), ("why", on_one_line(score.why, 400)))
        yield labelled([(name, value) for name, value in said if value])
        yield ""
    more = len(found.disagreements) - MOST_SHOWN
    if more > 0:
        yield text(f"… {more:,} more; --json names all")
    if found.disagreements:
        yield text(
            "Where people are right, change what the judge is asked; where the judge is, the label."
        )
        yield ""


def _without(found: Agreement) -> Iterator[RenderableType]:
    for each in found.errors[:MOST_SHOWN]:
        yield text(
            f"no verdict on {on_one_line(each.id, 40)}: {on_one_line(each.why, 200)}", "yellow"
        )
    more = len(found.errors) - MOST_SHOWN
    if more > 0:
        yield text(f"… {more:,} more without a verdict; --json names all", "yellow")
    if found.errors:
        yield ""


def _sentence(found: Agreement) -> str:
    """The verdict."""
    if found.is_undecided:
        if len(found.errors) > found.floors.max_errors or not found.judged:
            without = figures.counted(len(found.errors), "output")
            return f"Not decided: {without} without a verdict, {found.floors.max_errors} allowed."
        if found.lacks_kappa:
            return "Not decided: `min_kappa` needs outputs of more than one class."
        return "Not decided: `min_self_agreement` needs outputs with two verdicts."
    if found.missed:
        return f"The judge is below its floor: {'; '.join(found.missed)}."
    floors = found.floors
    if (floors.min_agreement, floors.min_kappa, floors.min_self_agreement) == (None, None, None):
        return "The file sets no floor: `gate: {min_kappa: 0.6}` would."
    return f"The judge reaches its floors{_not_for_sure(found)}."


def _not_for_sure(found: Agreement) -> str:
    """What to know of floors: figures are compared with them, not the ends of their intervals."""
    floors, low = found.floors, []
    if floors.min_agreement is not None and found.interval is not None:
        low += ["agreement"] if found.interval.low < floors.min_agreement else []
    if floors.min_kappa is not None and found.kappa is not None:
        low += ["kappa"] if found.kappa.interval.low < floors.min_kappa else []
    if not low:
        return ""
    return f", though by so few outputs its {' and '.join(low)} may be below: more would tell"
