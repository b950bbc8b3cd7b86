"""Which part of a suite to evaluate: evals by name, and examples by id, by tag or by lot."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256

from msgspec import Struct

from promptci.errors import NothingToRunError, PromptCIError, RequestError, SpecError
from promptci.git.unfollowed import no_evals
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt
from promptci.run.planning.shardparts import shard_ids
from promptci.specs.evalspec import EvalSpec, Example
from promptci.suite.filenames import FOLDERS, name_below
from promptci.suite.golden import Golden
from promptci.suite.goldenids import MOST_NAMES
from promptci.suite.naming import evals_called, only_eval
from promptci.suite.suite import Suite


class Selection(Struct, frozen=True):
    """Which part of a suite to evaluate; empty means all.

    `sample` takes so many examples of each eval, drawn by a seeded hash of their ids, so that
    the same ones come whatever the order of the file. `repeat` asks each example so many times.
    `shard` is a part and how many there are, from 1: a part of all examples.
    """

    names: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    sample: int | None = None
    seed: int = 0
    repeat: int = 1
    shard: tuple[int, int] | None = None

    @property
    def is_partial(self) -> bool:
        """Whether examples are left out or asked more than once: then no record is written."""
        is_some = self.sample is not None or self.shard is not None
        return bool(self.tags or self.examples or is_some or self.repeat > 1)


def select(suite: Suite, names: Sequence[str]) -> list[EvalSpec]:
    """The evals that these names mean (see `evals_called`), sorted by name; all without a name.

    Raises `RequestError` for a name that is nothing of these and `NothingToRunError` where there
    are no evals at all.
    """
    if not suite.evals:
        raise NothingToRunError(no_evals(suite.tree))
    chosen: dict[str, EvalSpec] = {}
    for name in names:
        found = evals_called(name, suite.evals, suite.prompts)
        if not found:
            raise unknown_name(name, suite)
        chosen.update((spec.name, spec) for spec in found)
    found = list(chosen.values()) if names else list(suite.evals.values())
    return sorted(found, key=lambda spec: spec.name)


def select_one(suite: Suite, name: str) -> EvalSpec:
    """The one eval that a name means. Raises what `select` and `only_eval` raise."""
    return only_eval(select(suite, (name,)), name)


def unknown_name(name: str, suite: Suite) -> PromptCIError:
    """What to raise of a name that no eval answers to."""
    for prompt in suite.prompts.values():
        if name in (prompt.name, prompt.mark.path):
            cure = f"write evals/{prompt.name}.yaml"
            return NothingToRunError(f"no eval tests the prompt `{prompt.name}`: {cure}")
    if spec := _eval_with(suite, name):
        wrong = f"`{excerpt(name)}` is an example of the eval `{spec.name}`, and no eval"
        return RequestError(f"{wrong}: name the eval first")
    folder = name.partition("/")[0]
    called = name_below(name, f"{folder}/") if folder in FOLDERS else name
    advice = did_you_mean(called, {*suite.evals, *suite.prompts})
    return RequestError(f"there is no eval and no prompt `{excerpt(name)}`: {advice}")


def _eval_with(suite: Suite, id_: str) -> EvalSpec | None:
    """The first eval that has an example of this id, if one can be read that does."""
    for _, spec in sorted(suite.evals.items()):
        with suppress(SpecError):
            if any(example.id == id_ for example in Golden.of(suite.tree, spec).examples()):
                return spec
    return None


def choose_evals(golden: Golden, selection: Selection) -> frozenset[str] | None:
    """The ids of the selected examples; None for all."""
    if selection.shard is not None:
        return shard_ids(golden.examples(), selection.shard)
    if not (selection.tags or selection.examples or selection.sample is not None):
        return None
    ids = [example.id for example in golden.examples() if _is_wanted(example, selection)]
    if selection.sample is not None:
        ids.sort(key=lambda id_: sha256(f"{selection.seed}:{id_}".encode()).digest())
        ids = ids[: selection.sample]
    return frozenset(ids)


def _is_wanted(example: Example, selection: Selection) -> bool:
    tagged = not selection.tags or any(tag in selection.tags for tag in example.tags)
    return tagged and (not selection.examples or example.id in selection.examples)


def check_filters(goldens: Iterable[Golden], selection: Selection) -> None:
    """Every tag and id asked for is that of some example. Raises `NothingToRunError`."""
    if not (selection.tags or selection.examples):
        return
    ids: set[str] = set()
    tags: set[str] = set()
    for golden in {id(golden): golden for golden in goldens}.values():
        for example in golden.examples():
            ids.add(example.id)
            tags.update(example.tags)
    _check_known("--tag", selection.tags, tags)
    _check_known("--example", selection.examples, ids)


def _check_known(option: str, wanted: Iterable[str], known: set[str]) -> None:
    for name in wanted:
        if name not in known:
            names = sorted(known)[:MOST_NAMES]
            advice = did_you_mean(name, names) if names else "none of them has any, leave it out"
            raise NothingToRunError(f"no example matches {option} `{excerpt(name)}`: {advice}")
