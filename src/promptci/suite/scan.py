"""One pass over an eval's golden examples: what is wrong with them, how many, their digest."""

from collections.abc import Iterator
from itertools import chain

from msgspec import Struct, field

from promptci.digest import LONG
from promptci.errors import Fault
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec, Example, InPart
from promptci.specs.outline import Outline
from promptci.specs.prompt import Prompt
from promptci.suite.evaljudges import Judges
from promptci.suite.examplefaults import ExampleFaults, none_or_unjudged
from promptci.suite.examplenames import NameCheck, fault_of
from promptci.suite.examplesdigest import example_line, own_scorers
from promptci.suite.flowfiles import strange_steps
from promptci.suite.golden import ExampleFault, Golden
from promptci.suite.goldenids import GoldenIds, repetition
from promptci.suite.groups import Groups
from promptci.suite.outlines import Outlining
from promptci.suite.packedlines import SortedLines
from promptci.suite.scanresult import Scan
from promptci.suite.unusedtags import unused_tags

MOST_FAULTS = 20
"""Faults reported of one eval's examples; a wrong column would otherwise fill the screen."""


class Pass(Struct):
    """The state of one pass over examples."""

    spec: EvalSpec
    prompt: Answerer
    judges: Judges
    faulty: ExampleFaults
    ids: GoldenIds
    outlining: Outlining
    names: NameCheck
    lines: SortedLines = field(default_factory=SortedLines)
    tags: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    groups: Groups = field(default_factory=Groups)
    is_whole: bool = True
    knows_ids: bool = True

    def look_at(self, example: Example) -> None:
        self.faulty.seen += 1
        found: list[Fault] = []
        scorers = self.judges.of(example, found)
        for fault in found:
            self.faulty.add(fault)
        self.outlining.add(example)
        self.tags.update(example.tags)
        self.steps.update(example.steps)
        for wrong in strange_steps(example, self.prompt, scorers):
            self.faulty.add(fault_of(example, wrong), wrong)
        self.groups.add(example)
        self.is_whole &= not (example.scorers or example.names_files or example.steps)
        self.lines.add(example_line(example, example.digest, own_scorers(self.judges, example)))
        self._check_id(example)
        self.names.check_variables(example)
        self.names.check_scorers(example, scorers)

    def look_again(self, outline: Outline, line: int) -> None:
        """Take in one in which nothing was found; what it expects is noted elsewhere."""
        self.outlining.add_known(outline)
        self.tags.update(outline.tags)
        self.groups.add_known(outline)
        self.lines.add(example_line(outline, outline.digest, ()))
        if wrong := self.ids.add(outline.id, line):
            self.faulty.add(self.spec.mark.fault(wrong))

    def of_all(self) -> Iterator[Fault]:
        """What is wrong with the examples as a whole."""
        none = none_or_unjudged(self.spec, self.lines.count, self.names.unjudged)
        return chain(none, unused_tags(self.spec, self.judges.shared, self.tags), self.ids.strays())

    def look_behind(self, fault: Fault) -> None:
        """What else is wrong with the example that a fault is of: none hides another."""
        if not isinstance(fault, ExampleFault):
            self.knows_ids = False
        elif fault.example is not None:
            self.look_at_part(fault.example)

    def look_at_part(self, example: InPart) -> None:
        """What is wrong with a faulty example besides."""
        if not example.is_named:
            self.knows_ids = False
            return
        self._check_id(example)
        if not any(map(example.may_give, self.prompt.missing(example.vars))):
            self.faulty.seen += 1
            self.names.check_variables(example)

    def _check_id(self, example: Example) -> None:
        """Ids are unlike each other, and fit into files and on terminals."""
        if not example.id.isprintable():
            wrong = "has characters in its id that cannot be shown: change it"
            self.faulty.add(fault_of(example, wrong), wrong)
        if wrong := self.ids.add(example.id, example.mark.line):
            self.faulty.add(fault_of(example, wrong), repetition(example.id))

    @property
    def found(self) -> Scan:
        """What all examples together are."""
        worded = self.prompt.wording if isinstance(self.prompt, Prompt) else self.names.longest
        digest, longest = self.lines.digest()[:LONG], max(0, self.names.longest - worded)
        few, steps = self.groups.if_few, frozenset(self.steps)
        return Scan(self.lines.count, digest, steps, few, self.is_whole, longest)


def begin_pass(spec: EvalSpec, prompt: Answerer, judges: Judges, outlining: Outlining) -> Pass:
    """A pass over examples that are no rows of a table, before the first of them."""
    names = NameCheck(spec, prompt, judges, faulty := ExampleFaults())
    return Pass(spec, prompt, judges, faulty, GoldenIds(spec), outlining, names)


def scan(
    golden: Golden, spec: EvalSpec, prompt: Answerer, judges: Judges, faults: list[Fault]
) -> Scan:
    """Read all examples once; adds what is wrong with them to `faults`.

    The digest covers ids, inputs, expectations, tags and own scorers, whatever their order.
    """
    faulty, table = ExampleFaults(is_table=golden.is_table), golden if golden.is_table else None
    names = NameCheck(spec, prompt, judges, faulty, table)
    state = Pass(spec, prompt, judges, faulty, GoldenIds(spec), Outlining(golden), names)
    for example in golden:
        if isinstance(example, InPart):
            state.look_at_part(example)
        elif isinstance(example, Example):
            state.look_at(example)
        else:
            faulty.add(example)
            state.look_behind(example)
        if len(faulty) > MOST_FAULTS:
            break
    else:
        for fault, wrong in state.ids.repeated(golden.path or spec.mark.path, MOST_FAULTS + 1):
            faulty.add(fault, wrong)
    found = [*faulty.told(strays=not faults)]  # a scorer that is not known may use them
    if len(faulty) > MOST_FAULTS:
        more = f"{MOST_FAULTS} faults in its examples, and perhaps more: fix these first"
        faults += [*found[:MOST_FAULTS], spec.mark.fault(more)]
        return Scan(0, "")
    if faults or found:
        faults += [*found, *(state.ids.strays() if state.knows_ids else ())]
    else:
        state.outlining.leave()
        faults += state.of_all()
    return state.found
