"""Add examples to a golden set, and split one."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from promptci.atomic import write_text
from promptci.digest import long_digest
from promptci.errors import RequestError
from promptci.exporters.splitting import split_place
from promptci.parsing.source import Plain, alike, excerpt
from promptci.project.golden.goldenstats import golden_examples, near_pairs
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.reportdata.goldenset import SplitResult
from promptci.run.planning.selection import select
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec, Example
from promptci.suite.appending import with_example
from promptci.suite.golden import Golden
from promptci.templates.template import as_text

_FEW = 20
"""Different expected values up to which a new one may be a slip of the pen."""


def add_example(
    project: Project,
    name: str,
    variables: Mapping[str, Plain],
    *,
    expected: Plain = None,
    id_: str = "",
) -> str:
    """Add an example to the file in which an eval has its others; gives the file's path.

    An expected value that is nearly one of the few that others have is remarked. Raises
    `RequestError` for one whose id or input is there already, or that lacks a variable.
    """
    name = named_eval(project, name)
    [spec] = select(project.workspace.suite, (name,))
    others = Counter[str]()
    for each in golden_examples(project, name):
        others.update([each.expected] if isinstance(each.expected, str) else ())
        if id_ and each.id == id_:
            raise RequestError(
                f"`{name}` has an example `{excerpt(id_)}` already: choose another id"
            )
        if long_digest(dict(each.vars)) == long_digest(dict(variables)):
            raise RequestError(
                f"`{name}` has this input already, as `{each.id}`: nothing was added"
            )
    _refuse_missing(project.workspace.suite.prompts[spec.prompt], variables)
    row: dict[str, Plain] = {"id": id_} if id_ else {}
    row["vars"] = dict(variables)
    if expected is not None:
        row["expected"] = expected
    path = _file_of(project, spec)
    place = project.workspace.repo.root / path
    write_text(place, with_example(place.read_text("utf-8"), path, row))
    if isinstance(expected, str) and (near := _nearly(expected, others)):
        wrong = f"no other example expects `{excerpt(expected)}`"
        project.observer.remark(f"{wrong}: did you mean `{excerpt(near)}`?")
    return path


def _nearly(expected: str, others: Counter[str]) -> str:
    """The value that a new one may be a slip of, where there are few and each is there twice."""
    if expected in others or len(others) > _FEW:
        return ""
    often = [value for value, count in others.items() if count > 1]
    return next(iter(get_close_matches(expected, often, n=1, cutoff=0.8)), "")


def _refuse_missing(prompt: Answerer, variables: Mapping[str, Plain]) -> None:
    """Raises `RequestError` for variables that this prompt cannot be sent with."""
    for name in prompt.missing(variables):
        near = get_close_matches(name, variables, n=1)
        cure = f"rename `{excerpt(near[0])}`" if near else "give it, too"
        wrong = f"the prompt `{prompt.name}` uses `{name}`, and this example does not give it"
        raise RequestError(f"{wrong}: {cure}")


def _file_of(project: Project, spec: EvalSpec) -> str:
    """The file in which an eval's examples are."""
    return Golden.of(project.workspace.suite.tree, spec).path or spec.mark.path


def example_variables(project: Project, name: str) -> list[str]:
    """The variables that an example of an eval needs, sorted."""
    suite = project.workspace.suite
    return sorted(suite.prompts[suite.evals[named_eval(project, name)].prompt].variables)


def read_variables(pairs: Iterable[str]) -> dict[str, str]:
    """Variables written as `NAME=VALUE`. Raises `RequestError` for what is no such pair."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise RequestError(f"--var {pair}: write NAME=VALUE, such as ticket='My card'")
        found[name] = value
    return found


def read_shares(pairs: Iterable[str]) -> dict[str, float]:
    """Parts with their shares written as `PART=SHARE`. Raises `RequestError` for others."""
    found: dict[str, float] = {}
    for pair in pairs:
        part, _, share = pair.partition("=")
        try:
            found[part] = float(share)
        except ValueError:
            raise RequestError(f"{pair}: write PART=SHARE, such as gate=0.5") from None
        if not part.replace("-", "").replace("_", "").isalnum():
            raise RequestError(f"{pair}: a part is called by letters and digits, such as gate")
    return found


def split_examples(
    project: Project,
    name: str,
    shares: Mapping[str, float],
    *,
    seed: int = 1,
    overwrite: bool = False,
) -> SplitResult:
    """Split an eval's examples into parts, each with its share, by digest of input or cluster.

    An example stays in its part when others are added, and inputs that differ in case or white
    space alone are in one part. The files are `evals/NAME.PART.jsonl`; the eval's own stays as it
    is. Nearly equal inputs in two parts are reported. Raises `RequestError` for shares that are not
    above 0 with a sum of 1, for a part that would be empty, and for files that are there.
    """
    name = named_eval(project, name)
    if (
        not shares
        or any(share <= 0 for share in shares.values())
        or abs(sum(shares.values()) - 1) > 1e-6
    ):
        raise RequestError(
            "the shares must be above 0 and sum up to 1: as in gate=0.5 dev=0.3 shots=0.2"
        )
    examples = golden_examples(project, name)
    parts = _parts(examples, shares, seed)
    if empty := next((part for part, kept in parts.items() if not kept), ""):
        raise RequestError(_why_empty(empty, examples, shares, seed))
    root = project.workspace.repo.root
    paths = {part: f"evals/{name}.{part}.jsonl" for part in parts}
    there = [path for path in paths.values() if (root / path).exists()]
    if there and not overwrite:
        raise RequestError(f"{', '.join(there)}: there already; nothing was written: use --force")
    for part, kept in parts.items():
        write_text(
            root / paths[part],
            "".join(f"{json.dumps(_row(each), ensure_ascii=False)}\n" for each in kept),
        )
    home = {each.id: part for part, kept in parts.items() for each in kept}
    leaks = tuple(pair for pair in near_pairs(examples) if home[pair[0]] != home[pair[1]])
    return SplitResult({paths[part]: len(kept) for part, kept in parts.items()}, leaks)


def _parts(
    examples: Iterable[Example], shares: Mapping[str, float], seed: int
) -> dict[str, list[Example]]:
    """The examples by the part to which each belongs, parts and examples in their order."""
    parts: dict[str, list[Example]] = {part: [] for part in shares}
    first: dict[str, str] = {}
    for example in examples:
        own = long_digest(dict(example.vars))
        same = long_digest({key: alike(as_text(value)) for key, value in example.vars.items()})
        identity = example.cluster or first.setdefault(same, own)
        parts[_part(split_place(identity, seed), shares)].append(example)
    return parts


def _why_empty(
    part: str, examples: list[Example], shares: Mapping[str, float], seed: int
) -> str:  # fmt: skip
    wrong = f"`{part}` would get none of {len(examples)} examples with --seed {seed}"
    for other in range(1, _SEEDS_TRIED + 1):
        if all(_parts(examples, shares, other).values()):
            return f"{wrong}: each part gets some with --seed {other}, or add examples"
    return f"{wrong}, nor with another: add examples, or give it a larger share"


_SEEDS_TRIED = 50


def _part(place: float, shares: Mapping[str, float]) -> str:
    reached = 0.0
    for part, share in shares.items():
        reached += share
        if place < reached:
            return part
    return list(shares)[-1]


def _row(example: Example) -> dict[str, Plain]:
    row: dict[str, Plain] = {"id": example.id, "vars": dict(example.vars)}
    if example.has_expected:
        row["expected"] = example.expected
    if example.tags:
        row["tags"] = list(example.tags)
    if example.scorers:
        row["scorers"] = list(example.scorers)
    if example.cluster:
        row["cluster"] = example.cluster
    rest: dict[str, Plain] = {
        "meta": dict(example.meta), "steps": dict(example.steps),
        "runs": list(example.runs), "never": list(example.never),
    }  # fmt: skip
    return row | {key: value for key, value in rest.items() if value}
