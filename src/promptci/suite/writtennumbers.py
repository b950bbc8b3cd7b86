"""Numbers of golden examples that are sent or compared in another form than they are written."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.git.repo import Tree, open_file
from promptci.latepattern import late
from promptci.parsing.source import Mark, Node, Plain, excerpt
from promptci.scorers.registry.bound import BoundScorer
from promptci.scorers.registry.catalogue import ALIASES
from promptci.scorers.registry.written import known_name
from promptci.templates.template import as_text

MOST = 10_000
"""Numbers that are looked up in their files."""

AS_TEXT = frozenset(
    [
        *("contains", "contains_any", "contains_all", "starts_with", "ends_with", "one_of"),
        *("short_answer", "exact_match", "f1", "set_f1", "classification", "similar"),
        *("levenshtein", "similarity_ratio", "rouge_n", "rouge_l", "bleu", "gleu", "chrf"),
    ]
)
"""Scorers to which a number is the text of it; `equals` takes either."""

_COMPARED = ("value", "values", "labels")
_EXPECTED = late(r"\{\{\s*expected\s*\}\}")
_TEXTS = (".yaml", ".yml", ".jsonl", ".json")
_LITERAL = late(r"[-+]?(?:0[xo][0-9a-fA-F]+|(?:\d[\d.]*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.+-])")
_ITEM = late(rf"(?:[\[,]\s*|^\s*-\s+)(?P<number>{_LITERAL.pattern})(?=\s*(?:[,\]#]|$))")


class _Number(Struct, frozen=True):
    """A number of an example, and the first line of that: of which variable or list."""

    name: str
    value: int | float
    mark: Mark
    is_item: bool = False


_CURE = "put quotes around it"


class WrittenNumbers(Struct):
    """Gathers numbers of examples, and tells those of which the text is lost.

    `version: 1.10` is the number 1.1 to YAML and JSON, and is sent as `1.1`. `scorer` is one that
    compares what is expected as text; empty where none does.
    """

    scorer: str = ""
    _numbers: dict[tuple[str, str], list[_Number]] = field(default_factory=dict)

    def look_at(self, variables: Mapping[str, Plain], mark: Mark) -> None:
        """Remember the numbers of the variables of one example or shot."""
        self._keep(_numbers_in(variables, mark), mark, "is sent")

    def look_at_expected(self, expected: Plain, mark: Mark) -> None:
        """Remember the numbers that one example expects, if a scorer compares them as text."""
        if self.scorer:
            found = _numbers_in({"expected": expected}, mark)
            self._keep(found, mark, f"is compared by `{self.scorer}`")

    def _keep(self, numbers: Iterable[_Number], mark: Mark, use: str) -> None:
        found = self._numbers.setdefault((mark.path, use), [])
        if mark.path.endswith(_TEXTS) and len(found) < MOST:
            found.extend(numbers)

    def told(self, tree: Tree) -> Iterator[Fault]:
        """One warning for each file and use."""
        for (path, use), numbers in self._numbers.items():
            lost = list(_lost(tree, path, numbers)) if numbers else []
            if not lost:
                continue
            number, line, literal = lost[0]
            sent = _lost_sentence(f"{number.name}: {literal}", use, number.value)
            count = len(lost) - 1
            more = (
                f", and {count:,} more {'is' if count == 1 else 'are'} {use.split()[1]} otherwise"
                if count
                else ""
            )
            verb = "send" if use == "is sent" else "compare"
            yield Mark(path, line).warning(f"{sent}{more}: {_CURE} to {verb} it as written")


def text_scorer(scorers: Iterable[BoundScorer]) -> str:
    """The first scorer that compares what an example expects as text; empty if none does."""
    for scorer in scorers:
        if scorer.parts:
            found = text_scorer(scorer.parts)
            if found:
                return found
        name = str(scorer.canonical["scorer"])
        is_filled_in = _EXPECTED.search(str(scorer.canonical.get("value"))) is not None
        if (scorer.needs_expected and name in AS_TEXT) or (is_filled_in and not scorer.parts):
            return name
    return ""


def in_scorers(tree: Tree, scorers: Iterable[Node]) -> Iterator[Fault]:
    """A warning for each number in an eval's scorers that is compared otherwise than written."""
    lines: dict[str, list[str]] = {}
    for name, node in _compared_in(scorers):
        path, line = node.mark.path, node.mark.line
        if path not in lines:
            with open_file(tree, path) as file:
                lines[path] = file.read().decode(errors="replace").splitlines()
        text = lines[path][line - 1] if line <= len(lines[path]) else ""
        written = _LITERAL.match(text, node.mark.column - 1)
        assert isinstance(node.value, int | float)
        if written and _value(written[0]) == node.value and written[0] != as_text(node.value):
            literal = excerpt(written[0])
            said = _lost_sentence(literal, f"is compared by `{name}`", node.value)
            yield node.mark.warning(f"{said}: {_CURE} to compare it as written")


def _compared_in(nodes: Iterable[Node]) -> Iterator[tuple[str, Node]]:
    """The numbers that scorers compare as text, each with the scorer's name."""
    for node in nodes:
        if isinstance(node.value, list):
            yield from _compared_in(node.value)
        for key, given in node.value.items() if isinstance(node.value, dict) else ():
            name = known_name(key) or key
            if ALIASES.get(name, (name,))[0] in AS_TEXT:
                yield from ((key, each) for each in _number_nodes(given))
            else:
                yield from _compared_in([given])


def _number_nodes(given: Node) -> Iterator[Node]:
    if isinstance(given.value, dict):
        for key in _COMPARED:
            if key in given.value:
                yield from _number_nodes(given.value[key])
    elif isinstance(given.value, list):
        for each in given.value:
            yield from _number_nodes(each)
    elif type(given.value) in (int, float):
        yield given


def _lost_sentence(written: str, use: str, value: int | float) -> str:
    verb, _, scorer = use.partition(" by ")
    behind = f" by {scorer}" if scorer else ""
    return f"`{written}` is a number and {verb} as `{as_text(value)}`{behind}"


def _numbers_in(variables: Mapping[str, Plain], mark: Mark) -> Iterator[_Number]:
    """The numbers of variables of which the text may be lost, those in lists and mappings too."""
    is_json = mark.path.endswith((".jsonl", ".json"))
    for name, value in variables.items():
        if isinstance(value, dict):
            yield from _numbers_in(value, mark)
            continue
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, float) or (not is_json and type(each) is int):
                yield _Number(name, each, mark, is_item=isinstance(value, list))


def _lost(tree: Tree, path: str, numbers: list[_Number]) -> Iterator[tuple[_Number, int, str]]:
    """The numbers whose text in the file is not the one that is sent, with line and text."""
    ahead = sorted(numbers, key=lambda number: number.mark.line, reverse=True)
    current: list[_Number] = []
    with open_file(tree, path) as file:
        for line, data in enumerate(file, 1):
            if ahead and ahead[-1].mark.line == line:
                current = []
            while ahead and ahead[-1].mark.line <= line:
                current.append(ahead.pop())
            if not ahead and not current:
                return
            text = data.decode(errors="replace") if current else ""
            for number in tuple(current):
                literal = _literal(text, number)
                if literal:
                    current.remove(number)
                    if literal != as_text(number.value):
                        yield number, line, excerpt(literal)


def _literal(text: str, number: _Number) -> str:
    """How a line writes a number; empty where it does not."""
    if number.is_item:
        items = (match["number"] for match in _ITEM.finditer(text))
        return next((each for each in items if _value(each) == number.value), "")
    at = 0
    while (at := text.find(number.name, at)) >= 0:
        at += len(number.name)
        rest = text[at:].lstrip("\"' ")
        written = _LITERAL.match(rest[1:].lstrip()) if rest.startswith(":") else None
        if written is not None and _value(written[0]) == number.value:
            return written[0]
    return ""


def _value(literal: str) -> float | None:
    try:
        return int(literal, 0) if literal[:2] in ("0x", "0o") else float(literal)
    except ValueError:
        return None
