"""What a command found as variables for later steps: words of a fixed set and numbers only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from promptci.check.checked import Checked
from promptci.compare.results import CompareResult, RunResult
from promptci.render.testcases import CaseSuite, check_suites, compare_suites, run_suites

VERDICTS = {0: "passed", 1: "failed", 3: "no-verdict"}
"""By exit code; a report of a command that ends with another one, such as 4, has no verdict."""
UNKNOWN = "unknown"


def run_outputs(found: RunResult) -> Mapping[str, str]:
    """The values of a run by name. No text of a file or of a model is among them."""
    progress = found.progress
    cost = None if progress.has_unknown_cost else progress.cost
    return _outputs(found.exit_code, run_suites(found), cost)


def check_outputs(checked: Checked) -> Mapping[str, str]:
    """The same of a check."""
    found = _outputs(checked.exit_code, check_suites(checked), checked.taken.cost)
    return {**found, "evals": str(len(checked.names))}


def compare_outputs(found: CompareResult) -> Mapping[str, str]:
    """The same of a comparison."""
    return _outputs(found.exit_code, compare_suites(found), found.taken.cost)


class OutputLines:
    """Writes values as lines; `line` is a name and a value, and `spelt` what a name becomes."""

    def __init__(self, line: str, spelt: Callable[[str], str] = str) -> None:
        self._line, self._spelt = line, spelt

    def run(self, found: RunResult) -> Iterator[str]:
        """The result of a run."""
        return self._written(run_outputs(found))

    def check(self, checked: Checked) -> Iterator[str]:
        """The result of a check."""
        return self._written(check_outputs(checked))

    def compare(self, found: CompareResult) -> Iterator[str]:
        """The result of a comparison."""
        return self._written(compare_outputs(found))

    def _written(self, values: Mapping[str, str]) -> Iterator[str]:
        return (self._line.format(self._spelt(name), value) for name, value in values.items())


def _outputs(
    exit_code: int, suites: Iterable[CaseSuite], cost: Decimal | None
) -> Mapping[str, str]:
    """`cost` is what was asked for in US dollars, None where a price is not known."""
    evals: set[str] = set()
    regressed: set[str] = set()
    counts = dict.fromkeys(("lost", "flaky", "errors"), 0)
    for suite in suites:
        evals.add(suite.eval)
        for case in suite.cases:
            if case.kind == "failure":
                regressed.add(suite.eval)
            counts["lost"] += case.fate == "lost" and case.kind == "failure"
            counts["flaky"] += case.fate == "flaky"
            counts["errors"] += case.kind == "error"
    verdict = VERDICTS.get(exit_code, "no-verdict")
    numbers = {"exit_code": exit_code, "evals": len(evals), "regressed": len(regressed), **counts}
    paid = UNKNOWN if cost is None else f"{cost:f}"
    return {"verdict": verdict, **{n: str(v) for n, v in numbers.items()}, "cost": paid}
