"""What to ask: every eval with every model, selected, fingerprinted and in order."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from promptci.digest import LONG, long_digest
from promptci.errors import Fault, NothingToRunError, RequestError, SpecError, told_once
from promptci.git.repo import inside, read_file
from promptci.parsing.source import Plain
from promptci.records.record import Parts
from promptci.run.selection import Selection, check_filters, choose_evals, select
from promptci.scorers.registry.registry import Reach
from promptci.specs.completion import Completion
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.specs.request import Settings
from promptci.suite.codefiles import CodeFiles
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden, Stamp
from promptci.suite.scan import Scan, scan
from promptci.suite.suite import Suite

BuildOf = Callable[[ModelSpec], str]
"""Which build of a model would answer; empty for hosted models."""


@dataclass(frozen=True)
class Task:
    """One eval on one model: what a record is made from.

    `given` are answers obtained elsewhere, by example, for which the model is not asked.
    """

    spec: EvalSpec
    prompt: Prompt
    model: ModelSpec
    settings: Settings
    golden: Golden
    judges: Judges
    fingerprint: str
    parts: Parts
    count: int
    chosen: frozenset[str] | None = None
    stamp: Stamp = None
    given: Mapping[str, Completion] | None = None

    @property
    def is_deterministic(self) -> bool:
        """Whether asking again could only come to the same: neither model nor judges vary."""
        return self.settings.is_deterministic and not self.judges.varies

    def varies(self, example: Example) -> bool:
        """Whether a judge may change an example's fate when asked again."""
        return any(scorer.varies and scorer.weight for scorer in self.judges.of(example))

    @property
    def is_stale(self) -> bool:
        """Whether somebody has written to the file of examples since they were looked at."""
        try:
            return self.golden.stamp() != self.stamp
        except RequestError:  # it is gone
            return True

    def examples(self) -> Iterator[Example]:
        """The selected examples, in file order."""
        for example in self.golden.examples():
            if self.chosen is None or example.id in self.chosen:
                yield example


@dataclass(frozen=True, slots=True)
class Again:
    """What may be asked once more after a plan: `times` for each of so many examples of a task.

    It counts with what `of` asks. With `if_asked` it can only be where `of` asks anything at first.
    """

    of: Task
    task: Task
    examples: int
    times: int
    if_asked: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The tasks in order. `repeat` is how often each example is asked, from attempt `first` on.

    `ahead` are the examples of an eval on a model that are asked before the others.
    `again` is what may be asked afterwards, at most. `left_out` says why evals have no task here.
    """

    tasks: tuple[Task, ...]
    repeat: int = 1
    is_partial: bool = False
    first: int = 0
    ahead: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    again: tuple[Again, ...] = ()
    left_out: tuple[Fault, ...] = ()

    def examples(self, task: Task) -> Iterator[Example]:
        """The examples of a task, those that are asked ahead first, else in file order."""
        ahead = self.ahead.get((task.spec.name, task.model.name), frozenset())
        yield from _some(task, ahead)
        for example in task.examples():
            if example.id not in ahead:
                yield example

    @property
    def models(self) -> Iterator[ModelSpec]:
        """Whoever may be asked, judges included."""
        for task in self.tasks:
            if task.given is None:
                yield task.model
            for scorer in task.judges.shared:
                yield from scorer.models

    @property
    def count(self) -> int:
        """How many examples are to be evaluated, repeats included."""
        return self.repeat * sum(task.count for task in self.tasks)


def _some(task: Task, ids: frozenset[str]) -> Iterator[Example]:
    """So many of a task's examples, read no further than the last of them."""
    left = len(ids)
    for example in task.examples() if ids else ():
        if example.id in ids:
            yield example
            left -= 1
            if not left:
                return


def make_plan(suite: Suite, selection: Selection, build_of: BuildOf) -> Plan:
    """What a selection asks for.

    Raises `RequestError` for a name that does not exist, `NothingToRunError` where nothing is
    selected and `SpecError` with every fault of the examples.
    """
    specs = select(suite, selection.names)
    faults: list[Fault] = []
    tasks = [task for spec in specs for task in _tasks(suite, spec, selection, build_of, faults)]
    left_out = _left_out(suite, faults) if tasks and not selection.names else ()
    if any(not fault.warning and fault not in left_out for fault in faults):
        raise SpecError(told_once(faults))  # a scorer set is read for each of its evals
    check_filters((task.golden for task in tasks), selection)
    chosen = tuple(task for task in tasks if task.count)
    if not chosen:
        raise NothingToRunError("no example has all of what --tag and --example ask for")
    return Plan(chosen, selection.repeat, selection.is_partial, left_out=left_out)


def _left_out(suite: Suite, faults: list[Fault]) -> tuple[Fault, ...]:
    """The faults of evals that a run of everything does without: of strangers, and of models."""
    return tuple(
        fault
        for fault in faults
        if not fault.warning and (fault.path in suite.optional or isinstance(fault, _NoModel))
    )


def _tasks(
    suite: Suite, spec: EvalSpec, selection: Selection, build_of: BuildOf, faults: list[Fault]
) -> Iterator[Task]:
    """The tasks of an eval, one per model."""
    prompt = suite.prompts[spec.prompt]
    ready = make_ready(suite, spec, prompt, build_of, faults)
    if ready is None:
        return
    chosen = choose_evals(ready.golden, selection)
    for name in dict.fromkeys(selection.models or suite.models(spec)):
        try:
            model = suite.config.model(name)
        except RequestError as error:
            if selection.models:
                raise
            own = spec.marks.get("models", spec.mark)
            mark = own if spec.models or prompt.model is None else prompt.model_mark
            faults.append(_NoModel(mark.path, mark.line, mark.column, str(error)))
            continue
        yield make_task(ready, prompt, model, build_of, chosen=chosen)


class _NoModel(Fault):
    """A model's name that stands for none."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An eval whose examples and scorers have been looked at: any prompt may be tried on it."""

    spec: EvalSpec
    golden: Golden
    judges: Judges
    found: Scan
    stamp: Stamp = None


def make_ready(
    suite: Suite,
    spec: EvalSpec,
    prompt: Prompt,
    build_of: BuildOf,
    faults: list[Fault],
    *,
    scorers_of: tuple[Suite, EvalSpec] | None = None,
) -> Ready | None:
    """Look at an eval's examples for a prompt; None after adding what is wrong to `faults`.

    `scorers_of` names another state of the files whose scorers judge instead of the eval's own.
    """
    home, written = scorers_of or (suite, spec)
    mine: list[Fault] = []
    try:
        judges = Judges(written, reach_from(home, written.mark.path, build_of), mine)
        golden = Golden.of(suite.tree, spec)
        stamp = golden.stamp()
        found = scan(golden, spec, prompt, judges, mine)
    except SpecError as error:
        faults += dict.fromkeys([*mine, *error.faults])
        return None
    faults += dict.fromkeys(mine)
    if any(not fault.warning for fault in mine):
        return None
    return Ready(spec, golden, judges, found, stamp)


def reach_from(suite: Suite, path: str, build_of: BuildOf) -> Reach:
    """What the scorers in a file may reach: models by their names, files and code beside it."""
    folder = path.rpartition("/")[0]

    def settings_for(name: str, parameters: Mapping[str, Plain]) -> Settings:
        model = suite.config.judge(name)
        return Settings(model, parameters, build=build_of(model))

    def read_beside(written: str) -> bytes:
        return read_file(suite.tree, inside(written, start=folder))

    code = CodeFiles(suite, folder)
    return Reach(settings_for, read_beside, suite.config.scorer_sets, code=code)


def make_task(
    ready: Ready,
    prompt: Prompt,
    model: ModelSpec,
    build_of: BuildOf,
    *,
    chosen: frozenset[str] | None = None,
) -> Task:
    """One prompt on one model with an eval's examples; `chosen` are their ids, None for all.

    Raises `RequestError` for a model that answers no prompts.
    """
    wrong = Settings(model).mismatch
    if wrong:
        raise RequestError(f"{ready.spec.name}: {wrong}")
    parts = _parts(ready, prompt, model)
    return Task(
        spec=ready.spec,
        prompt=prompt,
        model=model,
        settings=_settings(prompt, model, build_of(model)),
        golden=ready.golden,
        judges=ready.judges,
        fingerprint=long_digest(asdict(parts)),
        parts=parts,
        count=ready.found.count if chosen is None else len(chosen),
        chosen=chosen,
        stamp=ready.stamp,
    )


def _settings(prompt: Prompt, model: ModelSpec, build: str) -> Settings:
    return Settings(model, prompt.parameters or {}, prompt.response_format, prompt.tools, build)


def _parts(ready: Ready, prompt: Prompt, model: ModelSpec) -> Parts:
    """The digests that a fingerprint is made of."""
    return Parts(
        prompt=prompt.digest[:LONG],
        examples=ready.found.digest,
        scorers=long_digest(scoring(ready.spec, ready.judges)),
        model=long_digest(model.identity),
    )


def scoring(spec: EvalSpec, judges: Judges) -> list[Plain]:
    """How an eval judges answers, in a fingerprint: its scorers, and what it makes of them."""
    found: list[Plain] = [dict(scorer.canonical) for scorer in judges.shared]
    if spec.threshold is not None:
        found.append({"threshold": spec.threshold})
    if spec.truncated != "score":
        found.append({"truncated": spec.truncated})
    if spec.refused != "error":
        found.append({"refused": spec.refused})
    if spec.empty != "fail":
        found.append({"empty": spec.empty})
    return found
