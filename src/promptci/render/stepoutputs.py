"""What a command found as variables for later steps: words of a fixed set and numbers only."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.outcomes.outcome import EvalOutcome, Spent
from promptci.compare.results import CompareResult, RunResult
from promptci.render.testcases import CaseSuite, check_suites, compare_suites, run_suites

VERDICTS = {0: "passed", 1: "failed", 3: "no-verdict"}
"""By exit code; a report of a command that ends with another one, such as 4, has no verdict."""
UNKNOWN = "unknown"


def run_outputs(found: RunResult) -> Mapping[str, str]:
    """The values of a run by name. No text of a file or of a model is among them."""
    return _outputs(found.exit_code, run_suites(found), _of_outcomes(found.outcomes))


def check_outputs(checked: Checked) -> Mapping[str, str]:
    """The same of a check."""
    costs = [*_of_pairs(checked.compared), *_of_outcomes(checked.fresh)]
    found = _outputs(checked.exit_code, check_suites(checked), costs)
    return {**found, "evals": str(len(checked.names))}


def compare_outputs(found: CompareResult) -> Mapping[str, str]:
    """The same of a comparison."""
    return _outputs(found.exit_code, compare_suites(found), _of_pairs(found.found))


def _outputs(
    exit_code: int, suites: Iterable[CaseSuite], costs: Iterable[Decimal | None]
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
    return {"verdict": verdict, **{n: str(v) for n, v in numbers.items()}, "cost": _cost(costs)}


def _of_pairs(found: Iterable[Compared]) -> Iterator[Decimal | None]:
    """What both sides took, and what flipped and was asked again."""
    for each in found:
        yield from _known(each.base.spent, each.head.spent)
        yield each.confirmed.cost


def _of_outcomes(found: Iterable[EvalOutcome]) -> Iterator[Decimal | None]:
    for each in found:
        yield from _known(each.spent)
        yield each.confirming


def _known(*spent: Spent) -> Iterator[Decimal | None]:
    """Without records that stand for a side: they have no answers here, and cost nothing."""
    return (each.cost for each in spent if each.is_known)


def _cost(costs: Iterable[Decimal | None]) -> str:
    """US dollars for all answers that were judged, stored ones included."""
    found = list(costs)
    known = [cost for cost in found if cost is not None]
    return f"{sum(known, Decimal()):f}" if len(known) == len(found) else UNKNOWN
