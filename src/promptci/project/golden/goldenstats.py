"""Look at a golden set: balance, near duplicates, what never tells, what flaps."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from promptci.errors import Fault, RequestError, SpecError
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.reportdata.goldenset import GoldenStats
from promptci.reportdata.past import read_past
from promptci.run.planning.selection import select
from promptci.specs.evalspec import Example, normal
from promptci.suite.golden import Golden
from promptci.suite.nearduplicates import NearDuplicates

_FLAPS = 2
"""Changes of fate on unchanged examples from which one is said to flap."""
_LEAST_COMMITS = 3


def golden_stats(project: Project, name: str) -> GoldenStats:
    """Look at an eval's examples and at what became of them. Raises `SpecError` for faulty ones."""
    name = named_eval(project, name)
    examples = golden_examples(project, name)
    if not examples:
        raise RequestError(f"`{name}` has no examples: add one with `promptci examples add {name}`")
    lengths = [len(normal(each.vars)) for each in examples]
    expected = [_class(each) for each in examples if each.has_expected]
    fates, commits = _fates(project, name)
    here = {each.id for each in examples}
    known = {id_: letters for id_, letters in fates.items() if id_ in here}
    told = commits >= _LEAST_COMMITS
    return GoldenStats(
        name=name,
        count=len(examples),
        classes=_classes(expected),
        tags=dict(sorted(Counter(tag for each in examples for tag in each.tags).items())),
        lengths=(min(lengths), median(lengths), max(lengths)),
        near=tuple(near_pairs(examples)),
        always_pass=tuple(id_ for id_, fate in known.items() if told and set(fate) == {"p"}),
        always_fail=tuple(id_ for id_, fate in known.items() if told and set(fate) == {"f"}),
        flapping=tuple(id_ for id_, fate in known.items() if _changes(fate) >= _FLAPS),
        commits=commits,
    )


def golden_examples(project: Project, name: str) -> list[Example]:
    """All examples of an eval. Raises `SpecError` with what is wrong with them."""
    suite = project.workspace.suite
    [spec] = select(suite, (name,))
    found = list(Golden.of(suite.tree, spec))
    faults = [each for each in found if isinstance(each, Fault)]
    if faults:
        raise SpecError(faults)
    return [each for each in found if isinstance(each, Example)]


def _class(example: Example) -> str:
    value = example.expected
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _classes(expected: list[str]) -> dict[str, int]:
    """How often each value is expected, where they are few; none where nearly all differ."""
    counts = Counter(expected)
    if len(counts) > max(20, len(expected) // 2):
        return {}
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def near_pairs(examples: list[Example]) -> Iterator[tuple[str, str]]:
    """Ids of examples whose inputs are nearly equal, each with the earlier one."""
    sketches = NearDuplicates()
    for example in examples:
        other = sketches.find(normal(example.vars))
        if other is not None:
            yield examples[other].id, example.id


def _fates(project: Project, name: str) -> tuple[dict[str, str], int]:
    """Letters for the fate of each example at each commit that wrote the record, oldest first."""
    repo = project.workspace.repo
    past = read_past(repo, repo.head())
    commits = [c for c in past.commits if any(s.eval == name for s in c.scores)]
    found: dict[str, str] = {}
    for (eval_name, _), examples in past.fates.items():
        if eval_name == name:
            for id_, letters in examples.items():
                found[id_] = found.get(id_, "") + letters.replace(" ", "")
    return found, len(commits)


def _changes(fate: str) -> int:
    return sum(left != right for left, right in pairwise(fate))
