"""Evals that were renamed between two states of the files, and what each was called."""

from collections.abc import Iterable, Mapping

from promptci.compare.renaming import Traits, match_origins, traits_of_examples
from promptci.digest import digest
from promptci.errors import PromptCIError
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite

Renames = Mapping[str, str]
"""Names at the base by those at the head, for evals whose two names differ."""


def find_renames(base: Suite, head: Suite) -> dict[str, str]:
    """Which evals of the head came from one that the base calls otherwise: renamed or split off.

    An eval whose name stays is taken for another one only if the two have few golden examples in
    common and one more alike is found elsewhere, as where two evals were swapped. A copy, whose
    origin still has the examples, is new.
    """
    both = base.evals.keys() & head.evals.keys()
    if not head.evals.keys() - both and all(_is_untouched(base, head, name) for name in both):
        return {}
    kept = {name for name in both if not _is_untouched(base, head, name)}
    origins = match_origins(
        _traits(base, (base.evals.keys() - both) | kept),
        _traits(head, (head.evals.keys() - both) | kept),
    )
    return {after: before for after, before in sorted(origins.items()) if after != before}


def _is_untouched(base: Suite, head: Suite, name: str) -> bool:
    """Whether an eval has the same list of examples in its file."""
    before, after = base.evals[name].examples, head.evals[name].examples
    return before == after and not isinstance(before, str)


def _traits(suite: Suite, names: Iterable[str]) -> dict[str, Traits]:
    return {name: _one(suite, name) for name in sorted(names)}


def _one(suite: Suite, name: str) -> Traits:
    """What an eval is known by; nothing where its examples cannot be read, which others report."""
    spec = suite.evals[name]
    prompt = suite.prompts[spec.prompt]
    kin = (prompt.digest, prompt.name, digest([node.plain() for node in spec.scorers]))
    try:
        return traits_of_examples(Golden.of(suite.tree, spec).examples(), kin)
    except PromptCIError:
        return Traits({})
