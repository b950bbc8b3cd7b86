"""The golden examples of one prompt, from promptfoo's tests."""

import marshal
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain

from msgspec import Struct, field

from promptci.digest import short_digest
from promptci.importers.imported import Imported, Row
from promptci.importers.promptfoo.assertions import AssertionReader
from promptci.importers.promptfoo.chosen import NamedTargets, fits, is_named
from promptci.importers.promptfoo.counterparts import NO_COUNTERPART
from promptci.importers.promptfoo.files import Reader
from promptci.importers.promptfoo.groups import Group
from promptci.importers.promptfoo.prompts import SourcePrompt
from promptci.importers.promptfoo.scorers import CONVERTERS
from promptci.importers.promptfoo.shared import Shape, shape_of
from promptci.importers.promptfoo.testkeys import about, inner, tell_uncarried
from promptci.importers.promptfoo.tests import (
    merged,
    scenario_tests,
    source_tests,
)
from promptci.importers.promptfoo.testvariables import expand_variables
from promptci.importers.promptfoo.threads import FIRST, TURNS, Thread
from promptci.importers.promptfoo.transforms import NOTHING_READS_IT, apply_transform
from promptci.importers.usedvariables import empty_value, first_names, texts_in
from promptci.parsing.source import Node, Plain

KNOWN = frozenset((*CONVERTERS, *NO_COUNTERPART))


class ExampleMaker(Struct, dict=True):
    """Makes the examples of one prompt's eval from the tests, as often as they are asked for."""

    parts: Mapping[str, Node]
    reader: Reader
    found: Imported
    default: Node
    assertions: AssertionReader
    paths: frozenset[str]
    group: Group
    source: SourcePrompt
    chosen: NamedTargets
    thread: Thread | None = None
    _made: list[bytes] = field(default_factory=list)
    _is_any: bool = False

    def shape(self) -> Shape:
        """What all examples share, which goes into the eval; scorers looked at are kept, packed."""
        self._made.clear()
        shape = shape_of(self._first_look())
        return shape if self._is_any else shape_of([(self._scorers(self.default), None)])

    def _first_look(self) -> Iterator[tuple[list[Plain], float | None]]:
        for test in self._tests():
            scorers = self._scorers(test)
            self._made.append(marshal.dumps(scorers))
            yield scorers, self._threshold(test)

    def rows(self, shape: Shape) -> Iterator[Row]:
        """The examples, once their `shape` is known."""
        taken: Counter[str] = Counter()
        if self.thread is not None:
            self.thread.said.clear()
        shared = self._shared_names | self._names_in(shape.scorers)
        for place, test in enumerate(self._tests()):
            is_made = place < len(self._made)
            scorers = marshal.loads(self._made[place]) if is_made else self._scorers(test)
            own, expected = shape.split(scorers, self._threshold(test))
            matrix = inner(test, "options").get("disableVarExpansion")
            nothing = Node({}, test.mark)
            variables = test.value.get("vars", nothing) if isinstance(test.value, dict) else nothing
            for values in expand_variables(
                variables, self.reader, as_matrix=not (matrix and matrix.value)
            ):
                if self.thread is not None:
                    values |= self._turns(test, values, self.thread)
                self.found.place = test.mark
                yield self._row(test, values, own, expected, taken, shared)

    def _turns(self, test: Node, values: dict[str, Plain], thread: Thread) -> Mapping[str, Plain]:
        """The variables that hold the conversation that a test ends."""
        found = thread.turn(test, values)
        if isinstance(found, str):
            self.reader.losses.append(test.mark.fault(found))
            return {FIRST: "", TURNS: []}
        return found

    def _tests(self) -> Iterator[Node]:
        tests = self.parts.get("tests")
        scenarios = self.parts.get("scenarios")
        own = () if tests is None else source_tests(tests, self.reader, KNOWN)
        more = () if scenarios is None else scenario_tests(scenarios, self.reader, KNOWN)
        nothing = tests is None and scenarios is None
        alone = [Node({}, self.default.mark)] if nothing else []
        tell_uncarried(self.default, self.reader, self.found.notes, is_default=True)
        for test in chain(own, more, alone):
            self._is_any = True
            full = merged(self.default, test)
            if self._applies(full):
                tell_uncarried(test, self.reader, self.found.notes)
                yield full

    def _applies(self, test: Node) -> bool:
        """Whether a test is for this prompt and these models."""
        applies = self._is_meant(test)
        self.chosen.see(test, applies=applies)
        return applies

    def _is_meant(self, test: Node) -> bool:
        parts = test.value if isinstance(test.value, dict) else {}
        wanted = parts.get("prompts")
        if wanted is not None and isinstance(wanted.value, list):
            names = [str(each.value) for each in wanted.value]
            if not any(is_named(self.source, name) for name in names):
                return False
        models = parts.get("providers")
        if models is not None and isinstance(models.value, list) and self.group.labels:
            names = [str(each.value) for each in models.value]
            chosen = {label for label in self.group.labels if any(fits(label, n) for n in names)}
            if chosen and len(self.group.models) > 1:
                wrong = (
                    "a test for some of the providers alone is run on all that share its parameters"
                )
                self.reader.losses.append(models.mark.fault(wrong))
            return bool(chosen)
        return True

    def _scorers(self, test: Node) -> list[Plain]:
        parts = test.value if isinstance(test.value, dict) else {}
        node = parts.get("assert")
        options = inner(test, "options")
        before = self.assertions.judge
        self.assertions.values = inner(test, "vars")
        self.assertions.rubric_prompt = options.get("rubricPrompt")
        if "provider" in options and not before:
            self.assertions.judge = self.reader.model_name(options["provider"])
        scorers = [] if node is None or node.value is None else self.assertions.scorers(node)
        self.assertions.judge = before
        transform = options.get("transform")
        if transform is None:
            return scorers
        if not scorers:
            self.found.notes.append(transform.mark.warning(NOTHING_READS_IT))
        return [apply_transform(each, transform, self.reader) for each in scorers]

    def _threshold(self, test: Node) -> float | None:
        parts = test.value if isinstance(test.value, dict) else {}
        node = parts.get("threshold")
        value = None if node is None else node.value
        if node is None or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if value > 1:
            wrong = f"a threshold of {value:g} is above 1, which no mean reaches: correct it"
            self.reader.losses.append(node.mark.fault(wrong))
        return float(value)

    def _row(
        self,
        test: Node,
        values: dict[str, Plain],
        own: list[Plain],
        expected: Plain,
        taken: Counter[str],
        shared: frozenset[str],
    ) -> Row:
        parts = test.value if isinstance(test.value, dict) else {}
        named = self._names_in(own) | shared if own else shared
        kept = {name: value for name, value in values.items() if name in self.used | named}
        spare = {name: value for name, value in values.items() if name not in kept}
        for name in sorted((self.used | named) - set(values)):
            kept[name] = empty_value(name, self.paths)
            if name == "_conversation":
                wrong = "holds what was answered to tests before: give the turns as a variable"
                self.reader.losses.append(self.source.mark.fault(f"`{name}` {wrong}"))
                continue
            self.found.notes.append(
                test.mark.warning(f"`{name}` has no value here: it is empty, as promptfoo has it")
            )
        row: Row = {}
        described = parts.get("description")
        ident = str(described.value)[:190] if described is not None and described.value else ""
        row_id = _free(ident, kept, taken)
        if row_id:
            row["id"] = row_id
        row["vars"] = kept
        if expected is not None:
            row["expected"] = expected
        if own:
            row["scorers"] = own
        return row | about(test, spare)

    @cached_property
    def _shared_names(self) -> frozenset[str]:
        """The variables that the assertions of all tests use."""
        node = self.default.value.get("assert") if isinstance(self.default.value, dict) else None
        return frozenset() if node is None else _names_in(node.plain())

    def _names_in(self, scorers: list[Plain]) -> frozenset[str]:
        """The variables that scorers use, and the words of their judges."""
        rubrics = self.assertions.rubrics
        judges = frozenset[str]() if rubrics is None else rubrics.names_in(texts_in(scorers))
        return _names_in(scorers) | judges

    @cached_property
    def used(self) -> frozenset[str]:
        """The variables that the prompt uses, by their first name."""
        turns = frozenset() if self.thread is None else frozenset((TURNS,))
        return frozenset(path.split(".")[0] for path in self.paths) | turns


def _names_in(value: Plain) -> frozenset[str]:
    """The variables that the texts of scorers use."""
    texts = [text for text in texts_in(value) if "{{" in text]
    return frozenset().union(*map(first_names, texts)) if texts else frozenset()


def _free(ident: str, values: Mapping[str, Plain], taken: Counter[str]) -> str:
    """An id that no other example has; empty where the digest of the variables will do."""
    key = ident or short_digest(dict(values))
    taken[key] += 1
    if taken[key] == 1:
        return ident
    number = taken[key]
    while taken[f"{key}-{number}"]:
        number += 1
    taken[f"{key}-{number}"] += 1
    return f"{key}-{number}"
