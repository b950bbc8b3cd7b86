"""What a command found as variables for later steps: words of a fixed set and numbers only."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.outcomes.outcome import Spent
from promptci.compare.results import CompareResult, RunResult
from promptci.render.testcases import CaseSuite, check_suites, compare_suites, run_suites

VERDICTS = {0: "passed", 1: "failed", 3: "no-verdict"}
"""By exit code; a report of a command that ends with another one, such as 4, has no verdict."""
UNKNOWN = "unknown"


def run_outputs(found: RunResult) -> Mapping[str, str]:
    """The values of a run by name. No text of a file or of a model is among them."""
    spent = [outcome.spent for outcome in found.outcomes]
    return _outputs(found.exit_code, run_suites(found), spent)


def check_outputs(checked: Checked) -> Mapping[str, str]:
    """The same of a check."""
    spent = [*_spent(checked.compared), *(outcome.spent for outcome in checked.fresh)]
    return _outputs(checked.exit_code, check_suites(checked), spent)


def compare_outputs(found: CompareResult) -> Mapping[str, str]:
    """The same of a comparison."""
    return _outputs(found.exit_code, compare_suites(found), _spent(found.found))


def _outputs(
    exit_code: int, suites: Iterable[CaseSuite], spent: Iterable[Spent]
) -> Mapping[str, str]:
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
    return {"verdict": verdict, **{n: str(v) for n, v in numbers.items()}, "cost": _cost(spent)}


def _spent(found: Iterable[Compared]) -> list[Spent]:
    return [side.spent for each in found for side in (each.base, each.head)]


def _cost(spent: Iterable[Spent]) -> str:
    """US dollars for all answers that were judged, stored ones included.

    A record that stands for a side has no answers here, and costs nothing.
    """
    costs = [each.cost for each in spent if each.is_known]
    known = [cost for cost in costs if cost is not None]
    return f"{sum(known, Decimal()):f}" if len(known) == len(costs) else UNKNOWN
