"""Doubts that stop no run: duplicates, leaks from shots into goldens, labels left as they were."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from promptci.digest import canonical_json
from promptci.errors import Fault
from promptci.parsing.source import Mark, Plain
from promptci.parsing.template import as_text
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.prompt import Prompt, Shot
from promptci.suite.golden import Golden

NEAR = 95.0
"""Likeness in percent (rapidfuzz's `ratio` of normalised texts) from which inputs are too alike."""

MOST_COMPARED = 2000
"""Examples of an eval compared each with each; larger sets are only searched for equal ones."""

_SHORT = 20


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is remembered of an example: its inputs as one text, and what judges the answer."""

    id: str
    mark: Mark
    text: str
    expected: str
    scorers: str

    @classmethod
    def of(cls, example: Example) -> "_Seen":
        expected = canonical_json([example.has_expected, example.expected])
        scorers = canonical_json(example.scorers)
        return cls(example.id, example.mark, normal(example.vars), expected, scorers)


def lint_examples(golden: Golden, prompt: Prompt) -> Iterator[Fault]:
    """What is doubtful in the golden examples of a prompt."""
    shots = {normal(shot.vars): shot for shot in prompt.shots}
    filled = frozenset().union(*(shot.vars for shot in prompt.shots))
    seen: dict[str, _Seen] = {}
    for example in golden.examples():
        found = _Seen.of(example)
        turn = normal({name: example.vars[name] for name in filled & example.vars.keys()})
        if turn in shots:
            yield _leak(found, shots[turn], prompt)
        first = seen.setdefault(found.text, found)
        if first is not found and first.scorers == found.scorers:
            yield _double(found, first)
    if len(seen) <= MOST_COMPARED:
        yield from _near(list(seen.values()))


def normal(variables: Mapping[str, Plain]) -> str:
    """Inputs as one text without differences in case and white space."""
    texts = (f"{name}: {as_text(variables[name])}" for name in sorted(variables))
    return " ".join(" ".join(texts).casefold().split())


def lint_label(before: Prompt, now: Prompt) -> Iterator[Fault]:
    """A prompt whose content changed since the last commit while its label did not."""
    if now.version and before.version == now.version and before.digest != now.digest:
        label = f"is still labelled `{now.version}`"
        yield now.mark.warning(f"the prompt changed since the last commit but {label}: raise it")


def unused(prompts: Mapping[str, Prompt], specs: Iterable[EvalSpec]) -> Iterator[Fault]:
    """Prompts that no eval looks at."""
    used = {spec.prompt for spec in specs}
    for name, prompt in prompts.items():
        if name not in used:
            yield prompt.mark.warning(f"no eval tests the prompt `{name}`: write evals/{name}.yaml")


def _leak(found: _Seen, shot: Shot, prompt: Prompt) -> Fault:
    where = f"of the prompt `{prompt.name}` ({shot.mark.path}:{shot.mark.line})"
    wrong = f"example `{found.id}` is also a shot {where}, so the model is shown the answer"
    return found.mark.warning(f"{wrong}: take it out of one of them")


def _double(found: _Seen, first: _Seen) -> Fault:
    other = f"`{first.id}` (line {first.mark.line})"
    if found.expected != first.expected:
        wrong = f"example `{found.id}` has the inputs of {other} but expects something else"
        return found.mark.fault(f"{wrong}: one of them must be wrong")
    return found.mark.warning(f"example `{found.id}` repeats {other}: delete one")


def _near(seen: Sequence[_Seen]) -> Iterator[Fault]:
    """Inputs that are almost those of an example after them."""
    long = [each for each in seen if len(each.text) >= _SHORT]
    texts = [each.text for each in long]
    for index, each in enumerate(long[:-1]):
        rest = texts[index + 1 :]
        best = process.extractOne(each.text, rest, scorer=fuzz.ratio, score_cutoff=NEAR)
        if best is not None:
            other = long[index + 1 + best[2]]
            wrong = f"example `{other.id}` is nearly `{each.id}` (line {each.mark.line})"
            yield other.mark.warning(f"{wrong}: it adds little to the score")
