"""What picks among several answers: the scorer, judge or key that a prompt's `solve` names."""

from collections.abc import Mapping

from msgspec import field
from msgspec.structs import replace

from promptci.digest import long_digest
from promptci.errors import Fault
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, Plain
from promptci.scorers.base.extract import Extract, Take, compile_extract
from promptci.scorers.registry.bound import OUTPUT, BoundScorer
from promptci.scorers.registry.registry import Reach, bind
from promptci.specs.prompt import Prompt
from promptci.specs.request import Settings
from promptci.specs.sampling import Sampled
from promptci.withasides import WithAsides


class SamplePicker(WithAsides, frozen=True, dict=True):
    """What a prompt's answer takes beside its own model.

    `key` reads what is voted on, `scorer` picks or checks. `canonical` is all of it that can change
    which answer is picked and that the prompt's digest does not cover.
    """

    ASIDES = frozenset({"seeded"})

    key: Take | None = None
    scorer: BoundScorer | None = None
    canonical: Mapping[str, Plain] = field(default_factory=dict)
    seeded: dict[int, tuple[Settings, Settings]] = field(default_factory=dict)

    def with_seed(self, settings: Settings, seed: int) -> Settings:
        """Settings with a seed, one object for all examples: what they share is worked out once."""
        known = self.seeded.get(seed)
        if known is None or known[0] is not settings:
            made = replace(settings, parameters={**settings.parameters, "seed": seed})
            known = self.seeded[seed] = settings, made
        return known[1]

    def part(self, model: str) -> str:
        """The digest of the models that answer: that of the prompt's, or of all of them."""
        return long_digest([model, dict(self.canonical)]) if self.canonical else long_digest(model)


NO_PICKER = SamplePicker()


def bind_picker(prompt: Prompt, reach: Reach, faults: list[Fault]) -> SamplePicker:
    """What a prompt's `solve` names, ready to be used; adds what is wrong to `faults`."""
    if prompt.solve is None:
        return NO_PICKER
    before = len(faults)
    key = None if prompt.solve.key is None else _key(prompt.solve.key, faults)
    scorer = _scorer(prompt.solve, reach, faults)
    if scorer is not None:
        faults += _blind_faults(scorer, prompt, prompt.solve)
    if scorer is None or len(faults) > before:
        return SamplePicker(key)
    return SamplePicker(key, scorer, {"pick": dict(scorer.canonical)})


def _key(node: Node, faults: list[Fault]) -> Take:
    places = node.value if isinstance(node.value, list) else [node]
    steps = [read_shape(place, Extract, faults) for place in places]
    if None in steps:
        return str
    return compile_extract([step for step in steps if step is not None], node, faults)


def _scorer(solve: Sampled, reach: Reach, faults: list[Fault]) -> BoundScorer | None:
    """The scorer that picks or checks, None where a vote does."""
    if solve.written is None:
        return None
    node = solve.written
    if solve.pick == "judge":
        node = Node({"select_best": node}, node.mark, {"select_best": node.mark})
    scorer = bind(node, faults, reach)
    if scorer is not None and solve.pick != "judge" and scorer.prefer is not None:
        wrong = f"`{scorer.label}` prefers one of two: write `pick: {{judge: …}}`"
        faults.append(node.mark.fault(wrong))
        return None
    return scorer


def _blind_faults(scorer: BoundScorer, prompt: Prompt, solve: Sampled) -> list[Fault]:
    """What picks an answer must know no more than the model that gave it."""
    assert solve.written is not None
    mark = solve.written.mark
    allowed = "take a scorer that needs only the output"
    if scorer.needs_expected or "expected" in scorer.variables:
        wrong = f"`{scorer.label}` looks at what is expected, which must not pick the answer"
        return [mark.fault(f"{wrong}: {allowed}")]
    unsent = sorted(scorer.variables - prompt.variables - {OUTPUT})
    if unsent:
        wrong = f"`{scorer.label}` uses `{unsent[0]}`, which the prompt's model is not sent"
        return [mark.fault(f"{wrong}: {allowed} and the prompt's variables")]
    if solve.pick == "first_valid" and scorer.asks:
        wrong = f"`{scorer.label}` asks a model, which is no check"
        return [mark.fault(f"{wrong}: take one that needs none, or write `pick: {{best: …}}`")]
    return []
