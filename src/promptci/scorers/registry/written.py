"""How a scorer is written in a file: its name, and its options as a mapping."""

from msgspec import structs

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Node, excerpt
from promptci.scorers.base.scorer import Scorer
from promptci.scorers.registry.catalogue import ALIASES, SCORERS
from promptci.scorers.registry.scorersets import USE


def named(node: Node, faults: list[Fault]) -> tuple[str, Node] | None:
    """The scorer's name as written, and the node of its options."""
    if isinstance(node.value, str):
        name, given, mark = node.value, Node(None, node.mark), node.mark
    elif isinstance(node.value, dict) and len(node.value) == 1:
        [(name, given)] = node.value.items()
        mark = node.key_mark(name)
    else:
        faults.append(node.mark.fault(_not_one(node)))
        return None
    known = known_name(name)
    if known is None:
        faults.append(mark.fault(f"there is no scorer `{excerpt(name)}`: {advice_on_name(name)}"))
        return None
    return known, given


def known_name(name: str) -> str | None:
    """The name of a scorer, in which `-` and `_` are the same; None if there is none."""
    ways = (name, name.replace("-", "_"), name.replace("_", "-"))
    return next((way for way in ways if way in SCORERS or way in ALIASES), None)


def advice_on_name(name: str) -> str:
    """What may be meant by a name that no scorer has."""
    from promptci.scorers.registry.peers import advice_on, negated_name, spoken_name

    inner = negated_name(name)
    if inner:
        meant = known_name(inner) or known_name(spoken_name(inner))
        inner_advice = "" if meant else advice_on(inner)
        if meant or not inner_advice:
            return f"write `not: {{{excerpt(meant or inner)}: …}}`"
        return f"put it below `not`: {inner_advice}"
    spoken = known_name(spoken_name(name))
    meant = f"did you mean `{spoken}`?" if spoken else ""
    return advice_on(name) or meant or did_you_mean(name, [*SCORERS, *ALIASES, USE])


def _not_one(node: Node) -> str:
    if not isinstance(node.value, dict) or not node.value:
        return "a scorer is a name, or a mapping from a name to options: write `- equals`"
    names = [key for key in node.value if _is_scorer(key)]
    if len(names) == 2 and "not" in names:  # the option of the other one, not the scorer
        names.remove("not")
    if len(names) != 1:
        return "each scorer is an item of its own: begin each with `- `"
    [name] = names
    stray = ", ".join(f"`{key}`" for key in node.value if key != name)
    return f"{stray} belongs below `{name}`: indent it, as in `{name}: {{value: …, not: true}}`"


def _is_scorer(key: str) -> bool:
    return known_name(key) is not None


def options_node(name: str, given: Node, faults: list[Fault]) -> Node | None:
    """The options as a mapping; a bare scalar or list becomes the scorer's main option."""
    scorer = SCORERS[ALIASES.get(name, (name, {}))[0]]
    main = scorer.shorthand
    if scorer.nests:
        given = _as_list(given, main)
        stray = _stray_scorer(given, main)
        if stray:
            wrong = f"`{stray}` belongs in a list below `{main}`"
            cure = f"write `{name}: {{{main}: [{stray}: …], …}}`"
            faults.append(given.key_mark(stray).fault(f"{wrong}: {cure}"))
            return None
    if isinstance(given.value, dict):
        return _underscored(given, scorer)
    if given.value is None:
        return Node({}, given.mark)
    if not main:
        faults.append(given.mark.fault(f"`{name}` takes a mapping of options: write one"))
        return None
    return Node({main: given}, given.mark, {main: given.mark})


def _underscored(given: Node, scorer: Scorer) -> Node:
    """The options by their own names: `ignore-case` is `ignore_case`."""
    assert isinstance(given.value, dict)
    names = {key: key.replace("-", "_") for key in given.value if "-" in key}
    if not names:
        return given
    fields = {field.encode_name for field in structs.fields(scorer.options)}
    names = {key: name for key, name in names.items() if name in fields - given.value.keys()}
    value = {names.get(key, key): node for key, node in given.value.items()}
    return Node(value, given.mark, {names.get(key, key): at for key, at in given.keys.items()})


def _as_list(given: Node, main: str) -> Node:
    """A single scorer where a list of them is wanted, in a list: `not: {contains: sorry}`."""
    if isinstance(given.value, str):
        return Node([given], given.mark)
    if not isinstance(given.value, dict):
        return given
    if len(given.value) == 1 and (_is_scorer(key := next(iter(given.value))) or key == USE):
        return Node([given], given.mark)
    inner = given.value.get(main)
    if inner is None or isinstance(inner.value, list) or inner.value is None:
        return given
    return Node({**given.value, main: Node([inner], inner.mark)}, given.mark, given.keys)


def _stray_scorer(given: Node, main: str) -> str:
    """A scorer among the options of one that holds scorers, where the list is missing."""
    if not isinstance(given.value, dict) or main in given.value:
        return ""
    known = (key for key in given.value if _is_scorer(key) and key != "not")
    return next(known, "")
