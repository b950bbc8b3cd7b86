"""One name, one thing, and the trade's words: no two classes, functions or types share one."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tables import every_row

SOURCE = Path(__file__).parents[1] / "src/promptci"
APART = ("commands", "render")
"""A command is called like what it shows, and so is its report."""

SAME_FOR_EACH = {
    "build": "models/embedded",  # what a kind of embedded model offers
    "prepare": "models/embedded",
    "line_writer": "models/batchapis",  # what an API for batches offers
    "open_service": "models/batchapis",
    "main": "sandbox/child",  # where a program of a child begins
}
"""Names that several modules of one folder have, since all of them offer the same."""


_DEFINED = re.compile(
    r"^(?:(?:class|def|async def) (?=[A-Za-z])(\w+)|([A-Z][a-z]\w*)(?:: TypeAlias)? = )", re.M
)


def public_names(path: Path) -> Iterator[str]:
    """The classes, functions and aliases of types that a module defines."""
    yield from filter(None, chain.from_iterable(_DEFINED.findall(path.read_text("utf-8"))))


def owners() -> dict[str, list[str]]:
    """The modules of each name, as paths."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE)
        if place.parts[0] not in APART:
            for name in set(public_names(path)):
                found[name].append(place.as_posix())
    return found


@pytest.mark.slow
def test_no_two_modules_have_a_public_name_in_common():
    shared = {
        name: paths
        for name, paths in owners().items()
        if len(paths) > 1 and not offered_by_all(name, paths)
    }
    assert not shared, "give one of them a name that says what it is"


def offered_by_all(name: str, paths: list[str]) -> bool:
    folder = SAME_FOR_EACH.get(name)
    return folder is not None and {str(Path(path).parent) for path in paths} == {folder}


ROOT = Path(__file__).parents[1]
SOURCES = [
    *(path for folder in ("src", "benchmarks") for path in (ROOT / folder).rglob("*.py")),
    *(ROOT / "docs").glob("*.md"),
    ROOT / "README.md",
]

PLAIN = {
    r"[Nn]obody": "name what is missing: no model, no request, not known",
    r"(?:[Hh]eld|[Hh]olds?) (?:\w+ ){0,3}against": "compare with",
    r"\b(?:came|comes?) to (?:nothing|it)\b": "no answer, the result, the verdict, the state",
    r"\b[Pp]urse\b|\b[Tt]urnstile\b|\bcry(?:ing)? wolf\b": "allowance, rate gate, false alarm",
    r"(?<!_)\b[Aa]new\b|\b(?:[Mm]ends?|mended)\b|\b[Hh]eeds?\b|\bheeded\b": "again, fix, obey",
    r"\b(?:seldom|thrice|reckon\w*|bears it|(?:its|and) kin)\b": "rarely, count, the like",
    r"\b[Ss]t(?:ands?|ood)\b(?!-)": "is, is given, is used for, means, precedes, follows",
}
"""Words that readers from elsewhere stumble over, and what to write."""

QUOTED = re.compile(
    r"Look for words nobody knows|\|stand\||What stands between <\{\{|, as they stand\.\""
)
"""Examples of what a user may write, and what models are told: their words are in stored keys."""


@pytest.fixture(scope="module")
def texts():
    """What is read, by its path, without what it quotes."""
    return {path: QUOTED.sub("", path.read_text("utf-8")) for path in SOURCES}


@pytest.mark.slow
@every_row("words", PLAIN)
def test_words_are_those_of_the_trade(texts, words):
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path, text in texts.items()
        for match in re.finditer(words, text)
    ]
    assert not found, PLAIN[words]


_TEST = re.compile(r"^ *(?:async )?def (test_\w+)", re.M)


@pytest.mark.slow
def test_tests_are_called_in_the_same_words():
    """A test's name is a sentence, and read as one where it fails."""
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in _TEST.findall(path.read_text("utf-8"))
        for words in PLAIN
        if re.search(words, name.replace("_", " "))
    ]
    assert not found
