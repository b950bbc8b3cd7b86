"""Every test gets a world of its own: home, git configuration, environment, folder, network."""

import asyncio
import gc
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from weakref import WeakSet

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from fakes import FakeAPI
from gitrepo import GitRepo
from processes import ForkedChild
from promptci.models.embedded.requantize import is_possible
from promptci.models.embedded.weights import SMOLLM2, SMOLLM2_Q8, cache_folder, convert, find
from promptci.sandbox import childprocess
from properties import USUAL
from rewriting import rewrite_share
from worlds import World

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

sys.dont_write_bytecode = False  # else each worker and each child compiles everything again
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_AT_LEISURE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("promptci", _AT_LEISURE, max_examples=USUAL)
settings.register_profile("thorough", _AT_LEISURE, max_examples=1_000)
settings.load_profile("promptci")


def _refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")


sys.addaudithook(_refuse_the_network)
gc.set_threshold(100_000, 50, 50)  # nearly all that is made while tests are collected stays


@pytest.fixture
def tmp_path() -> Path:
    """A folder of the test's own. Pytest's goes through the folders of all tests before it."""
    assert World.current is not None
    return World.current.folder


@pytest.fixture
def hermetic() -> Path:
    """The test's home folder."""
    assert World.current is not None
    return World.current.home


_FOLDERS = frozenset(("tmp_path", "hermetic"))
"""Fixtures that are folders of the test's own."""


def _fixtures(item: pytest.Item) -> Sequence[str]:
    return getattr(item, "fixturenames", ())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave the machine behind, before any fixture."""
    base = item.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    world = World.enter(base, is_kept=bool(_FOLDERS.intersection(_fixtures(item))))
    if item.get_closest_marker("slow"):
        _lend_weights(world.home / ".cache")


_TASKS: WeakSet[asyncio.Task[object]] | None = getattr(asyncio.tasks, "_all_tasks", None)
"""All that Python 3.11 knows of."""


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Forget tasks that have ended: each `asyncio.run` looks through all that there are.

    Those that were cancelled are garbage that is rarely looked for: there were thousands.
    """
    if _TASKS is not None:
        for task in [each for each in _TASKS if each.done()]:
            _TASKS.discard(task)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    os.chdir(session.config.invocation_params.dir)  # the folders of tests go


_CONVERTED = cache_folder() / SMOLLM2_Q8.file_name
"""The embedded model's weights in the user's own cache folder: too large to convert per test."""


def _lend_weights(caches: Path) -> None:
    """Have the weights in a test's cache folder, too."""
    folder = caches / "promptci"
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / _CONVERTED.name).symlink_to(_CONVERTED)


@pytest.fixture
def real_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox starts children as it does for users; else they are forked, which is cheaper."""
    monkeypatch.setattr(childprocess, "subprocess", subprocess)


@pytest.fixture
def new_repo(tmp_path: Path) -> Callable[..., GitRepo]:
    """Makes repositories: `new_repo("name", "--bare")` is one in `tmp_path / "name"`."""
    return lambda name, *options: GitRepo(tmp_path / name, *options)


@pytest.fixture
def repo(new_repo: Callable[..., GitRepo], monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """An empty repository, which is also where the test is."""
    made = new_repo("project")
    monkeypatch.chdir(made.path)
    return made


@pytest.fixture(scope="session")
def api_of_all_tests() -> Iterator[FakeAPI]:
    with FakeAPI() as server:
        yield server


@pytest.fixture
def api(api_of_all_tests: FakeAPI) -> Iterator[FakeAPI]:
    """A server on loopback that echoes the last user message unless told otherwise."""
    yield api_of_all_tests
    api_of_all_tests.forget()


@pytest.fixture
def commit_prompts(repo: GitRepo, api: FakeAPI) -> Callable[..., list[str]]:
    """Commits one version of the prompt `greet` per text; gives the ids of the commits.

    The eval `greet` has one example and expects `yes`; the model is `api`.
    """
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": f"endpoints: {{fake: {{base_url: {api.url}}}}}\n"
            "defaults: {model: fake/greeter}\n",
            "evals/greet.yaml": "examples: [{id: ada, vars: {name: Ada}, expected: yes}]\n"
            "scorers: [equals]\n",
        }
    )

    def commit(*texts: str) -> list[str]:
        return [_commit_prompt(repo, text) for text in texts]

    return commit


def _commit_prompt(repo: GitRepo, text: str) -> str:
    content = f"{text} {{{{ name }}}}".replace("'", "''")
    repo.write({"prompts/greet.yaml": f"messages: [{{role: user, content: '{content}'}}]\n"})
    return repo.commit(text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With `--figures`, what tests measured, as given to `record_property`."""
    if not terminalreporter.config.getoption("--figures"):
        return
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            for name, value in report.user_properties:
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {name}: {value}")


_PROCESSES = frozenset(("repo", "new_repo", "sandboxed"))
"""Fixtures that start processes: git, and a sandbox's children."""

_STARTERS = (
    *("subprocess", "PROMPTCI", "Forked", "run_forked"),
    *("GitRepo", "Git", "parse_jinja", "Sandbox"),
)
"""Names by which a module starts some itself."""

_EMBEDDED = ("LocalModel", "load_minilm")
"""Names by which a module asks an embedded model."""

_COMMANDS = Path(__file__).parent / "commands"
"""Where whole commands run."""

_MODELS = ("xllamacpp", "onnxruntime")
_ALL_SLOW = re.compile(
    rb"^pytestmark = pytest\.mark\.(?:slow|long)$|^import subprocess$|^from .*\b(?:%s)\b"
    % "|".join((*_STARTERS, *_EMBEDDED)).encode(),
    re.MULTILINE,
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import modules, and the tests of whole commands, all of which would be left out."""
    if not config.getoption("--fast"):
        return None
    if collection_path == _COMMANDS:
        return True
    is_module = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if is_module and _ALL_SLOW.search(collection_path.read_bytes()) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    if worker := getattr(session.config, "workerinput", None):
        number = int(worker["workerid"].removeprefix("gw"))
        rewrite_share(session.config, number, worker["workercount"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `slow` what runs whole commands, and what starts processes or an embedded model.

    The latter two are told by fixtures or by what a module imports.
    """
    for item in items:
        if _is_slow(getattr(item, "module", None)) or _PROCESSES.intersection(_fixtures(item)):
            item.add_marker("slow")


@cache
def _is_slow(module: ModuleType | None) -> bool:
    if Path(getattr(module, "__file__", None) or "").is_relative_to(_COMMANDS):
        return True
    return any(hasattr(module, name) for name in (*_STARTERS, *_EMBEDDED))


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's job in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _write_to_memory()
    if config.getoption("--hypothesis-profile") != "thorough":
        _read_no_constants()
    childprocess.subprocess = SimpleNamespace(Popen=ForkedChild, PIPE=subprocess.PIPE)
    if config.getoption("--fast"):
        config.option.markexpr = "not slow and not long and not hypothesis"
        sys.addaudithook(_refuse_what_is_slow)
    elif not hasattr(config, "workerinput"):
        _convert_weights()


def _read_no_constants() -> None:
    """Have Hypothesis draw none of the constants in `src`.

    Of five thousand none in particular is met in a usual run, and each worker parsed all modules
    to find them.
    """
    providers._get_local_constants = lambda: providers._local_constants


_IN_MEMORY = Path("/dev/shm")
_ROOM = 3 * 2**30
"""Bytes that must be free there. A run writes half a gigabyte."""


def _write_to_memory() -> None:
    """Have the tests' folders in memory, where Linux has a file system there and room in it.

    Nothing waits for a disk then: with one that others use a run takes half of the time. Where
    no program may be started from there, as in containers, folders stay where they were.
    """
    if not _IN_MEMORY.is_dir() or os.statvfs(_IN_MEMORY).f_flag & os.ST_NOEXEC:
        return
    if os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))
        tempfile.tempdir = str(_IN_MEMORY)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among the tests themselves.

    Those are a million objects that stay, and looking through them took a twentieth of the run.
    The little garbage among them stays, too: to find it would take each worker most of a second.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _convert_weights() -> None:
    if not _CONVERTED.exists() and find(SMOLLM2) and is_possible():
        convert(SMOLLM2_Q8)


def _refuse_what_is_slow(event: str, arguments: tuple[object, ...]) -> None:
    is_slow = event == "subprocess.Popen" or (event == "import" and arguments[0] in _MODELS)
    if is_slow and "PYTEST_CURRENT_TEST" in os.environ:
        raise AssertionError(f"a fast test must not do this: mark it as slow ({event})")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="no child processes, embedded model or drawn examples"
    )
    parser.addoption("--figures", action="store_true", help="print what tests measured")
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with `tests/golden/NAME`, which `--update-golden` rewrites."""

    def check(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8", newline="")
        assert text == path.read_bytes().decode(), f"not as in {path}: see --update-golden"

    return check
