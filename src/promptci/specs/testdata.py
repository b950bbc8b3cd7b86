"""The `testData` of a `.prompt.yml` as golden examples, and the placeholders that they fill."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from promptci.digest import short_digest
from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Node, Plain
from promptci.specs.evalspec import Example
from promptci.specs.evaluators import EvaluatorText
from promptci.templates.template import Template


def read_test_data(
    node: Node, cases: Sequence[dict[str, Plain]], faults: list[Fault]
) -> tuple[Example, ...]:
    """The test cases as golden examples; of two that are the same the first is taken."""
    examples: dict[str, Example] = {}
    told: list[Fault] = []
    for index, case in enumerate(cases):
        place = node.get("testData", index)
        mark = place.mark
        if not case and len(cases) > 1:
            faults.append(mark.warning("this test case is empty, so it is left out: remove it"))
            continue
        if case.get("evaluators"):
            wrong = "the `evaluators` of one test case are not read: write them at the top"
            faults.append(place.key_mark("evaluators").warning(f"{wrong} of the file"))
        example = Example(
            id=short_digest(case),
            vars=_spread(case, place, told),
            expected=case.get("expected"),
            has_expected="expected" in case,
            mark=mark,
        )
        first = examples.setdefault(example.id, example)
        if first is not example:
            wrong = f"this test case is the same as that in line {first.mark.line}"
            faults.append(mark.warning(f"{wrong}, so it is left out: remove one"))
    faults += told[:1]
    return tuple(examples.values())


_NESTS = ("input", "inputs", "variables", "vars")
"""Keys of a test case under which some write the values of placeholders."""


def _spread(case: dict[str, Plain], place: Node, faults: list[Fault]) -> dict[str, Plain]:
    """The values of a test case, those that are one level too deep among them."""
    for key in _NESTS:
        inner = case.get(key)
        if isinstance(inner, dict) and inner.keys() - case.keys():
            wrong = f"what is inside `{key}` is taken as if it were beside it, where GitHub's"
            faults.append(place.key_mark(key).warning(f"{wrong} tools would not find it: move it"))
            return {**inner, **case}
    return case


def lacking_in(text: EvaluatorText, examples: Sequence[Example]) -> dict[str, list[Example]]:
    """The names in a text that some test cases have no value for, and those test cases."""
    template = Template.parse_loosely(text.text)
    lacking: dict[str, list[Example]] = {}
    for example in examples:
        for name in template.missing({**example.vars, **dict.fromkeys(text.own, "")}):
            lacking.setdefault(name, []).append(example)
    return lacking


def unfilled(
    name: str, text: EvaluatorText, lacking: Sequence[Example], examples: Sequence[Example]
) -> Fault:
    """Where no test case gives a name, the name is likely wrong; else those cases are."""
    if len(lacking) == len(examples):
        known = frozenset().union(*(example.vars for example in examples), text.own)
        advice = _deeper(name, examples) or did_you_mean(name, known)
        return text.mark.fault(f"no test case gives `{name}`: {advice}")
    more = f", nor have {len(lacking) - 1} more" if len(lacking) > 1 else ""
    wrong = f"this test case has no `{name}`, which line {text.mark.line} uses{more}: add it"
    return lacking[0].mark.fault(wrong)


def _deeper(name: str, examples: Sequence[Example]) -> str:
    """What to do where test cases give the name one level too deep; empty where they do not."""
    line = re.compile(rf"^{re.escape(name)}:\s", re.MULTILINE)
    for key, value in ((key, value) for example in examples for key, value in example.vars.items()):
        if isinstance(value, dict) and name in value:
            return f"it is inside `{key}`, so move it one level up"
        if isinstance(value, str) and line.search(value):
            return f"it is in the text of `{key}`, so write it as a key of the test case"
    return ""


def literal_names(
    used: Sequence[EvaluatorText], examples: Sequence[Example], faults: list[Fault]
) -> dict[str, tuple[str, ...]]:
    """By example, the names in evaluators that it gives no value for: they stay as they are."""
    stays: dict[str, tuple[str, ...]] = {}
    for text in used:
        for name, lacking in lacking_in(text, examples).items():
            known = frozenset().union(*(example.vars for example in examples), text.own)
            few = "no test case gives" if len(lacking) == len(examples) else "some lack"
            wrong = f"{few} `{name}`, so `{{{{{name}}}}}` stays as it is in this evaluator"
            advice = did_you_mean(name, known - {name})
            faults.append(text.mark.warning(f"{wrong}: {advice}"))
            for example in lacking:
                stays[example.id] = (*stays.get(example.id, ()), name)
    return stays


def with_blanks(example: Example, names: Sequence[str]) -> Example:
    """An example for whose scorers these names are literal."""
    if not names:
        return example
    blanks: dict[str, Any] = {}
    for name in names:
        *path, last = name.split(".")
        scope = blanks
        for step in path:
            inner = scope.setdefault(step, {})
            scope = inner if isinstance(inner, dict) else {}
        scope[last] = f"{{{{{name}}}}}"
    given: Mapping[str, Plain] = {k: v for k, v in blanks.items() if k not in example.vars}
    return Example(
        id=example.id,
        vars=example.vars,
        expected=example.expected,
        has_expected=example.has_expected,
        mark=example.mark,
        blanks=given,
    )
