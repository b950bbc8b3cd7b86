"""Doubts that stop no run: duplicates, leaks from shots into goldens, labels left as they were."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from promptci.digest import canonical_json
from promptci.errors import Fault
from promptci.git.repo import open_file
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.headerline import LEFT_OUT, leaves_out_numbers
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.specs.answerer import Answerer, retrieval_of
from promptci.specs.evalspec import EvalSpec, Example, normal
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Shot
from promptci.specs.simulateduser import STATE
from promptci.suite.golden import Golden
from promptci.suite.nearduplicates import MOST_LETTERS, NearDuplicates
from promptci.suite.writtennumbers import WrittenNumbers

MOST_NAMED = 3
"""Pairs of examples that a summary names."""

_MOST_HEADER = 1 << 20
"""Bytes of the first line of a table that are looked at."""

MOST_OPPOSED = 20
"""Examples told one by one that expect something else of the same inputs."""


class _Seen(Struct, frozen=True):
    """What is remembered of an example: its inputs as one text, and what judges the answer.

    `state` is the part of them with which tools begin, where the prompt does not show it.
    """

    id: str
    mark: Mark
    text: str
    expected: str
    scorers: str
    state: Plain = None

    @classmethod
    def of(cls, example: Example, prompt: Answerer) -> "_Seen":
        expected = canonical_json([example.has_expected, example.expected])
        scorers = canonical_json(example.scorers)
        state = None if STATE in prompt.variables else example.vars.get(STATE)
        return cls(example.id, example.mark, normal(example.vars), expected, scorers, state)

    def asked(self, example: Example) -> str:
        """The inputs without the state of tools, which many examples share and none says."""
        if self.state is None:
            return self.text
        return normal({name: each for name, each in example.vars.items() if name != STATE})


class _Alike(Struct):
    """Examples that are like another one: each with that one."""

    pairs: list[tuple[_Seen, _Seen]] = field(default_factory=list)

    def told(self, one: str, many: str, cure: str) -> Iterator[Fault]:
        """One line for all of them; `one` and `many` say what they are to the others."""
        if not self.pairs:
            return
        named = [
            f"`{found.id}` {one} `{first.id}` (line {first.mark.line})"
            for found, first in self.pairs[:MOST_NAMED]
        ]
        more = len(self.pairs) - len(named)
        mark = self.pairs[0][0].mark
        if len(self.pairs) == 1:
            yield mark.warning(f"example {named[0]}: {cure}")
            return
        rest = f" and {more:,} more" if more else ""
        said = f"{len(self.pairs):,} examples {many} ({', '.join(named)}{rest})"
        yield mark.warning(f"{said}: {cure}")


def lint_examples(golden: Golden, prompt: Answerer, compared_by: str = "") -> Iterator[Fault]:
    """What is doubtful in the golden examples of a prompt, one line for each kind of doubt.

    `compared_by` is a scorer that takes what is expected as text, if there is one.
    """
    shots = {normal(shot.vars): shot for shot in prompt.shots}
    filled = frozenset().union(*(shot.vars for shot in prompt.shots))
    seen: dict[str, _Seen] = {}
    firsts: list[_Seen] = []
    leaks: list[tuple[_Seen, Shot]] = []
    opposed: list[tuple[_Seen, _Seen]] = []
    repeated, near, sketches = _Alike(), _Alike(), NearDuplicates()
    looked_up, gone = retrieval_of(prompt), list[tuple[_Seen, str]]()
    documents = {each.id for each in looked_up.documents} if looked_up else set()
    numbers = WrittenNumbers(compared_by)
    for example in golden.examples():
        found = _Seen.of(example, prompt)
        numbers.look_at(example.vars, example.mark)
        numbers.look_at_expected(example.expected, example.mark)
        if looked_up is not None and looked_up.give == "ids":
            gone += ((found, id_) for id_ in _relevant(example.expected) if id_ not in documents)
        turn = normal({name: example.vars[name] for name in filled & example.vars.keys()})
        if turn in shots:
            leaks.append((found, shots[turn]))
        first = seen.setdefault(found.text, found)
        if first is found:
            firsts.append(found)
            other = sketches.find(found.asked(example))
            if other is not None and firsts[other].state == found.state:
                near.pairs.append((found, firsts[other]))
        elif first.scorers == found.scorers:
            pairs = opposed if found.expected != first.expected else repeated.pairs
            pairs.append((found, first))
    for shot in prompt.shots:
        numbers.look_at(shot.vars, shot.mark)
    yield from numbers.told(golden.tree)
    if golden.path.endswith(".csv"):
        yield from _left_out(golden)
    yield from _shots_alike(prompt.shots)
    yield from _leaks(leaks, prompt)
    yield from _opposed(opposed)
    yield from _not_held(gone, documents)
    yield from repeated.told("repeats", "repeat another", "delete one")
    yield from near.told("is nearly", "are nearly another", "that adds little to the score")
    if sketches.is_cut:
        yield _not_compared(firsts)


def lint_label(before: Answerer, now: Answerer) -> Iterator[Fault]:
    """A prompt whose content changed since the last commit while its label did not."""
    if now.version and before.version == now.version and _under_label(before) != _under_label(now):
        label = f"is still labelled `{now.version}`"
        kind = "flow" if isinstance(now, Flow) else "prompt"
        yield now.mark.warning(f"the {kind} changed since the last commit but {label}: raise it")


def _under_label(prompt: Answerer) -> str:
    """The digest of what a label is for: of a flow its steps without what their prompts say."""
    return prompt.own_digest if isinstance(prompt, Flow) else prompt.digest


def unused(prompts: Mapping[str, Answerer], specs: Iterable[EvalSpec]) -> Iterator[Fault]:
    """Prompts and flows that no eval looks at."""
    used = {spec.prompt for spec in specs}
    flows = [each for each in prompts.values() if isinstance(each, Flow)]
    asked_by = {step.answerer.name: flow.name for flow in flows for step in flow.calls}
    for name, prompt in prompts.items():
        if name not in used:
            kind = "flow" if isinstance(prompt, Flow) else "prompt"
            flow = asked_by.get(name)
            alone = f" by itself, which the flow `{flow}` asks" if flow else ""
            wrong = f"no eval tests the {kind} `{name}`{alone}"
            yield prompt.mark.warning(f"{wrong}: write evals/{name}.yaml")


def _left_out(golden: Golden) -> Iterator[Fault]:
    """A column of a table that is no part of its examples."""
    with open_file(golden.tree, golden.path) as file:
        begins = file.readline(_MOST_HEADER).decode("utf-8", "replace")
    if leaves_out_numbers(begins):
        yield Mark(golden.path, 1, 1).warning(LEFT_OUT)


def _shots_alike(shots: Iterable[Shot]) -> Iterator[Fault]:
    """Shots with the inputs of one before."""
    firsts: dict[str, Shot] = {}
    for shot in shots:
        first = firsts.setdefault(normal(shot.vars), shot)
        if first is not shot:
            other = f"the shot of line {first.mark.line}"
            is_same = first.output == shot.output
            wrong = f"this repeats {other}" if is_same else f"{other} answers the same otherwise"
            yield shot.mark.warning(f"{wrong}: {'delete one' if is_same else 'one is wrong'}")


def _relevant(expected: Plain) -> Iterator[str]:
    """The documents that an example of a ranking expects: those of a grade, or all of a list."""
    if isinstance(expected, dict):
        yield from (id_ for id_, grade in expected.items() if grade)
    elif isinstance(expected, list):
        yield from (id_ for id_ in expected if isinstance(id_, str))


def _not_held(gone: Sequence[tuple[_Seen, str]], documents: Iterable[str]) -> Iterator[Fault]:
    """Documents that examples expect and the corpus does not hold: one line for all of them."""
    if not gone:
        return
    found, id_ = gone[0]
    wrong = f"example `{found.id}` expects the document `{excerpt(id_)}`, which the corpus lacks"
    others = f" (and {len(gone) - 1:,} more)" if len(gone) > 1 else ""
    yield found.mark.warning(f"{wrong}{others}: {did_you_mean(id_, documents)}")


def _leaks(leaks: Sequence[tuple[_Seen, Shot]], prompt: Answerer) -> Iterator[Fault]:
    """Examples that are shots, too: one line for all of them."""
    if not leaks:
        return
    found, shot = leaks[0]
    where = f"of the prompt `{prompt.name}` ({shot.mark.path}:{shot.mark.line})"
    wrong = f"example `{found.id}` is also a shot {where}, so the model is shown the answer"
    others = f" (as are {len(leaks) - 1:,} more)" if len(leaks) > 1 else ""
    yield found.mark.warning(f"{wrong}{others}: take it out of one of them")


def _opposed(pairs: Sequence[tuple[_Seen, _Seen]]) -> Iterator[Fault]:
    """Examples with the inputs of another that expect something else: one of them is wrong."""
    for found, first in pairs[:MOST_OPPOSED]:
        other = f"`{first.id}` (line {first.mark.line})"
        wrong = f"example `{found.id}` has the inputs of {other} but expects something else"
        yield found.mark.fault(f"{wrong}: one of them must be wrong")
    if len(pairs) > MOST_OPPOSED:
        more = f"{len(pairs) - MOST_OPPOSED:,} more examples expect something else of equal inputs"
        yield pairs[MOST_OPPOSED][0].mark.fault(f"{more}: fix the ones above first")


def _not_compared(firsts: Sequence[_Seen]) -> Fault:
    said = f"only the first {MOST_LETTERS:,} characters of inputs were searched for near duplicates"
    return Mark(firsts[0].mark.path).warning(f"{said}: split the eval to search all")
