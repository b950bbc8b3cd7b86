"""Old records compared with new ones: what recognises them loads scorers, so only where need be."""

from collections.abc import Mapping
from importlib import import_module

from promptci.git.repo import Tree
from promptci.records.record import Record


def is_mixed(base: Mapping[str, Record], head: Mapping[str, Record]) -> bool:
    """Whether old records are compared with new ones, so that only their files differ."""
    return len({record.is_old for record in (*base.values(), *head.values())}) > 1


def with_long_digests(
    records: Mapping[str, Record], tree: Tree, eval_name: str
) -> Mapping[str, Record]:
    """An eval's records from a tree, old ones as they would be written from its files today."""
    if not any(record.is_old for record in records.values()):
        return records
    found: Mapping[str, Record] = import_module("promptci.run.planning.oldrecords").update_records(
        records, tree, eval_name
    )
    return found
