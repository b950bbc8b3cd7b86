"""Ask an eval's examples under several formats of its prompt."""

from collections.abc import Iterator, Mapping

from promptci.compare.confirmation import pass_over
from promptci.compare.outcome import EvalOutcome
from promptci.compare.sensitivity import FormatScore, SensitivityResult
from promptci.errors import Fault, RequestError, SpecError
from promptci.lateclass import dataclass
from promptci.parsing.datafile import MAX_FAULTS
from promptci.project.project import Project
from promptci.project.scoring import GivenOutputs, given_task, task_of_outputs
from promptci.project.session import Session
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.outputreading import check_ids, read_formats
from promptci.run.plan import Plan
from promptci.run.ready import make_ready, make_task
from promptci.run.selection import select_one
from promptci.run.task import Task
from promptci.specs.answerer import writing_prompt
from promptci.specs.formats import PromptFormat, formats_of, in_format
from promptci.spending.limits import Limits


@dataclass(frozen=True, slots=True)
class Formats:
    """Which formats are tried: so many, with so many other orders of the shots, by a seed."""

    sample: int = 12
    orders: int = 0
    seed: int = 1


def measure_sensitivity(
    project: Project, name: str, limits: Limits, formats: Formats, *, most: float | None = None
) -> tuple[SensitivityResult, ...]:
    """The scores of an eval under several formats of its prompt, for each of its models.

    `most` is the spread that is allowed. No record is written. Raises `RequestError` for a prompt
    that is the same in all formats.
    """
    asked = list(_tasks(project, name, formats))
    plan = Plan(tuple(task for _, task in asked), is_partial=True)
    outcomes = Session(project, limits).run(plan, pass_over).outcomes()
    found: dict[str, list[FormatScore]] = {}
    for (form, task), outcome in zip(asked, outcomes, strict=True):
        found.setdefault(task.model.name, []).append(_score(form.parts, outcome))
    eval_name = asked[0][1].spec.name
    return tuple(
        SensitivityResult(eval_name, model, tuple(each), most) for model, each in found.items()
    )


def measure_recorded_sensitivity(
    project: Project, name: str, given: GivenOutputs, limits: Limits, *, most: float | None = None
) -> tuple[SensitivityResult, ...]:
    """The scores of outputs that were obtained elsewhere under several formats of a prompt.

    Scorers that ask a model still do. Raises `SpecError` for ids that do not fit, and
    `RequestError` for a name that is not one eval on one model and for a single format.
    """
    task = task_of_outputs(project, name, given.model)
    formats = read_formats(given.file, given.path, project.prices.price(task.model))
    marks = {example.id: example.mark for example in task.examples()}
    faults = [
        fault
        for _, outputs in formats
        for fault in check_ids((outputs,), marks, partial=given.is_partial)
    ]
    if faults:
        raise SpecError(faults[:MAX_FAULTS])
    if len(formats) < 2:
        cure = f"`promptci score {task.spec.name} --outputs FILE` judges outputs of one"
        raise RequestError(f"{given.path}: there is one format alone: {cure}")
    plan = Plan(tuple(given_task(task, each) for _, each in formats), is_partial=True)
    outcomes = Session(project, limits).run(plan, pass_over).outcomes()
    scores = (_score(parts, outcome) for (parts, _), outcome in zip(formats, outcomes, strict=True))
    return (SensitivityResult(task.spec.name, task.model.name, tuple(scores), most, has_own=False),)


def estimate_sensitivity(
    project: Project, name: str, limits: Limits, formats: Formats
) -> tuple[Estimate, ...]:
    """What that would ask, found without asking."""
    tasks = tuple(task for _, task in _tasks(project, name, formats))
    plan = Plan(tasks, is_partial=True)
    return dry_run(plan, cache=project.workspace.cache, price_of=project.price_under(limits))


def _tasks(project: Project, name: str, formats: Formats) -> Iterator[tuple[PromptFormat, Task]]:
    suite, build = project.workspace.suite, project.models.build
    spec = select_one(suite, name)
    prompt = writing_prompt(suite.prompts[spec.prompt], "`sensitivity`")
    chosen = formats_of(prompt, sample=formats.sample, orders=formats.orders, seed=formats.seed)
    if len(chosen) < 2:
        wrong = "the prompt has no user message with lines or labels such as `Ticket:`"
        raise RequestError(f"{prompt.mark.path}: {wrong}, so its format cannot be varied")
    for model in suite.models(spec):
        for form in chosen:
            faults: list[Fault] = []
            changed = in_format(prompt, form, formats.seed)
            ready = make_ready(suite, spec, changed, build, faults)
            if ready is None:
                raise SpecError([each for each in faults if not each.warning])
            yield form, make_task(ready, changed, suite.config.model(model), build)


def _score(parts: Mapping[str, str], outcome: EvalOutcome) -> FormatScore:
    results = outcome.record.results
    scores = {each.id: each.score for each in results if each.fate != "error"}
    return FormatScore(parts, scores, outcome.record.errors)
