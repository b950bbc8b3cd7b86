"""When an example that fails has failed before, as far as the records that are shown tell."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageExampleV1, PastCommitV1


class Before(Struct, frozen=True):
    """In words, up to the commit that they are of."""

    words: str
    commit: PastCommitV1


Since: TypeAlias = Mapping[tuple[str, str, str], Before]
"""What there was before by eval, model and example."""


def failing_since(page: PageV1) -> Since:
    """Of each example the commit since which it fails, or how often it did and passed again."""
    found: dict[tuple[str, str, str], Before] = {}
    for each in page.fates:
        for id_, row in each.examples.items():
            before = _before(row, page.commits)
            if before is not None:
                found[each.eval, each.model, id_] = before
    return found


def _before(row: str, commits: list[PastCommitV1]) -> Before | None:
    """What a row of an example's fates says: a letter for each commit."""
    start = len(row.rstrip("f"))
    if start < len(row):
        return Before("fails since", commits[start])
    failed, there = row.count("f"), len(row) - row.count(" ")
    if not failed:
        return None
    last = commits[row.rindex("f")]
    if row.endswith("p"):
        said = f"fails since this change, and did at {failed} of {there} commits before, last at"
        return Before(said, last)
    return Before(f"failed at {failed} of {there} commits, last at", last)


def since_of(since: Since, example: PageExampleV1) -> Before | None:
    """That of one example, if it fails now."""
    if example.head is None or example.head.fate != "fail":
        return None
    name = example.eval, example.model, example.id
    return since.get(name) or since.get((example.eval, "", example.id))
