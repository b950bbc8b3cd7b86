"""A judge put to outputs that people have labelled: what to ask, and what came of it."""

from collections.abc import Iterator

from msgspec import Struct, field

from promptci.errors import Fault, SpecError
from promptci.judges.agreement import Agreement, Judged
from promptci.judges.humanlabels import VERDICTS, Human, is_by_class, read_label
from promptci.judges.judgeset import JudgeSet, Labelled
from promptci.judges.labels import misfits, read_examples
from promptci.parsing.source import Node
from promptci.records.record import Parts, Result, Score
from promptci.run.driving.work import Finished, Work
from promptci.run.planning.answering import reach_from
from promptci.run.planning.task import BuildOf, Task
from promptci.run.solving.solve import Evaluated, unanswered
from promptci.scorers.base.attempts import as_attempt
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.catalogue import ALIASES, SCORERS
from promptci.scorers.registry.registry import BoundScorer, Reach, Subject, bind
from promptci.scorers.registry.written import known_name
from promptci.specs.completion import Completion
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.specs.request import Asking, Settings
from promptci.specs.thoughts import split_thoughts
from promptci.specs.wellknown import LOCAL
from promptci.suite.evaljudges import Judges
from promptci.suite.filenames import JUDGES
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite

TURNED, AGAIN = 1, 2
"""Attempts: with the choices in the opposite order, and from which on the same is asked again."""


class Bound(Struct):
    """A golden set, read and checked, with its judge.

    `scorers` are the judge as the file has it and, if it has an order of choices, the same with
    the opposite one. `humans` are what people said of the `examples`, one by one. `scores` holds
    what the judge said, by id and attempt; a text says why there is no score. Attempt 0 asks the
    judge as it is, 1 in the opposite order, and those from 2 on ask it as it is once more.
    """

    set: JudgeSet
    task: Task
    examples: tuple[Labelled, ...]
    humans: tuple[Human, ...]
    classes: tuple[str, ...]
    scorers: tuple[BoundScorer, ...]
    scores: dict[tuple[str, int], Score | str] = field(default_factory=dict)
    repeats: int = 1

    @property
    def judge(self) -> BoundScorer:
        """The judge as the file has it."""
        return self.scorers[0]

    def take(self, finished: Finished) -> None:
        """Keep what the judge said of one output."""
        evaluated = finished.evaluated
        score = evaluated.scores[0][1] if evaluated.scores else evaluated.why
        self.scores[finished.example.id, finished.attempt] = score

    def agreement(self) -> Agreement:
        """The judge against people, as far as it has said something."""
        outputs = tuple(map(self._judged, self.examples, self.humans))
        choices = tuple(self.judge.grades)
        if self.judge.canonical.get("order") == "reversed":
            choices = choices[::-1]
        question = self.judge.question
        return Agreement(self.classes, outputs, self.set.floors, choices, question)

    def _judged(self, example: Labelled, human: Human) -> Judged:
        said = self.scores.get((example.id, 0), "it was not asked")
        turned = self.scores.get((example.id, TURNED))
        again = (self.scores.get((example.id, a)) for a in range(AGAIN, AGAIN + self.repeats - 1))
        return Judged(
            id=example.id,
            human=human,
            score=said if isinstance(said, Score) else None,
            why=said if isinstance(said, str) else said.why,
            length=len(example.shown),
            turned=turned if isinstance(turned, Score) else None,
            again=tuple(score for score in again if isinstance(score, Score)),
            output=example.shown,
            place=f"{example.mark.path}:{example.mark.line}",
        )


def bind_set(
    found: JudgeSet, suite: Suite, build_of: BuildOf, *, both_orders: bool, repeats: int = 1
) -> Bound:
    """A golden set with its judge and its outputs. Raises `SpecError` with every fault.

    Each output is judged `repeats` times, at least twice where a floor needs that, and once where
    the judge could only say the same.
    """
    faults: list[Fault] = []
    reach = reach_from(suite, found.mark.path, build_of)
    nodes = [found.scorer, *(_turned(found.scorer) if both_orders else ())]
    scorers = tuple(filter(None, [bind(node, faults, reach) for node in nodes]))
    examples = tuple(read_examples(found, suite, faults))
    if any(not fault.warning for fault in faults):
        raise SpecError(list(dict.fromkeys(faults)))
    if not examples:
        raise SpecError([found.examples_mark.fault("`examples` is empty: add labelled outputs")])
    classes = scorers[0].grades
    by_class = is_by_class([each.label for each in examples], classes)
    humans = [
        read_label(each.label, classes, found.passes_from, by_class=by_class) for each in examples
    ]
    faults += misfits(examples, humans, scorers[0], by_class=by_class)
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)
    names = tuple(classes) if by_class else VERDICTS
    task = _task(found, suite, reach, len(examples))
    if found.floors.min_self_agreement is not None:
        repeats = max(2, repeats)
    people = tuple(filter(None, humans))
    return Bound(found, task, examples, people, names, scorers, repeats=repeats)


def judging_works(bound: Bound) -> Iterator[Work]:
    """Every output with each order of the choices, then again; what asks no model is taken at once.

    A judge that is never shown a list of its choices asks the same in either order, so once.
    """
    for output in bound.examples:
        asked: set[str] = set()
        example = _example(output)
        for attempt, scorer in _attempts(bound):
            steps = _steps(bound, scorer, output, example, attempt)
            try:
                work = Work(bound.task, example, attempt, steps, next(steps))
            except StopIteration as done:
                bound.take(Finished(bound.task, example, attempt, done.value))
                continue
            if attempt >= AGAIN or asked.isdisjoint(request.key for request in work.requests):
                yield work
            asked.update(request.key for request in work.requests)


def _attempts(bound: Bound) -> Iterator[tuple[int, BoundScorer]]:
    yield from enumerate(bound.scorers)
    for attempt in range(AGAIN, AGAIN + bound.repeats - 1):
        yield attempt, bound.judge


def _steps(
    bound: Bound, scorer: BoundScorer, found: Labelled, example: Example, attempt: int
) -> Asking[Evaluated]:
    answer, calls = split_thoughts(found.output).answer, found.tool_calls
    said = Completion(answer, tool_calls=calls) if calls else None
    known = (found.expected, found.has_expected, found.scope)
    subject = Subject(answer, *known, completion=said, tools=bound.set.tools)
    try:
        judged = scorer.judge(subject)
        again = max(0, attempt - TURNED)
        score = judged if isinstance(judged, Score) else (yield from as_attempt(judged, again))
    except NoVerdict as error:
        return Evaluated(unanswered(example), why=str(error))
    result = Result(example.id, example.digest, "pass" if score.passed else "fail", score.value)
    return Evaluated(result, scores=((scorer.label, score),))


def _example(found: Labelled) -> Example:
    return Example(found.id, found.vars, found.expected, found.has_expected, mark=found.mark)


def _task(found: JudgeSet, suite: Suite, reach: Reach, count: int) -> Task:
    """What the runner hands back with every result: an eval of the judge alone.

    Neither its prompt nor its model is ever asked.
    """
    spec = EvalSpec(f"{JUDGES}/{found.name}", found.mark, found.name, (), (found.scorer,))
    no_model = ModelSpec(found.name, "", LOCAL)
    return Task(
        spec=spec,
        prompt=Prompt(found.name, found.mark, ()),
        model=no_model,
        settings=Settings(no_model),
        golden=Golden(suite.tree),
        judges=Judges(spec, reach, []),
        fingerprint="",
        parts=Parts("", "", "", ""),
        count=count,
    )


def _turned(scorer: Node) -> Iterator[Node]:
    """The same judge with its choices in the opposite order, if it takes an order."""
    if isinstance(scorer.value, dict) and len(scorer.value) == 1:
        [(name, options)] = scorer.value.items()
    else:
        name, options = str(scorer.value), Node({}, scorer.mark)
    known = known_name(name) or name
    kind = ALIASES.get(known, (known, {}))[0]
    if kind not in SCORERS or "order" not in SCORERS[kind].options.__struct_fields__:
        return
    inner = options.value if isinstance(options.value, dict) else {}
    order = "listed" if inner.get("order", options).value == "reversed" else "reversed"
    turned = Node({**inner, "order": Node(order, options.mark)}, options.mark, options.keys)
    yield Node({name: turned}, scorer.mark, scorer.keys)
