"""The way that was taken through a flow: steps, what they took, what was against the rules."""

from collections.abc import Mapping, Sequence
from math import isnan

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.run.answertotals import Took
from promptci.run.solved import Solved, StepAnswer, Walked


class Way(Struct):
    """A way so far. With `is_brief` only what it took is kept of what was asked.

    `outputs` are those of steps of flows that are steps here, by their paths; `inputs` are the
    variables of steps that somebody else answers. With `is_judged` both are kept.
    """

    is_brief: bool
    is_judged: bool
    took: dict[str, Took] = field(default_factory=dict)
    trace: list[StepAnswer] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    inputs: dict[str, Mapping[str, Plain]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    latency: float = 0.0

    def branch(self) -> "Way":
        """One that is taken beside others."""
        return Way(self.is_brief, self.is_judged)

    def take(self, name: str, latency: float = 0.0) -> None:
        """A step was taken, in so many seconds."""
        self.taken.append(name)
        self.latency += latency

    def call(self, name: str, solved: Solved, inputs: Mapping[str, Plain]) -> None:
        """Somebody else answered a step, of a flow with a way of its own."""
        if self.is_judged:
            self.inputs[name] = inputs
        if solved.walked is None:
            self._count(name, solved)
        else:
            self._join_inner(name, solved.walked)
        if not self.is_brief:
            self._trace(name, solved)
        self.take(name, solved.completion.latency if isnan(solved.latency) else solved.latency)

    def _count(self, name: str, solved: Solved) -> None:
        took = self.took.setdefault(name, Took())
        for each in solved.trace:
            if each.request.asks_model:
                took.add(each.completion)
        if not solved.trace and solved.request is not None:
            took.add(solved.completion)

    def _join_inner(self, name: str, inner: Walked) -> None:
        for path, took in inner.took.items():
            self.took.setdefault(f"{name}/{path}", Took()).join(took)
        self.taken += (f"{name}/{path}" for path in inner.taken)
        self.faults += ((f"{name}/{path}", why) for path, why in inner.faults)
        self.inputs |= {f"{name}/{path}": each for path, each in inner.inputs.items()}
        self.outputs |= {f"{name}/{path}": each for path, each in inner.outputs.items()}

    def _trace(self, name: str, solved: Solved) -> None:
        self.trace += (replace(each, step=f"{name}/{each.step}") for each in solved.trace)
        if not solved.trace and solved.request is not None:
            self.trace.append(StepAnswer(name, solved.request, solved.completion))

    def join(self, branches: Sequence["Way"], between: str | None = None) -> None:
        """Go on behind branches that were taken side by side.

        With a text `between` them, outputs of one name are put together.
        """
        for each in branches:
            self.trace += each.trace
            for name, took in each.took.items():
                self.took.setdefault(name, Took()).join(took)
            self.taken += each.taken
            self.faults += each.faults
            self.inputs |= each.inputs
            self.outputs |= each.outputs
        if between is not None:
            for name in dict.fromkeys(name for each in branches for name in each.outputs):
                self.outputs[name] = between.join(each.outputs.get(name, "") for each in branches)
        self.latency += max((each.latency for each in branches), default=0.0)

    def walked(self, outputs: Mapping[str, str]) -> Walked:
        """The whole way, with the outputs of its own steps."""
        told = {**outputs, **self.outputs} if self.is_judged else {}
        return Walked(told, self.inputs, tuple(self.taken), tuple(self.faults), self.took)
