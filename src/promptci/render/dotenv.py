"""Variables for a `dotenv` report of GitLab."""

from collections.abc import Iterator, Mapping

from promptci.check.checked import Checked
from promptci.compare.results import CompareResult, RunResult
from promptci.render.stepoutputs import check_outputs, compare_outputs, run_outputs


def run(found: RunResult) -> Iterator[str]:
    """The result of a run."""
    return _written(run_outputs(found))


def check(checked: Checked) -> Iterator[str]:
    """The result of a check."""
    return _written(check_outputs(checked))


def compare(found: CompareResult) -> Iterator[str]:
    """The result of a comparison."""
    return _written(compare_outputs(found))


def _written(values: Mapping[str, str]) -> Iterator[str]:
    return (f"PROMPTCI_{name.upper()}={value}\n" for name, value in values.items())
