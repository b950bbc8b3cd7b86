"""What a learning curve is asked to be, and the shots that it draws from."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from promptci.digest import long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.git.tree import Tree
from promptci.parsing.datafile import MAX_FAULTS
from promptci.parsing.source import Plain, alike, excerpt
from promptci.project.experiments.stepforms import PromptPlace
from promptci.project.project import Project
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.experiments import CurveFile
from promptci.specs.prompt import Prompt, Shot
from promptci.specs.turns import last_user_turn
from promptci.suite.golden import Golden
from promptci.templates.template import as_text


class CurvePlan(Struct, frozen=True):
    """How many shots are tried, in how many orders, drawn by a seed from a file beside the evals.

    None and empty leave that to what the eval's file says. Without a `pool` the prompt's own shots
    are it. `step` is the step of a flow whose prompt gets the shots, `tuned` a fine-tuned model to
    ask beside, without any.
    """

    shots: tuple[int, ...] = ()
    orders: int | None = None
    seed: int | None = None
    pool: str = ""
    step: str = ""
    tuned: str = ""

    def over(self, written: CurveFile) -> CurveFile:
        """What the eval's file says, with these in its place."""
        return CurveFile(
            self.shots or written.shots,
            written.orders if self.orders is None else self.orders,
            self.pool or written.pool,
            written.seed if self.seed is None else self.seed,
            self.step or written.step,
            self.tuned or written.tuned,
        )


def read_pool(
    project: Project, spec: EvalSpec, plan: CurvePlan
) -> tuple[CurveFile, PromptPlace, list[Shot]]:
    """What is asked for, over what the eval's file says, of which prompt, and the shots for it.

    Raises `RequestError` where there are too few, `SpecError` for each that is a golden example.
    """
    given = plan.over(spec.curve or CurveFile())
    _check_named(project.workspace.suite.tree, spec, plan.pool)
    place = PromptPlace.of(project.workspace.suite.prompts[spec.prompt], given.step, "`curve`")
    pool = _pool(project, spec, place.prompt, given)
    if max(given.shots) > len(pool):
        shots = "1 shot" if len(pool) == 1 else f"{len(pool)} shots"
        pool_name = given.pool or f"the prompt `{place.prompt.name}`"
        cure = "ask for at most so many" if pool else "name a file with --pool, or as `pool`"
        raise RequestError(f"{pool_name} holds {shots} to draw from: {cure}")
    if given.tuned:
        _check_tuned(project, spec, given.tuned)
    return given, place, pool


def _check_tuned(project: Project, spec: EvalSpec, name: str) -> None:
    """A tuned model is one, and none of the eval's own. Raises `RequestError`."""
    suite = project.workspace.suite
    suite.config.model(name)
    if name in suite.models(spec):
        wrong = f"`{spec.name}` runs on {excerpt(name)} itself"
        raise RequestError(f"{wrong}: name the model that was tuned, with --tuned or as `tuned`")


def _check_named(tree: Tree, spec: EvalSpec, pool: str) -> None:
    """A pool that was named by hand is there. Raises `RequestError`."""
    folder = spec.mark.path.rpartition("/")[0]
    if pool and not any(map(tree.exists, (pool, posixpath.normpath(f"{folder}/{pool}")))):
        wrong = f"there is no file {excerpt(pool)} of shots, neither here nor in {folder}/"
        raise RequestError(f"{wrong}: name another with --pool")


def _beside(spec: EvalSpec, pool: str, tree: Tree) -> str:
    """The path of a pool from the eval's folder, whether it was written from there or not."""
    folder = spec.mark.path.rpartition("/")[0]
    if not tree.exists(pool):
        return pool
    return posixpath.relpath(pool, folder or ".")


def _pool(project: Project, spec: EvalSpec, prompt: Prompt, given: CurveFile) -> list[Shot]:
    """The shots to draw from. Raises `SpecError` for each that is a golden example."""
    suite = project.workspace.suite
    pool = list(prompt.shots)
    if given.pool:
        examples = _beside(spec, given.pool, suite.tree)
        marks = {**spec.marks, "examples": spec.marks["curve"]}
        pooled = replace(spec, examples=examples, columns=None, marks=marks)
        rows = list(Golden.of(suite.tree, pooled))
        faults = [each for each in rows if isinstance(each, Fault)]
        found = [each for each in rows if isinstance(each, Example)]
        faults += chain.from_iterable(_lacking(prompt, each) for each in found)
        if faults:
            raise SpecError(faults[:MAX_FAULTS])
        pool = [_as_shot(each) for each in found]
    faults = list(_golden_ones(pool, Golden.of(suite.tree, spec), spec.name))
    if faults:
        raise SpecError(faults[:MAX_FAULTS])
    return pool


def _lacking(prompt: Prompt, row: Example) -> Iterator[Fault]:
    """What a row of a pool needs to be a shot and does not have."""
    for name in prompt.turns[last_user_turn(prompt.turns)].content.missing(row.vars):
        wrong = f"this shot gives no `{name}`, which the last user message uses"
        yield row.mark.fault(f"{wrong}: add it")
    if not row.has_expected:
        yield row.mark.fault("this shot has no `expected`, which is its answer: add it")


def _golden_ones(
    pool: Sequence[Shot], golden: Iterable[Example | Fault], name: str
) -> Iterator[Fault]:
    """The shots with which an example agrees in all that they say; it may have more variables.

    Case, white space and whether a number is a text tell no two apart.
    """
    examples = [each for each in golden if isinstance(each, Example)]
    known: dict[tuple[str, ...], dict[str, str]] = {}
    cure = "shots must not be what they are tested on: delete it here, or there"
    for shot in pool:
        keys = tuple(sorted(shot.vars))
        if keys not in known:
            whole = (each for each in examples if each.vars.keys() >= {*keys})
            known[keys] = {_said(e.vars, keys): e.id for e in whole}
        if id_ := known[keys].get(_said(shot.vars, keys)):
            held = f"the pool holds the golden example `{excerpt(id_)}` of `{name}`"
            yield shot.mark.fault(f"{held}: {cure}")


def _said(variables: Mapping[str, Plain], keys: Sequence[str]) -> str:
    return long_digest([alike(as_text(variables[key])) for key in keys])


def _as_shot(example: Example) -> Shot:
    return Shot(dict(example.vars), as_text(example.expected), example.mark)
