"""The page about the house: generated from the contracts, and every path in it exists."""

import ast
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = runpy.run_path(str(ROOT / "docs/house.py"))
SOURCE = ROOT / "src/promptci"

_PATH = re.compile(r"`((?:\w+/)+\w+\.py)`")


def test_the_page_is_generated_from_the_contracts():
    """`python docs/house.py` writes it anew."""
    template = (ROOT / "docs/house.md.in").read_text("utf-8")
    assert (ROOT / "docs/house.md").read_text("utf-8") == HOUSE["page"](template)


def test_every_module_that_is_named_exists():
    paths = _PATH.findall((ROOT / "docs/house.md.in").read_text("utf-8"))
    assert len(paths) > 20
    for path in paths:
        assert (SOURCE / path).exists() or (ROOT / path).exists(), path


def test_every_room_says_what_it_is_about():
    rooms = [room for floor in HOUSE["floors"]() for room in floor]
    assert [room for room in rooms if not HOUSE["about"](room)] == []


def test_the_drawing_has_every_room_once():
    drawing = HOUSE["drawing"]()
    for floor in HOUSE["floors"]():
        for room in floor:
            assert len(re.findall(rf"\b{room}\b", drawing)) == 1, room


@pytest.mark.parametrize("folder", sorted(p.parent for p in SOURCE.rglob("__init__.py")))
def test_no_folder_is_too_full_to_be_seen(folder):
    modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= 50, "give it folders of its own"


MOST_LINES = {"module": 250, "function": 50}
MODULES = {path: path.read_text("utf-8") for path in SOURCE.rglob("*.py")}


def test_no_module_is_longer_than_one_subject():
    lines = {str(path.relative_to(SOURCE)): text.count("\n") for path, text in MODULES.items()}
    long = {path: count for path, count in lines.items() if count > MOST_LINES["module"]}
    assert not long, "part it by subject"


def test_no_function_is_longer_than_a_glance():
    functions = (
        (path.relative_to(SOURCE), node)
        for path, text in MODULES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    long = {
        f"{path}:{node.lineno} {node.name}"
        for path, node in functions
        if (node.end_lineno or 0) - node.lineno >= MOST_LINES["function"]
    }
    assert not long, "give its steps names of their own"


LATE = {
    "cluster/onray.py": "an optional package",
    "commands/check.py": "reports that few ask for",
    "commands/compare.py": "reports that few ask for",
    "commands/estimates.py": "what only `--dry-run` shows",
    "commands/lint.py": "reports that few ask for",
    "commands/log.py": "reports that few ask for",
    "commands/observing.py": "what is only said where something is asked",
    "commands/reportfiles.py": "pages with all answers",
    "commands/run.py": "what options bring that few give",
    "__init__.py": "the library, of which the command line needs nothing to start",
    "commands/start.py": "an interrupt before the command line listens, and all for `--version`",
    "git/discovery.py": "GitPython, where `.git` is an ordinary folder",
    "models/hosted/access.py": "openai",
    "models/hosted/endpoint.py": "openai",
    "models/pacing/openfiles.py": "not on Windows",
    "project/evaluation.py": "asyncio, where nothing is asked",
    "project/modeldates.py": "openai",
    "project/modelpool.py": "asyncio, where nothing is asked",
    "project/project.py": "a shared store, which few have",
    "project/workspace.py": "the suite and the cache, which records need not",
    "sandbox/child/algebra.py": "an optional package",
    "sandbox/child/limits.py": "not on Windows",
    "sandbox/child/render.py": "an optional package",
    "scorers/base/extract.py": "jmespath",
    "scorers/base/patterns.py": "regex",
    "scorers/json/structured.py": "jsonschema",
    "scorers/sql/engines.py": "an optional package",
    "scorers/text/rouge.py": "rapidfuzz",
    "scorers/tools/validcalls.py": "jsonschema",
    "spending/budget.py": "asyncio, where nothing is asked",
    "stores/bucket.py": "an optional package",
    "suite/scanned.py": "rapidfuzz",
    "testing/plugin.py": "every pytest run loads it, few have evals",
    "watching/saves.py": "an optional package",
}
"""Modules with imports inside functions, and what it is that start-up is spared."""


def test_imports_stand_at_the_top_but_for_what_start_up_is_spared():
    late = {
        path.relative_to(SOURCE).as_posix()
        for path, text in MODULES.items()
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert late == LATE.keys()
