"""Texts of prompts that only some inputs bring about, where a change brings in what none tests."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct

from promptci.git.samefile import is_same_file
from promptci.specs.answerer import prompts_of
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite
from promptci.suite.unreached import examples_of, has_logic
from promptci.templates.template import TemplateError


def untested_texts(
    base: Suite, head: Suite, evals: Mapping[str, tuple[EvalSpec, EvalSpec | None]]
) -> Iterator[str]:
    """What no golden example brings about, and the base does not say or has an example for.

    `evals` are those of the head with what they were. A prompt that is written otherwise and says
    the same to every golden example is reported as well. What steps of flows ask is not looked at.
    """
    tested: dict[str, list[tuple[EvalSpec, EvalSpec | None]]] = {}
    asked = flow_prompts(head)
    for spec, before in evals.values():
        if spec.prompt not in asked and has_logic(head.prompts[spec.prompt]):
            tested.setdefault(spec.prompt, []).append((spec, before))
    for name, both in sorted(tested.items()):
        now, former = head.prompts[name], [before for _, before in both if before is not None]
        was = base.prompts.get(former[0].prompt if former else name)
        if isinstance(now, Prompt):
            by, then = TestedBy(base, head, both), was if isinstance(was, Prompt) else None
            from promptci.check.changedtemplate import ChangedTemplate  # late: templates only

            found = ChangedTemplate(base.tree, head.tree, then, now, by.here, by.there)
            yield from found.sentences() if found.is_edited or by.are_moved else ()


def flow_prompts(suite: Suite) -> set[str]:
    """The prompts that steps of tested flows ask; what those are given only answers say."""
    flows = (suite.prompts[spec.prompt] for spec in suite.evals.values())
    return {each.name for flow in flows if isinstance(flow, Flow) for each in prompts_of(flow)}


def same_questions(
    base: Suite, head: Suite, evals: Mapping[str, tuple[EvalSpec, EvalSpec | None]]
) -> Iterator[str]:
    """Evals whose changed prompt asks every golden example the same, whatever its input."""
    for name, (spec, before) in sorted(evals.items()):
        was = None if before is None else base.prompts[before.prompt]
        now = head.prompts[spec.prompt]
        if before is None or not (isinstance(now, Prompt) and isinstance(was, Prompt)):
            continue
        if was.digest == now.digest or now.retrieve is not None or spec.conversing is not None:
            continue
        here, there = Golden.of(head.tree, spec), Golden.of(base.tree, before)
        if _asks_the_same(now, here) and not _asks_the_same(was, there):
            yield f"the prompt `{now.name}` is asked the same for every example of `{name}`"


def _asks_the_same(prompt: Prompt, golden: Golden) -> bool:
    """Whether all of several examples are asked the same; two that are not end the search."""
    examples = golden.examples()
    first, second = next(examples, None), next(examples, None)
    if first is None or second is None:
        return False
    try:
        asked = prompt.render(first.vars, first.files)
        return all(
            prompt.render(each.vars, each.files) == asked for each in chain((second,), examples)
        )
    except TemplateError:  # reported where the example is read
        return False


class TestedBy(Struct, frozen=True):
    """The evals that test a prompt by itself, at the head with what they were at the base."""

    base: Suite
    head: Suite
    evals: Sequence[tuple[EvalSpec, EvalSpec | None]]

    @property
    def are_moved(self) -> bool:
        """Whether any has other examples than at the base."""
        return not all(before and self._is_same(spec, before) for spec, before in self.evals)

    def _is_same(self, spec: EvalSpec, before: EvalSpec) -> bool:
        """Whether both have the same examples, to the byte."""
        here, there = Golden.of(self.head.tree, spec), Golden.of(self.base.tree, before)
        if (here.inline, here.path, here.columns) != (there.inline, there.path, there.columns):
            return False
        return not here.path or is_same_file(self.base.tree, self.head.tree, here.path)

    def here(self) -> Iterator[Example]:
        """The examples of the head."""
        return examples_of(Golden.of(self.head.tree, spec) for spec, _ in self.evals)

    def there(self) -> Iterator[Example]:
        """Those of the base."""
        return examples_of(
            Golden.of(self.base.tree, spec) for _, spec in self.evals if spec is not None
        )
