"""The samples of one example: what is asked for each, and what picks among them may see."""

from msgspec import Struct, field

from promptci.run.planning.task import Task
from promptci.run.solving.tracing import Trace
from promptci.scorers.base.subject import Subject
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.noanswer import why_no_answer
from promptci.specs.request import Request
from promptci.specs.sampling import Sampled
from promptci.specs.thoughts import separate_thoughts

SEEDS_APART = 10_000
"""How far the seeds of an example's attempts lie apart, so that no sample is asked for twice."""


class Sampling(Struct):
    """One example's samples as they come in, and all that was asked for them."""

    task: Task
    solve: Sampled
    example: Example
    attempt: int
    trace: Trace = field(default_factory=Trace)

    def requests(self) -> tuple[Request, ...]:
        """A request for every sample, whatever their number: more of them ask for more alone."""
        messages = self.task.single.render(self.example.vars, self.example.files)
        made = []
        for number in range(self.solve.n):
            settings, sample, siblings = self.task.settings, number, self._siblings
            if self.solve.seed is not None:
                seed = self.solve.seed + number + SEEDS_APART * self.attempt
                settings, sample = self.task.picker.with_seed(settings, seed), 0
                siblings = 0
            step = f"sample {number + 1}"
            made.append(
                Request(
                    settings, messages, self.attempt, sample=sample, step=step, siblings=siblings
                )
            )
        return tuple(made)

    @property
    def _siblings(self) -> int:
        """How many samples are asked for at once, that differ in nothing but their number."""
        return 0 if self.solve.pick == "first_valid" else self.solve.n

    def heard(self, completion: Completion) -> Completion:
        """An answer as the prompt wants it judged."""
        return separate_thoughts(completion, self.task.prompt.thoughts)

    def is_answer(self, completion: Completion) -> bool:
        """Whether it can be judged at all."""
        return not why_no_answer(self.task.settings, completion, self.task.spec.scored)

    def subject(self, completion: Completion) -> Subject:
        """An answer as what picks one sees it: with what the model was sent, and no more."""
        known = self.task.prompt.reads(self.example.vars)
        scope = {name: value for name, value in self.example.vars.items() if name in known}
        tools = self.task.settings.tools
        return Subject(completion.text, scope=scope, completion=completion, tools=tools)
