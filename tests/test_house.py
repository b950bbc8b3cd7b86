"""The page about the house: generated from the contracts, and every path in it exists."""

import ast
import re
import runpy
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from tables import every_row

ROOT = Path(__file__).parent.parent
HOUSE = runpy.run_path(str(ROOT / "docs/house.py"))
SOURCE = ROOT / "src/promptci"

_PATH = re.compile(r"`((?:\w+/)+\w+\.py)`")


def test_the_page_is_generated_from_the_contracts():
    """`python docs/house.py` rewrites it."""
    template = (ROOT / "docs/house.md.in").read_text("utf-8")
    assert (ROOT / "docs/house.md").read_text("utf-8") == HOUSE["page"](template)


def test_every_module_that_is_named_exists():
    paths = _PATH.findall((ROOT / "docs/house.md.in").read_text("utf-8"))
    assert len(paths) > 20
    for path in paths:
        assert (SOURCE / path).exists() or (ROOT / path).exists(), path


def test_every_room_says_what_it_is_about():
    rooms = [room for floor in HOUSE["floors"]() for room in floor]
    folders = [folder for room in rooms for folder in HOUSE["folders"](room)]
    assert len(folders) > 2 * len(rooms)
    assert [folder for folder in folders if not HOUSE["about"](folder)] == []


def test_the_drawing_has_every_room_once():
    drawing = HOUSE["drawing"]()
    for floor in HOUSE["floors"]():
        for room in floor:
            assert len(re.findall(rf"\b{room}\b", drawing)) == 1, room


@every_row("folder", sorted(p.parent for p in SOURCE.rglob("__init__.py")))
def test_no_folder_is_too_full_to_be_seen(folder):
    modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= 50, "give it folders of its own"


MOST_LINES = {"module": 250, "function": 50}
MODULES = {path: path.read_text("utf-8") for path in SOURCE.rglob("*.py")}


def test_values_are_structs():
    """A dataclass takes five times as long to define; a child of the sandbox has no msgspec."""
    early = re.compile(r"^from dataclasses import (?:\([^)]*|[^(\n]*)\bdataclass\b", re.M)
    found = {str(path.relative_to(SOURCE)) for path, text in MODULES.items() if early.search(text)}
    assert found == {"sandbox/child/tables.py"}


def test_no_module_is_longer_than_one_subject():
    lines = {str(path.relative_to(SOURCE)): text.count("\n") for path, text in MODULES.items()}
    long = {path: count for path, count in lines.items() if count > MOST_LINES["module"]}
    assert not long, "part it by subject"


def test_no_line_is_longer_than_is_read_at_a_glance():
    """ruff lets a line pass that has no space, as a pattern has none; a comment may end one."""
    long = {
        f"{path.relative_to(SOURCE)}: {line.strip()}"
        for path, text in MODULES.items()
        for line in text.splitlines()
        if len(line) > 100 and line.lstrip().startswith(('r"', 'rf"')) and '"""' not in line
    }
    assert not {line for line in long if "# noqa" not in line}, "part it at its alternatives"


_DEFINED = re.compile(r"^(?:(?:class|def|async def) (\w+)|([A-Za-z]\w*)(?:: [^=\n]+)? = )", re.M)


@pytest.mark.slow
def test_nothing_is_defined_that_nothing_names():
    """What only tests name is of no use to users; Click and pytest call theirs unnamed."""
    made = [path.read_text("utf-8") for path in (ROOT / "docs").glob("*.py")]
    words = Counter(word for text in [*MODULES.values(), *made] for word in _WORD.findall(text))
    unused = {
        f"{path.relative_to(SOURCE)}: {name}"
        for path, text in MODULES.items()
        for name in filter(None, chain.from_iterable(_DEFINED.findall(text)))
        if words[name] == 1
        and "commands" not in path.parts
        and not name.startswith(("pytest_", "_promptci"))
    }
    assert not unused - {"__init__.py: __getattr__"}, "take it out"


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tests ask of a file; its tree would be too large to be kept."""

    functions: Mapping[str, int]
    """Lines by place and name."""

    imports_late: bool
    calls: frozenset[str]


@cache
def facts(path: Path) -> Facts:
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    imports: list[int] = []
    calls: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call():
                calls.add(_called(node))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions.append(node)
            case ast.Import() | ast.ImportFrom():
                imports.append(node.lineno)
    return Facts(
        {f"{each.lineno} {each.name}": (each.end_lineno or 0) - each.lineno for each in functions},
        any(each.lineno < at <= (each.end_lineno or 0) for each in functions for at in imports),
        frozenset(calls),
    )


def _called(call: ast.Call) -> str:
    """The name of what is called, whoever's it is; nothing for a browser's `open`."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="webbrowser")):
            return ""
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


_NAMED = re.compile(r"promptci(?:\.\w+)+")
_FROM = re.compile(r"^ *from (promptci[\w.]*) import (\([^)]*|[^\n(]+)", re.M)


def modules_in(text: str) -> Iterator[str]:
    """The modules that a file imports, each name from them with it, and those named in a text."""
    for found in _NAMED.findall(text):
        parts = found.split(".")
        yield from (".".join(parts[:end]) for end in range(2, len(parts) + 1))
    for module, names in _FROM.findall(text):
        yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))


_HEAD = re.compile(r"^( *)(?:async def|def|class|@)", re.M)


def most_lines(text: str) -> int:
    """No function is longer: lines from one head to the next that does not are further in."""
    heads = [(text.count("\n", 0, head.start()), len(head[1])) for head in _HEAD.finditer(text)]
    begun: list[tuple[int, int]] = []
    most = 0
    for line, indent in (*heads, (text.count("\n"), 0)):
        while begun and begun[-1][1] >= indent:
            most = max(most, line - begun.pop()[0])
        begun.append((line, indent))
    return most


@pytest.mark.slow
def test_no_function_is_longer_than_a_glance():
    long = {
        f"{path.relative_to(SOURCE)}:{name}"
        for path, text in MODULES.items()
        if most_lines(text) >= MOST_LINES["function"]
        for name, lines in facts(path).functions.items()
        if lines >= MOST_LINES["function"]
    }
    assert not long, "give its steps names of their own"


LATE = {
    "__init__.py": "the library, of which the command line needs nothing to start",
    "check/basestate.py": "what finds the record that fits, for what changed alone",
    "check/pairing.py": "records that stand in for others, which few bases need",
    "cluster/onray.py": "an optional package",
    "commands/compare/check.py": "reports that few ask for",
    "commands/compare/compare.py": "reports that few ask for",
    "commands/estimates.py": "what only `--dry-run` shows",
    "commands/evalargument.py": "choosing an eval where none was named",
    "commands/evaluate/run.py": "what options bring that few give; rich, which only the end needs",
    "commands/files/lint.py": "reports that few ask for",
    "commands/history/diff.py": "reports that few ask for",
    "commands/history/log.py": "the history of one eval, or of all",
    "commands/observing.py": "what is only said where something is asked",
    "commands/reportfiles.py": "pages with all answers",
    "commands/results/report.py": "a server, for those who want none",
    "commands/start.py": "an interrupt before the command line listens, and all for `--version`",
    "git/discovery.py": "GitPython, where `.git` is an ordinary folder",
    "importers/harnesses/evalarchive.py": "an optional package",
    "models/hosted/access.py": "openai",
    "models/hosted/bodies.py": "mimetypes, where files go along",
    "models/hosted/endpoint.py": "openai",
    "models/pacing/openfiles.py": "not on Windows",
    "models/pacing/ratelimits.py": "email, for a date that few servers send",
    "parsing/didyoumean.py": "difflib, where a name is not known",
    "parsing/yamlfile.py": "PyYAML, where all files were parsed before",
    "project/checkfiles.py": "the history of records, where one does not fit",
    "project/evaluation.py": "asyncio, where nothing is asked",
    "project/experiments/written.py": "experiments, of which few evals speak",
    "project/linting.py": "what binds golden sets of judges, which few have",
    "project/modeldates.py": "openai",
    "project/modelpool.py": "asyncio, where nothing is asked",
    "project/project.py": "a shared store, which few have",
    "history/recorddiff.py": "the statistics, where no record differs",
    "project/runrecords/recordwriting.py": "threads, for records that are large",
    "history/recordsonce.py": "what writes large records, where none was written",
    "project/workspace.py": "the suite and the cache, which records need not",
    "records/recordfile.py": "what is known of chunks, which large records have",
    "records/scoresection.py": "accepted losses, which few records have",
    "render/hiddenlosses.py": "losses by tag, where anything was compared",
    "run/planning/oldrecords.py": "the files of one eval, where a record is old",
    "run/planning/plan.py": "filters, of which a check has none",
    "run/planning/retriever.py": "importlib.util, where something is retrieved",
    "sandbox/child/algebra.py": "an optional package",
    "sandbox/child/limits.py": "not on Windows",
    "sandbox/child/render.py": "an optional package",
    "scorers/base/extract.py": "jmespath",
    "scorers/base/patterns.py": "regex",
    "scorers/base/preference.py": "the statistics, which commands need that compare",
    "scorers/json/structured.py": "jsonschema",
    "scorers/sql/engines.py": "an optional package",
    "scorers/text/rouge.py": "rapidfuzz",
    "scorers/tools/calls.py": "the forms of models, which few evals read",
    "scorers/tools/validcalls.py": "jsonschema",
    "secrets/safetext.py": "html, which pages need",
    "specs/conversation.py": "mimetypes, where files go along",
    "spending/waiters.py": "asyncio, where nothing is asked",
    "stats/uncertainty.py": "statistics, where an interval is worked out",
    "stats/signflip.py": "fractions, which graded scores need",
    "stores/bucket.py": "an optional package",
    "suite/flowfiles.py": "what reads steps of flows, which few projects have",
    "suite/golden.py": "readers of data files, where examples stand in the eval",
    "suite/nearduplicates.py": "rapidfuzz",
    "suite/outlines.py": "another state of a file, which only a change brings",
    "suite/scanned.py": "what only the first pass over examples takes",
    "testing/plugin.py": "every pytest run loads it, few have evals",
    "watching/saves.py": "an optional package",
    "check/changedsteps.py": "the ways to an answer, which few changes need",
    "check/changejudging.py": "what compares, where a record is stale",
    "check/checkrules.py": "what compares, where a record is stale",
    "check/unverified.py": "what compares, where a record is stale",
    "check/sharedquestions.py": "what sums up, where there is no pair",
    "check/verification.py": "the statistics, where nothing is compared",
    "compare/outcomes/outcome.py": "the statistics, where nothing is compared",
    "compare/outcomes/flowfailures.py": "the statistics, where nothing is compared",
    "compare/outcomes/flowtraces.py": "what few evals are: flows",
    "project/preflight.py": "the dry run, where nothing is asked",
    "project/session.py": "what evaluates, where nothing is asked",
    "render/textdiff.py": "difflib, where nothing was lost",
    "run/recall.py": "what solves, where no answer is needed",
    "run/driving/work.py": "what solves, where nothing is asked",
    "run/solving/solve.py": "flows, conversations and samples, where one request is the answer",
    "scorers/registry/written.py": "advice, which names of scorers need that are none",
    "project/checking.py": "what compares, where a record is stale",
    "compare/results.py": "what sums up, where nothing is compared",
    "sandbox/jinja.py": "the branches of templates, which few have",
    "check/changedtexts.py": "what compares templates, where they have no logic",
    "suite/treereader.py": "flows and files of other tools, where there are none",
    "suite/corpus.py": "readers of data files, which few corpora are",
    "run/planning/boundconversation.py": "own code of tools, which few conversations have",
    "render/remarks.py": "difflib, where no judge was changed",
}
"""Modules with imports inside functions, and what it is that start-up is spared."""


_LATE = re.compile(r"^ +(?:from [\w.]+ import|import [\w.]+)", re.M)
"""What may be in a function. Without it no file is parsed, as all take seconds."""


@pytest.mark.slow
def test_imports_are_at_the_top_but_for_what_start_up_is_spared():
    late = {
        path.relative_to(SOURCE).as_posix()
        for path, text in MODULES.items()
        if _LATE.search(text) and facts(path).imports_late
    }
    assert late == LATE.keys()


_TYPES = re.compile(r"^if TYPE_CHECKING:.*\n(?:(?: .*)?\n)*", re.M)
"""What is only imported for its types."""


def imported(text: str, indent: str) -> set[str]:
    """The modules of the project that a file imports at this depth, for more than types."""
    found = re.findall(rf"^{indent}{_IMPORT}", _TYPES.sub("", text), re.M)
    names = {f"{module}.{name}" for module, rest in found for name in re.findall(r"\w+", rest)}
    return {name if name in BY_NAME else name.rpartition(".")[0] for name in names}


_IMPORT = r"from (promptci[\w.]*) import (\([^)]*|[^\n(]+)"
BY_NAME = {
    ".".join(("promptci", *path.relative_to(SOURCE).with_suffix("").parts)): text
    for path, text in MODULES.items()
}


def loaded_with(module: str) -> set[str]:
    """The modules of the project that are there as soon as one is."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            waiting += imported(BY_NAME.get(name, ""), "")
    return seen - {module}


@pytest.mark.slow
def test_what_is_loaded_anyway_is_not_imported_late():
    """Being late costs a line in `LATE` and a look at each call, and spares nothing then."""
    late = {name: imported(text, " +") for name, text in BY_NAME.items() if _LATE.search(text)}
    found = {name: modules & loaded_with(name) for name, modules in late.items() if modules}
    assert len(found) > 20
    assert {name: modules for name, modules in found.items() if modules} == {}


TOUCHES_FILES = {
    "jobsummary.py": "the summary of a job, whose path the environment has",
    "experiments/drift.py": "the measurements that `--history` names",
    "streams.py": "the standard streams",
    "history/merge_record.py": "the three sides and the result of a merge, as git hands them over",
    "outputsoption.py": "answers obtained elsewhere",
}
"""Commands that open files themselves, and which."""

_FILE_CALLS = frozenset(
    ("mkdir", "open", "read_bytes", "read_text", "unlink", "write_bytes", "write_text")
)


def test_commands_are_click_alone():
    """They open no files, and `pyproject.toml` says which rooms they never reach for."""
    touching = {
        path.relative_to(SOURCE / "commands").as_posix()
        for path in (SOURCE / "commands").rglob("*.py")
        if _FILE_CALLS.intersection(re.findall(r"\w+", MODULES[path]))
        and facts(path).calls & _FILE_CALLS
    }
    assert touching == TOUCHES_FILES.keys()


LIST = ROOT / "tests/proved_elsewhere.toml"
PROVED_ELSEWHERE = tomllib.loads(LIST.read_text("utf-8"))


@pytest.mark.slow
def test_each_module_has_a_test_of_its_own_or_it_is_known_what_proves_it(request):
    """Its own is one of its name, or one that imports it, or what its room offers of it.

    Where this fails: write `tests/…/test_MODULE.py`, or have the list rewritten with
    `pytest tests/test_house.py --update-golden`, and say there what proves the modules of a new
    room.
    """
    found = alone()
    if request.config.getoption("--update-golden"):
        LIST.write_text(listing(found), "utf-8")
    listed = tomllib.loads(LIST.read_text("utf-8"))
    assert found == {room: entry["modules"] for room, entry in listed.items()}


def alone() -> dict[str, list[str]]:
    """The modules without a test of their own, by room."""
    files = [*(ROOT / "tests").rglob("*.py")]
    named = {path.stem.removeprefix("test_") for path in files}
    tried = {name for path in files for name in modules_in(path.read_text("utf-8"))}
    found: dict[str, list[str]] = {}
    for path in sorted(MODULES):
        *rooms, module = path.relative_to(SOURCE).with_suffix("").parts
        is_tried = not tried.isdisjoint(_ways_to(path, rooms, module))
        if module not in {"__init__", *named} and not is_tried:
            found.setdefault(".".join(rooms), []).append(module)
    return dict(sorted(found.items()))


def _ways_to(path: Path, rooms: list[str], module: str) -> Iterator[str]:
    """The names by which a test reaches a module: its own, and what its room offers of it."""
    room = ".".join(("promptci", *rooms))
    yield f"{room}.{module}"
    offered = (path.parent / "__init__.py").read_text("utf-8")
    for inside, names in _FROM.findall(offered):
        if inside == f"{room}.{module}":
            yield from (f"{room}.{name}" for name in re.findall(r"\w+", names))


def listing(found: Mapping[str, list[str]]) -> str:
    """The list, with what it says of rooms that it has already."""
    lines = ["# Modules without a test of their own, and what proves them: see `test_house.py`."]
    for room, modules in found.items():
        known = PROVED_ELSEWHERE.get(room, {"by": "tests/", "how": ""})
        lines += ["", f'["{room}"]', f'by = "{known["by"]}"', f'how = "{known["how"]}"']
        lines += ["modules = [", *(f'    "{each}",' for each in modules), "]"]
    return "\n".join((*lines, ""))


@every_row("room", PROVED_ELSEWHERE)
def test_what_proves_them_exists(room):
    entry = PROVED_ELSEWHERE[room]
    assert entry.keys() == {"by", "how", "modules"}
    assert (ROOT / entry["by"]).is_file()
    assert entry["how"]
