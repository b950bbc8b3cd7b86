"""The models of a configuration, by the parameters that they share."""

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import Fault
from promptci.importers.promptfoo.chosen import is_named
from promptci.importers.promptfoo.environment import is_unset, variable_of
from promptci.importers.promptfoo.files import UNSET, Lost, Reader
from promptci.importers.promptfoo.prompts import SourcePrompt
from promptci.importers.promptfoo.providers import CONNECTION, PARAMETERS, PROMPT_FIELDS
from promptci.parsing.source import Mark, Node, Plain, excerpt


class Group(Struct, frozen=True):
    """Models that share their parameters, so that one prompt serves them."""

    models: tuple[str, ...]
    body: Mapping[str, Plain]
    labels: frozenset[str]


NO_MODELS = Group((), {}, frozenset())
"""What a prompt is for where no provider is named."""


class Offered(Struct, frozen=True):
    """One provider's model, by the names that tests call it, and the prompts that it is for.

    `prompts` is None where it is for all.
    """

    model: str
    body: Mapping[str, Plain]
    labels: frozenset[str]
    prompts: tuple[str, ...] | None
    mark: Mark

    def is_for(self, source: SourcePrompt) -> bool:
        """Whether it is asked this prompt."""
        return self.prompts is None or any(is_named(source, name) for name in self.prompts)


def offered_models(node: Node | None, reader: Reader) -> list[Offered]:
    """The models of all providers; what a provider has that is not carried is a loss."""
    if node is None:
        return []
    found: list[Offered] = []
    for listed in listed_providers(node, reader):
        provider = _named(listed)
        model = reader.model_name(provider)
        if model:
            named = provider.value.get("prompts") if isinstance(provider.value, dict) else None
            prompts = named.value if named is not None and isinstance(named.value, list) else None
            found.append(
                Offered(
                    model,
                    _body(provider, reader),
                    frozenset(_labels(provider)),
                    None if prompts is None else tuple(str(each.value) for each in prompts),
                    provider.mark if named is None else named.mark,
                )
            )
    return found


def model_groups(offered: Collection[Offered], source: SourcePrompt) -> list[Group]:
    """The models that a prompt is for, by the parameters that they share."""
    found: dict[str, list[Offered]] = {}
    for each in offered:
        if each.is_for(source):
            key = repr(sorted(each.body.items(), key=lambda pair: pair[0]))
            found.setdefault(key, []).append(each)
    return [
        Group(
            tuple(dict.fromkeys(each.model for each in alike)),
            alike[0].body,
            frozenset().union(*(each.labels for each in alike)),
        )
        for alike in found.values()
    ]


def without_partner(
    offered: Collection[Offered], prompts: Collection[SourcePrompt]
) -> Iterator[Fault]:
    """Warn of providers that are for no prompt, and of prompts that no provider is for."""
    for each in offered:
        if prompts and not any(each.is_for(source) for source in prompts):
            names = excerpt(", ".join(each.prompts or ()))
            wrong = f"a provider for `{names}` is for none of the prompts here: correct it"
            yield each.mark.fault(wrong)
    for source in prompts:
        if offered and not any(each.is_for(source) for each in offered):
            yield source.mark.fault("no provider is for this prompt: it is left out, name one")


def _named(provider: Node) -> Node:
    """A provider whose id is that of a kind alone, under the model that its `config` names."""
    if not isinstance(provider.value, dict) or "id" not in provider.value:
        return provider
    ident, config = provider.value["id"], provider.value.get("config")
    if ident.value not in _KINDS_ALONE or config is None or not isinstance(config.value, dict):
        return provider
    model = config.value.get("model")
    if model is None or not isinstance(model.value, str):
        return provider
    rest = {key: node for key, node in config.value.items() if key != "model"}
    name = Node(f"{ident.value}:{model.value}", ident.mark)
    changed = {**provider.value, "id": name, "config": replace(config, value=rest)}
    return replace(provider, value=changed)


def listed_providers(node: Node, reader: Reader) -> Iterator[Node]:
    """Each provider of a list, with those of files."""
    node = reader.node(node)
    for item in node.value if isinstance(node.value, list) else [node]:
        yield from _providers(item, reader)


_KINDS_ALONE = ("openai:chat", "openai:responses")
_KEYS = frozenset(("config", "label", "transform", "delay", "env", "prompts", "inputs"))


def _providers(item: Node, reader: Reader) -> Iterator[Node]:
    """One provider, those of a file, or the old form: a mapping from an id to its options."""
    if (
        isinstance(item.value, str)
        and item.value.startswith("file://")
        and item.value.endswith((".yaml", ".yml", ".json"))
    ):
        read = reader.node(item)
        yield from read.value if isinstance(read.value, list) else [read]
    elif (
        isinstance(item.value, dict)
        and "id" not in item.value
        and len(item.value) == 1
        and not set(item.value) & _KEYS
    ):
        name, options = next(iter(item.value.items()))
        mark = item.key_mark(name)
        inner = options.value if isinstance(options.value, dict) else {}
        yield Node(
            {**inner, "id": inner.get("id", Node(name, mark))}, mark, {**options.keys, "id": mark}
        )
    else:
        yield item


def _labels(provider: Node) -> set[str]:
    parts = provider.value if isinstance(provider.value, dict) else {"id": provider}
    return {str(parts[key].value) for key in ("id", "label") if key in parts}


def _body(provider: Node, reader: Reader) -> dict[str, Plain]:
    """Parameters and other fields of a prompt that a provider brings."""
    if not isinstance(provider.value, dict):
        return {}
    for key in ("transform", "delay", "env", "inputs"):
        if key in provider.value:
            mark = provider.key_mark(key)
            reader.losses.append(
                mark.fault(f"`{key}` of a provider is not carried: see docs/models.md")
            )
    options = provider.value.get("config")
    return {} if options is None else config_body(reader.node(options), reader)


def config_body(options: Node, reader: Reader) -> dict[str, Plain]:
    """A provider's or a prompt's `config` as keys of a prompt."""
    if not isinstance(options.value, dict):
        return {}
    parameters: dict[str, Plain] = {}
    body: dict[str, Plain] = {}
    for key, node in options.value.items():
        value = reader.text_or_data(node)
        if isinstance(value, Lost) or key in CONNECTION:
            if key == "apiKey" and not variable_of(value):
                reader.losses.append(
                    options.key_mark(key).fault(
                        "a key is not carried: name its variable as `key_env`"
                    )
                )
        elif (key == "showThinking" and value is False) or key == "omitDefaults":
            continue  # thoughts are parted from answers here anyhow, and nothing is sent unasked
        elif is_unset(value):
            reader.losses.append(node.mark.fault(f"`{excerpt(str(value))}` {UNSET}"))
        elif key in PARAMETERS:
            parameters[PARAMETERS[key]] = value
        elif key in PROMPT_FIELDS:
            body[key] = value
        elif key == "reasoning" and isinstance(value, dict) and set(value) == {"effort"}:
            parameters["reasoning_effort"] = value["effort"]
        elif key == "passthrough" and isinstance(value, dict):
            parameters["extra_body"] = value
        else:
            mark = options.key_mark(key)
            reader.losses.append(
                mark.fault(f"`{excerpt(key)}` of a provider is not carried: see `extra_body`")
            )
    return ({"parameters": parameters} if parameters else {}) | body
