"""The many spellings of mathematics in LaTeX and Unicode, brought into one."""

import re

_SPELLED = (
    (r"\\(?:left|right|big|Big|bigg|Bigg|displaystyle|limits|middle)(?![A-Za-z])", ""),
    (r"\\\$", ""),
    (r"\A[\s$]*[A-Za-z]\s*(?:\\in(?![A-Za-z])|\u2208)\s*", ""),
    (
        r"(?<=[\d}])\s*\\(?:text|mathrm|textrm|mbox)\s*\{\s*(?!(?:and|or|if|to|when)\b)[A-Za-z]"
        r"[A-Za-z\s/.]*\}(?:\s*\^\s*\{?[23]\}?)?[\s$.]*\Z",
        "",
    ),
    (r"\\(?:text|mathrm|textrm|mbox|operatorname|mathbf|textbf|mathit)\s*\{([^{}]*)\}", r"\1"),
    (r"\\[,;:! ]|\\quad|\\qquad|~|\$|\\\(|\\\)|\\\[|\\\]|\\(?=%)", " "),
    (r"(?<=\d)\{,\}(?=\d)", ""),
    (r"\\[cdt]?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}"),
    (r"\\[cdt]frac", r"\\frac"),
    (r"\\(?:cdot|times|ast)(?![A-Za-z])|[\u00b7\u00d7\u22c5]", "*"),
    (r"\\div(?![A-Za-z])|\u00f7", "/"),
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
_MATRIX = re.compile(r"\\begin\{([pb]?matrix)\}(.*?)\\end\{\1\}", re.DOTALL)
_MIXED = re.compile(r"(?<![\d.^{])(\d+)\s*\\[cdt]?frac\s*(?:\{(\d+)\}\s*\{(\d+)\}|(\d)\s*(\d))")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")


def spelled_plainly(text: str) -> str:
    """A formula without layout, units and words around numbers, in the one spelling that is read.

    A matrix is a tuple of its rows, and a mixed number a sum.
    """
    bare = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text.strip().rstrip(".,;"))
    bare = _MIXED.sub(_sum_of_mixed, _MATRIX.sub(_rows, bare))
    for pattern, spelled in _SPELLINGS:
        bare = pattern.sub(spelled, bare)
    return bare


def _rows(match: re.Match[str]) -> str:
    """A matrix as a tuple of its rows."""
    rows = [row for row in re.split(r"\\\\", match[2]) if row.strip()]
    return "(" + ", ".join("(" + row.replace("&", ",").strip() + ")" for row in rows) + ")"


def _sum_of_mixed(match: re.Match[str]) -> str:
    """A mixed number as the sum that it is; with a fraction above 1 it is a product and stays."""
    above, below = match[2] or match[4], match[3] or match[5]
    is_mixed = int(above) < int(below)
    return f"({match[1]}+\\frac{{{above}}}{{{below}}})" if is_mixed else match[0]
