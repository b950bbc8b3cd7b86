"""Results as JSON files, for `--report json=FILE`."""

from collections.abc import Iterator

from promptci.check.checked import Checked
from promptci.compare.results import CompareResult, RunResult
from promptci.render.json.compare.check import check_report
from promptci.render.json.compare.compare import compare_report
from promptci.render.json.evaluate.run import run_report
from promptci.render.json.jsontext import dumps


def run(found: RunResult) -> Iterator[str]:
    """What `run --json` prints."""
    yield f"{dumps(run_report(found))}\n"


def check(found: Checked) -> Iterator[str]:
    """What `check --json` prints."""
    yield f"{dumps(check_report(found))}\n"


def compare(found: CompareResult) -> Iterator[str]:
    """What `compare --json` prints."""
    yield f"{dumps(compare_report(found))}\n"
