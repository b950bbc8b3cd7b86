"""Mathematics as models write it, in LaTeX or plainly, read into trees; nothing is run."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from promptci.scorers.values.mathspelling import spelled_plainly

MathTree: TypeAlias = list[Any]
"""`["num", "1.5"]`, `["sym", "x"]`, `["add", a, b]`, `["seq", "(", "]", [a, b]]` and the like;
`["either", [a, b]]` is what was rounded and the same rounded."""

MOST = 1_000
"""Characters of an expression."""

_DEPTH = 60


_FUNCTIONS = {
    *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh"),
    *("tanh", "ln", "log", "exp", "sqrt"),
}
_PROSE = re.compile(
    "so|the|sum|is|or|and|we|for|not|are|was|has|get|of|to|be|if|no|per|but|its|our|you|can|let"
    "|now|all|any|use|how|one|two|six|ten",
    re.IGNORECASE,
)
"""Short words that are no product of variables."""

_OR = re.compile(r"\s*\\(?:text|mathrm)\s*\{\s*or\s*\}\s*|[\s$]+or[\s$]+|\\lor(?![A-Za-z])")
_RELATED = re.compile(r"[<>\u2264\u2265]|\\(?:leq?|geq?|lt|gt|leqslant|geqslant)(?![A-Za-z])")
_RELATIONS = ("<", ">", "\u2264", "\u2265")
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<word>\\?[A-Za-z]+)|(?P<sign>\S))")
_CLOSING = {"(": ")]", "[": ")]", "\u27e6": "\u27e7"}


class NotMath(ValueError):
    """A text that is no mathematics that can be read; the message says why."""


def read_math(text: str) -> MathTree:
    """An expression, an equation, an interval, a set or a list of expressions. Raises `NotMath`."""
    if len(text) > MOST:
        raise NotMath(f"more than {MOST:,} characters")
    cases = _OR.split(text)
    if len(cases) > 1 and all(_RELATED.search(case) for case in cases):
        return ["list", [_Reader(spelled_plainly(case)).read() for case in cases]]
    return _Reader(spelled_plainly(text)).read()


class _Reader:
    """A reader by recursive descent."""

    def __init__(self, text: str) -> None:
        self._tokens = [match[match.lastgroup or 0] for match in _TOKEN.finditer(text.strip())]
        self._tokens = [part for token in self._tokens for part in _letters(token)]
        self._at = 0
        self._depth = 0

    def read(self) -> MathTree:
        sides, signs = [self._items()], []
        while sign := self._any("=", "\u2248", *_RELATIONS):
            signs.append(sign)
            sides.append(self._items())
        if self._at < len(self._tokens):
            raise NotMath(f"`{self._tokens[self._at][:20]}` is not understood there")
        if any(sign in _RELATIONS for sign in signs):
            return ["rel", signs, sides]
        if "\u2248" in signs:
            return ["either", sides[-2:]]
        return sides[0] if len(sides) == 1 else ["eq", sides[0], sides[-1]]

    def _items(self) -> MathTree:
        """One expression, or several with commas between."""
        items = [self._union()]
        while self._take(","):
            items.append(self._union())
        return items[0] if len(items) == 1 else ["list", items]

    def _union(self) -> MathTree:
        parts = [self._sum()]
        while self._take("U"):
            parts.append(self._sum())
        return parts[0] if len(parts) == 1 else ["union", parts]

    def _sum(self) -> MathTree:
        found = self._product()
        while sign := self._any("+", "-", "pm"):
            name = {"+": "add", "-": "sub", "pm": "pm"}[sign]
            found = [name, found, self._product()]
        return found

    def _product(self) -> MathTree:
        found = self._signed()
        while True:
            if sign := self._any("*", "/"):
                found = ["mul" if sign == "*" else "div", found, self._signed()]
            elif self._begins_factor():
                found = ["mul", found, self._power()]
            else:
                return found

    def _signed(self) -> MathTree:
        if sign := self._any("-", "+", "pm"):
            inner = self._nested(self._signed)
            return {"-": ["neg", inner], "+": inner, "pm": ["pm", ["num", "0"], inner]}[sign]
        return self._power()

    def _power(self) -> MathTree:
        base = self._factor()
        while self._take("!"):
            base = ["factorial", base]
        if self._take("^"):
            base = ["pow", base, self._argument()]
        if self._take("%"):
            base = ["div", base, ["num", "100"]]
        return base

    def _argument(self) -> MathTree:
        """What follows `^` or a command: in braces, or one factor with its sign."""
        if self._take("{"):
            inner = self._nested(self._sum)
            self._need("}")
            return inner
        return self._nested(self._signed)

    def _factor(self) -> MathTree:
        token = self._next()
        if token[0].isdigit() or token[0] == ".":
            return ["num", self._in_base(token) if self._take("_") else token]
        if token in _CLOSING:
            return self._bracketed(token)
        if token == "{":
            inner = self._nested(self._items)
            self._need("}")
            return inner
        if token == "|":
            inner = self._nested(self._sum)
            self._need("|")
            return ["fn", "abs", inner]
        return self._named(token)

    def _in_base(self, digits: str) -> str:
        """The value of `212_3` or `212_{3}`."""
        base = self._argument()
        try:
            return str(int(digits, int(base[1])))
        except (ValueError, TypeError):
            raise NotMath(f"`{digits[:20]}` is no number of that base") from None

    def _named(self, token: str) -> MathTree:
        name = token.lstrip("\\")
        if name == "binom":
            return ["binom", self._argument(), self._argument()]
        if name == "frac":
            return ["div", self._argument(), self._argument()]
        if name == "sqrt" and self._take("["):
            order = self._nested(self._sum)
            self._need("]")
            return ["pow", self._argument(), ["div", ["num", "1"], order]]
        if name in _FUNCTIONS:
            return self._function(name)
        if name in ("pi", "oo"):
            return ["const", name]
        if (token[0] == "\\" and name) or (len(name) == 1 and name.isalpha()):
            return ["sym", name + (f"_{self._next()}" if self._take("_") else "")]
        raise NotMath(f"`{token[:20]}` is not understood")

    def _function(self, name: str) -> MathTree:
        order: MathTree | None = self._argument() if self._take("^") else None
        base: MathTree | None = self._argument() if name == "log" and self._take("_") else None
        inner = self._argument()
        found: MathTree = ["fn", name, inner] if base is None else ["log", inner, base]
        return found if order is None else ["pow", found, order]

    def _bracketed(self, opened: str) -> MathTree:
        """An expression in brackets, or a pair, an interval, a set."""
        items = [self._nested(self._sum)]
        while self._take(","):
            items.append(self._nested(self._sum))
        closed = self._next()
        if closed not in _CLOSING[opened]:
            raise NotMath(f"`{opened}` is closed by `{closed}`")
        if opened == "\u27e6":
            return ["set", items]
        if len(items) == 1 and (opened, closed) in (("(", ")"), ("[", "]")):
            return items[0]
        return ["seq", opened, closed, items]

    def _nested(self, read: Callable[[], MathTree]) -> MathTree:
        self._depth += 1
        if self._depth > _DEPTH:
            raise NotMath("nests too deeply")
        found = read()
        self._depth -= 1
        return found

    def _begins_factor(self) -> bool:
        """Whether the next factor is multiplied without a sign."""
        token = self._peek()
        is_word = token[:1] == "\\" or token.isalpha()
        return bool(token) and token not in ("U", "pm") and (is_word or token in ("(", "{"))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise NotMath("ends too early")
        self._at += 1
        return token

    def _any(self, *tokens: str) -> str:
        token = self._peek()
        if token not in tokens or not token:
            return ""
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        return bool(self._any(token))

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise NotMath(f"there is no `{token}` where one is needed")


def _letters(token: str) -> list[str]:
    """A word as the names in it: `xy` is two variables, `2pi` a number and a constant."""
    if not token.isalpha() or token in ("pi", "oo", "pm", "U") or token in _FUNCTIONS:
        return [token]
    if len(token) > 3 or _PROSE.fullmatch(token):
        raise NotMath(f"`{token[:20]}` is a word")
    return list(token)
