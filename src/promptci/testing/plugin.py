"""What pytest loads in every session: options, a marker and a fixture; the rest if asked for."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from promptci.testing.asker import Asker

_OFF = "asks models: `pytest --promptci` runs it"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, which are all off."""
    group = parser.getgroup("promptci", "prompts under git")
    group.addoption(
        "--promptci",
        action="store_true",
        help="Collect evals as tests, and run tests that ask prompts.",
    )
    group.addoption(
        "--promptci-max-cost",
        metavar="USD",
        help="Ask for no more than this, over all tests.",
    )
    group.addoption(
        "--promptci-offline",
        action="store_true",
        help="Ask nothing: only stored answers count.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; with `--promptci` bring in what collects and asks."""
    config.addinivalue_line(
        "markers", "promptci(model=None): a test that asks prompts; `--promptci` runs it"
    )
    if config.getoption("--promptci"):
        from promptci.testing.collecting import PromptTests

        config.pluginmanager.register(PromptTests(config), "promptci-tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--promptci` nothing is asked: skip what would."""
    if config.getoption("--promptci"):
        return
    for item in items:
        if "promptci" in getattr(item, "fixturenames", ()) or item.get_closest_marker("promptci"):
            item.add_marker(pytest.mark.skip(reason=_OFF))


@pytest.fixture(name="promptci")
def _promptci(request: pytest.FixtureRequest) -> "Asker":
    """Asks prompts of the project: `promptci.ask("triage", ticket="…")` gives the answer's text."""
    from promptci.testing.asker import Asker
    from promptci.testing.collecting import PromptTests

    tests = request.config.pluginmanager.getplugin("promptci-tests")
    if not isinstance(tests, PromptTests):
        pytest.skip(_OFF)
    marker = request.node.get_closest_marker("promptci")
    return Asker(tests.source, _model_of(marker) if marker else None)


def _model_of(marker: pytest.Mark) -> str | None:
    """The model that a marker names, by position or by name."""
    named = [*marker.args, *marker.kwargs.values()]
    if len(named) > 1 or not marker.kwargs.keys() <= {"model"}:
        raise pytest.UsageError("the marker `promptci` takes a model and nothing else")
    model = named[0] if named else None
    if not isinstance(model, str | None):
        raise pytest.UsageError("the marker `promptci` takes one model's name, which is text")
    return model
