"""One pass over an eval's golden examples: what is wrong with them, how many, their digest."""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from msgspec import Struct, field

from promptci.digest import LONG
from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, excerpt
from promptci.scorers.registry.bound import OUTPUT, BoundScorer
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec, Example, InPart
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.suite.evaljudges import Judges
from promptci.suite.examplefaults import ExampleFaults, none_or_unjudged, why_stray, why_unusable
from promptci.suite.examplesdigest import example_line, own_scorers
from promptci.suite.flowfiles import meant_step, strange_steps
from promptci.suite.golden import ExampleFault, Golden
from promptci.suite.goldenids import GoldenIds, repetition
from promptci.suite.groups import Groups
from promptci.suite.outlines import Outlining
from promptci.suite.packedlines import SortedLines
from promptci.suite.scanresult import Scan
from promptci.suite.unusedtags import unused_tags
from promptci.templates.template import MOST_RENDERED

MOST_FAULTS = 20
"""Faults reported of one eval's examples; a wrong column would otherwise fill the screen."""


class Pass(Struct, dict=True):
    """The state of one pass over examples.

    `sound` is what the last example had names for in which scorers found all that they use.
    """

    spec: EvalSpec
    prompt: Answerer
    judges: Judges
    faulty: ExampleFaults
    ids: GoldenIds
    outlining: Outlining
    lines: SortedLines = field(default_factory=SortedLines)
    longest: int = 0
    unjudged: Example | None = None
    table: Golden | None = None
    tags: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    groups: Groups = field(default_factory=Groups)
    is_whole: bool = True
    knows_ids: bool = True
    sound: tuple[object, ...] = ()

    @cached_property
    def variables(self) -> frozenset[str]:
        """What the eval's scorers use, those included that judge only some examples."""
        scorers = (*self.judges.shared, *self.judges.contests)
        return self.spec.talked.union(self.judges.beside, *(scorer.variables for scorer in scorers))

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
            self.faulty.add(self._of(example, wrong), wrong)
        self.groups.add(example)
        self.is_whole &= not (example.scorers or example.names_files or example.steps)
        self.lines.add(example_line(example, example.digest, own_scorers(self.judges, example)))
        self._check_id(example)
        self._check_variables(example)
        self._check_scorers(example, scorers)

    def of_all(self) -> Iterator[Fault]:
        """What is wrong with the examples as a whole."""
        none = none_or_unjudged(self.spec, self.lines.count, self.unjudged)
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
            self._check_variables(example)

    def _check_id(self, example: Example) -> None:
        """Ids are unlike each other, and fit into files and on terminals."""
        if not example.id.isprintable():
            wrong = "has characters in its id that cannot be shown: change it"
            self.faulty.add(self._of(example, wrong), wrong)
        if wrong := self.ids.add(example.id, example.mark.line):
            self.faulty.add(self._of(example, wrong), repetition(example.id))

    def _check_variables(self, example: Example) -> None:
        """Every variable that the prompt uses is given."""
        length = None if isinstance(self.prompt, Flow) else self.prompt.length(example.vars)
        absent = self.prompt.missing(example.vars) if length is None else []
        for name in absent:
            kind = "flow" if isinstance(self.prompt, Flow) else "prompt"
            user = f"the {kind} `{self.prompt.name}`"
            self._lacks(example, name, self.prompt.place_of(name), user)
        said = self.spec.said
        for name in sorted(said - example.vars.keys() - set(absent)) if said else ():
            self._lacks(example, name, self.spec.mark, "the conversation")
        if length is not None and length <= MOST_RENDERED:
            self.longest = max(self.longest, length)
        elif lack := "" if absent else self.prompt.lacks(example.vars, example.files):
            wrong = f"cannot be sent: {lack}"
            self.faulty.add(self._of(example, wrong), wrong)

    def _check_scorers(self, example: Example, scorers: tuple[BoundScorer, ...]) -> None:
        """The scorers find what they need, and nothing is given that none needs."""
        if self.judges.contests:
            tags = frozenset(example.tags)
            scorers = (*scorers, *(each for each in self.judges.contests if each.judges(tags)))
        used = self.prompt.reads(example.vars)
        given = used, (*example.vars,), (*example.blanks,), example.has_expected, scorers
        if given != self.sound and self._are_named(example, scorers, used):
            self.sound = given
        for scorer in scorers:
            is_there = example.has_expected or not scorer.needs_expected
            if is_there and scorer.goldens and (wrong := why_unusable(example, scorer)):
                self.faulty.add(self._of(example, wrong), wrong)

    def _are_named(
        self, example: Example, scorers: tuple[BoundScorer, ...], sent: frozenset[str]
    ) -> bool:
        """Whether what scorers use is there, and all that is there is used: adds what is not."""
        used, is_sound = sent.union(self.variables), True
        for scorer in scorers:
            used |= scorer.variables
            for name in sorted(scorer.variables - example.scope.keys() - self._known(scorer)):
                self._lacks(example, name, scorer.mark, f"`{scorer.label}`")
                is_sound = False
            if scorer.needs_expected and not example.has_expected:
                self._lacks_expected(example, scorer)
                is_sound = False
        strays = example.vars.keys() - used if self.spec.strict_variables else ()
        for name in sorted(strays):
            self._gives(example, name, used)
        if not any(scorer.weight for scorer in scorers if scorer.prefer is None):
            self.unjudged = self.unjudged or example
        return is_sound and not strays

    def _known(self, scorer: BoundScorer) -> frozenset[str]:
        """What a scorer finds beside what the example gives, or whose lack was reported already."""
        shown = self.prompt.variables | self.spec.shown
        return shown if scorer.prefer is not None else shown | self.prompt.tells | {OUTPUT}

    def _lacks(self, example: Example, name: str, cause: Mark, user: str) -> None:
        """Something is used that the example has no value for; a table lacks it in every row."""
        if self.table is not None:
            near = did_you_mean(name.partition(".")[0], example.vars)
            cure = near if near[:12] == "did you mean" else "add it, or say which with `columns`"
            wrong = f"there is no column `{name}`, which {user} uses: {cure}"
            self.faulty.lacks(name, self._header, wrong, self._header.fault(wrong))
            return
        verb = "has no variable" if user.startswith(("the prompt", "the flow")) else "gives no"
        step = meant_step(self.prompt, name)
        first = self._of(example, f"{verb} `{name}`, which {user} uses: {step}add it")
        giver = "no step and no example" if user.startswith("the flow") else "no example"
        wrong = f"{giver} gives `{name}`, which {user} uses: {step}add it to them"
        self.faulty.lacks(name, cause, wrong, first)

    def _lacks_expected(self, example: Example, scorer: BoundScorer) -> None:
        wrong = f"`expected`, which `{scorer.label}` compares with"
        cure = "add one, or give the scorer a `value`"
        if self.table is not None and not self.table.gives_expected:
            told = f"there is no column {wrong}: {cure}"
            self.faulty.lacks("expected", self._header, told, self._header.fault(told))
            return
        first = self._of(example, f"has no {wrong}: {cure}")
        if self.table is not None:  # some rows give it
            self.faulty.add(first, first.message.partition("` ")[2])
            return
        self.faulty.lacks("expected", scorer.mark, f"no example has {wrong}: {cure}", first)

    def _gives(self, example: Example, name: str, used: frozenset[str]) -> None:
        """Something is given that is not used; in a table it may be a misnamed column."""
        wrong = why_stray(self.prompt, name, used, is_column=self.table is not None)
        fault = self._of(example, wrong) if self.table is None else self._header.fault(wrong)
        self.faulty.strays(name, fault)

    @property
    def found(self) -> Scan:
        """What all examples together are."""
        worded = self.prompt.wording if isinstance(self.prompt, Prompt) else self.longest
        digest, longest = self.lines.digest()[:LONG], max(0, self.longest - worded)
        few, steps = self.groups.if_few, frozenset(self.steps)
        return Scan(self.lines.count, digest, steps, few, self.is_whole, longest)

    @property
    def _header(self) -> Mark:
        return Mark("" if self.table is None else self.table.path, 1, 1)

    def _of(self, example: Example, wrong: str) -> Fault:
        return example.mark.fault(f"example `{excerpt(example.id, 60)}` {wrong}")


def scan(
    golden: Golden, spec: EvalSpec, prompt: Answerer, judges: Judges, faults: list[Fault]
) -> Scan:
    """Read all examples once; adds what is wrong with them to `faults`.

    The digest covers ids, inputs, expectations, tags and own scorers, whatever their order.
    """
    faulty, table = ExampleFaults(is_table=golden.is_table), golden if golden.is_table else None
    state = Pass(spec, prompt, judges, faulty, GoldenIds(spec), Outlining(golden), table=table)
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
