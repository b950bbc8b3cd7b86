"""What evals' files say of experiments, looked at without asking anybody.

The experiments themselves load all that asks models: only where a file speaks of one.
"""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from promptci.errors import Fault, RequestError, SpecError
from promptci.parsing.source import excerpt
from promptci.project.project import Project
from promptci.run.planning.ready import make_ready
from promptci.specs.evalspec import EvalSpec
from promptci.specs.prompt import Prompt


def faults_of_experiments(project: Project, spec: EvalSpec) -> Iterator[Fault]:
    """What cannot be used: files of wordings and of shots, and variants of the prompt."""
    prompt = project.workspace.suite.prompts[spec.prompt]
    if isinstance(prompt, Prompt):
        yield from _of_variants(project, spec, prompt)
    if spec.sensitivity is not None:
        yield from _faults(spec, "sensitivity", lambda: _wordings(project, spec))
    if spec.curve is not None:
        yield from _faults(spec, "curve", lambda: _pool(project, spec))


def _of_variants(project: Project, spec: EvalSpec, prompt: Prompt) -> Iterator[Fault]:
    """Models of variants that are none, and variables of theirs that examples do not give."""
    suite, build = project.workspace.suite, project.models.build
    for name, form in prompt.variants.items():
        found: list[Fault] = []
        if form.model not in (None, prompt.model):
            try:
                suite.config.model(str(form.model))
            except RequestError as error:
                found.append(form.model_mark.fault(str(error)))
        if form.demand != prompt.demand:
            make_ready(suite, spec, form, build, found)
        for fault in found:
            if not fault.warning:
                yield replace(fault, message=f"variant `{excerpt(name)}`: {fault.message}")


def _wordings(project: Project, spec: EvalSpec) -> None:
    from promptci.project.experiments.sensitivity import Formats, Varied

    Varied.of(project, spec.name, Formats()).read(project)


def _pool(project: Project, spec: EvalSpec) -> None:
    from promptci.project.experiments.curveplan import CurvePlan, read_pool

    read_pool(project, spec, CurvePlan())


def _faults(spec: EvalSpec, key: str, look: Callable[[], object]) -> Iterator[Fault]:
    try:
        look()
    except SpecError as error:
        yield from (fault for fault in error.faults if not fault.warning)
    except RequestError as error:
        wrong = str(error).removeprefix(f"{spec.mark.path}: ")
        yield spec.marks[key].fault(wrong)
