"""The tasks of a change, but for what needs an endpoint or own code that its base does not know."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from msgspec import Struct, field

from promptci.check.checked import Skipped
from promptci.compare.pairing.comparedside import known_model
from promptci.errors import Fault, NotAtBaseError, PromptCIError, SpecError
from promptci.run.planning.ready import Ready, make_ready, make_task
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.evalspec import EvalSpec
from promptci.suite.scanresult import NotScannedError
from promptci.suite.suite import Suite


class HeadTasks(Struct, frozen=True):
    """Every eval of a change on every one of its models.

    `skipped` are those that may not be evaluated on the base's terms. Where it is only the scorers
    that the base does not know, `by_base` has them with the base's own, for its questions.
    """

    tasks: list[Task] = field(default_factory=list)
    by_base: list[Task] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def tasks_of(
    suite: Suite,
    base: Suite,
    spec_of: Callable[[str], EvalSpec | None],
    build_of: BuildOf,
    unaskable: Mapping[str, str],
) -> HeadTasks:
    """The tasks of a change; `spec_of` finds the base's eval by the name that it has now.

    `unaskable` says why evals of the base, by their names there, may not be asked any more.
    Raises `SpecError` with the faults of all evals.
    """
    found, faults = HeadTasks(), list[Fault]()
    for name, spec in sorted(suite.evals.items()):
        before = spec_of(name)
        if before is not None and (why := unaskable.get(before.name)):
            found.skipped.extend(
                Skipped(name, model, why, unknown_in=spec.mark.path) for model in suite.models(spec)
            )
            continue
        prompt, kept, unknown = suite.prompts[spec.prompt], found.tasks, ""
        try:
            for step_model in suite.step_models(spec):
                suite.config.model(step_model)
            look = partial(_look_known, base, before, build_of)
            ready = make_ready(suite, spec, prompt, build_of, faults, look_before=look)
        except NotAtBaseError as error:
            kept, unknown = found.by_base, str(error)
            ready = _by_scorers_of(base, before, suite, spec, build_of)
        for model in suite.models(spec):
            why = unknown
            try:
                if ready is not None:
                    kept.append(make_task(ready, prompt, suite.config.model(model), build_of))
            except NotAtBaseError as error:
                why = why or str(error)
            if why:
                found.skipped.append(Skipped(name, model, why, unknown_in=spec.mark.path))
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)
    return found


def _look_known(base: Suite, before: EvalSpec | None, build_of: BuildOf) -> None:
    """Find what is known of the base's examples, of which the change may have edited a few."""
    if before is not None:
        with suppress(NotScannedError, PromptCIError):
            make_ready(base, before, base.prompts[before.prompt], build_of, [], only_known=True)


def _by_scorers_of(
    base: Suite, before: EvalSpec | None, suite: Suite, spec: EvalSpec, build_of: BuildOf
) -> Ready | None:
    """An eval of the change judged by the base's scorers, None where that cannot be."""
    has_steps = all(known_model(suite, name) is not None for name in suite.step_models(spec))
    if before is None or not has_steps:
        return None
    prompt = suite.prompts[spec.prompt]
    try:
        return make_ready(suite, spec, prompt, build_of, [], scorers_of=(base, before))
    except NotAtBaseError:
        return None
