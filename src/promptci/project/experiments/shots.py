"""Ask each shot of a prompt with itself and without, and the eval's examples beside."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.experiments.shots import Recall, ShotFate, ShotsResult
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.planruns import pass_over
from promptci.digest import digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.selection import select_one
from promptci.run.planning.task import Task
from promptci.specs.answerer import writing_prompt
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.prompt import Prompt, Shot
from promptci.spending.limits import Limits


class ShotsPlan(Struct, frozen=True):
    """What is asked beside the shots and the held-out examples.

    With `each` the held-out examples are asked without each shot as well, with `orders` under so
    many other orders of the shots, drawn by `seed`.
    """

    each: bool = False
    orders: int = 0
    seed: int = 1


class _Asked(Struct, frozen=True):
    """The tasks of one model: all shots with themselves, each without itself, held-out examples.

    `without` are the held-out examples without each shot, `orders` with the shots in other orders.
    """

    left_in: Task
    left_out: tuple[Task, ...]
    held_out: Task
    without: tuple[Task, ...]
    orders: tuple[Task, ...]

    @property
    def all(self) -> tuple[Task, ...]:
        """All of them."""
        return (self.held_out, self.left_in, *self.left_out, *self.without, *self.orders)

    @property
    def forms(self) -> tuple[str, ...]:
        """What each of them is called."""
        return (
            "held out",
            "among the shots",
            *(f"shot {n} left out" for n in range(1, len(self.left_out) + 1)),
            *(f"held out, without shot {n}" for n in range(1, len(self.without) + 1)),
            *(f"held out, order {n}" for n in range(1, len(self.orders) + 1)),
        )


def try_shots(
    project: Project, name: str, limits: Limits, given: ShotsPlan
) -> tuple[ShotsResult, ...]:
    """What the shots of an eval's prompt do, for each of its models; no record is written.

    Raises `RequestError` for a prompt without two shots.
    """
    asked, plan = _planned(project, name, given)
    found = Session(project, limits).run(plan, pass_over).outcomes()
    by_task = {id(outcome.task): outcome for outcome in found}
    return tuple(_result(one, by_task) for one in asked)


def estimate_shots(
    project: Project, name: str, limits: Limits, given: ShotsPlan
) -> tuple[Estimate, ...]:
    """What that would ask, found without asking."""
    asked, plan = _planned(project, name, given)
    found = dry_run(plan, cache=project.workspace.cache, price_of=project.price_under(limits))
    forms = (form for one in asked for form in one.forms)
    for form, estimate in zip(forms, found, strict=True):
        estimate.form = form
    return found


def _planned(project: Project, name: str, given: ShotsPlan) -> tuple[list[_Asked], Plan]:
    """What is asked of each model, and all of it as a plan."""
    asked = list(_asked(project, name, given))
    return asked, Plan(tuple(task for one in asked for task in one.all), is_partial=True)


def _asked(project: Project, name: str, given: ShotsPlan) -> Iterator[_Asked]:
    suite = project.workspace.suite
    spec = select_one(suite, name)
    prompt = writing_prompt(suite.prompts[spec.prompt], "`shots`")
    if len(prompt.shots) < 2:
        cure = "add some below `shots:`"
        raise RequestError(f"{prompt.mark.path}: this needs two shots at least: {cure}")
    known: dict[str, Shot] = {}
    for shot in prompt.shots:
        if (first := known.setdefault(_as_example(shot).id, shot)) is not shot:
            again = f"this repeats the shot of line {first.mark.line}: delete one"
            raise SpecError([shot.mark.fault(again)])
    of_shots = replace(
        spec,
        examples=tuple(map(_as_example, prompt.shots)),
        columns=None,
        gate=replace(spec.gate, must_pass=()),
    )
    for model in suite.models(spec):
        make = _Maker(project, model)
        lone = [_without(prompt, index) for index in range(len(prompt.shots))]
        assert isinstance(of_shots.examples, tuple)
        yield _Asked(
            left_in=make.task(of_shots, prompt),
            left_out=tuple(
                make.task(replace(of_shots, examples=(example,)), form)
                for example, form in zip(of_shots.examples, lone, strict=True)
            ),
            held_out=make.task(spec, prompt),
            without=tuple(make.task(spec, form) for form in lone) if given.each else (),
            orders=tuple(
                make.task(spec, form) for form in _orders(prompt, given.orders, given.seed)
            ),
        )


class _Maker(Struct, frozen=True):
    project: Project
    model: str

    def task(self, spec: EvalSpec, prompt: Prompt) -> Task:
        """A prompt on some examples. Raises `SpecError` where they do not fit."""
        suite, build = self.project.workspace.suite, self.project.models.build
        faults: list[Fault] = []
        ready = make_ready(suite, spec, prompt, build, faults)
        if ready is None:
            raise SpecError([fault for fault in faults if not fault.warning])
        return make_task(ready, prompt, suite.config.model(self.model), build)


def _as_example(shot: Shot) -> Example:
    """A shot as a golden example: its output is what is expected."""
    ident = digest([dict(shot.vars), shot.output])[:12]
    return Example(ident, dict(shot.vars), expected=shot.output, mark=shot.mark)


def _without(prompt: Prompt, index: int) -> Prompt:
    return replace(prompt, shots=(*prompt.shots[:index], *prompt.shots[index + 1 :]))


def _orders(prompt: Prompt, count: int, seed: int) -> Iterator[Prompt]:
    """The prompt with its shots in other orders, each by a digest of the shot and a number."""
    for number in range(count):
        shuffled = sorted(
            prompt.shots, key=lambda s: digest([seed, number, dict(s.vars), s.output])
        )
        yield replace(prompt, shots=tuple(shuffled))


def _result(asked: _Asked, outcomes: dict[int, EvalOutcome]) -> ShotsResult:
    def of(task: Task) -> EvalOutcome:
        return outcomes[id(task)]

    fates = {r.id: _passed(r.fate) for r in of(asked.left_in).record.results}
    shots = asked.left_in.prompt.shots
    rows = []
    for index, (shot, task) in enumerate(zip(shots, asked.left_out, strict=True)):
        [alone] = of(task).record.results
        without = _recall(of(asked.without[index])) if asked.without else None
        text = " ".join(str(value) for value in shot.vars.values())
        left_in = fates.get(_as_example(shot).id)
        rows.append(ShotFate(index + 1, text, left_in, _passed(alone.fate), without))
    record = of(asked.held_out).record
    return ShotsResult(
        eval=record.eval,
        model=record.model,
        held_out=_recall(of(asked.held_out)),
        shots=tuple(rows),
        orders=tuple(_recall(of(task)) for task in asked.orders),
    )


def _passed(fate: str) -> bool | None:
    return {"pass": True, "fail": False}.get(fate)


def _recall(outcome: EvalOutcome) -> Recall:
    record = outcome.record
    return Recall(record.passed, record.total - record.errors, record.errors)
