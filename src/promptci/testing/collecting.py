"""Evals as pytest's files and examples as its items."""

import os
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol

import pytest

from promptci.errors import NothingToRunError, PromptCIError
from promptci.parsing.source import Plain
from promptci.secrets.safetext import for_terminal
from promptci.specs.evalspec import Example
from promptci.testing.catalogue import FAULTY, Catalogue
from promptci.testing.engine import Engine, EngineOptions, chosen_of
from promptci.testing.findings import EvalTestKey, Finding
from promptci.testing.served import ServedEngine, Worker, worker_of


class Source(Protocol):
    """Whoever knows the results of tests, and asks prompts for them."""

    def finding(self, key: EvalTestKey) -> Finding:
        """What became of a test."""

    def ask(self, prompt: str, variables: dict[str, Plain], model: str | None) -> str:
        """The text of an answer. Raises `PromptCIError`."""


class _Local:
    """The engine of a session in one process; it evaluates what was selected."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.keys: list[EvalTestKey] = []

    def finding(self, key: EvalTestKey) -> Finding:
        return self.engine.findings(chosen_of(self.keys)).of(key)

    def ask(self, prompt: str, variables: dict[str, Plain], model: str | None) -> str:
        return self.engine.ask(prompt, variables, model)


class PromptTests:
    """Collects evals; asks when the first of their tests is set up.

    Under xdist the controller asks, once the workers have told which tests there are, and the
    workers read. What they ask for prompts' answers goes to the controller, too.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        try:
            start, self.catalogue = _project(config)
        except PromptCIError as error:  # such as no repository
            raise pytest.UsageError(for_terminal(str(error))) from None
        served = worker_of(config)
        self._engine = None if served else Engine(start, _options(config))
        self._server: ServedEngine | None = None
        self._local = None if self._engine is None else _Local(self._engine)
        self.source: Source = served or self._need_local()
        self._add_evals(config)

    def _need_local(self) -> _Local:
        assert self._local is not None
        return self._local

    def _add_evals(self, config: pytest.Config) -> None:
        """Collect the project's evals although `testpaths` does not name them."""
        if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
            return
        folder = self.catalogue.root / "evals"
        places = [config.invocation_params.dir / arg for arg in config.args]
        if folder.is_dir() and not any(folder.is_relative_to(place) for place in places):
            config.args.append(str(folder))

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """An eval's file."""
        if not self.catalogue.is_eval(file_path):
            return None
        return EvalTests.from_parent(parent, path=file_path, tests=self)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember what is left after `-k`, `-m` and `--lf`: only that is asked."""
        if self._local is not None:
            self._local.keys += [i.key for i in session.items if isinstance(i, PromptTest)]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist where the engine is."""
        assert self._engine is not None
        if self._server is None:
            self._server = ServedEngine(self._engine)
        node.workerinput["promptci"] = self._server.address

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """Evaluate what a worker has selected, before any of it is handed out."""
        keys = [key for id_ in ids if (key := self._key_of(id_)) is not None]
        if self._server is not None and keys:
            self._server.evaluate(chosen_of(keys))

    def _key_of(self, node_id: str) -> EvalTestKey | None:
        path, _, name = node_id.partition("::")
        try:
            return self.catalogue.key_of((self._config.rootpath / path).resolve(), name)
        except PromptCIError:
            return None

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what it took."""
        if self._engine is not None and self._engine.was_used:
            terminalreporter.write_sep("-", "promptci")
            for line in self._engine.said:
                terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Let go of everything."""
        if self._server is not None:
            self._server.close()
        if self._engine is not None:
            self._engine.close()
        if isinstance(self.source, Worker):
            self.source.close()
        self.catalogue.close()


class EvalTests(pytest.File):
    """The file of an eval."""

    def __init__(self, *, tests: PromptTests, **more: Any) -> None:
        super().__init__(**more)
        self._tests = tests

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each example, and one for the gate; one alone where there is a fault."""
        catalogue = self._tests.catalogue
        if fault := catalogue.fault(self.path):
            yield FaultyTest.from_parent(self, name=FAULTY, fault=fault)
            return
        for name, key, example in catalogue.tests(self.path):
            yield PromptTest.from_parent(
                self, name=name, key=key, example=example, source=self._tests.source
            )


class FaultyTest(pytest.Item):
    """The file of an eval that cannot be read: an error, which leaves the other evals alone."""

    def __init__(self, *, fault: str, **more: Any) -> None:
        super().__init__(**more)
        self._fault = fault
        self.add_marker("promptci")

    def setup(self) -> None:
        """Say what is wrong."""
        pytest.fail(shown(for_terminal(self._fault)), pytrace=False)

    def runtest(self) -> None:
        """Nothing: the fault was reported."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is."""
        return self.path, 0, self.name


class PromptTest(pytest.Item):
    """An example or a gate. What could not be found out is an error, and no failure."""

    def __init__(
        self, *, key: EvalTestKey, example: Example | None, source: Source, **more: Any
    ) -> None:
        super().__init__(**more)
        self.key = key
        self._source = source
        self._line = example.mark.line if example is not None else 1
        self.add_marker("promptci")
        self.extra_keyword_matches.update(example.tags if example is not None else ())
        self._found = Finding("passed")

    def setup(self) -> None:
        """Have everything evaluated, if this is the first."""
        self._found = found = self._source.finding(self.key)
        self.user_properties.append(("promptci_model", str(self.key.model)))
        if found.score is not None:
            self.user_properties.append(("promptci_score", float(found.score)))
        if found.kind == "error":
            pytest.fail(shown(found.message), pytrace=False)

    def runtest(self) -> None:
        """Fail where the example is lost or the gate missed."""
        if self._found.kind == "failure":
            pytest.fail(shown(self._found.message), pytrace=False)
        if self._found.kind == "noted":
            pytest.xfail(shown(self._found.message))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is written."""
        return self.path, max(0, self._line - 1), self.name


def _project(config: pytest.Config) -> tuple[Path, Catalogue]:
    """Where the project was found, and its tests.

    It is looked for around the session's folder, and where that is in none, though projects are
    below it, around what the command line names. Raises `RepoError` without a repository,
    `NothingToRunError` where neither is in one.
    """
    here = config.invocation_params.dir
    catalogue = Catalogue(here)
    if not (sentence := catalogue.elsewhere):
        return here, catalogue
    catalogue.close()
    named = [(here / arg.partition("::")[0]).resolve() for arg in config.args]
    there = Path(os.path.commonpath(named or [here]))
    there = there if there.is_dir() else there.parent
    catalogue = Catalogue(there)
    if catalogue.elsewhere:
        catalogue.close()
        raise NothingToRunError(sentence)
    return there, catalogue


def shown(message: str) -> str:
    """A message whose lines no CI system takes for a command."""
    return "\n".join(
        f"| {line}" if line.lstrip().startswith(("::", "##")) else line
        for line in message.splitlines()
    )


def _options(config: pytest.Config) -> EngineOptions:
    written = config.getoption("--promptci-max-cost")
    try:
        cost = None if written is None else Decimal(written)
    except InvalidOperation:
        cost = Decimal(-1)
    if cost is not None and not cost >= 0:
        raise pytest.UsageError(f"--promptci-max-cost takes US dollars, not `{written}`")
    return EngineOptions(cost, bool(config.getoption("--promptci-offline")))
