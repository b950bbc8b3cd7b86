"""A placeholder for a prompt made by code, so that its tests are imported all the same."""

from collections.abc import Mapping

from msgspec.structs import replace

from promptci.importers.promptfoo.files import Reader
from promptci.importers.promptfoo.prompts import SourcePrompt
from promptci.importers.promptfoo.testkeys import inner
from promptci.importers.promptfoo.tests import merged, scenario_tests, source_tests
from promptci.parsing.source import Node


def with_variables(
    source: SourcePrompt, parts: Mapping[str, Node], default: Node, reader: Reader
) -> SourcePrompt:
    """The prompt with each variable that a test gives on a line of its own."""
    aside = replace(reader, losses=[], settings={})
    tests, scenarios = parts.get("tests"), parts.get("scenarios")
    names: dict[str, None] = {}
    given = [] if tests is None else list(source_tests(tests, aside, frozenset()))
    given += [] if scenarios is None else list(scenario_tests(scenarios, aside, frozenset()))
    for test in given:
        names.update(dict.fromkeys(inner(merged(default, test), "vars")))
    lines = [f"{name}: {{{{ {name} }}}}" for name in names if name.isidentifier()]
    return replace(source, text="\n".join((source.text, "", *lines)).strip())
