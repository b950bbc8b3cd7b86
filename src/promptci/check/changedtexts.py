"""Texts of prompts that only some inputs bring about, where a change brings in what none tests."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct

from promptci.git.samefile import is_same_file
from promptci.parsing.jinjatags import COMMENT
from promptci.parsing.source import excerpt
from promptci.parsing.template import TemplateError
from promptci.specs.evalspec import EvalSpec
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite
from promptci.suite.unreached import UnreachedText, has_logic, line_ranges, unreached_texts


def untested_texts(
    base: Suite, head: Suite, evals: Mapping[str, tuple[EvalSpec, EvalSpec | None]]
) -> Iterator[str]:
    """What no golden example brings about, and the base does not say or has an example for.

    `evals` are those of the head with what they were. A prompt that is written otherwise and says
    the same to every golden example is told as well.
    """
    tested: dict[str, list[tuple[EvalSpec, EvalSpec | None]]] = {}
    for spec, before in evals.values():
        if has_logic(head.prompts[spec.prompt]):
            tested.setdefault(spec.prompt, []).append((spec, before))
    for name, both in sorted(tested.items()):
        now, former = head.prompts[name], [before for _, before in both if before is not None]
        was = base.prompts.get(former[0].prompt if former else name)
        if isinstance(now, Prompt):
            found = _Tested(base, head, was if isinstance(was, Prompt) else None, now, both)
            yield from found.told() if found.is_moved else ()


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
    except TemplateError:  # told where the example is read
        return False


class _Tested(Struct, frozen=True):
    """A prompt at the base and at the head, with the evals that test it."""

    base: Suite
    head: Suite
    was: Prompt | None
    now: Prompt
    evals: Sequence[tuple[EvalSpec, EvalSpec | None]]

    @property
    def is_moved(self) -> bool:
        """Whether the prompt or its examples are others than at the base."""
        if self.was is None or self.was.digest != self.now.digest:
            return True
        return not all(before and self._is_same(spec, before) for spec, before in self.evals)

    def _is_same(self, spec: EvalSpec, before: EvalSpec) -> bool:
        """Whether both have the same examples, to the byte."""
        here, there = Golden.of(self.head.tree, spec), Golden.of(self.base.tree, before)
        if (here.inline, here.path, here.columns) != (there.inline, there.path, there.columns):
            return False
        return not here.path or is_same_file(self.base.tree, self.head.tree, here.path)

    def told(self) -> Iterator[str]:
        """What is not tested, in sentences."""
        goldens = [Golden.of(self.head.tree, spec) for spec, _ in self.evals]
        try:
            left = unreached_texts(self.head.tree, self.now, goldens)
            known = self._unreached_at_base() if left else frozenset[tuple[str, str]]()
            new = [each for each in left if each.branch.identity not in known]
            yield from self._sentences(new)
            if not new and self._says_the_same(goldens):
                said = f"the prompt `{self.now.name}` is written otherwise than at the base"
                yield f"{said}, and every golden example is asked the same"
        except TemplateError as error:
            yield f"what golden examples reach of `{self.now.name}` cannot be told: {error}"

    def _unreached_at_base(self) -> frozenset[tuple[str, str]]:
        if self.was is None:
            return frozenset()
        goldens = [Golden.of(self.base.tree, spec) for _, spec in self.evals if spec is not None]
        found = unreached_texts(self.base.tree, self.was, goldens)
        return frozenset(each.branch.identity for each in found)

    def _sentences(self, found: Sequence[UnreachedText]) -> Iterator[str]:
        """Texts first, then conditions by which nothing is said."""
        for is_old in (False, True):
            parts = [each for each in found if self._is_at_base(each) == is_old]
            which = "which one of the base's does" if is_old else "which this change adds"
            if texts := [each for each in parts if each.branch.text]:
                lines = f"{line_ranges(texts)} of {self.now.mark.path}"
                yield f"no golden example reaches {lines}, {which}"
            if silent := [each for each in parts if not each.branch.text]:
                first, more = silent[0], len(silent) - 1
                place = f"`{excerpt(first.branch.when, 60)}` in {line_ranges(silent[:1])}"
                others = f" (nor {more:,} more)" if more else ""
                how = "which leaves text out" if is_old else "by which this change leaves text out"
                yield f"no golden example meets {place} of {self.now.mark.path}{others}, {how}"

    def _is_at_base(self, found: UnreachedText) -> bool:
        """Whether the base's prompt says the same on the same condition."""
        texts = () if self.was is None else (t for turn in self.was.turns for t in turn.texts)
        source = " ".join(" ".join(each.source for each in texts).split())
        when, text = found.branch.identity
        return when.removeprefix("not ") in source and text in source

    def _says_the_same(self, goldens: Sequence[Golden]) -> bool:
        """Whether the prompt is written otherwise and no example shows it."""
        if self.was is None or _wording(self.was) == _wording(self.now):
            return False
        examples = (example for golden in goldens for example in golden.examples())
        return all(
            self.was.render(each.vars, each.files) == self.now.render(each.vars, each.files)
            for each in examples
        )


def _wording(prompt: Prompt) -> list[list[str]]:
    """Its messages without what is for people alone, or between words."""
    turns = ((COMMENT.sub(" ", text.source) for text in turn.texts) for turn in prompt.turns)
    return [[" ".join(text.split()) for text in texts] for texts in turns]
