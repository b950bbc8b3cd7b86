"""Faults that one file alone does not show: a model that none is called, a list of no eval."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from promptci.errors import Fault, RequestError
from promptci.parsing.source import Mark, Node
from promptci.projectpaths import PROMPT_YML
from promptci.specs.config import Config
from promptci.specs.evalspec import EvalSpec


def unknown_model(name: str, mark: Mark, config: Config) -> Iterator[Fault]:
    """A name that no model has; in a `.prompt.yml` it is only a fault once it is asked."""
    try:
        config.model(name)
    except RequestError as error:
        yield replace(mark.fault(str(error)), warning=mark.path.endswith(PROMPT_YML))


def stray_lists(lists: Iterable[Node], evals: Iterable[EvalSpec]) -> Iterator[Fault]:
    """Files that hold a list and are the examples of no eval: a list alone is no eval."""
    used = {each.rpartition("/")[2] for spec in evals for each in spec.files}
    for node in lists:
        if node.mark.path.rpartition("/")[2] not in used:
            wrong = "an eval is a mapping, here is a list"
            cure = "write `examples:` and `scorers:`, or name this file in an eval's `examples`"
            yield node.mark.fault(f"{wrong}: {cure}")
