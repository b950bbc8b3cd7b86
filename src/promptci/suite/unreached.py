"""Which parts of a prompt's text no golden example brings about: what they say is not tested."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.errors import Fault, PromptCIError
from promptci.git.repo import Tree, read_file
from promptci.latepattern import late
from promptci.parsing.source import Mark, excerpt
from promptci.sandbox.jinja import JinjaText
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import Example
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden
from promptci.templates.template import TemplateError

if TYPE_CHECKING:
    from promptci.templates.jinjabranches import TemplateBranch

_LITERAL = late(r"\|[-+0-9]*\s*(?:#.*)?$")
"""What a line of YAML ends with whose text begins in the next line, and keeps its own lines."""


class UnreachedText(Struct, frozen=True):
    """A part of a prompt that no golden example brings about, from the line of `mark` to `last`."""

    branch: "TemplateBranch"
    mark: Mark
    last: int


def has_logic(answerer: Answerer) -> bool:
    """Whether it is a prompt of whose text examples may bring about a part alone."""
    return isinstance(answerer, Prompt) and any(_texts(answerer))


def unreached_texts(
    tree: Tree, prompt: Prompt, asked: Callable[[], Iterable[Example]]
) -> tuple[UnreachedText, ...]:
    """What none of the examples that it is `asked` brings about, in the order of the file.

    Raises `TemplateError` where that takes too long to find out, `SpecError` for faulty examples.
    """
    found = list[UnreachedText]()
    for mark, text in _texts(prompt):
        branches = text.unreached(example.vars for example in asked())
        lines = _lines(tree, mark, text) if branches else None
        for each in branches:
            first, last = (mark.line, mark.line) if lines is None else (each.first, each.last)
            place = Mark(mark.path, first + (lines or 0), 1)
            found.append(UnreachedText(each, place, last + (lines or 0)))
    return tuple(sorted(found, key=lambda each: (each.mark.line, each.last)))


def examples_of(goldens: Iterable[Golden]) -> Iterator[Example]:
    """Those of one after the other."""
    return (example for golden in goldens for example in golden.examples())


def _texts(prompt: Prompt) -> Iterator[tuple[Mark, JinjaText]]:
    for turn in prompt.turns:
        yield from ((turn.mark, each) for each in turn.texts if isinstance(each, JinjaText))


def _lines(tree: Tree, mark: Mark, text: JinjaText) -> int | None:
    """How many lines of the file precede a text's first; None where its lines are others."""
    with suppress(PromptCIError, UnicodeDecodeError, IndexError):
        line = read_file(tree, mark.path).decode().splitlines()[mark.line - 1]
        if _LITERAL.search(line):
            return mark.line
    return None if "\n" in text.source else mark.line - 1


def line_ranges(found: Iterable[UnreachedText]) -> str:
    """The lines of parts of one file, as a sentence names them: `lines 4 to 6 and 9`."""
    spans = list[tuple[int, int]]()
    for each in found:
        first, last = each.mark.line, each.last
        if spans and first <= spans[-1][1] + 1:
            first, last = spans[-1][0], max(last, spans.pop()[1])
        spans.append((first, last))
    named = [f"{a}" if a == b else f"{a} to {b}" for a, b in spans]
    if len(named) == 1:
        return f"line{'s' if spans[0][0] < spans[0][1] else ''} {named[0]}"
    return f"lines {', '.join(named[:-1])} and {named[-1]}"


def lint_unreached(tree: Tree, prompt: Answerer, goldens: Sequence[Golden]) -> Iterator[Fault]:
    """One warning for all texts of a prompt that no golden example brings about."""
    if not isinstance(prompt, Prompt) or not has_logic(prompt):
        return
    try:
        left = unreached_texts(tree, prompt, lambda: examples_of(goldens))
    except TemplateError as error:
        yield prompt.mark.warning(f"what golden examples reach of it is not known: {error}")
        return
    texts = [each for each in left if each.branch.text]
    if texts:
        said = excerpt(texts[0].branch.text)
        wrong = f"no golden example of the prompt `{prompt.name}` reaches {line_ranges(texts)}"
        yield texts[0].mark.warning(f"{wrong} (`{said}`): add one that does")
