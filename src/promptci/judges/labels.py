"""Judges' golden sets in the files: found, read, and compared with what the judge needs."""

from collections.abc import Iterator, Sequence

from promptci.errors import Fault, NothingToRunError, RequestError, SpecError
from promptci.git.repo import inside, read_file
from promptci.judges.humanlabels import Human
from promptci.judges.judgeset import JudgeSet, Labelled, LabelledFile, labelled, parse_judgeset
from promptci.judges.labelcolumns import LabelColumnsFile, labelled_fields
from promptci.parsing.datafile import read_csv, read_jsonl
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import read_shape as read_shape
from promptci.parsing.source import Mark, Node, as_node, excerpt
from promptci.parsing.yamlfile import load_yaml
from promptci.scorers.registry.bound import OUTPUT, BoundScorer
from promptci.specs.columns import NoColumnError
from promptci.suite.filenames import JUDGES, may_be_of_judges
from promptci.suite.suite import Suite

_YAML = (".yaml", ".yml")
_CURE = f"write one as evals/{JUDGES}/NAME.yaml, with `scorer` and `examples`"


def judge_sets(suite: Suite, name: str | None) -> list[JudgeSet]:
    """The golden set of a name or path, or all. Raises `SpecError` and `NothingToRunError`."""
    paths = {_set_name(path): path for path in suite.tree.files("evals") if may_be_of_judges(path)}
    if name is not None:
        wanted = _set_name(name.removeprefix("./"))
        if wanted not in paths:
            wrong = f"there is no golden set `{excerpt(name)}` in evals/{JUDGES}/"
            raise RequestError(f"{wrong}: {did_you_mean(wanted, paths) if paths else _CURE}")
        paths = {wanted: paths[wanted]}
    faults: list[Fault] = []
    nodes = {key: load_yaml(read_file(suite.tree, path), path) for key, path in paths.items()}
    if name is None:
        nodes = {key: node for key, node in nodes.items() if _is_set(node)}
    sets = [parse_judgeset(node, key, faults) for key, node in sorted(nodes.items())]
    if faults:
        raise SpecError(faults)
    if not sets:
        raise NothingToRunError(f"no judge has a golden set: {_CURE}")
    return [each for each in sets if each is not None]


def read_examples(found: JudgeSet, suite: Suite, faults: list[Fault]) -> Iterator[Labelled]:
    """The labelled outputs, ids unlike each other."""
    seen: dict[str, int] = {}
    for each in _read(found, suite, faults):
        if each.id in seen:
            wrong = f"output `{excerpt(each.id, 60)}` has the id, or else the text, of line"
            faults.append(each.mark.fault(f"{wrong} {seen[each.id]}: change one"))
        seen[each.id] = each.mark.line
        yield each


def _read(found: JudgeSet, suite: Suite, faults: list[Fault]) -> Iterator[Labelled]:
    if not isinstance(found.examples, str):
        yield from found.examples
        return
    try:
        path = inside(found.examples, start=found.mark.path.rpartition("/")[0])
        data = read_file(suite.tree, path)
    except RequestError as error:
        faults.append(found.examples_mark.fault(str(error)))
        return
    for node in _nodes(data, path, found.columns, faults):
        file = read_shape(node, LabelledFile, faults)
        if file is not None:
            yield labelled(file, node.mark)


def _nodes(
    data: bytes, path: str, columns: LabelColumnsFile | None, faults: list[Fault]
) -> Iterator[Node]:
    """The items of a data file: rows of a CSV table or of JSONL, or a YAML list."""
    if path.endswith(_YAML):
        node = load_yaml(data, path)
        if not isinstance(node.value, list):
            faults.append(node.mark.fault("a file of labelled outputs holds a list: write one"))
        yield from node.value if isinstance(node.value, list) else ()
        return
    is_table = path.endswith(".csv")
    for row in read_csv(data, path) if is_table else read_jsonl(data, path):
        if isinstance(row, Fault):
            faults.append(row)
            continue
        mark = Mark(path, row.line, 1)
        try:
            yield as_node(labelled_fields(row.values, columns, is_table=is_table), mark)
        except NoColumnError as error:
            faults.append(mark.fault(str(error)))
            return  # most rows would say the same


def misfits(
    examples: Sequence[Labelled],
    humans: Sequence[Human | None],
    judge: BoundScorer,
    *,
    by_class: bool,
) -> Iterator[Fault]:
    """Labels that mean nothing, and outputs without what the judge needs."""
    known = ", ".join(f"`{name}`" for name in judge.grades)
    cure = f"write one of {known}" if by_class else "write `pass`, `fail` or a score from 0 to 1"
    for example, human in zip(examples, humans, strict=True):
        name = f"output `{excerpt(example.id, 60)}`"
        if human is None:
            wrong = f"{name} has the label `{excerpt(str(example.label))}`, which is none"
            yield example.mark.fault(f"{wrong}: {cure}")
        if judge.needs_expected and not example.has_expected:
            yield example.mark.fault(f"{name} has no `expected`, which the judge needs: add one")
        for variable in sorted(judge.variables - example.scope.keys() - {OUTPUT}):
            yield example.mark.fault(f"{name} gives no `{variable}`, which the judge uses: add it")


def _is_set(node: Node) -> bool:
    return isinstance(node.value, dict) and "scorer" in node.value


def _set_name(path: str) -> str:
    """What a golden set is called: its path below `evals/`, without the ending and `judges/`."""
    name = path.removeprefix("evals/")
    for ending in _YAML:
        name = name.removesuffix(ending)
    return name.removeprefix(f"{JUDGES}/")
