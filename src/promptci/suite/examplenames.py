"""Whether examples give what their prompt and scorers use by name, and nothing else."""

from functools import cached_property

from msgspec import Struct

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, excerpt
from promptci.scorers.registry.bound import OUTPUT, BoundScorer
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.flows.flow import Flow
from promptci.suite.evaljudges import Judges
from promptci.suite.examplefaults import ExampleFaults, why_stray, why_unusable
from promptci.suite.flowfiles import meant_step
from promptci.suite.golden import Golden
from promptci.templates.template import MOST_RENDERED


def fault_of(example: Example, wrong: str) -> Fault:
    """What is wrong with an example, at its place."""
    return example.mark.fault(f"example `{excerpt(example.id, 60)}` {wrong}")


class NameCheck(Struct, dict=True):
    """Adds to `faulty` what is wrong with the names that examples give, one after the other.

    `table` is where they are from if it is one. `longest` is the longest prompt so far, in
    characters, and `unjudged` an example that no scorer judges. `sound` is what the last example
    had names for in which scorers found all that they use.
    """

    spec: EvalSpec
    prompt: Answerer
    judges: Judges
    faulty: ExampleFaults
    table: Golden | None = None
    longest: int = 0
    unjudged: Example | None = None
    sound: tuple[object, ...] = ()

    @cached_property
    def variables(self) -> frozenset[str]:
        """What the eval's scorers use, those included that judge only some examples."""
        scorers = (*self.judges.shared, *self.judges.contests)
        return self.spec.talked.union(self.judges.beside, *(scorer.variables for scorer in scorers))

    def check_variables(self, example: Example) -> None:
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
            self.faulty.add(fault_of(example, wrong), wrong)

    def check_scorers(self, example: Example, scorers: tuple[BoundScorer, ...]) -> None:
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
                self.faulty.add(fault_of(example, wrong), wrong)

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
        first = fault_of(example, f"{verb} `{name}`, which {user} uses: {step}add it")
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
        first = fault_of(example, f"has no {wrong}: {cure}")
        if self.table is not None:  # some rows give it
            self.faulty.add(first, first.message.partition("` ")[2])
            return
        self.faulty.lacks("expected", scorer.mark, f"no example has {wrong}: {cure}", first)

    def _gives(self, example: Example, name: str, used: frozenset[str]) -> None:
        """Something is given that is not used; in a table it may be a misnamed column."""
        wrong = why_stray(self.prompt, name, used, is_column=self.table is not None)
        fault = fault_of(example, wrong) if self.table is None else self._header.fault(wrong)
        self.faulty.strays(name, fault)

    @property
    def _header(self) -> Mark:
        return Mark("" if self.table is None else self.table.path, 1, 1)
