"""The configuration of a tree, read once: its secrets are known from then on."""

from msgspec import Struct

from promptci.errors import Fault, SpecError
from promptci.git.repo import Tree, read_file
from promptci.parsing.source import Mark
from promptci.projectpaths import CONFIG
from promptci.secrets.known import keep_keys
from promptci.specs.config import Config
from promptci.suite.parsedonce import config_once, parsed_once

_MISNAMED = ("promptci.yml", "Promptci.yaml")


class Configuration(Struct, frozen=True):
    """What a tree's `promptci.yaml` says, and what is wrong with it."""

    config: Config
    faults: tuple[Fault, ...] = ()


def read_configuration(tree: Tree) -> Configuration:
    """Read the configuration; the keys that it names are kept out of what is shown, faulty or not.

    Raises `PromptCIError` where there is no reading it.
    """
    faults: list[Fault] = []
    for path in tree.strays(CONFIG):
        wrong = "the configuration is a link or a folder, which is not read: put a file there"
        faults.append(Mark(path).fault(wrong))
    for name in _MISNAMED:
        if tree.exists(name):
            faults.append(Mark(name).fault(f"the configuration is called {CONFIG}: rename it"))
    config = _parsed(tree, faults) if tree.exists(CONFIG) else Config()
    keep_keys(config.endpoints.values())
    return Configuration(config, tuple(faults))


def _parsed(tree: Tree, faults: list[Fault]) -> Config:
    try:
        node = parsed_once(read_file(tree, CONFIG), CONFIG)
    except SpecError as error:
        faults += error.faults
        return Config()
    return config_once(node, faults)
