"""Texts of a search written and measured: by the session's runner, and by nothing else."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field

from promptci.errors import Fault, ModelError, SpecError
from promptci.parsing.source import Mark, Plain, as_node
from promptci.project.project import Project
from promptci.project.promptsearch.splits import OpenParts
from promptci.project.promptsearch.textplace import TextPlace
from promptci.project.promptsearch.writerview import shown_answer
from promptci.project.session import Session
from promptci.promptsearch.trials import SplitPart, Trial, TrialAnswer, WriterText
from promptci.run.driving.work import Finished, Work
from promptci.run.planbounds import most
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import Ready, make_ready, make_task
from promptci.run.planning.task import Task
from promptci.run.solving.solve import Evaluated, unanswered
from promptci.specs.completion import Completion
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.modelspec import ModelSpec
from promptci.specs.noanswer import why_no_answer
from promptci.specs.prompt import Prompt
from promptci.specs.request import Asking, Request
from promptci.specs.thoughts import separate_thoughts
from promptci.specs.turns import Turn
from promptci.templates.template import Template

_WRITER = "the writer"


class SearchModels(Struct, frozen=True):
    """Who answers the prompt and who writes its texts."""

    model: ModelSpec
    writer: ModelSpec


class SessionMeasurer(Struct):
    """Has texts written and measured within a session's ceilings. It knows two parts alone.

    `step` is the step of a flow whose prompt the texts are for, empty for a prompt by itself.
    """

    project: Project
    session: Session
    place: TextPlace
    step: str
    parts: OpenParts
    models: SearchModels
    noted: Callable[[Trial], None]
    _known: dict[tuple[str, SplitPart], tuple[TrialAnswer, ...]] = field(default_factory=dict)

    def note(self, trial: Trial) -> None:
        """Write down what is known of a trial now."""
        self.noted(trial)

    def fault(self, text: str) -> str:
        """Why a text does not fit into the prompt; empty where it does."""
        return self.place.fault(text)

    def answers(
        self, texts: Sequence[str], part: SplitPart, ids: Sequence[str] | None = None
    ) -> tuple[tuple[TrialAnswer, ...], ...]:
        """For each text the examples of a part, or those of them with these ids, in file order."""
        new = dict.fromkeys(text for text in texts if (text, part) not in self._known)
        chosen = None if ids is None else frozenset(ids)
        found = self._measured(list(new), part, chosen) if new else {}
        if chosen is None:
            self._known |= {(text, part): answers for text, answers in found.items()}
        known = [found.get(text) or self._known[text, part] for text in texts]
        return tuple(_some(each, chosen) for each in known)

    def _measured(
        self, texts: Sequence[str], part: SplitPart, chosen: frozenset[str] | None
    ) -> dict[str, tuple[TrialAnswer, ...]]:
        ready: Ready = getattr(self.parts, part)
        tasks = [self._task(ready, text, chosen) for text in texts]
        taken: dict[int, dict[str, TrialAnswer]] = {id(task): {} for task in tasks}

        def take(finished: Finished) -> None:
            answer = shown_answer(finished, self.step)
            taken[id(finished.task)][finished.example.id] = answer

        self.session.run(Plan(tuple(tasks), is_partial=True), take)
        return {
            text: tuple(taken[id(task)][each.id] for each in task.examples())
            for text, task in zip(texts, tasks, strict=True)
        }

    def _task(self, ready: Ready, text: str, chosen: frozenset[str] | None) -> Task:
        answerer = self.place.within(ready.suite.prompts[ready.spec.prompt], text)
        build = self.project.models.build
        return make_task(ready, answerer, self.models.model, build, chosen=chosen)

    def write(self, asks: Sequence[str], *, first: int) -> tuple[WriterText, ...]:
        """The writer's answer to each; raises `ModelError` where not one is answered."""
        writer = self.models.writer
        return have_written(self.project, self.session, self.place, writer, asks, first=first)


def have_written(
    project: Project,
    session: Session,
    place: TextPlace,
    writer: ModelSpec,
    asks: Sequence[str],
    *,
    first: int,
) -> tuple[WriterText, ...]:
    """A writer's answer to each; attempts are counted from `first`.

    Raises `ModelError` where not one is answered.
    """
    task = writer_task(project, place, writer, asks)
    found: dict[str, Finished] = {}

    def take(finished: Finished) -> None:
        found[finished.example.id] = finished

    works = [_writing(task, each, first + n) for n, each in enumerate(task.examples())]
    price_of = project.prices.price
    bound = partial(most, Plan((task,), is_partial=True), price_of=price_of)
    session.drive(works, [task.model], take=take, bound=bound)
    written = tuple(_written(task, found[str(n)].evaluated) for n in range(len(asks)))
    silent = [each for each in found.values() if each.evaluated.completion is None]
    if len(silent) == len(written):
        why = silent[0].evaluated.why or "there is no answer"
        raise ModelError(f"the writer `{task.model.name}`: {why}", "malformed")
    return written


def writer_task(project: Project, place: TextPlace, writer: ModelSpec, asks: Sequence[str]) -> Task:
    """What a writer is asked, as a task that no eval has. Raises `SpecError`."""
    mark = Mark(place.prompt.mark.path)
    turn = Turn("user", Template.parse("{{ ask }}"))
    parameters: Mapping[str, Plain] = {"temperature": 1.0, "max_tokens": 4 * place.most_tokens}
    prompt = Prompt(_WRITER, mark, (turn,), parameters=parameters)
    examples = tuple(
        Example(str(n), {"ask": ask}, expected="asked", mark=mark) for n, ask in enumerate(asks)
    )
    scorer = as_node("equals", mark)  # which an eval must have and is not used here
    spec = EvalSpec(_WRITER, mark, _WRITER, examples, (scorer,))
    faults: list[Fault] = []
    ready = make_ready(project.workspace.suite, spec, prompt, project.models.build, faults)
    if ready is None:
        raise SpecError(faults)
    return make_task(ready, prompt, writer, project.models.build)


def _writing(task: Task, example: Example, attempt: int) -> Work:
    steps = _asking(task, example, attempt)
    return Work(task, example, attempt, steps, next(steps))


def _asking(task: Task, example: Example, attempt: int) -> Asking[Evaluated]:
    request = Request(task.settings, task.single.render(example.vars), attempt)
    completion = yield request
    assert isinstance(completion, Completion)
    return Evaluated(unanswered(example), request, completion)


def _written(task: Task, evaluated: Evaluated) -> WriterText:
    if evaluated.completion is None:
        return WriterText("", evaluated.why or "there is no answer")
    completion = separate_thoughts(evaluated.completion, "apart")
    return WriterText(completion.text, why_no_answer(task.settings, completion, {"ok"}))


def _some(
    answers: tuple[TrialAnswer, ...], chosen: frozenset[str] | None
) -> tuple[TrialAnswer, ...]:
    return answers if chosen is None else tuple(each for each in answers if each.id in chosen)
