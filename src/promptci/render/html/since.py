"""Since which commit an example fails, as far as the records that are shown tell."""

from collections.abc import Mapping
from typing import TypeAlias

from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageExampleV1, PastCommitV1

Since: TypeAlias = Mapping[tuple[str, str, str], PastCommitV1]
"""The commit by eval, model and example."""


def failing_since(page: PageV1) -> Since:
    """The first commit of the last row of failures of each example that fails at the last one."""
    found: dict[tuple[str, str, str], PastCommitV1] = {}
    for each in page.fates:
        for id_, row in each.examples.items():
            start = len(row.rstrip("f"))
            if start < len(row):
                found[each.eval, each.model, id_] = page.commits[start]
    return found


def since_of(since: Since, example: PageExampleV1) -> PastCommitV1 | None:
    """That of one example, if it fails now."""
    if example.head is None or example.head.fate != "fail":
        return None
    name = example.eval, example.model, example.id
    return since.get(name) or since.get((example.eval, "", example.id))
