"""Evals that were renamed between two states of the files, and what each was called."""

from collections.abc import Iterable, Mapping

from promptci.compare.pairing.renamedetection import (
    Traits,
    match_joins,
    match_origins,
    traits_of_examples,
)
from promptci.digest import digest
from promptci.errors import PromptCIError
from promptci.git.repo import inside
from promptci.git.samefile import is_same_file
from promptci.suite.golden import Golden
from promptci.suite.outlines import outlines
from promptci.suite.suite import Suite

Renames = Mapping[str, str]
"""Names at the base by those at the head, for evals whose two names differ."""


def find_renames(base: Suite, head: Suite) -> dict[str, str]:
    """Which evals of the head came from one that the base calls otherwise."""
    return find_origins(base, head)[0]


def find_origins(base: Suite, head: Suite) -> tuple[dict[str, str], dict[str, str]]:
    """Which evals of the head came from one that the base calls otherwise: renamed or split off.

    An eval whose name stays is taken for another one only if the two have few golden examples in
    common and one more alike is found elsewhere, as where two evals were swapped. A copy, whose
    origin still has the examples, is new. Last come the evals of the base that were joined into
    another one of the head.
    """
    both = base.evals.keys() & head.evals.keys()
    kept = {name for name in both if not _is_untouched(base, head, name)}
    if not kept and not head.evals.keys() - both:
        return {}, {}
    before = suite_traits(base, (base.evals.keys() - both) | kept)
    after = suite_traits(head, (head.evals.keys() - both) | kept)
    origins = match_origins(before, after)
    renames = {name: was for name, was in sorted(origins.items()) if name != was}
    return renames, match_joins(before, after, origins)


def _is_untouched(base: Suite, head: Suite, name: str) -> bool:
    """Whether an eval has the same examples, in its own file or in one of the same bytes."""
    before, after = base.evals[name], head.evals[name]
    if before.examples != after.examples or before.mark.path != after.mark.path:
        return False
    if not isinstance(before.examples, str):
        return True
    if (before.columns, before.variables) != (after.columns, after.variables):
        return False
    folder = before.mark.path.rpartition("/")[0]
    try:
        return is_same_file(base.tree, head.tree, inside(before.examples, start=folder))
    except PromptCIError:
        return False


def suite_traits(suite: Suite, names: Iterable[str]) -> dict[str, Traits]:
    """What evals of a suite are known by."""
    return {name: _one(suite, name) for name in sorted(names)}


def _one(suite: Suite, name: str) -> Traits:
    """What an eval is known by; nothing where its examples cannot be read, which others report."""
    spec = suite.evals[name]
    prompt = suite.prompts[spec.prompt]
    kin = (prompt.digest, prompt.name, digest([node.plain() for node in spec.scorers]))
    try:
        return traits_of_examples(outlines(Golden.of(suite.tree, spec)), kin)
    except PromptCIError:
        return Traits({})
