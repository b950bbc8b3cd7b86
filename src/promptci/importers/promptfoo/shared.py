"""What all tests share, which an eval says once."""

import json
from collections.abc import Iterable

from msgspec import Struct

from promptci.parsing.source import Plain

_BY_EXPECTED = frozenset((
    "equals", "contains", "starts_with", "contains_any", "contains_all", "levenshtein", "rouge_n",
    "bleu", "gleu", "similar", "json_equal",
))  # fmt: skip
"""Scorers that compare with the example's `expected` where they are given no value."""


class Shape(Struct, frozen=True):
    """What goes into the eval: scorers that all tests begin with, and one that differs by value.

    `begins` is how many of each test's scorers those are. Where the tests' last scorers differ by
    their value alone, `by_expected` is true: the eval has that scorer, each example what it
    expects. `threshold` is that of all tests; where they differ, each example `wraps` its own.
    """

    scorers: list[Plain]
    begins: int
    by_expected: bool = False
    threshold: float | None = None
    wraps: bool = False

    @property
    def fails_silence(self) -> bool:
        """Whether no test passes without an answer, which promptfoo takes for a refusal."""
        return self.threshold is None and any(
            each == {"not": "is_refusal"}
            or (_name(each) == "is_refusal" and _option(each, "not") is True)
            for each in with_weight(self.scorers)
        )

    def split(self, scorers: list[Plain], threshold: float | None) -> tuple[list[Plain], Plain]:
        """What of a test's scorers stays with its example, and its expected value."""
        if self.wraps and threshold is not None:
            inner = with_weight(scorers) or [_ANY]
            return [
                {"all_of": {"scorers": inner, "threshold": _least_mean(inner, threshold)}}
            ], None
        own = scorers[self.begins :]
        if self.by_expected:
            return [], _value(own[0])
        return own if with_weight([*self.scorers, *own]) else [*own, _ANY], None


_ANY: Plain = {"length": {"min": 0, "name": "any answer"}}
"""Where a test asserts nothing, every answer passes."""


def _least_mean(scorers: list[Plain], threshold: float) -> float:
    """A threshold of a mean; at 1 `all_of` asks whether all pass, which graded scores may below."""
    if threshold < 1:
        return threshold
    return 1 if all(_name(each) not in _GRADED for each in scorers) else 0.999999


_GRADED = frozenset(("levenshtein", "rouge_n", "bleu", "gleu", "similar", "all_of"))
"""Scorers whose score may be below 1 where they pass."""


def with_weight(scorers: list[Plain]) -> list[Plain]:
    """Those that count in a mean: promptfoo lets one without weight pass, whatever it says."""
    return [each for each in scorers if _option(each, "weight") != 0]


def shape_of(tests: Iterable[tuple[list[Plain], float | None]]) -> Shape:
    """What tests share, from the scorers and the threshold of each."""
    first: list[Plain] | None = None
    thresholds: set[float | None] = set()
    begins, by_expected, count = 0, True, 0
    for scorers, threshold in tests:
        count += 1
        thresholds.add(threshold)
        if first is None:
            first, begins = scorers, len(scorers)
            continue
        begins = _common(first, scorers, begins)
        by_expected = by_expected and _differ_by_value(first, scorers)
        if not (begins or by_expected or len(thresholds) == 1):
            break
    if not first or len(thresholds) > 1:
        return Shape([], 0, wraps=len(thresholds) > 1)
    threshold = _usable(thresholds.pop())
    if count == 1 and _differ_by_value(first, first):
        begins -= 1
    if by_expected and begins == len(first) - 1:
        shared = [*first[:-1], _without_value(first[-1])]
        return Shape(shared, begins, by_expected=True, threshold=threshold)
    return Shape(first[:begins], begins, threshold=threshold)


def _common(first: list[Plain], scorers: list[Plain], most: int) -> int:
    """How many scorers two tests both begin with, at most so many."""
    for index, (left, right) in enumerate(zip(first[:most], scorers, strict=False)):
        if not _is_same(left, right):
            return index
    return min(most, len(scorers))


def _is_same(left: Plain, right: Plain) -> bool:
    """Whether two scorers are written alike; 1 and true are not."""
    return left is right or (left == right and _text(left) == _text(right))


def _differ_by_value(first: list[Plain], scorers: list[Plain]) -> bool:
    """Whether two tests differ at most in the value of the last scorer, which can be `expected`."""
    if len(first) != len(scorers) or not first:
        return False
    left, right = first[-1], scorers[-1]
    return (
        _name(left) in _BY_EXPECTED
        and _is_same(_without_value(left), _without_value(right))
        and not _is_template(_value(right))
        and not _is_template(_value(left))
        and _common(first, scorers, len(first)) >= len(first) - 1
    )


def _is_template(value: Plain) -> bool:
    return "{{" in (value if isinstance(value, str) else json.dumps(value))


def _usable(threshold: float | None) -> float | None:
    """A threshold that can be written: 0 lets everything pass."""
    return None if threshold is None else min(max(threshold, 1e-9), 1)


def _name(scorer: Plain) -> str:
    return (
        scorer
        if isinstance(scorer, str)
        else next(iter(scorer))
        if isinstance(scorer, dict)
        else ""
    )


def _value(scorer: Plain) -> Plain:
    options = scorer[_name(scorer)] if isinstance(scorer, dict) else None
    return options.get("value") if isinstance(options, dict) else options


def _option(scorer: Plain, key: str) -> Plain:
    options = scorer[_name(scorer)] if isinstance(scorer, dict) else None
    return options.get(key) if isinstance(options, dict) else None


def _without_value(scorer: Plain) -> Plain:
    if not isinstance(scorer, dict):
        return scorer
    options = scorer[_name(scorer)]
    rest = {k: v for k, v in options.items() if k != "value"} if isinstance(options, dict) else {}
    return {_name(scorer): rest} if rest else _name(scorer)


def _text(value: Plain) -> str:
    return json.dumps(value, sort_keys=True)
