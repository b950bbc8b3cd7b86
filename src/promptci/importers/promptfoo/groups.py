"""The models of a configuration, by the parameters that they share."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from promptci.importers.promptfoo.environment import is_unset, variable_of
from promptci.importers.promptfoo.files import UNSET, Lost, Reader
from promptci.importers.promptfoo.providers import CONNECTION, PARAMETERS, PROMPT_FIELDS
from promptci.parsing.source import Node, Plain, excerpt


class Group(Struct, frozen=True):
    """Models that share their parameters, so that one prompt serves them."""

    models: tuple[str, ...]
    body: Mapping[str, Plain]
    labels: frozenset[str]


def model_groups(node: Node | None, reader: Reader) -> list[Group]:
    """The providers, by the parameters that they share."""
    if node is None:
        return [Group((), {}, frozenset())]
    found: dict[str, tuple[dict[str, Plain], list[str], set[str]]] = {}
    for provider in listed_providers(node, reader):
        model = reader.model_name(provider)
        if not model:
            continue
        body = _body(provider, reader)
        key = repr(sorted(body.items(), key=lambda pair: pair[0]))
        _, models, labels = found.setdefault(key, (body, [], set()))
        models.append(model)
        labels.update(_labels(provider))
    groups = [
        Group(tuple(dict.fromkeys(m)), body, frozenset(names)) for body, m, names in found.values()
    ]
    return groups or [Group((), {}, frozenset())]


def listed_providers(node: Node, reader: Reader) -> Iterator[Node]:
    """Each provider of a list, with those of files."""
    node = reader.node(node)
    for item in node.value if isinstance(node.value, list) else [node]:
        yield from _providers(item, reader)


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
    for key in ("transform", "delay", "env", "prompts", "inputs"):
        if key in provider.value and key != "prompts":
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
