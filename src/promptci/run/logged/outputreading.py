"""Reads files of outputs: a pass finds every fault, and where each line begins."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO, TypeAlias

from msgspec import UNSET

from promptci.digest import digest
from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import MAX_FAULTS
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Mark, Plain, as_node, excerpt
from promptci.run.logged.outputforms import is_samples
from promptci.run.logged.outputline import OutputFile
from promptci.run.logged.outputrows import OutputRows
from promptci.run.logged.outputs import OutputPlace, Outputs
from promptci.run.logged.unreadcalls import UnreadCalls
from promptci.specs.tokenprice import Price
from promptci.templates.template import as_text

_OTHERWISE = (
    "response", "result", "prediction", "completion", "generation", "model_output", "answer",
)  # fmt: skip
"""What other programs call an output; some of them mean what is expected by it."""
MOST_NAMES = 1000
"""Ids looked through for one that may have been meant."""


def read_outputs(file: BinaryIO, path: str, price: Price | None = None) -> Outputs:
    """One output for each example. Raises `SpecError` with every fault and its line."""
    places: dict[str, OutputPlace] = {}

    def note(output: OutputFile, place: OutputPlace) -> str:
        first = places.setdefault(str(output.id), place)
        if first is place:
            return ""
        wrong = f"a second output for example `{excerpt(str(output.id))}`, the first is in line"
        cure = "keep one, or judge several with `promptci noise NAME --outputs FILE`"
        return f"{wrong} {first.line}: {cure}"

    kept, warnings = _look_through(file, path, note)
    return Outputs(kept, path, places, price, warnings)


def read_trials(
    file: BinaryIO, path: str, price: Price | None = None, *, is_sampled: bool = False
) -> tuple[Outputs, ...]:
    """The outputs of repeated runs, one item per run, in the order of `trial`.

    Where no line has a `trial`, the first output for an example belongs to the first run, the
    second to the second, and so on. `is_sampled` says that the prompt picks one of several
    samples, so that an `output` that is a list holds these. Raises `SpecError` with every fault and
    its line.
    """
    runs: dict[int, dict[str, OutputPlace]] = {}
    counts: Counter[str] = Counter()
    kinds: set[bool] = set()

    def note(output: OutputFile, place: OutputPlace) -> str:
        kinds.add(output.trial is None)
        if len(kinds) > 1:
            return "some lines have a `trial` and some have none: give it to all or to none"
        id_ = str(output.id)
        trial = counts[id_] if output.trial is None else output.trial
        counts[id_] += 1
        first = runs.setdefault(trial, {}).setdefault(id_, place)
        if first is place:
            return ""
        twice = f"a second output for trial {trial} of example `{excerpt(id_)}`"
        return f"{twice}, the first is in line {first.line}: keep one"

    kept, warnings = _look_through(file, path, note, is_sampled=is_sampled)
    return tuple(Outputs(kept, path, runs[trial], price, warnings) for trial in sorted(runs))


def read_formats(
    file: BinaryIO, path: str, price: Price | None = None
) -> tuple[tuple[Mapping[str, str], Outputs], ...]:
    """The outputs under each format of a prompt, and what that is on each axis, in their order.

    A `format` is a mapping of axes, or a name, which is that of the one axis `format`. Raises
    `SpecError` with every fault and its line.
    """
    parts: dict[str, Mapping[str, str]] = {}
    places: dict[str, dict[str, OutputPlace]] = {}

    def note(output: OutputFile, place: OutputPlace) -> str:
        if output.format is None:
            return '`format` is missing: add it, such as `{"separator": ": "}`'
        own = output.format if isinstance(output.format, dict) else {"format": output.format}
        key = digest(own)
        said = parts.setdefault(key, {axis: as_text(value) for axis, value in own.items()})
        if said.keys() != next(iter(parts.values())).keys():
            axes = ", ".join(f"`{axis}`" for axis in next(iter(parts.values())))
            return f"`format` has other axes than that of the first line: give each {axes}"
        id_ = str(output.id)
        first = places.setdefault(key, {}).setdefault(id_, place)
        if first is place:
            return ""
        twice = f"a second output for example `{excerpt(id_)}` under this format"
        return f"{twice}, the first is in line {first.line}: keep one"

    kept, warnings = _look_through(file, path, note)
    return tuple((parts[key], Outputs(kept, path, places[key], price, warnings)) for key in places)


Note: TypeAlias = Callable[[OutputFile, OutputPlace], str]
"""Takes one line of a file and says what is wrong with it, if anything is."""


def _look_through(
    file: BinaryIO, path: str, note: Note, *, is_sampled: bool = False
) -> tuple[BinaryIO, tuple[Fault, ...]]:
    """Where the outputs that `note` was told of can be read again, and what is doubtful."""
    rows, unread = OutputRows(file, path), UnreadCalls(path)
    faults = list(islice(_faults(rows, note, unread, is_sampled=is_sampled), MAX_FAULTS + 1))
    if faults:
        raise SpecError(faults)
    return rows.file, unread.warnings


def _faults(
    rows: OutputRows, note: Note, unread: UnreadCalls, *, is_sampled: bool
) -> Iterator[Fault]:
    for row, begun in rows:
        if isinstance(row, Fault):
            yield row
            continue
        mark = Mark(rows.path, row.line, 1)
        faults: list[Fault] = []
        output = read_shape(as_node(row.values, mark), OutputFile, faults)
        yield from faults
        if output is None:
            continue
        if unclear := _unclear(output, row.values, is_sampled=is_sampled):
            yield mark.fault(unclear)
            continue
        unread.look(output, row.values, row.line)
        for index in output.places(is_sampled=is_sampled):
            wrong = note(output, OutputPlace(row.line, begun, index))
            if wrong:
                yield mark.fault(wrong)


def _unclear(output: OutputFile, row: Mapping[str, Plain], *, is_sampled: bool) -> str:
    """Why it cannot be said what the outputs of a line are; empty where it can."""
    places, lists = output.places(is_sampled=is_sampled), [f"`{name}`" for name in output.lists]
    if not places:
        other = next((name for name, each in row.items() if each and is_samples(each)), "")
        called = f": if `{excerpt(other)}` lists several, call it so" if other else ""
        if is_it := next((name for name in _OTHERWISE if row.get(name) not in (None, "")), ""):
            return f"`output` is missing: if `{is_it}` is what was said, call it `output`"
        return f"`output` is missing: add it, or a list of several as `outputs`{called}"
    if is_sampled and output.trial is not None and is_samples(output.output):
        wrong = "`output` lists several samples, and `trial` says that it is one"
        return f"{wrong}: leave out `trial`, or write an answer that is a list as text"
    is_one = places == (None,)
    if is_sampled and lists and (is_one or output.output is not UNSET):
        lists = ["`messages`" if output.output is UNSET else "`output`", *lists]
    elif is_one:
        return ""
    said = " and ".join(lists)
    return f"outputs are in {said}: keep the one to be judged" if len(lists) > 1 else ""


def check_ids(runs: Sequence[Outputs], wanted: Mapping[str, Mark], *, partial: bool) -> list[Fault]:
    """What is wrong with the ids of outputs, where `wanted` are the eval's examples."""
    first = {id_: outputs for outputs in reversed(runs) for id_ in outputs}
    faults = []
    for id_ in islice((id_ for id_ in first if id_ not in wanted), MAX_FAULTS):
        advice = did_you_mean(id_, islice(wanted, MOST_NAMES))
        wrong = f"the eval has no example `{excerpt(id_)}`: {advice}"
        faults.append(first[id_].mark(id_).fault(wrong))
    missing = [id_ for id_ in wanted if id_ not in first]
    if missing and not partial:
        shown = ", ".join(f"`{excerpt(id_)}`" for id_ in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        wrong = f"there is no output for {shown}{more}: add it, or pass --partial"
        faults.append(Mark(runs[0].path).fault(wrong))
    return faults
