"""Check prompts, evals and examples without asking a model."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from os.path import lexists

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import Fault, NothingToRunError, SpecError, told_once
from promptci.git.repo import inside
from promptci.project.answerforms import unheld_forms
from promptci.project.experiments.written import faults_of_experiments
from promptci.project.modeldates import named_models, remarks_on_models
from promptci.project.project import Project
from promptci.project.recordfaults import record_faults, stray_chunks, stray_records
from promptci.project.runrecords.soundrecords import SoundRecords
from promptci.projectpaths import PROMPT_YML
from promptci.records.chunkfiles import score_path
from promptci.run.planning.answering import reach_from
from promptci.run.planning.ready import Ready, make_ready
from promptci.run.planning.task import no_build
from promptci.specs.evalspec import EvalSpec
from promptci.specs.modelspec import ModelSpec
from promptci.specs.wellknown import EMBEDDED
from promptci.suite.evaljudges import Judges
from promptci.suite.filenames import may_be_of_judges
from promptci.suite.lint import lint_label, unused
from promptci.suite.loading import load_readable, load_suite
from promptci.suite.naming import evals_called
from promptci.suite.scanned import lint_once, lint_texts
from promptci.suite.suite import Suite
from promptci.suite.writtennumbers import in_scorers, text_scorer


class LintResult(Struct, frozen=True):
    """Every fault of every file, sorted by place; with `is_strict` a warning fails, too."""

    faults: tuple[Fault, ...]
    is_strict: bool = False

    @property
    def errors(self) -> int:
        """How many of the faults are errors, not warnings."""
        return sum(not fault.warning for fault in self.faults)

    @property
    def exit_code(self) -> int:
        """2 with errors, or with warnings if strict, else 0."""
        return 2 if self.errors or (self.is_strict and self.faults) else 0


def lint_project(
    project: Project, names: Sequence[str] = (), *, strict: bool = False
) -> LintResult:
    """Find the faults and doubts in all files of the project, or in those that names mean.

    A name is that of an eval, which means its prompt and examples as well, of a prompt, or the path
    of a file or a folder. Raises `RequestError` for one that means nothing.
    """
    found = tuple(sorted(told_once(_faults(project))))
    try:
        places = [place for name in names for place in _places(project, name)]
    except SpecError:  # nothing else was looked at
        return LintResult(found, strict)
    mine = tuple(fault for fault in found if any(_is_in(fault.path, place) for place in places))
    return LintResult(mine if names else found, strict)


def _places(project: Project, name: str) -> list[str]:
    """The paths of the files and folders that a name means."""
    path, suite = inside(name), project.workspace.suite
    called = [spec for spec in suite.evals.values() if spec.mark.path == path]
    if not called and lexists(project.workspace.repo.root / path):
        return [path]
    called = called or evals_called(path, suite.evals, suite.prompts)
    if not called and path not in suite.prompts:
        from promptci.run.planning.selection import unknown_name

        raise unknown_name(name, suite)
    prompts = {spec.prompt for spec in called} or {path}
    places = [suite.prompts[each].mark.path for each in sorted(prompts)]
    for spec in called:
        places += [spec.mark.path, score_path(spec.name)]
        if isinstance(spec.examples, str):
            places.append(inside(spec.examples, start=spec.mark.path.rpartition("/")[0]))
    return places


def _is_in(path: str, place: str) -> bool:
    return place in ("", path) or path.startswith(f"{place}/")


def _faults(project: Project) -> Iterator[Fault]:
    try:
        suite = project.workspace.suite
    except SpecError as error:
        yield from error.faults
        yield from _of_readable_evals(project)
        return
    yield from suite.warnings
    yield from unused(suite.prompts, suite.evals.values())
    ready: dict[str, Ready | None] = {}
    records = SoundRecords(project.workspace)
    for name in sorted(suite.evals):
        yield from _of_eval(suite, name, ready)
        yield from record_faults(records, name)
        yield from faults_of_experiments(project, suite.evals[name])
    records.save()
    yield from lint_texts(suite, {name: each.golden for name, each in ready.items() if each})
    yield from stray_records(project, suite)
    yield from stray_chunks(project)
    yield from _of_judges(suite)
    yield from _labels(project)
    for spec in suite.evals.values():
        yield from _of_models(project, suite, spec, ready[spec.name])
    for prompt, remark in unheld_forms(suite, suite.evals.values()):
        yield prompt.mark.warning(remark)


def _of_readable_evals(project: Project) -> Iterator[Fault]:
    """The faults of examples and scorers that can be found beside faulty files, and in these."""
    try:
        suite = load_readable(project.workspace.repo.worktree)
    except SpecError:  # the configuration: nothing can be said of models and judges
        return
    records = SoundRecords(project.workspace)
    for name, spec in sorted(suite.evals.items()):
        yield from _of_eval(suite, name, {}) if spec.examples else _of_scorers(suite, spec)
        yield from record_faults(records, name)
    yield from _of_judges(suite)


def _of_judges(suite: Suite) -> Iterator[Fault]:
    """The faults of judges' golden sets."""
    if not any(map(may_be_of_judges, suite.tree.files("evals"))):
        return
    from promptci.judges.judging import bind_set  # late: it loads all that asks models
    from promptci.judges.labels import judge_sets

    try:
        for found in judge_sets(suite, None):
            bind_set(found, suite, no_build, both_orders=False)
    except NothingToRunError:
        return
    except SpecError as error:
        yield from error.faults


def _of_eval(suite: Suite, name: str, found: dict[str, Ready | None]) -> Iterator[Fault]:
    """The faults of one eval's examples and scorers; doubts only where there are no errors.

    What was made ready is `found`: examples are read once.
    """
    spec, faults = suite.evals[name], list[Fault]()
    prompt = suite.prompts[spec.prompt]
    found[name] = ready = make_ready(suite, spec, prompt, no_build, faults)
    if spec.mark.path.endswith(PROMPT_YML):
        faults = _where_models_are(faults, suite, spec)
    yield from faults
    if ready is not None:
        compared_by = text_scorer(ready.judges.shared)
        yield from lint_once(ready.found, ready.golden, prompt, compared_by)
        yield from in_scorers(suite.tree, spec.scorers)


def _of_scorers(suite: Suite, spec: EvalSpec) -> Iterator[Fault]:
    """The faults of an eval's scorers, where nothing else of it can be found."""
    faults: list[Fault] = []
    with suppress(SpecError):  # of code beside it: reported once the file can be read
        Judges(spec, reach_from(suite, spec.mark.path, no_build), faults)
    yield from faults


class _Anybody(dict[str, ModelSpec]):
    """Models of every name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> ModelSpec:
        return replace(EMBEDDED, name=name)


def _where_models_are(faults: list[Fault], suite: Suite, spec: EvalSpec) -> list[Fault]:
    """The faults of a `.prompt.yml`, where who answers to a model's id is only a doubt.

    The file is right; what it lacks is a line in `promptci.yaml`, and only once it is run.
    """
    config = suite.config
    known = replace(config, models=_Anybody(config.models), default_judge="anybody")
    rest: list[Fault] = []
    make_ready(suite.with_config(known), spec, suite.prompts[spec.prompt], no_build, rest)
    return [each if each in rest else replace(each, warning=True) for each in faults]


def _of_models(
    project: Project, suite: Suite, spec: EvalSpec, ready: Ready | None
) -> Iterator[Fault]:
    """Models of an eval that end, judges included, where they are named; no model is asked."""
    prompt = suite.prompts[spec.prompt]
    mark = spec.mark if spec.models or prompt.model is None else prompt.model_mark
    for model in named_models(suite, suite.model_names(spec)):
        for remark in remarks_on_models(project, [model], may_ask={}):
            yield mark.warning(remark)
    for scorer in () if ready is None else ready.judges.shared:
        for remark in remarks_on_models(project, scorer.models, may_ask={}):
            yield spec.mark.warning(remark)


def _labels(project: Project) -> Iterator[Fault]:
    """Labels that were left as they were although the content changed."""
    now = {name: each for name, each in project.workspace.suite.prompts.items() if each.version}
    if not now or project.workspace.committed is None:
        return
    try:
        before = load_suite(project.workspace.committed).prompts
    except SpecError:
        return
    for name in sorted(before.keys() & now.keys()):
        yield from lint_label(before[name], now[name])
