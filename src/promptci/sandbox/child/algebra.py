"""Whether an expression equals one of several, by SymPy.

The job holds `given` and `wanted`, trees that were read before: nothing of a text is evaluated.
Standard output gets a JSON object: `same` (true, false, or null for not known) and `why`.
"""

import json
import sys
from itertools import product
from typing import Any

from promptci.sandbox.child.formulas import decimals_of, interval, links, name_first
from promptci.sandbox.child.limits import MB, limit, read_job

MEMORY = 768 * MB
_MOST_POWER = 10_000
"""The largest exponent, and the largest number with a factorial, that is worked out."""


class Unknown(Exception):
    """Something that is not worked out; the message says why."""


def main() -> None:
    """Compare what a job holds."""
    job = read_job()
    limit(seconds=float(job["seconds"]), memory=MEMORY, file_size=MB)
    try:
        import sympy
    except ImportError:
        answer: dict[str, Any] = {"fault": "there is no SymPy: install the extra `math`"}
    else:
        sys.setrecursionlimit(5_000)
        answer = compare_trees(sympy, job)
    sys.stdout.write(json.dumps(answer) + "\n")


def compare_trees(sympy: Any, job: dict[str, Any]) -> dict[str, Any]:
    """What the job's answer says: whether `given` is the same as any of `wanted`."""
    algebra = _Algebra(sympy)
    try:
        return {"same": any(algebra.is_same(job["given"], tree) for tree in job["wanted"])}
    except Unknown as error:
        return {"same": None, "why": str(error)}
    except (ArithmeticError, MemoryError, RecursionError, TypeError, ValueError) as error:
        return {"same": None, "why": f"{type(error).__name__}: {error}"[:200]}


class _Algebra:
    """Trees as SymPy's expressions, and when two of them are the same."""

    def __init__(self, sympy: Any) -> None:
        self._sympy = sympy

    def is_same(self, given: list[Any], wanted: list[Any]) -> bool:
        """Whether two trees mean the same thing."""
        if "either" in (given[0], wanted[0]):
            pairs = product(_either(given), _either(wanted))
            return any(self.is_same(one, other) for one, other in pairs)
        given, wanted = _sided(name_first(given), name_first(wanted))
        if "rel" in (given[0], wanted[0]):
            return self._same_relations(given, wanted)
        if wanted[0] == "eq":
            return given[0] == "eq" and self._same_equation(given, wanted)
        if _has_sign(given) or _has_sign(wanted):
            return self._same_items(_signs(given), _signs(wanted), ordered=False)
        kinds = {given[0], wanted[0]} & {"list", "set", "seq", "union"}
        if not kinds:
            one, other = self.value(given), self.value(wanted)
            return self._equal(one, other) or self._rounds(given, one, other, wanted)
        if given[0] == wanted[0] == "seq":
            return given[1:3] == wanted[1:3] and self._same_items(given[3], wanted[3], ordered=True)
        if "seq" in kinds and given[0] != wanted[0]:
            return False
        return self._same_items(_items(given), _items(wanted), ordered=False)

    def _same_items(self, given: list[Any], wanted: list[Any], *, ordered: bool) -> bool:
        if len(given) != len(wanted):
            return False
        if ordered:
            return all(map(self.is_same, given, wanted))
        left = list(wanted)
        for each in given:
            found = next((other for other in left if self.is_same(each, other)), None)
            if found is None:
                return False
            left.remove(found)
        return True

    def _same_equation(self, given: list[Any], wanted: list[Any]) -> bool:
        """Whether two equations differ by a factor alone."""
        one, other = (self.value(side[1]) - self.value(side[2]) for side in (given, wanted))
        if self._equal(one, 0) or self._equal(other, 0):
            return self._equal(one, other)
        ratio = self._sympy.simplify(one / other)
        return bool(ratio.is_number and ratio != 0)

    def _same_relations(self, given: list[Any], wanted: list[Any]) -> bool:
        """Whether two chains of inequalities say the same, or an interval what a chain says."""
        if given[0] != wanted[0]:
            intervals = [interval(tree) if tree[0] == "rel" else tree for tree in (given, wanted)]
            return all(intervals) and self.is_same(*intervals)
        mine, theirs = self._differences(given), self._differences(wanted)
        return len(mine) == len(theirs) and all(
            any(sign == other and self._is_factor(one, two) for other, two in theirs)
            for sign, one in mine
        )

    def _differences(self, tree: list[Any]) -> list[tuple[str, Any]]:
        """The links of a chain as a sign and what is less than 0, or at most 0."""
        return [(sign, self.value(less) - self.value(more)) for sign, less, more in links(tree)]

    def _is_factor(self, one: Any, other: Any) -> bool:
        if self._equal(other, 0):
            return self._equal(one, 0)
        ratio = self._sympy.simplify(one / other)
        return bool(ratio.is_number and ratio.is_positive)

    def _rounds(self, given: list[Any], one: Any, other: Any, wanted: list[Any]) -> bool:
        """Whether one side is the other to all its digits, which are ten or more."""
        decimals = max(decimals_of(given), decimals_of(wanted))
        if not decimals or not (one.is_number and other.is_number):
            return False
        near = abs(self._sympy.N(one - other, 40))
        return bool(near.is_finite and near < self._sympy.Float(10) ** -decimals)

    def _equal(self, one: Any, other: Any) -> bool:
        if one == other:
            return True
        found = self._sympy.simplify(one - other)
        if found == 0:
            return True
        if found.is_Rational:
            return False
        same = found.equals(0)
        if same is not None or not found.is_number:
            return bool(same)
        size = max(abs(self._sympy.N(side, 50)) for side in (one, other))
        near = abs(self._sympy.N(found, 50))
        return bool(near.is_finite and near < self._sympy.Float("1e-30") * size)

    def value(self, tree: list[Any]) -> Any:
        """A tree as an expression."""
        name, *rest = tree
        make = getattr(self, f"_{name}", None)
        if make is None:
            raise Unknown(f"`{name}` is where a number is needed")
        return make(*rest)

    def _num(self, digits: str) -> Any:
        return self._sympy.Rational(digits)

    def _sym(self, name: str) -> Any:
        known = {"e": self._sympy.E, "i": self._sympy.I}
        return known.get(name) or self._sympy.Symbol(name)

    def _const(self, name: str) -> Any:
        return {"pi": self._sympy.pi, "oo": self._sympy.oo}[name]

    def _add(self, one: Any, other: Any) -> Any:
        return self.value(one) + self.value(other)

    def _sub(self, one: Any, other: Any) -> Any:
        return self.value(one) - self.value(other)

    def _mul(self, one: Any, other: Any) -> Any:
        return self.value(one) * self.value(other)

    def _div(self, one: Any, other: Any) -> Any:
        below = self.value(other)
        if below == 0:
            raise Unknown("a division by zero")
        return self.value(one) / below

    def _neg(self, one: Any) -> Any:
        return -self.value(one)

    def _pow(self, one: Any, other: Any) -> Any:
        base, power = self.value(one), self.value(other)
        if power.is_number and abs(power) > _MOST_POWER:
            raise Unknown(f"a power of more than {_MOST_POWER:,}")
        return base**power

    def _factorial(self, one: Any) -> Any:
        of = self.value(one)
        if of.is_number and of > _MOST_POWER:
            raise Unknown(f"a factorial of more than {_MOST_POWER:,}")
        return self._sympy.factorial(of)

    def _binom(self, above: Any, below: Any) -> Any:
        of, some = self.value(above), self.value(below)
        if of.is_number and abs(of) > _MOST_POWER:
            raise Unknown(f"a choice from more than {_MOST_POWER:,}")
        return self._sympy.binomial(of, some)

    def _fn(self, name: str, one: Any) -> Any:
        names = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "ln": "log", "abs": "Abs"}
        of = self.value(one)
        if name == "log":
            return self._sympy.log(of, 10)
        return self._applied(names.get(name, name), of)

    def _applied(self, name: str, of: Any) -> Any:
        return getattr(self._sympy, name)(of)

    def _log(self, one: Any, base: Any) -> Any:
        return self._sympy.log(self.value(one), self.value(base))


def _sided(given: list[Any], wanted: list[Any]) -> tuple[list[Any], list[Any]]:
    """What is compared: of `x = 5` only the 5, unless an equation is what is wanted."""
    is_other = given[0] == "eq" and given[1] != wanted[1]
    if wanted[0] == "eq" and wanted[2][0] != "list" and (is_other or wanted[1][0] != "sym"):
        return given, wanted
    sides = [tree[2] if tree[0] == "eq" else tree for tree in (given, wanted)]
    return sides[0], sides[1]


def _either(tree: list[Any]) -> list[Any]:
    return tree[1] if tree[0] == "either" else [tree]


def _items(tree: list[Any]) -> list[Any]:
    return tree[1] if tree[0] in ("list", "set", "union") else [tree]


def _has_sign(tree: Any) -> bool:
    return isinstance(tree, list) and bool(tree) and (tree[0] == "pm" or any(map(_has_sign, tree)))


def _signs(tree: list[Any]) -> list[Any]:
    """What a tree with `±` means: both."""
    return [
        each
        for item in _items(tree)
        for each in ([_chosen(item, "add"), _chosen(item, "sub")] if _has_sign(item) else [item])
    ]


def _chosen(tree: Any, sign: str) -> Any:
    if not isinstance(tree, list):
        return tree
    return [sign if part == "pm" else _chosen(part, sign) for part in tree]
