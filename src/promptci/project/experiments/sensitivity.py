"""Ask an eval's examples under several formats of its prompt."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.experiments.sensitivity import FormatScore, SensitivityResult
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.planruns import pass_over
from promptci.errors import Fault, RequestError, SpecError
from promptci.parsing.datafile import MAX_FAULTS
from promptci.project.experiments.stepforms import PromptPlace
from promptci.project.experiments.wordings import OWN, read_wordings, write_wordings
from promptci.project.project import Project
from promptci.project.promptsearch.measuring import writer_task
from promptci.project.promptsearch.textplace import TextPlace
from promptci.project.scoring import GivenOutputs, given_task, task_of_outputs, tell_doubts
from promptci.project.session import Session
from promptci.promptsearch.writing import as_variation
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.logged.outputreading import check_ids, read_formats
from promptci.run.planbounds import most
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.selection import select_one
from promptci.run.planning.task import Task
from promptci.specs.evalspec import EvalSpec
from promptci.specs.experiments import MOST_WORDINGS, SensitivityFile, SpreadFile, WordingFile
from promptci.specs.formats import (
    WORDS_ALONE,
    FormatAxes,
    PromptFormat,
    formats_of,
    in_format,
)
from promptci.specs.prompt import Prompt
from promptci.spending.limits import Limits


class Formats(Struct, frozen=True):
    """What is asked for instead of what the eval's file says; None and empty leave that as it is.

    So many formats are tried, with so many other orders of the shots, by a seed. `wording` is a
    file, `writer` a model that writes other wordings, `most` the spread that is allowed. `step` is
    the step of a flow whose prompt is varied.
    """

    sample: int | None = None
    orders: int | None = None
    seed: int | None = None
    wording: str = ""
    writer: str = ""
    most: float | None = None
    step: str = ""

    def over(self, written: SensitivityFile) -> SensitivityFile:
        """What the eval's file says, with these in its place."""
        sample = written.sample if self.sample is None else self.sample
        wording = self.wording or written.wording
        if self.writer:
            wording = WordingFile(self.writer, min(sample, MOST_WORDINGS))
        gate = written.gate if self.most is None else SpreadFile(self.most)
        seed = written.seed if self.seed is None else self.seed
        step = self.step or written.step
        return SensitivityFile(written.format, wording, sample, seed, gate, step)

    def axes(self, told: SensitivityFile) -> FormatAxes:
        """What formats may be: those of the file, else all that are known, or words alone."""
        if told.format is not None:
            found = FormatAxes.of(told.format)
        else:
            found = WORDS_ALONE if told.wording else FormatAxes()
        return found if self.orders is None else replace(found, orders=self.orders)


class Varied(Struct, frozen=True):
    """An eval whose prompt is varied, or that of a step of its flow, and how."""

    spec: EvalSpec
    place: PromptPlace
    told: SensitivityFile
    axes: FormatAxes

    @classmethod
    def of(cls, project: Project, name: str, formats: Formats) -> "Varied":
        """What is asked for, over what the eval's file says. Raises `RequestError`."""
        suite = project.workspace.suite
        spec = select_one(suite, name)
        told = formats.over(_written(spec))
        place = PromptPlace.of(suite.prompts[spec.prompt], told.step, "`sensitivity`")
        if isinstance(told.wording, str) and told.wording in suite.config.models:
            told = replace(told, wording=WordingFile(told.wording, min(told.sample, MOST_WORDINGS)))
        return cls(spec, place, told, formats.axes(told))

    @property
    def prompt(self) -> Prompt:
        """The prompt that is varied."""
        return self.place.prompt

    def read(self, project: Project) -> Mapping[str, Prompt]:
        """The wordings that are known without a model."""
        if isinstance(self.told.wording, str):
            return read_wordings(project, self.spec, self.prompt, self.told.wording)
        return {OWN: self.prompt}


def _written(spec: EvalSpec) -> SensitivityFile:
    """What the eval's file says, with the spread that its gate allows."""
    written = spec.sensitivity or SensitivityFile()
    if written.gate is None and spec.gate.spread is not None:
        return replace(written, gate=SpreadFile(spec.gate.spread))
    return written


def measure_sensitivity(
    project: Project, name: str, limits: Limits, formats: Formats
) -> tuple[SensitivityResult, ...]:
    """The scores of an eval under several formats of its prompt, for each of its models.

    No record is written. Raises `RequestError` for a prompt that is the same in all formats.
    """
    varied = Varied.of(project, name, formats)
    session = Session(project, limits)
    if isinstance(varied.told.wording, WordingFile):
        prompts = write_wordings(project, session, varied.prompt, varied.told.wording)
    else:
        prompts = varied.read(project)
    asked = list(_tasks(project, varied, prompts))
    plan = Plan(tuple(task for _, task in asked), is_partial=True)
    outcomes = session.run(plan, pass_over).outcomes()
    found: dict[str, list[FormatScore]] = {}
    for (form, task), outcome in zip(asked, outcomes, strict=True):
        found.setdefault(task.model.name, []).append(_score(form.parts, outcome))
    most = None if varied.told.gate is None else varied.told.gate.spread
    step, most_tried = varied.place.step, varied.told.sample
    return tuple(
        SensitivityResult(
            varied.spec.name, model, tuple(each), most, step=step, is_all=len(each) <= most_tried
        )
        for model, each in found.items()
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
    tell_doubts(project, [outputs for _, outputs in formats])
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
    told = Formats(most=most).over(_written(task.spec)).gate
    allowed = None if told is None else told.spread
    name = task.spec.name
    return (SensitivityResult(name, task.model.name, tuple(scores), allowed, has_own=False),)


def estimate_sensitivity(
    project: Project, name: str, limits: Limits, formats: Formats
) -> tuple[Estimate, ...]:
    """What that would ask, found without asking; of a model's wordings the most that they may."""
    varied = Varied.of(project, name, formats)
    cache, price = project.workspace.cache, project.price_under(limits)
    told = varied.told
    if not isinstance(told.wording, WordingFile):
        tasks = tuple(task for _, task in _tasks(project, varied, varied.read(project)))
        return dry_run(Plan(tasks, is_partial=True), cache=cache, price_of=price)
    suite, text = project.workspace.suite, TextPlace.of(varied.prompt)
    asks = [as_variation(text.text, text.placeholders)] * told.wording.n
    writing = writer_task(project, text, suite.config.model(told.wording.model), asks)
    models = suite.models(varied.spec)
    longest = [_task(project, varied, text.filler(), model) for model in models]
    present = [_task(project, varied, varied.prompt, model) for model in models]
    many = most(Plan(tuple(longest), is_partial=True), price_of=price)
    return (
        *most(Plan((writing,)), price_of=price),
        *dry_run(Plan(tuple(present), is_partial=True), cache=cache, price_of=price),
        *(replace(each.times(told.sample), examples=told.sample * each.examples) for each in many),
    )


def _tasks(
    project: Project, varied: Varied, prompts: Mapping[str, Prompt]
) -> Iterator[tuple[PromptFormat, Task]]:
    told, prompt = varied.told, varied.prompt
    chosen = formats_of(prompts, varied.axes, sample=told.sample, seed=told.seed)
    if len(chosen) < 2:
        wrong = "the prompt has no user message with lines or labels such as `Ticket:`"
        cure = "so its format cannot be varied: try other words, with --wording FILE"
        raise RequestError(f"{prompt.mark.path}: {wrong}, {cure}")
    for model in project.workspace.suite.models(varied.spec):
        for form in chosen:
            changed = in_format(prompts[form.wording or OWN], form, told.seed)
            yield form, _task(project, varied, changed, model)


def _task(project: Project, varied: Varied, prompt: Prompt, model: str) -> Task:
    suite, build = project.workspace.suite, project.models.build
    faults: list[Fault] = []
    whole = varied.place.within(prompt)
    ready = make_ready(suite, varied.spec, whole, build, faults)
    if ready is None:
        raise SpecError([each for each in faults if not each.warning])
    return make_task(ready, whole, suite.config.model(model), build)


def _score(parts: Mapping[str, str], outcome: EvalOutcome) -> FormatScore:
    results = outcome.record.results
    scores = {each.id: each.score for each in results if each.fate != "error"}
    return FormatScore(parts, scores, outcome.record.errors)
