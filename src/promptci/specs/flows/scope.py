"""Which names a flow's steps use: outputs of steps before them, or variables of the example."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, Node, excerpt
from promptci.specs.flows.blocks import (
    IfBlock,
    LoopBlock,
    MapBlock,
    ParallelBlock,
    Step,
    named_steps,
)
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.shortforms import step_name
from promptci.specs.flows.steps import AskStep, FlowStep, Named, QueryStep, TextStep


class Scope(Struct):
    """Goes through steps in their order and notes what is used before it is there.

    `all_names` are those of all steps, `seen` all that are used. `needs` are names that no step
    gives, so that the example must, with the place of their first use.
    """

    faults: list[Fault]
    all_names: frozenset[str]
    known: set[str] = field(default_factory=set)
    needs: dict[str, Mark] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    _first: dict[str, Mark] = field(default_factory=dict)
    _used: dict[str, set[str]] = field(default_factory=dict)
    _broken: set[frozenset[str]] = field(default_factory=set)

    def read(self, steps: Sequence[Step]) -> None:
        """Note what these steps use, and that their outputs are there from now on."""
        self._note_uses(steps)
        self._read(steps)

    def uses(self, names: Iterable[str], mark: Mark, user: str = "") -> None:
        """Something is used by the step `user`, or by none."""
        for name in sorted(names):
            self.seen.add(name)
            if name in self.known or name in self.items:
                continue
            if name in self.all_names:
                self._too_early(name, mark, user)
            else:
                self.needs.setdefault(name, mark)

    def idle(self, steps: Iterable[Named]) -> Iterator[Fault]:
        """Steps of which nothing is used."""
        for step in steps:
            if step.name not in self.seen:
                cure = "use it, or delete the step"
                yield step.mark.warning(
                    f"the output of `{step.name}` is used by no step and no output: {cure}"
                )

    def declared(self, variables: list[str] | None, node: Node) -> None:
        """Where the variables are declared, those used and those declared must be the same."""
        if variables is None:
            return
        known = {*variables, *self.all_names}
        unknown = [(name, mark) for name, mark in self.needs.items() if name not in variables]
        if unknown:
            for name, mark in unknown:
                wrong = f"`{name}` is no step and not declared in `variables`"
                self.faults.append(mark.fault(f"{wrong}: {did_you_mean(name, known)}"))
            return  # one that is declared and not used may be meant
        for name in variables:
            if name not in self.needs:
                wrong = f"`{excerpt(name)}` is declared but no step uses it"
                mark = node.key_mark("variables")
                self.faults.append(mark.fault(f"{wrong}: {did_you_mean(name, self.needs)}"))

    def _too_early(self, name: str, mark: Mark, user: str) -> None:
        """A step's output is used where it is not there yet; twice in a circle it is one fault."""
        pair = frozenset((name, user))
        if pair in self._broken:
            return
        self._broken.add(pair)
        who = f"`{user}` uses" if user else "this uses"
        if name == user:
            cure = (
                "if a variable is meant, give the step another name; in a `loop`, say with `start:`"
            )
            wrong = f"{who} its own output: {cure} what it is at first"
        elif user in self._reach(name):
            wrong = f"{who} the output of `{name}`, which needs that of `{user}`: break the cycle"
        else:
            wrong = f"{who} the output of `{name}`, which is not there yet: put that step before it"
        self.faults.append(mark.fault(wrong))

    def _reach(self, name: str) -> set[str]:
        """The steps whose outputs a step needs, by whatever way."""
        found, left = set[str](), [name]
        while left:
            for each in self._used.get(left.pop(), set()) - found:
                found.add(each)
                left.append(each)
        return found

    def _note_uses(self, steps: Sequence[Step]) -> None:
        for step in named_steps(tuple(steps)):
            self._used.setdefault(step.name, set()).update(step.variables & self.all_names)

    def _read(self, steps: Sequence[Step]) -> None:
        for step in steps:
            _READ[type(step)](self, step)

    def _named(self, step: Named) -> None:
        self.uses(step.variables, step.mark, step.name)
        if step.name in self.known:
            self._named_twice(step)
        self._first.setdefault(step.name, step.mark)
        self.known.add(step.name)

    def _named_twice(self, step: Named) -> None:
        """Two steps have one name, be it that one was given or that both ask the same."""
        cure = f"give this one another name, such as `{step.name}_2`"
        if isinstance(step, AskStep | FlowStep) and step.name == step_name(step.answerer.name):
            kind = "prompt" if isinstance(step, AskStep) else "flow"
            asks = f"{{{kind}: {step.answerer.name}, …}}"
            cure = f"give this one a name of its own, as in `{step.name}_2: {asks}`"
        line = self._first[step.name].line
        wrong = f"the step in line {line} is called `{step.name}`, too: {cure}"
        self.faults.append(step.mark.fault(wrong))

    def _if(self, block: IfBlock) -> None:
        """Of two branches one is taken, so that both may give an output of one name."""
        self._condition(block.condition)
        before = set(self.known)
        self._read(block.then)
        after = self.known
        self.known = before
        self._read(block.otherwise)
        self.known |= after

    def _parallel(self, block: ParallelBlock) -> None:
        """No branch sees what another one says."""
        before, after = set(self.known), set(self.known)
        for branch in block.branches:
            self.known = set(before)
            self._read(branch)
            for name in sorted((self.known - before) & (after - before)):
                self._named_twice(next(s for s in named_steps(branch) if s.name == name))
            after |= self.known
        self.known = after

    def _loop(self, block: LoopBlock) -> None:
        for text in block.start.values():
            self.uses(text.variables, block.until.mark)
        started = block.start.keys() - self.known
        self.items |= started
        self._read(block.steps)
        self.items -= started
        until, inside = block.until, {step.name for step in named_steps(block.steps)}
        if inside.isdisjoint({until.root, *until.variables}):
            wrong = f"`until` looks at `{until.name}`, which the loop does not change"
            cure = f"name a step of the loop: {', '.join(sorted(inside))}"
            self.faults.append(until.mark.warning(f"{wrong}: {cure}"))
        self._condition(until)

    def _map(self, block: MapBlock) -> None:
        self.uses(block.over.variables, block.mark)
        is_new = block.item not in self.items
        self.items.add(block.item)
        self._read(block.steps)
        if is_new:
            self.items.discard(block.item)

    def _condition(self, condition: Condition) -> None:
        self.uses({condition.root, *condition.variables}, condition.mark)


_READ: Mapping[type[Step], Callable[[Scope, Any], None]] = {
    AskStep: Scope._named,
    FlowStep: Scope._named,
    QueryStep: Scope._named,
    TextStep: Scope._named,
    IfBlock: Scope._if,
    ParallelBlock: Scope._parallel,
    LoopBlock: Scope._loop,
    MapBlock: Scope._map,
}
