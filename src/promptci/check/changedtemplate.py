"""A prompt's text before and after a change: what no golden example brings about any more."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from promptci.git.repo import Tree
from promptci.parsing.source import excerpt
from promptci.specs.evalspec import Example
from promptci.specs.prompt import Prompt
from promptci.suite.unreached import UnreachedText, line_ranges, unreached_texts
from promptci.templates.jinjatags import COMMENT
from promptci.templates.template import TemplateError

AskedExamples = Callable[[], Iterable[Example]]
"""All that a prompt is asked about, as often as it is called."""


class ChangedTemplate(Struct, frozen=True):
    """A prompt at the base and at the head, with what each of them is asked about.

    `open` says, after a pass over `here`, of how many examples not all of that is known.
    """

    base: Tree
    head: Tree
    was: Prompt | None
    now: Prompt
    here: AskedExamples
    there: AskedExamples
    open: Callable[[], int] = lambda: 0

    @property
    def is_edited(self) -> bool:
        """Whether the prompt is another than at the base."""
        return self.was is None or self.was.digest != self.now.digest

    def sentences(self) -> Iterator[str]:
        """What is not tested, in sentences."""
        try:
            left = unreached_texts(self.head, self.now, self.here)
            more = self.open() if left else 0
            known = self._unreached_at_base() if left else frozenset[tuple[str, str]]()
            new = [each for each in left if each.branch.identity not in known]
            if new and more:
                yield self._unknown(new, more)
                return
            yield from self._sentences(new)
            if not new and self._says_the_same():
                said = f"the prompt `{self.now.name}` is written otherwise than at the base"
                yield f"{said}, and every golden example is asked the same"
        except TemplateError as error:
            yield f"what golden examples reach of `{self.now.name}` is not known: {error}"

    def _unreached_at_base(self) -> frozenset[tuple[str, str]]:
        found = () if self.was is None else unreached_texts(self.base, self.was, self.there)
        return frozenset(each.branch.identity for each in found)

    def _unknown(self, found: Sequence[UnreachedText], more: int) -> str:
        lines = f"{line_ranges(found)} of {self.now.mark.path}"
        some = "1 has" if more == 1 else f"{more:,} have"
        said = f"it is not known whether a golden example reaches {lines}"
        return f"{said}, since {some} no stored answer to the steps before"

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

    def _says_the_same(self) -> bool:
        """Whether the prompt is written otherwise and no example shows it."""
        if self.was is None or _wording(self.was) == _wording(self.now):
            return False
        is_same = all(
            self.was.render(each.vars, each.files) == self.now.render(each.vars, each.files)
            for each in self.here()
        )
        return is_same and not self.open()


def _wording(prompt: Prompt) -> list[list[str]]:
    """Its messages without what is for people alone, or between words."""
    turns = ((COMMENT.sub(" ", text.source) for text in turn.texts) for turn in prompt.turns)
    return [[" ".join(text.split()) for text in texts] for texts in turns]
