"""Plain words of the trade: what the project once had words of its own for is said as others do."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [*(ROOT / "src").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]

PLAIN = {
    r"[Nn]obody": "name what is missing: no model, no request, not known",
    r"(?:[Hh]eld|[Hh]olds?) (?:\w+ ){0,3}against": "compare with",
    r"\b(?:came|comes?) to (?:nothing|it)\b": "no answer, the result, the verdict, the state",
    r"\b[Pp]urse\b|\b[Tt]urnstile\b|\bcry(?:ing)? wolf\b": "allowance, rate gate, false alarm",
}
"""Words that readers from elsewhere stumble over, and what to write."""

QUOTED = re.compile(r"Look for words nobody knows")
"""An example of what a user may write."""


@pytest.mark.parametrize("words", PLAIN)
def test_words_are_those_of_the_trade(words):
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in SOURCES
        for match in re.finditer(words, QUOTED.sub("", path.read_text("utf-8")))
    ]
    assert not found, PLAIN[words]
