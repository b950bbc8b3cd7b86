"""Evals that were renamed between two states of the files, and what each was called."""

from collections.abc import Iterable, Mapping

from promptci.compare.renaming import Traits, match_renames, may_be_another, traits_of_examples
from promptci.digest import digest
from promptci.errors import PromptCIError
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite

Renames = Mapping[str, str]
"""Names at the base by those at the head, for evals whose two names differ."""


def find_renames(base: Suite, head: Suite) -> dict[str, str]:
    """Which evals of the head the base has under another name.

    An eval whose name stays is taken for another one only if the two have few golden examples in
    common and one more alike is found elsewhere, as where two evals were swapped. A copy, whose
    origin is still there, is new.
    """
    gone, new = base.evals.keys() - head.evals.keys(), head.evals.keys() - base.evals.keys()
    kept = _strangers(base, head, sorted(base.evals.keys() & head.evals.keys()))
    if not kept and not (gone and new):
        return {}
    found = match_renames(_traits(base, {*gone, *kept}), _traits(head, {*new, *kept}))
    return {after: before for after, before in found.items() if after != before}


def _strangers(base: Suite, head: Suite, names: Iterable[str]) -> set[str]:
    """The names of evals that are not what they were at all."""
    found = set()
    for name in names:
        if base.evals[name].examples == head.evals[name].examples and not isinstance(
            base.evals[name].examples, str
        ):
            continue
        before, after = _one(base, name), _one(head, name)
        if before.examples and after.examples and may_be_another(before, after):
            found.add(name)
    return found


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
