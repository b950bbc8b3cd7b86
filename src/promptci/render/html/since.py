"""When an example that fails has failed before, as far as the records that are shown tell."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageExampleV1, PastCommitV1


class Before(Struct, frozen=True):
    """In words, up to the commit that they are of; `accepted` says who accepts it, and why."""

    words: str
    commit: PastCommitV1
    accepted: str = ""


Since: TypeAlias = Mapping[tuple[str, str, str], Before]
"""What there was before by eval, model and example."""


def failing_since(page: PageV1) -> Since:
    """Of each example the commit since which it fails, or how often it did and passed again."""
    found: dict[tuple[str, str, str], Before] = {}
    accepted = _accepted(page.commits)
    for each in page.fates:
        for id_, row in each.examples.items():
            before = _before(row, page.commits)
            if before is not None:
                place, words = accepted.get((each.eval, each.model, id_), (0, ""))
                still = words if not row[place:].strip("f") else ""
                found[each.eval, each.model, id_] = replace(before, accepted=still)
    return found


def _accepted(commits: list[PastCommitV1]) -> dict[tuple[str, str, str], tuple[int, str]]:
    """Where a loss was accepted last, and that in words; also by no model, for evals with one."""
    found: dict[tuple[str, str, str], tuple[int, str]] = {}
    for place, commit in enumerate(commits):
        where = f"accepted at {commit.commit[:7]} by {commit.author} on {commit.date[:10]}"
        for score in commit.scores:
            for id_, why in score.accepted.items():
                for model in (score.model, ""):
                    found[score.eval, model, id_] = place, f"{where}: {why}"
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
