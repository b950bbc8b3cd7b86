"""The base's own questions: its golden examples, by its scorers, asked of the prompt it tested.

A change may edit examples, add easy ones beside them, give a scorer no weight or point an eval at
another prompt. Both sides' answers are stored, so what the base would have said costs little.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.gate.gatechanges import first_named
from promptci.compare.pairing.comparedside import ComparedSide, Pick, revision_side
from promptci.compare.pairing.pairs import Pair, make_pairs
from promptci.compare.results import BaseAnswers, MovedLosses
from promptci.errors import NotAtBaseError, PromptCIError
from promptci.git.samefile import is_same_file
from promptci.records.record import Parts
from promptci.run.planning.answering import reach_from
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec
from promptci.specs.modelspec import ModelSpec
from promptci.specs.outline import Outline
from promptci.suite.evaljudges import Judges
from promptci.suite.examplesdigest import own_scorers
from promptci.suite.golden import KEPT, Golden
from promptci.suite.outlines import outlines, outlines_in
from promptci.suite.suite import Suite


class ReadyQuestions(Struct, frozen=True):
    """The base's questions for some `tasks` of the head, as `pairs` of both sides.

    Those that are `kept` have the examples alone that the head has as they are. `obstacles` say why
    those of other evals cannot be asked, by name.
    """

    tasks: Sequence[Task]
    pairs: Sequence[Pair]
    kept: Sequence[Pair]
    obstacles: Mapping[str, str]


class BaseQuestions(Struct, frozen=True):
    """Asks the base's questions where a change moved them.

    `spec_of` finds the base's eval by the name that it has now, `parts_of` all evals of the
    head that came from the same one, `recorded` what the base's record says of a task's eval,
    `dress` gives a pair the base's gate and record, and `compare` asks, pairs and judges.
    """

    base: Suite
    head: Suite
    spec_of: Callable[[str], EvalSpec | None]
    parts_of: Callable[[str], tuple[str, ...]]
    recorded: Callable[[Task], Parts | None]
    build_of: BuildOf
    dress: Callable[[Pair], Pair]
    compare: Callable[[Sequence[Pair]], tuple[Compared, ...]]

    def ask(self, tasks: Sequence[Task]) -> BaseAnswers:
        """The answers to the base's questions for these tasks of the head."""
        return self.answer(self.ready(tasks))

    def ready(self, tasks: Sequence[Task]) -> ReadyQuestions:
        """The base's questions for these tasks, before anything is asked."""
        pairs, obstacles = self.pairs(tasks)
        kept = [_without(pair, self._not_in(pair, (pair.head.spec.name,))) for pair in pairs]
        return ReadyQuestions(tasks, pairs, list(filter(None, kept)), obstacles)

    def answer(self, ready: ReadyQuestions) -> BaseAnswers:
        """The answers to them."""
        found = self.compare(ready.kept) if ready.kept else ()
        apart = [(pair, self._moved(pair)) for pair in ready.pairs]
        moved = [self._became(pair, ids) for pair, ids in apart if ids]
        return BaseAnswers(found, tuple(filter(None, moved)), tuple(ready.obstacles.items()))

    def pairs(self, tasks: Sequence[Task]) -> tuple[list[Pair], dict[str, str]]:
        """Both sides of all questions, and why those of other evals cannot be asked, by name."""
        pairs: list[Pair] = []
        obstacles: dict[str, str] = {}
        wanted: dict[str, list[Task]] = {}
        for task in tasks:
            wanted.setdefault(task.spec.name, []).append(task)
        for name, mine in sorted(wanted.items()):
            spec = self.spec_of(name)
            if spec is None:
                continue
            try:
                pairs += self._pairs(spec, mine)
            except PromptCIError as error:
                must = spec.gate.must_pass
                unasked = f"; not asked: {first_named(must, must)}" if must else ""
                obstacles[name] = f"{error}{unasked}"
        return pairs, obstacles

    def is_moved(self, task: Task) -> bool:
        """Whether the base would ask something else, or of another prompt, than the head does."""
        spec = self.spec_of(task.spec.name)
        if spec is None:
            return False
        if self._prompt(spec, task).digest != task.prompt.digest or self._left(spec, [task]):
            return True
        has_other_sets = self.base.config.plain_sets != self.head.config.plain_sets
        if _asks(spec) != _asks(task.spec) or has_other_sets:
            return True
        is_alike = self._has_same_examples(spec, task)
        if is_alike and not task.judges.rests_on_files:
            return False
        try:
            judges = Judges(spec, reach_from(self.base, spec.mark.path, self.build_of), [])
        except NotAtBaseError:  # the newest commit of its branch judges otherwise
            return True
        if _unasked(judges) != _unasked(task.judges):
            return True
        if is_alike:
            return False
        return _golden(Golden.of(self.base.tree, spec), judges) != _golden(task.golden, task.judges)

    def _has_same_examples(self, spec: EvalSpec, task: Task) -> bool:
        """Whether it is known at once that the base's examples are the head's.

        A file of the same bytes is not parsed again, unless the record knows of other scorers, and
        of equal examples beside the scorers only those are looked at that have their own.
        """
        here, path, known = task.spec, task.golden.path, self.recorded(task)
        is_alike = (
            spec.examples == here.examples
            and spec.columns == here.columns
            and spec.variables == here.variables
            and spec.mark.path == here.mark.path
            and not task.has_files
            and (known is None or known.examples == task.parts.examples)
        )
        if path:
            return is_alike and is_same_file(self.base.tree, task.golden.tree, path)
        inline = () if isinstance(here.examples, str) else here.examples
        return is_alike and not any(each.scorers for each in inline)

    def _prompt(self, spec: EvalSpec, task: Task) -> Answerer:
        """The prompt that the base tested, as the head has it; if it is gone, the task's."""
        return self.head.prompts.get(spec.prompt, task.prompt)

    def _pairs(self, spec: EvalSpec, tasks: Sequence[Task]) -> list[Pair]:
        """Both sides on the base's examples and scorers. Raises `PromptCIError` if unaskable."""
        prompt = self._prompt(spec, tasks[0])
        asked = replace(spec, strict_variables=False)
        name = tasks[0].spec.name
        left = self._left(spec, tasks)

        def pick(_: EvalSpec) -> Pick:
            return Pick(prompt, (*(task.model for task in tasks), *left), name)

        side = ComparedSide("head", "rev", pick, self.head)
        base = revision_side(self.base, "base", {name: spec.name})
        found, obstacles = make_pairs(self.base, [asked], base, side, self.build_of)
        if obstacles:
            raise PromptCIError("; ".join(obstacles.values()))
        return [self.dress(pair) for pair in found]

    def _left(self, spec: EvalSpec, tasks: Sequence[Task]) -> tuple[ModelSpec, ...]:
        """The model on which the prompt still runs, and on which its eval no longer tests it."""
        prompt = self._prompt(spec, tasks[0])
        own = self.head.models(replace(spec, prompt=prompt.name, models=()))
        mine = self.head.models(tasks[0].spec)
        names = [n for n in own if n in self.base.models(spec) and n not in mine]
        return tuple(self.head.config.model(name) for name in names)

    def _moved(self, pair: Pair) -> frozenset[str]:
        """The base's examples that no part of its eval has as they are, by the first part."""
        name = pair.head.spec.name
        parts = self.parts_of(name) or (name,)
        return self._not_in(pair, parts) if parts[0] == name else frozenset()

    def _not_in(self, pair: Pair, names: Sequence[str]) -> frozenset[str]:
        """The base's examples that none of some evals of the head has as they are."""
        now = {e.digest for name in names for e in outlines(self._head_golden(name))}
        return frozenset(e.id for e in _outlines(pair) if e.digest not in now)

    def _head_golden(self, name: str) -> Golden:
        return Golden.of(self.head.tree, self.head.evals[name])

    def _became(self, pair: Pair, ids: frozenset[str]) -> MovedLosses | None:
        [found] = self.compare([pair.holding(ids) if len(ids) < KEPT else pair.only(ids)])
        lost = found.confirmed.comparison.ids("lost")
        wanted = tuple(id_ for id_ in lost if id_ in pair.gate.must_pass)
        return MovedLosses(found.name, len(ids), lost, wanted) if lost else None


def _without(pair: Pair, ids: frozenset[str]) -> Pair | None:
    """A pair without some of its examples, and without a floor, which is for all of them."""
    gate = replace(pair.gate, min_score=None)
    if not ids:
        return replace(pair, gate=gate)
    rest = frozenset(each.id for each in _outlines(pair)) - ids
    return replace(pair.only(rest), gate=gate) if rest else None


def _asks(spec: EvalSpec) -> object:
    """How an eval asks and judges, as far as its own file says."""
    scorers = [node.plain() for node in spec.scorers]
    talk = None if spec.conversing is None else spec.conversing.canonical
    return scorers, spec.truncated, spec.threshold, spec.refused, spec.empty, talk


def _unasked(judges: Judges) -> object:
    """Scorers that ask no model, with what the files hold that they read; judges have their own."""
    return [scorer.canonical for scorer in judges.shared if not scorer.asks]


def _golden(golden: Golden, judges: Judges) -> dict[str, object]:
    """Each example by its id: its digest, its tags that count, and its own scorers."""
    known: dict[str, object] = {}
    for each in outlines(golden):
        known[each.id] = (each.digest, judges.tags.intersection(each.tags), [])
        if each.is_scored:
            return {
                e.id: (e.digest, judges.tags.intersection(e.tags), own_scorers(judges, e))
                for e in golden.examples()
            }
    return known


def _outlines(pair: Pair) -> Iterable[Outline]:
    """What the examples of a pair are known by."""
    return outlines_in(pair.head.golden, pair.head.chosen)
