"""What evals' files say of experiments, looked at without asking anybody."""

from collections.abc import Callable, Iterator

from promptci.errors import Fault, RequestError, SpecError
from promptci.project.experiments.curve import CurvePlan, read_pool
from promptci.project.experiments.sensitivity import Formats, Varied
from promptci.project.project import Project
from promptci.specs.evalspec import EvalSpec


def faults_of_experiments(project: Project, spec: EvalSpec) -> Iterator[Fault]:
    """Files of wordings and of shots that are not there, or that cannot be used."""
    if spec.sensitivity is not None:
        yield from _faults(spec, "sensitivity", lambda: _wordings(project, spec))
    if spec.curve is not None:
        yield from _faults(spec, "curve", lambda: read_pool(project, spec, CurvePlan()))


def _wordings(project: Project, spec: EvalSpec) -> None:
    Varied.of(project, spec.name, Formats()).read(project)


def _faults(spec: EvalSpec, key: str, look: Callable[[], object]) -> Iterator[Fault]:
    try:
        look()
    except SpecError as error:
        yield from (fault for fault in error.faults if not fault.warning)
    except RequestError as error:
        wrong = str(error).removeprefix(f"{spec.mark.path}: ")
        yield spec.marks[key].fault(wrong)
