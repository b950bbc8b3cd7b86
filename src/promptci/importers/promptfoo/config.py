"""`promptfooconfig.yaml`: one prompt, eval and set of examples for each of its prompts."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field

from promptci.errors import Fault, SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
)
from promptci.importers.names import Names, slug
from promptci.importers.promptfoo.assertions import AssertionReader
from promptci.importers.promptfoo.chosen import NamedTargets
from promptci.importers.promptfoo.configkeys import tell_keys
from promptci.importers.promptfoo.environment import with_environment
from promptci.importers.promptfoo.examples import ExampleMaker
from promptci.importers.promptfoo.files import Reader, configuration_of
from promptci.importers.promptfoo.groups import (
    NO_MODELS,
    Group,
    config_body,
    model_groups,
    offered_models,
    without_partner,
)
from promptci.importers.promptfoo.messages import read_messages
from promptci.importers.promptfoo.prompts import SourcePrompt, source_prompts
from promptci.importers.promptfoo.rubricprompts import RubricPrompts
from promptci.importers.promptfoo.scriptdata import load_script
from promptci.importers.promptfoo.standins import with_variables
from promptci.importers.promptfoo.testkeys import inner
from promptci.importers.promptfoo.threads import TURNS, Thread, thread_of
from promptci.importers.promptfoo.unsaid import told_unsaid
from promptci.importers.sources import Sources
from promptci.importers.usedvariables import used_paths
from promptci.parsing.source import Mark, Node, Plain, mapping_of

_SCRIPT = r"\.[cm]?[jt]s$"


class _Config(Struct):
    """One configuration while it is read."""

    root: Node
    reader: Reader
    found: Imported
    rubrics: RubricPrompts
    chosen: NamedTargets = field(default_factory=NamedTargets)
    names: Names = field(default_factory=Names)

    def part(self, key: str) -> Node | None:
        """A key's value, unless it is null."""
        value = self.root.value.get(key) if isinstance(self.root.value, dict) else None
        return None if value is None or value.value is None else value


def read_promptfoo(sources: Sources, path: str) -> Imported:
    """Read a configuration of promptfoo. Raises `SpecError` where it is no mapping."""
    found = Imported()
    path = configuration_of(sources, path)
    load = load_script if re.search(_SCRIPT, path) else load_foreign
    root = load(sources.read(path), path, found.losses)
    if not isinstance(root.value, dict):
        raise SpecError(
            [Mark(path, 1, 1).fault("a configuration must be a mapping: write `prompts:`")]
        )
    root = with_environment(root, found.notes)
    reader = Reader(sources, path, found.losses, found.settings)
    config = _Config(root, reader, found, RubricPrompts(reader, found.notes, found.judges))
    tell_keys(root, found)
    default = _default(config)
    providers = config.part("providers") or config.part("targets")
    offered = offered_models(providers, reader)
    found.notes.extend(told_unsaid(providers, reader))
    prompts = _prompts(config)
    found.losses.extend(without_partner(offered, prompts))
    for source in prompts:
        groups = model_groups(offered, source) if offered else [NO_MODELS]
        for index, group in enumerate(groups):
            _add(config, source, group, default, is_first=index == 0)
    found.losses.extend(config.chosen.unmet())
    if not prompts:
        found.losses.extend(_without_prompts(config))
    return found


def _without_prompts(config: _Config) -> Iterator[Fault]:
    """What is lost where no prompt could be read: tests are read for one."""
    wrong = "there are no `prompts` that could be carried"
    beside = [key for key in ("tests", "scenarios", "defaultTest") if config.part(key)]
    if beside:
        names = " and ".join(f"`{key}`" for key in beside)
        mark = config.root.key_mark(beside[0])
        yield mark.fault(f"{wrong}, so that {names} cannot be read: add one")
    elif not config.found.losses:
        yield config.root.mark.fault(f"{wrong}: add one")


def _default(config: _Config) -> Node:
    node = config.part("defaultTest")
    return Node({}, config.root.mark) if node is None else config.reader.node(node)


def _prompts(config: _Config) -> list[SourcePrompt]:
    node = config.part("prompts")
    if node is None and (config.part("tests") or config.part("scenarios")):
        mark = config.root.mark
        said = "there are no `prompts`: `{{prompt}}` is sent, as promptfoo does"
        config.found.notes.append(mark.warning(said))
        return [SourcePrompt("{{prompt}}", "", "", mark)]
    return [] if node is None else source_prompts(node, config.reader)


def _add(
    config: _Config, source: SourcePrompt, group: Group, default: Node, *, is_first: bool
) -> None:
    """A prompt with its eval and examples."""
    if source.is_code:
        source = with_variables(source, mapping_of(config.root), default, config.reader)
    threaded = None if "scenarios" in mapping_of(config.root) else thread_of(source)
    source, thread = threaded or (source, None)
    options = inner(default, "options")
    prefix, suffix = (str(options[k].value) if k in options else "" for k in ("prefix", "suffix"))
    read = read_messages(source, prefix, suffix)
    config.found.losses.extend(read.losses)
    name = config.names.take(_prompt_name(config, source, group, is_first=is_first))
    own = config_body(source.config, config.reader) if source.config else {}
    body: dict[str, Plain] = {}
    if group.models:
        body["model"] = group.models[0]
    body |= {**group.body, **own}
    if read.is_jinja:
        body["template"] = "jinja"
    body["messages"] = read.messages
    config.found.prompts.append(ImportedPrompt(name, body, str(source.mark.path)))
    _add_eval(
        config,
        name,
        group,
        default,
        used_paths(read.messages, is_jinja=read.is_jinja),
        source=source,
        thread=thread,
    )


def _prompt_name(config: _Config, source: SourcePrompt, group: Group, *, is_first: bool) -> str:
    stem = source.label if source.label and len(source.label) <= 60 else source.stem
    base = (
        slug(stem)
        or slug(str((config.part("description") or Node("", config.root.mark)).value)[:40])
        or "prompt"
    )
    return base if is_first else f"{base}-{slug(group.models[0].split('/')[-1])}"


def _add_eval(
    config: _Config, name: str, group: Group, default: Node, paths: frozenset[str], *,
    source: SourcePrompt, thread: Thread | None,
) -> None:  # fmt: skip
    judge = _judge(config, default)
    lasting = mapping_of(default).get("assert")
    assertions = AssertionReader(
        config.reader, config.found.losses, config.found.notes, judge, _templates(config),
        lasting.value if lasting is not None and isinstance(lasting.value, list) else (),
        rubrics=config.rubrics,
    )  # fmt: skip
    maker = ExampleMaker(
        mapping_of(config.root),
        config.reader,
        config.found,
        default,
        assertions,
        paths,
        group,
        source,
        config.chosen,
        thread,
    )
    shape = maker.shape()
    body: dict[str, Plain] = _about(config, name)
    if len(group.models) > 1:
        body["models"] = list(group.models)
    if thread is not None:
        body["conversation"] = {"turns": f"{{{{ {TURNS} }}}}"}
    body["scorers"] = shape.scorers
    if shape.threshold is not None:
        body["threshold"] = shape.threshold
    body |= {"refused": "score"} if shape.fails_silence else {"empty": "score", "refused": "score"}
    config.found.examples.append(ExampleSet(name, lambda: maker.rows(shape)))
    config.found.evals.append(ImportedEval(name, body, name, str(config.reader.config)))


def _about(config: _Config, name: str) -> dict[str, Plain]:
    """What the configuration is about, where it is not what the eval is called."""
    node = config.part("description")
    text = "" if node is None else str(node.value).strip()
    return {"description": text} if text and slug(text[:40]) != name else {}


def _judge(config: _Config, default: Node) -> str:
    provider = inner(default, "options").get("provider")
    if provider is not None and isinstance(provider.value, dict) and "id" not in provider.value:
        text = provider.value.get("text")
        provider = text if text is not None else provider
    return "" if provider is None else config.reader.model_name(provider)


def _templates(config: _Config) -> Mapping[str, Node]:
    node = config.part("assertionTemplates")
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _matches(path: str, head: bytes) -> bool:
    name = PurePosixPath(path).name
    if re.fullmatch(rf"promptfooconfig.*(\.ya?ml|\.json|{_SCRIPT})", name):
        return True
    keys = (b"providers:", b"prompts:", b'"providers"', b'"prompts"', b"defaultTest", b"targets:")
    return name.endswith((".yaml", ".yml", ".json")) and sum(key in head for key in keys) >= 2


PROMPTFOO = Importer("promptfoo", "A configuration of promptfoo", _matches, read_promptfoo)
