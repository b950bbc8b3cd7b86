"""Formulas over metrics: numbers, names, + - * /, `min` and `max`, and nothing else.

Python's own parser reads them; what is not in a short list of its nodes is refused, so that a
formula can neither call anything, nor take long, nor grow large.
"""

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from math import isfinite

from msgspec import Struct

from promptci.latepattern import late
from promptci.parsing.source import excerpt

MAX_TEXT = 500
MAX_DEPTH = 30
"""Operations inside each other."""

MOST = 1e9
"""The largest value of a metric: a record has it with all its digits."""

_QUOTED = late(r"`([^`]*)`")
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_SIGNS: Mapping[type[ast.unaryop], Callable[[float], float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_CALLS: Mapping[str, Callable[..., float]] = {"min": min, "max": max}
_ALLOWED = "write numbers, names of metrics, + - * /, min(…) and max(…)"

_Values = Mapping[str, float]
Term = Callable[[_Values], float]


class ExpressionError(ValueError):
    """A formula that cannot be used, or has no value; the message says why."""


class Expression(Struct, frozen=True):
    """A formula, and the names that it uses."""

    text: str
    names: frozenset[str]
    _term: Term

    @classmethod
    def parse(cls, text: str) -> "Expression":
        """Read a formula. A name that is no plain word is put in backticks: `` `contains-2` ``.

        Raises `ExpressionError` for anything but numbers, names, operations and calls allowed.
        """
        reader = _Reader(text)
        term = reader.term(_parsed(reader.plain), depth=0)
        return cls(text, frozenset(reader.used), term)

    def value(self, values: _Values) -> float:
        """Its value, from -`MOST` to `MOST`.

        Raises `ExpressionError` where a name has no value, or the result is no such number.
        """
        missing = sorted(self.names - values.keys())
        if missing:
            raise ExpressionError(f"`{excerpt(missing[0])}` has no value")
        try:
            found = self._term(values)
        except ZeroDivisionError:
            cure = "guard it, as in x / max(y, 0.001)"
            raise ExpressionError(f"division by zero: {cure}") from None
        if not isfinite(found):
            raise ExpressionError("the result is no finite number")
        if abs(found) > MOST:
            raise ExpressionError(f"the result is beyond {MOST:,.0f}")
        return found + 0.0


class _Reader:
    """Turns a syntax tree into a function, refusing what is not allowed."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise ExpressionError(f"it has {len(text):,} characters: at most {MAX_TEXT}")
        self.quoted: dict[str, str] = {}
        self.used: set[str] = set()
        self.plain = _QUOTED.sub(self._stand_in, text)

    def _stand_in(self, found: re.Match[str]) -> str:
        """A word for a name in backticks, which Python could not read."""
        word = f"_quoted_{len(self.quoted)}_"
        self.quoted[word] = found[1]
        return f" {word} "

    def term(self, node: ast.expr, depth: int) -> Term:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"it nests more than {MAX_DEPTH} deep: split it up")
        if isinstance(node, ast.Constant):
            return _number(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        inner = [self.term(each, depth + 1) for each in _operands(node)]
        if isinstance(node, ast.UnaryOp):
            sign = _SIGNS[type(node.op)]
            return lambda values: sign(inner[0](values))
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Div) and _is_zero(node.right):
                raise ExpressionError("it divides by zero: write what it should divide by")
            operation = _OPERATIONS[type(node.op)]
            return lambda values: operation(inner[0](values), inner[1](values))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        call = _CALLS[node.func.id]
        return lambda values: call([each(values) for each in inner])

    def _name(self, word: str) -> Term:
        name = self.quoted.get(word, word)
        self.used.add(name)
        return lambda values: values[name]


def _parsed(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():  # "1if", which Python would not like one day
            warnings.simplefilter("ignore")
            return ast.parse(" ".join(text.split()), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        said = error.msg if isinstance(error, SyntaxError) else "too long or too deep"
        raise ExpressionError(f"not a formula ({said}): {_ALLOWED}") from None


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """What an operation works on, if it is one of those allowed."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        yield from (node.left, node.right)
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _SIGNS:
        yield node.operand
    elif _is_call(node):
        yield from node.args  # type: ignore[attr-defined]
    else:
        raise ExpressionError(f"{_named(node)} is not allowed in a formula: {_ALLOWED}")


def _is_call(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _CALLS
        and bool(node.args)
        and not node.keywords
        and not any(isinstance(each, ast.Starred) for each in node.args)
    )


def _named(node: ast.expr) -> str:
    said = ast.unparse(node) if isinstance(node, ast.Call | ast.Attribute | ast.Subscript) else ""
    if isinstance(node, ast.BinOp):
        said = {ast.Pow: "**", ast.Mod: "%", ast.FloorDiv: "//"}.get(type(node.op), "")
    return f"`{excerpt(said)}`" if said else "something"


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _number(value: object) -> Term:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"`{excerpt(str(value))}` is no number: {_ALLOWED}")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise ExpressionError("a number in it is too large: write a smaller one")
    return lambda values: number
