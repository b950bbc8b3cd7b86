"""Committed score records of two states compared: no request is sent."""

from collections.abc import Container, Iterator, Mapping, Sequence

from msgspec.structs import replace

from promptci.compare.comparison import compare_differing, is_in_family
from promptci.compare.outcomes.splits import SplitBy, whole
from promptci.compare.pairing.renamedetection import (
    aligned,
    match_joins,
    match_origins,
    split_evals,
)
from promptci.errors import Fault, SpecError
from promptci.git.repo import CommitTree, Tree, read_file
from promptci.git.samefile import object_id_in
from promptci.history.joinedevals import with_joined
from promptci.history.modelpairs import pair_models
from promptci.history.oldformat import is_mixed, with_long_digests
from promptci.history.recordchanges import Damaged, DiffRow, RecordDiff
from promptci.history.recordhistory import damage_of
from promptci.history.sidetraits import digests_of, new_digests, side_traits
from promptci.latepattern import late
from promptci.parsing.yamlfile import load_yaml
from promptci.records.acceptedlosses import in_force
from promptci.records.record import Record, Records
from promptci.records.recordfile import check_chunks, read_in_tree
from promptci.specs.evalparsing import parse_evalspec
from promptci.specs.evalspec import Gate
from promptci.suite.filenames import path_eval_name

_ENDING = ".scores.yaml"
_HEX = late("[0-9a-f]{1,64}")


def diff_records(
    base: CommitTree,
    head: Tree,
    split_by: SplitBy = whole,
    *,
    day: str = "",
    chunks: Mapping[str, Container[str]] | None = None,
) -> RecordDiff:
    """How the records in a tree differ from those of a commit, by what is accepted on a day.

    The judgement takes every example as independent and goes by the tolerance of the base's eval.
    A file of equal bytes on both sides is not read. Of the `chunks` that differ, by their records'
    paths, each must be as its summary says, which alone may be the same on both sides.
    """
    rows: list[DiffRow] = []
    added: list[Record] = []
    removed: list[Record] = []
    damaged: list[Damaged] = []
    read = _read(base, head, chunks or {}, damaged)
    known, now = side_traits(read)
    origins = match_origins(known, now)
    joins = match_joins(known, now, origins)
    for was, name, before, after in _by_name(read, origins):
        if not after and was in joins:
            continue
        came = [read[each][0] for each, into in joins.items() if into == name]
        before = with_joined(before, after, came)
        pairs = [(b, h) for _, b, h in pair_models(before, after)]
        moved = [(b, h) for b, h in pairs if b and h and replace(b, eval=name) != h]
        rows += _rows(was, moved, (base, head), day)
        added += (h for b, h in pairs if h and not b)
        removed += (b for b, h in pairs if b and not h)
    return RecordDiff(
        tuple(_settled(rows, split_by)) if rows else (),
        tuple(added),
        tuple(removed),
        tuple(damaged),
        renamed={name: was for name, was in sorted(origins.items()) if name != was},
        split=split_evals(origins, origins),
        joined=joins,
    )


def _settled(rows: Sequence[DiffRow], split_by: SplitBy) -> Iterator[DiffRow]:
    """The rows judged as one family, with the parts that moved."""
    from promptci.compare.family import judge_family  # late: see `_rows`

    settled = judge_family([row.judgement for row in rows], list(map(_is_in_family, rows)))
    for row, found in zip(rows, settled, strict=True):
        splits = split_by(row.base, row.head, row.comparison)
        yield replace(row, judgement=found, splits=splits)


def _is_in_family(row: DiffRow) -> bool:
    return is_in_family(row.comparison, asks_the_same=row.base.parts.asks_like(row.head.parts))


def _by_name(
    read: Mapping[str, tuple[Records, Records]], origins: Mapping[str, str]
) -> Iterator[tuple[str, str, Records, Records]]:
    """Each eval's names at base and head, and its records there; renamed evals are one.

    An eval that is on one side only has the same name twice. Of one that was split each part is
    compared with what it took.
    """
    taken = set(origins.values())
    for name, (before, after) in read.items():
        was = origins.get(name)
        if was is not None:
            yield was, name, _shared_out(name, was, read), after
        elif after:
            yield name, name, {}, after
        if before and name not in taken:
            yield name, name, before, {}


def _shared_out(name: str, was: str, read: Mapping[str, tuple[Records, Records]]) -> Records:
    """The base's records of an eval, without the examples that other evals took from it."""
    others = {
        digest
        for other, (before, after) in read.items()
        if other != name
        for digest in (digests_of(after) if other == was else new_digests(before, after))
    }
    if not others:
        return read[was][0]
    mine = digests_of(read[name][1])
    return {model: aligned(each, {}, others - mine) for model, each in read[was][0].items()}


def _read(
    base: CommitTree,
    head: Tree,
    chunks: Mapping[str, Container[str]],
    damaged: list[Damaged],
) -> dict[str, tuple[Records, Records]]:
    """The records of both sides that differ and can be read, by the name of their eval."""
    read: dict[str, tuple[Records, Records]] = {}
    differing = {*_differing(base, head)}
    for path in sorted(differing | chunks.keys()):
        before, after = (_records(path, tree, chunks, damaged) for tree in (base, head))
        if before is not None and after is not None and path in differing:
            name = path_eval_name(path)
            if is_mixed(before, after):
                before = with_long_digests(before, base, name)
                after = with_long_digests(after, head, name)
            read[name] = before, after
    return read


def _differing(base: CommitTree, head: Tree) -> Iterator[str]:
    """The paths of records whose bytes are not the same on both sides."""
    listed = {path for tree in (base, head) for path in tree.files("evals")}
    for path in (path for path in listed if path.endswith(_ENDING)):
        there = base.object_id(path)
        if not there or object_id_in(head, path, like=there) != there:
            yield path


def _records(
    path: str, tree: Tree, chunks: Mapping[str, Container[str]], damaged: list[Damaged]
) -> Mapping[str, Record] | None:
    """The records in a file, none if it is not there; None where it or a chunk is damaged."""
    try:
        records = read_in_tree(tree, path, path_eval_name(path))
        check_chunks(records, chunks.get(path, ()))
    except SpecError as error:
        fault = error.faults[0]
        is_chunk = fault.path != path
        why = f"{fault.path}:{fault.line}: {fault.message}" if is_chunk else damage_of(error)
        damaged.append(Damaged(path, tree.name, why))
        return None
    return records


def _rows(
    name: str, pairs: Sequence[tuple[Record, Record]], trees: Sequence[Tree], day: str
) -> Iterator[DiffRow]:
    """A row for each pair of records that differ; `name` is the eval's at the base."""
    if not pairs:
        return
    from promptci.compare.judgement import judge_comparison  # late: most often nothing differs

    gate = _gate(name, trees)
    for base, head in pairs:
        comparison = compare_differing(base, head)
        accepted = in_force(head, base, day)
        judgement = judge_comparison(
            comparison,
            tolerance=gate.tolerance,
            accepted=accepted,
            seed=_seed(head.fingerprint),
        )
        yield DiffRow(base, head, comparison, judgement, in_force=accepted)


def _seed(fingerprint: str) -> int:
    """The seed that a check takes for the same record; any for one that was written by hand."""
    return int(fingerprint, 16) if _HEX.fullmatch(fingerprint) else 0


def _gate(name: str, trees: Sequence[Tree]) -> Gate:
    """The gate of an eval in the first of the trees that has it; the default if it has no say."""
    for tree in trees:
        for path in (f"evals/{name}.yaml", f"evals/{name}.yml"):
            if tree.exists(path):
                return _gate_in(read_file(tree, path), path, name)
    return Gate()


def _gate_in(data: bytes, path: str, name: str) -> Gate:
    if b"gate" not in data:
        return Gate()
    faults: list[Fault] = []
    try:
        spec = parse_evalspec(load_yaml(data, path), name, faults)
    except SpecError:
        return Gate()
    return Gate() if spec is None else spec.gate
