"""Small files parsed once: the same bytes at the same path, as on both sides of a change."""

from contextlib import suppress
from hashlib import sha256

from promptci.errors import Fault
from promptci.parsing.source import Node
from promptci.parsing.yamlfile import load_yaml
from promptci.remembered import REMEMBERED, key_of
from promptci.sandbox.jinja import parse_jinja
from promptci.specs.config import Config
from promptci.specs.configfile import parse_config
from promptci.specs.conversation import Attach
from promptci.specs.evalparsing import parse_evalspec
from promptci.specs.evalspec import EvalSpec
from promptci.specs.message import Attachment
from promptci.specs.prompt import Prompt
from promptci.specs.promptparsing import parse_prompt
from promptci.specs.retrieval import Document, FindDocuments

_SMALL = 20_000
_MOST_PARSED = 2_000
_PARSED: dict[tuple[str, bytes], Node] = {}
"""What small files held, since most are the same on both sides of a change."""


def parsed_once(data: bytes, path: str) -> Node:
    """A small file's value; the same bytes at the same path, as at a base, are parsed once."""
    if len(data) > _SMALL:
        return load_yaml(data, path)
    node = _PARSED.get((path, data))
    if node is None:
        if len(_PARSED) >= _MOST_PARSED:
            _PARSED.clear()
        node = _PARSED[path, data] = _remembered(data, path)
    return node


def _remembered(data: bytes, path: str) -> Node:
    """What an earlier command found in the same bytes at this path, else what is in them."""
    key = key_of("yaml", path, sha256(data).hexdigest())
    node = REMEMBERED.get_small("yaml", key, Node)
    if node is None:
        node = load_yaml(data, path)
        with suppress(OverflowError):  # numbers of 65 bits
            REMEMBERED.put_small("yaml", key, node)
    return node


_EVALS: dict[tuple[str, int], tuple[Node, EvalSpec]] = {}
"""Sound evals by their names and the identity of their nodes, which are held to keep that."""


def evalspec_once(node: Node, name: str, faults: list[Fault]) -> EvalSpec | None:
    """The same as `parse_evalspec`; of one value the eval is read once, if nothing is wrong."""
    known = _EVALS.get((name, id(node)))
    if known is not None:
        return known[1]
    mine: list[Fault] = []
    spec = parse_evalspec(node, name, mine)
    faults += mine
    if spec is not None and not mine:
        if len(_EVALS) >= _MOST_PARSED:
            _EVALS.clear()
        _EVALS[name, id(node)] = node, spec
    return spec


_CONFIGS: dict[int, tuple[Node, Config]] = {}
"""Sound configurations, by the identity of their nodes."""


def config_once(node: Node, faults: list[Fault]) -> Config:
    """The same as `parse_config`; of one value the configuration is read once, as an eval is."""
    known = _CONFIGS.get(id(node))
    if known is not None:
        return known[1]
    mine: list[Fault] = []
    config = parse_config(node, mine)
    faults += mine
    if not mine:
        if len(_CONFIGS) >= _MOST_PARSED:
            _CONFIGS.clear()
        _CONFIGS[id(node)] = node, config
    return config


_PROMPTS: dict[tuple[str, int], tuple[Node, Prompt]] = {}
"""The same of sound prompts that name no other file, which may be another one in another tree."""


def prompt_once(
    node: Node, name: str, faults: list[Fault], attach: Attach, corpus: FindDocuments
) -> Prompt | None:
    """The same as `parse_prompt` with Jinja; of one value the prompt is read once, as an eval is.

    `attach` and `corpus` find the files of a tree that prompts name.
    """
    known = _PROMPTS.get((name, id(node)))
    if known is not None:
        return known[1]
    is_alone = True

    def attached(written: str) -> Attachment | None:
        nonlocal is_alone
        is_alone = False
        return attach(written)

    def found_in(place: Node, faults: list[Fault]) -> tuple[Document, ...]:
        nonlocal is_alone
        is_alone = False
        return corpus(place, faults)

    mine: list[Fault] = []
    prompt = parse_prompt(node, name, mine, jinja=parse_jinja, attach=attached, corpus=found_in)
    faults += mine
    if prompt is not None and is_alone and not mine:
        if len(_PROMPTS) >= _MOST_PARSED:
            _PROMPTS.clear()
        _PROMPTS[name, id(node)] = node, prompt
    return prompt
