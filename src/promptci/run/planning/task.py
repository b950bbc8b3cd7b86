"""One eval on one model: what a record is made from."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from msgspec import Struct, field

from promptci.errors import RequestError
from promptci.records.record import Parts
from promptci.run.planning.boundconversation import Talk
from promptci.run.planning.retriever import Retriever
from promptci.run.planning.samplepicker import NO_PICKER, SamplePicker
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.answerer import Answerer
from promptci.specs.completion import Completion, RecordedSampling
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.specs.request import Settings
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden, Stamp
from promptci.suite.groups import Expected, Groups, expected_values
from promptci.suite.outlines import examples_in

T = TypeVar("T")

Given = Completion | tuple[Completion, ...]
"""An answer obtained elsewhere, or the samples that it is to be picked from."""

BuildOf = Callable[[ModelSpec], str]
"""Which build of a model would answer; empty for hosted models."""


def no_build(_: ModelSpec) -> str:
    """The build of a model where none is asked, and no digest covers it."""
    return ""


class Task(Struct, frozen=True, dict=True):
    """One eval on one model: what a record is made from.

    `given` are answers obtained elsewhere, by example, for which the model is not asked. `picker`
    are what the prompt's answer takes beside its own model, `retriever` looks documents up,
    `talk` is how an answer takes several turns. Of a flow, `steps` are its prompts by the numbers
    of the steps that ask them, each on its own model, and `step_judges` what judges steps, by their
    names. `groups` are the tags and clusters of all the eval's examples, where they were
    remembered.
    """

    spec: EvalSpec
    prompt: Answerer
    model: ModelSpec
    settings: Settings
    golden: Golden
    judges: Judges
    fingerprint: str
    parts: Parts
    count: int
    chosen: frozenset[str] | None = None
    stamp: Stamp = None
    given: Mapping[str, Given] | None = None
    picker: SamplePicker = NO_PICKER
    steps: Mapping[int, "Task"] = field(default_factory=dict)
    step_judges: Mapping[str, Judges] = field(default_factory=dict)
    groups: Groups | None = None
    retriever: Retriever | None = None
    talk: Talk | None = None

    @property
    def is_deterministic(self) -> bool:
        """Whether asking again could only give the same: neither model nor judges vary."""
        judges = (self.judges, *self.step_judges.values())
        settings = [each.settings for each in self.asking]
        if self.talk is not None and self.talk.user is not None:
            settings.append(self.talk.user)
        is_greedy = all(each.is_deterministic for each in settings)
        return is_greedy and not any(each.varies for each in judges)

    @property
    def runs_code(self) -> bool:
        """Whether the user's own code is run: that of scorers, or of tools that are to answer."""
        is_judged = self.talk is None or self.talk.judged_by_code
        return self.judges.runs_code and (is_judged or self.given is None)

    @property
    def sampling(self) -> RecordedSampling:
        """How its answers come about, as a record says it."""
        return self.settings.sampling if self.prompt.solve is None else "picked"

    @cached_property
    def asks_once(self) -> bool:
        """Whether an answer takes one question, beside those of judges."""
        is_plain = isinstance(self.prompt, Prompt) and self.prompt.solve is None
        return is_plain and (self.talk, self.retriever, self.given) == (None, None, None)

    @property
    def single(self) -> Prompt:
        """The prompt, of a task that has one and no flow."""
        assert isinstance(self.prompt, Prompt)
        return self.prompt

    @property
    def models(self) -> tuple[ModelSpec, ...]:
        """Whoever is asked for an answer: of a flow the models of its steps."""
        return tuple({each.model.identity: each.model for each in self.asking}.values())

    @property
    def model_names(self) -> str:
        """The names of these, as a reader sees them: `small`, or `small + large`."""
        return " + ".join(each.name for each in self.models)

    @cached_property
    def asking(self) -> "tuple[Task, ...]":
        """Those that ask prompts: of a flow the tasks of its steps, flows in it included."""
        found = (each for step in self.steps.values() for each in step.asking)
        return (self,) if isinstance(self.prompt, Prompt) else tuple(found)

    @property
    def asks_judges(self) -> bool:
        """Whether scorers that all examples share, or those of a flow's steps, ask models."""
        return any(scorer.prefer is None for scorer in self.asking_scorers)

    @property
    def is_priced(self) -> bool:
        """Whether the price of each token is known, and no judge asks for tokens beside."""
        return not self.asks_judges and all(model.price is not None for model in self.models)

    @property
    def asking_scorers(self) -> Iterator[BoundScorer]:
        """These scorers, parts of combinations one by one, and those that judge two sides."""
        for each in (self.judges, *self.step_judges.values()):
            for scorer in (*each.shared, *each.contests):
                yield from scorer.model_scorers

    def varies(self, example: Example) -> bool:
        """Whether a judge may change an example's fate when asked again."""
        return any(scorer.varies and scorer.weight for scorer in self.judges.of(example))

    @property
    def is_stale(self) -> bool:
        """Whether somebody has written to the file of examples since they were looked at."""
        try:
            return self.golden.stamp() != self.stamp
        except RequestError:  # it is gone
            return True

    @cached_property
    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """The tags of the selected examples, by id; those without any are left out."""
        if self.groups is None:
            return {each.id: tuple(each.tags) for each in self.examples() if each.tags}
        return self._chosen(self.groups.tags)

    @cached_property
    def clusters(self) -> Mapping[str, str]:
        """The declared cluster of each selected example that has one, by id."""
        if self.groups is None:
            return {each.id: each.cluster for each in self.examples() if each.cluster}
        return self._chosen(self.groups.clusters)

    @cached_property
    def expected(self) -> Expected:
        """What is expected of each selected example, by id, where that takes few values."""
        if self.groups is None or self.chosen is not None:
            return expected_values(self.examples())
        return self.groups.expected

    @cached_property
    def has_files(self) -> bool:
        """Whether any of the eval's examples brings files along."""
        if self.groups is None:
            return any(example.files for example in self.golden.examples())
        return self.groups.has_files

    def _chosen(self, found: Mapping[str, T]) -> Mapping[str, T]:
        """Those of the selected examples."""
        if self.chosen is None:
            return found
        return {id_: each for id_, each in found.items() if id_ in self.chosen}

    @property
    def endpoints(self) -> frozenset[str]:
        """The names of the endpoints that are asked for an answer."""
        return frozenset(model.endpoint.name for model in self.models)

    def examples(self) -> Iterator[Example]:
        """The selected examples, in file order."""
        if self.chosen is None:
            return self.golden.examples()
        return examples_in(self.golden, self.chosen)
