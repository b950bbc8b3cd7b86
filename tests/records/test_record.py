"""A record says how an eval ended."""

from promptci.records.record import Parts, Record, Result
from tables import every_row

PARTS = Parts("p", "e", "s", "m")


def record(*fates):
    results = tuple(Result(str(index), "d", fate) for index, fate in enumerate(fates))
    passed = fates.count("pass")
    return Record("eval", "model", "f", PARTS, 0.0, passed, len(fates), results)


@every_row(
    ("fates", "errors"),
    [((), 0), (("pass", "fail"), 0), (("pass", "error", "error"), 2)],
)
def test_an_error_is_neither_passed_nor_failed(fates, errors):
    assert record(*fates).errors == errors


@every_row(("fate", "passed"), [("pass", True), ("fail", False), ("error", False)])
def test_only_pass_is_passed(fate, passed):
    assert Result("a", "d", fate).passed is passed
