"""A judge as it was and as it is, line by line."""

from collections.abc import Iterator

from promptci.judges.changedjudge import ChangedJudge
from promptci.render.textdiff import unified


def judge_diff(changed: ChangedJudge, than: str = "the base") -> Iterator[str]:
    """A sentence about a judge that changed, and the lines that differ."""
    how = "differs from" if changed.head else "is gone since"
    yield f"{changed.eval}: `{changed.label}` {how} {than}"
    yield from unified(changed.base, changed.head, (than, "here"))[2:]
