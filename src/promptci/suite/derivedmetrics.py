"""Derived metrics: an eval's formulas over the means of its scorers."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.expression import Expression, ExpressionError
from promptci.parsing.source import Node, excerpt

DECIMALS = 6
"""Decimals that formulas see, those of a score record: so it can be worked out again from one."""


class DerivedMetrics(Struct, frozen=True):
    """The formulas of an eval by name, in its order; each may use those before it."""

    formulas: Mapping[str, Expression] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.formulas)

    def values(self, means: Mapping[str, float]) -> tuple[dict[str, float], dict[str, str]]:
        """The metric of each formula that has a value, and why the others have none."""
        known = {name: round(mean, DECIMALS) for name, mean in means.items()}
        found: dict[str, float] = {}
        obstacles: dict[str, str] = {}
        for name, formula in self.formulas.items():
            try:
                found[name] = known[name] = round(formula.value(known), DECIMALS) + 0.0
            except ExpressionError as error:
                obstacles[name] = str(error)
        return found, obstacles


def parse_derived_metrics(
    nodes: Mapping[str, Node], scorers: Iterable[str], faults: list[Fault]
) -> DerivedMetrics:
    """An eval's formulas over the labels of its scorers; adds what is wrong to `faults`."""
    known = set(scorers)
    formulas: dict[str, Expression] = {}
    for name, node in nodes.items():
        try:
            formula = Expression.parse(str(node.value))
        except ExpressionError as error:
            faults.append(node.mark.fault(f"metric `{excerpt(name)}`: {error}"))
            known.add(name)
            continue
        wrong = list(_wrong_with(name, formula, known))
        faults += (node.mark.fault(f"metric `{excerpt(name)}` {each}") for each in wrong)
        known.add(name)
        formulas[name] = formula
    return DerivedMetrics(formulas)


def _wrong_with(name: str, formula: Expression, known: set[str]) -> Iterator[str]:
    if not name.isprintable():
        yield "has characters in its name that cannot be shown: change it"
    if name in known:
        yield "has the name of a scorer: choose another"
    if not formula.names:
        yield "uses no metric, so it would always be the same: name some"
    for unknown in sorted(formula.names - known):
        yield f"uses `{excerpt(unknown)}`, which is no scorer here: {_advice(unknown, known)}"


def _advice(unknown: str, known: set[str]) -> str:
    odd = next((each for each in known if not each.isidentifier() and unknown in each), None)
    return f"write `{odd}` in backticks" if odd else did_you_mean(unknown, known)
