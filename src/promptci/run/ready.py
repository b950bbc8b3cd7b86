"""Evals whose examples and scorers have been looked at, and the tasks made of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from promptci.digest import LONG, long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import inside, read_file
from promptci.parsing.source import Plain
from promptci.records.record import Parts
from promptci.run.aides import NO_AIDES, Aides, bind_aides
from promptci.run.task import BuildOf, Task
from promptci.scorers.registry.registry import Reach
from promptci.specs.evalspec import EvalSpec
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.specs.request import Settings
from promptci.suite.codefiles import CodeFiles
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden, Stamp
from promptci.suite.scan import Scan, scan
from promptci.suite.suite import Suite


@dataclass(frozen=True, slots=True)
class Ready:
    """An eval whose examples and scorers have been looked at: any prompt may be tried on it.

    `suite` is where what a prompt names beside its model is looked for.
    """

    suite: Suite
    spec: EvalSpec
    golden: Golden
    judges: Judges
    found: Scan
    stamp: Stamp = None


def make_ready(
    suite: Suite,
    spec: EvalSpec,
    prompt: Prompt,
    build_of: BuildOf,
    faults: list[Fault],
    *,
    scorers_of: tuple[Suite, EvalSpec] | None = None,
) -> Ready | None:
    """Look at an eval's examples for a prompt; None after adding what is wrong to `faults`.

    `scorers_of` names another state of the files whose scorers judge instead of the eval's own.
    """
    home, written = scorers_of or (suite, spec)
    mine: list[Fault] = []
    try:
        judges = Judges(written, reach_from(home, written.mark.path, build_of), mine)
        golden = Golden.of(suite.tree, spec)
        stamp = golden.stamp()
        found = scan(golden, spec, prompt, judges, mine)
        _aides(suite, prompt, build_of, mine)
    except SpecError as error:
        faults += dict.fromkeys([*mine, *error.faults])
        return None
    faults += dict.fromkeys(mine)
    if any(not fault.warning for fault in mine):
        return None
    return Ready(suite, spec, golden, judges, found, stamp)


def reach_from(suite: Suite, path: str, build_of: BuildOf) -> Reach:
    """What the scorers in a file may reach: models by their names, files and code beside it."""
    folder = path.rpartition("/")[0]

    def settings_for(name: str, parameters: Mapping[str, Plain]) -> Settings:
        model = suite.config.judge(name)
        return Settings(model, parameters, build=build_of(model))

    def read_beside(written: str) -> bytes:
        return read_file(suite.tree, inside(written, start=folder))

    code = CodeFiles(suite, folder)
    return Reach(settings_for, read_beside, suite.config.scorer_sets, code=code)


def make_task(
    ready: Ready,
    prompt: Prompt,
    model: ModelSpec,
    build_of: BuildOf,
    *,
    chosen: frozenset[str] | None = None,
) -> Task:
    """One prompt on one model with an eval's examples; `chosen` are their ids, None for all.

    Raises `RequestError` for a model that answers no prompts, and `SpecError` where what the
    prompt names beside its model is not there.
    """
    wrong = Settings(model).mismatch
    if wrong:
        raise RequestError(f"{ready.spec.name}: {wrong}")
    faults: list[Fault] = []
    aides = _aides(ready.suite, prompt, build_of, faults)
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)
    parts = _parts(ready, prompt, model, aides)
    return Task(
        spec=ready.spec,
        prompt=prompt,
        model=model,
        settings=_settings(prompt, model, build_of(model)),
        golden=ready.golden,
        judges=ready.judges,
        fingerprint=long_digest(asdict(parts)),
        parts=parts,
        count=ready.found.count if chosen is None else len(chosen),
        chosen=chosen,
        stamp=ready.stamp,
        aides=aides,
    )


def _aides(suite: Suite, prompt: Prompt, build_of: BuildOf, faults: list[Fault]) -> Aides:
    """What a prompt's `solve` names; own code is none of it, since it would run for every side."""
    if prompt.solve is None:
        return NO_AIDES
    reach = replace(reach_from(suite, prompt.mark.path, build_of), code=None)
    return bind_aides(prompt, reach, faults)


def _settings(prompt: Prompt, model: ModelSpec, build: str) -> Settings:
    return Settings(model, prompt.parameters or {}, prompt.response_format, prompt.tools, build)


def _parts(ready: Ready, prompt: Prompt, model: ModelSpec, aides: Aides) -> Parts:
    """The digests that a fingerprint is made of."""
    return Parts(
        prompt=prompt.digest[:LONG],
        examples=ready.found.digest,
        scorers=long_digest(scoring(ready.spec, ready.judges)),
        model=aides.part(model.identity),
    )


def scoring(spec: EvalSpec, judges: Judges) -> list[Plain]:
    """How an eval judges answers, in a fingerprint: its scorers, and what it makes of them."""
    found: list[Plain] = [dict(scorer.canonical) for scorer in judges.shared]
    if spec.threshold is not None:
        found.append({"threshold": spec.threshold})
    if spec.truncated != "score":
        found.append({"truncated": spec.truncated})
    if spec.refused != "error":
        found.append({"refused": spec.refused})
    if spec.empty != "fail":
        found.append({"empty": spec.empty})
    return found
