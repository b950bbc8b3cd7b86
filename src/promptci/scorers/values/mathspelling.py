"""The many spellings of mathematics in LaTeX and Unicode, brought into one."""

import re

_TRIGONOMETRY = "sin|cos|tan|cot|sec|csc"
_SPELLED = (
    (r"\\!\s?", ""),
    (r"(?<=\d)\\[,;:](?=\d{3})", ""),
    (r"(?<=[\d)}])[\s$]*(?:\\text\s*\{\s*)?(?:percent(?:age)?|per\scent|pct|prozent)\b\}?", "%"),
    (
        r",?\s*\\text\s*\{\s*(?:and|or)\s*\}|(?:,|(?<=[\d)}$]))\s+(?:and|or)\s+"
        r"(?=[-\d(\\$\u2212]|[A-Za-z](?:_\{?\d\}?)?\s*=)",
        ", ",
    ),
    (r"\A\s*[\u2248~]\s*|\A\s*\\approx(?![A-Za-z])", ""),
    (r"\\(?:approx|simeq)(?![A-Za-z])", "\u2248"),
    (
        r"(?<=[\d})])[\s$]*(?:sq(?:uare|\.)?\s)?(?:[kcm]m|k?g|mg|ml|ft|mph"
        r"|units?)\b(?=\s*(?:\u2248|=|\())",
        " ",
    ),
    (r"\\equiv(?![A-Za-z])|\u2261", "="),
    (r"\\pmod\s*(?:\{[^{}]*\}|\w+)|\(\s*(?:mod|\\bmod|\\mod)\s+\w+\s*\)", ""),
    (r"\\(?:leq?|leqslant)(?![A-Za-z])|<=", "\u2264"),
    (r"\\(?:geq?|geqslant)(?![A-Za-z])|>=", "\u2265"),
    (r"\\lt(?![A-Za-z])", "<"),
    (r"\\gt(?![A-Za-z])", ">"),
    (r"\\(?:left|right|big|Big|bigg|Bigg|displaystyle|limits|middle)(?![A-Za-z])", ""),
    (r"\\\$", ""),
    (r"\A[\s$]*[A-Za-z]\s*(?:\\in(?![A-Za-z])|\u2208)\s*", ""),
    (
        r"(?<=[\d}])(?:\s|\\[,;: ]|~)*\\(?:text|mathrm|textrm|textbf|mathbf|mbox)\s*\{\s*"
        r"(?!(?:and|or|if|to|when)\b)[A-Za-z][A-Za-z\s/.]*\}(?:\s*\^\s*\{?[23]\}?)?[\s$.]*\Z",
        "",
    ),
    (r"\\(?:text|mathrm|textrm|mbox|operatorname|mathbf|textbf|mathit)\s*\{([^{}]*)\}", r"\1"),
    (r"\\[,;:! ]|\\quad|\\qquad|~|\$|\\\(|\\\)|\\\[|\\\]|\\(?=%)", " "),
    (r"(?<=\d)\{,\}(?=\d)", ""),
    (r"\\[cdt]?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}"),
    (r"\\[cdt]frac", r"\\frac"),
    (r"\\[dt]binom(?![A-Za-z])", r"\\binom"),
    (r"\\(?:cdot|times|ast)(?![A-Za-z])|[\u00b7\u00d7\u22c5]", "*"),
    (r"\\div(?![A-Za-z])|\u00f7", "/"),
    (
        rf"\\?\b(?P<of>{_TRIGONOMETRY})\s*[({{]?\s*(?P<degrees>\d+(?:\.\d+)?)\s*"
        r"(?:\^\s*\{?\s*\\(?:circ|degree)\s*\}?|\\degree|\u00b0)\s*[)}]?",
        r"\\\g<of>(\g<degrees>*\\pi/180)",
    ),
    (r"(?:\\text\s*\{\s*)?\b[Nn]o\s+(?:real\s+)?solutions?\b(?:\s+exists?)?\s*\}?", r"\\emptyset"),
    (r"(?:\\text\s*\{\s*)?\b[Aa]ll\s+real(?:\s+numbers)?\b\s*\}?", r"\\mathbb{R}"),
    (r"(?<=\d)[eE]([-+]?\d{1,3})(?![\w.])", r"*10^{\1}"),
    (r"\\langle(?![A-Za-z])", "("),
    (r"\\rangle(?![A-Za-z])", ")"),
    (r"\\varnothing(?![A-Za-z])|\u2205|\\\{\s*\\\}", r"\\emptyset"),
    (r"\\(?:degree|circ)(?![A-Za-z])|\^\s*\{?\s*\\circ\s*\}?|\u00b0", ""),
    (r"[\u2212\u2013]", "-"),
    (r"\u03c0|\\pi(?![A-Za-z])", " pi "),
    (r"\u221e|\\infty(?![A-Za-z])|\binfinity\b", " oo "),
    (r"\\cup(?![A-Za-z])|\u222a", " U "),
    (r"\\pm(?![A-Za-z])|\u00b1", " pm "),
    (r"\\\{", "\u27e6"),
    (r"\\\}", "\u27e7"),
    (r"\u221a\s*(\d+(?:\.\d+)?)", r"sqrt(\1)"),
    (r"\u221a", "sqrt"),
    (r"\*\*", "^"),
    (r"\u00b2", "^2"),
    (r"\u00b3", "^3"),
    (r"\u00bd", "(1/2)"),
    (r"\u00bc", "(1/4)"),
    (r"\u00be", "(3/4)"),
)
_SPELLINGS = tuple((re.compile(pattern), spelled) for pattern, spelled in _SPELLED)
_END = re.compile(r"(?<!\\)[.,;]+\Z")
_MATRIX = re.compile(r"\\begin\{([pb]?matrix)\}(.*?)\\end\{\1\}", re.DOTALL)
_MIXED = re.compile(
    r"(?<![\d.^{])(\d+)(?:\s*\\[cdt]?frac\s*(?:\{(\d+)\}\s*\{(\d+)\}|(\d)\s*(\d))"
    r"|\s+(\d{1,3})/(\d{1,3})(?![\d/]))"
)
_COMMA = re.compile(r"\A\s*(-?\d+),(?=(?:\d{4,}|0\d+)\s*\Z)")
"""A decimal comma, where what is behind it is no group of three digits and no other number."""
_THOUSANDS = re.compile(r"(?<![\d.,(\[])\d{1,3}(?:,(?:\\!\s?)?\d{3})+(?![\d,])")
_PERIODIC = re.compile(r"(?<![\d.])(\d{0,20})\.(\d{0,20})\\(?:overline|bar|dot)\s*\{(\d{1,20})\}")
_GOES_ON = re.compile(
    r"(?<![\d.])(\d{0,20})\.(\d{0,20}?)(\d{1,6}?)\3{2,}(?:\.{3}|\u2026|\\[lc]?dots(?![A-Za-z]))"
)
_NAMED = re.compile(r"(?P<name>[A-Za-z])(?:_\{?\d\}?)?\s*=\s*(?=[^=]*,)")


def spelled_plainly(text: str) -> str:
    """A formula without layout, units and words around numbers, in the one spelling that is read.

    A matrix is a tuple of its rows, a periodic decimal its fraction, a mixed number a
    sum; of `x = 2, x = 3` the name is given once.
    """
    bare = _THOUSANDS.sub(
        lambda match: re.sub(r"\D", "", match[0]), _COMMA.sub(r"\1.", _END.sub("", text.strip()))
    )
    bare = _PERIODIC.sub(_fraction_of_period, bare)
    bare = _MIXED.sub(_sum_of_mixed, _MATRIX.sub(_rows, bare))
    for pattern, spelled in _SPELLINGS:
        bare = pattern.sub(spelled, bare)
    named = _NAMED.match(bare.lstrip())
    if named is not None:
        bare = re.sub(rf",\s*{named['name']}(?:_\{{?\d\}}?)?\s*=", ",", bare)
    return bare


def with_periods(text: str) -> str:
    """A text whose decimals that go on, such as `0.1666…`, are written with their period."""
    return _GOES_ON.sub(r"\1.\2\\overline{\3}", text)


def _fraction_of_period(match: re.Match[str]) -> str:
    """`0.1\\overline{6}` as the fraction that it is."""
    whole, before, period = match.group(1, 2, 3)
    above = int(f"{whole}{before}{period}") - int(f"0{whole}{before}")
    return f"\\frac{{{above}}}{{{'9' * len(period)}{'0' * len(before)}}}"


def _rows(match: re.Match[str]) -> str:
    """A matrix as a tuple of its rows."""
    rows = [row for row in re.split(r"\\\\", match[2]) if row.strip()]
    return "(" + ", ".join("(" + row.replace("&", ",").strip() + ")" for row in rows) + ")"


def _sum_of_mixed(match: re.Match[str]) -> str:
    """A mixed number as the sum that it is; with a fraction above 1 it is a product and stays."""
    above, below = (part for part in match.groups()[1:] if part)
    is_mixed = int(above) < int(below)
    return f"({match[1]}+\\frac{{{above}}}{{{below}}})" if is_mixed else match[0]
