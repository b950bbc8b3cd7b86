"""OpenAI's `multi` graders: several graders and a formula of their scores.

https://platform.openai.com/docs/guides/graders: `calculate_output` computes with the scores as the
graders give them, those of a `score_model` in its own range.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from promptci.importers.openai.gradertext import Grader, Made
from promptci.parsing.source import Node, Plain, excerpt, mapping_of


def multi_grader(grader: Grader, made_of: Callable[[Grader], Iterator[Plain]]) -> Made:
    """`all_of` with the weights of the formula and its threshold; `any_of` for the greatest."""
    inner, told = _inner(grader), list(grader.found.notes)
    scorers = {
        key: made
        for key, node in inner
        for made in made_of(replace(grader, parts=mapping_of(node), node=node))
    }
    if not scorers:
        raise ValueError("holds no grader that could be carried")
    names = [key for key, _ in inner]
    formula = grader.text("calculate_output")
    wanted = grader.number("pass_threshold")
    if wanted is not None:  # from where each would pass is not asked
        new = [note for note in grader.found.notes if note not in told]
        grader.found.notes[:] = told + [note for note in new if _NO_BOUND not in str(note)]
    listed: dict[str, Plain] = {"scorers": list(scorers.values())}
    for word, kind in (("max", "any_of"), ("min", "all_of")):
        if _is_of_all(word, formula, names):
            return kind, _each_from(listed, wanted) if word == "min" else _from(wanted, 1, listed)
    weights = _weights(formula, names)
    if weights is None:
        wrong = f"the formula `{excerpt(formula)}` is not carried: use `metrics`"
        grader.found.losses.append(grader.node.mark.fault(wrong))
        return "all_of", listed
    return "all_of", _weighted(scorers, weights, dict(inner), wanted)


def _weighted(
    scorers: Mapping[str, Plain],
    weights: Mapping[str, float],
    nodes: Mapping[str, Node],
    wanted: float | None,
) -> dict[str, Plain]:
    """A weighted sum as a weighted mean of values from 0 to 1, from what the sum has to reach."""
    whole = least = 0.0
    for key, each in scorers.items():
        low, high = _range(nodes[key])
        weight = weights[key] * (high - low)
        whole += weight
        least += weights[key] * low
        options = next(iter(each.values())) if isinstance(each, dict) else None
        if weight != 1 and isinstance(options, dict):
            options["weight"] = round(weight, 9)
    listed: dict[str, Plain] = {"scorers": list(scorers.values())}
    return _from(None if wanted is None else wanted - least, whole, listed)


def _from(wanted: float | None, whole: float, options: dict[str, Plain]) -> dict[str, Plain]:
    """Options with the share of the whole from which it passes."""
    if wanted is None or whole <= 0:
        return options
    return {"threshold": round(min(max(wanted / whole, 1e-9), _ALMOST), 9), **options}


_NO_BOUND = "has no `pass_threshold`"
_ALMOST = 0.999999999
"""A threshold of 1 means that every scorer passes, whatever its value."""


def _each_from(options: dict[str, Plain], wanted: float | None) -> dict[str, Plain]:
    """The least of several reaches what each of them reaches."""
    listed = options["scorers"]
    for each in listed if isinstance(listed, list) and wanted is not None else ():
        inner = next(iter(each.values())) if isinstance(each, dict) else None
        if isinstance(inner, dict) and "threshold" in inner and wanted is not None:
            inner["threshold"] = wanted
    return options


def _range(node: Node) -> tuple[float, float]:
    """The least and greatest score of a grader."""
    given = mapping_of(node)["range"].plain() if "range" in mapping_of(node) else [0, 1]
    match given:
        case [int() | float() as low, int() | float() as high]:
            return low, high
    return 0, 1


def _inner(grader: Grader) -> list[tuple[str, Node]]:
    """The graders inside, by the names that the formula has for them."""
    node = grader.parts.get("graders")
    if node is not None and isinstance(node.value, dict):
        return list(node.value.items())
    items = node.value if node is not None and isinstance(node.value, list) else []
    return [(str(_name(each) or index), each) for index, each in enumerate(items)]


def _name(node: Node) -> object:
    return mapping_of(node)["name"].value if "name" in mapping_of(node) else None


def _is_of_all(word: str, formula: str, names: list[str]) -> bool:
    found = re.fullmatch(rf"\s*{word}\(([\w\s,]+)\)\s*", formula)
    return found is not None and {each.strip() for each in found[1].split(",")} == set(names)


def _weights(formula: str, names: list[str]) -> dict[str, float] | None:
    """The weights of a weighted sum of all graders; None for other formulas."""
    if not formula.strip():
        return dict.fromkeys(names, 1.0)
    found: dict[str, float] = {}
    shape = _WHOLE_SUM.fullmatch(formula)
    factor = float(shape["by"] or 1) if shape else 1.0
    if shape and shape["sign"] == "/":
        factor = 1 / factor if factor else 0.0
    for term in (shape["sum"] if shape else formula).split("+"):
        match = _TERM.fullmatch(_bare(term))
        if match is None or match["name"] not in names or match["name"] in found:
            return None
        divided = float(match["c"] or 1)
        if not divided:
            return None
        found[match["name"]] = factor * float(match["a"] or match["b"] or 1) / divided
    return found if set(found) == set(names) else None


def _bare(term: str) -> str:
    """A term without brackets around all of it."""
    text = term.strip()
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_WHOLE_SUM = re.compile(
    rf"\s*\((?P<sum>[^()]*\+[^()]*)\)\s*(?:(?P<sign>[/*])\s*(?P<by>{_NUMBER}))?\s*"
)
_TERM = re.compile(
    rf"\s*(?:(?P<a>{_NUMBER})\s*\*\s*)?(?P<name>\w+)"
    rf"(?:\s*\*\s*(?P<b>{_NUMBER})|\s*/\s*(?P<c>{_NUMBER}))?\s*"
)
