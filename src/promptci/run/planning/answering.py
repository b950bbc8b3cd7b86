"""What answers an eval's examples: a prompt with its settings, its steps and its picker."""

from collections.abc import Mapping

from msgspec.structs import replace

from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import inside, read_file
from promptci.parsing.source import Plain
from promptci.run.planning.retriever import make_retriever
from promptci.run.planning.samplepicker import NO_PICKER, SamplePicker, bind_picker
from promptci.run.planning.task import BuildOf, Task
from promptci.scorers.base.reach import Reach, is_bare
from promptci.specs.answerer import Answerer, retrieval_of
from promptci.specs.flows.flow import Flow
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Settings
from promptci.suite.codefiles import CodeFiles
from promptci.suite.suite import Suite

_JUDGES = "evals/judges/"


def reach_from(suite: Suite, path: str, build_of: BuildOf) -> Reach:
    """What the scorers in a file may reach: models by their names, files and code beside it."""
    folder = path.rpartition("/")[0]
    files: list[str] = []

    def settings_for(name: str, parameters: Mapping[str, Plain]) -> Settings:
        model = suite.config.judge(name)
        return Settings(model, parameters, build=build_of(model))

    def read_beside(written: str) -> bytes:
        files.append(inside(written, start=folder))
        return read_file(suite.tree, files[-1])

    code = CodeFiles(suite, folder)
    return Reach(settings_for, read_beside, suite.config.scorer_sets, files=files, code=code)


def answered_by(
    task: Task, suite: Suite, prompt: Answerer, model: ModelSpec, build_of: BuildOf
) -> Task:
    """The same examples and scorers, answered by a prompt of `suite` on another model.

    Fingerprint and parts stay those of `task`. Raises `SpecError` where what the prompt names
    beside its model is not there.
    """
    faults: list[Fault] = []
    picker = picker_of(suite, prompt, build_of, faults)
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)
    calls = prompt.calls if isinstance(prompt, Flow) else ()
    steps = {
        step.number: answered_by(task, suite, step.answerer, step.model or model, build_of)
        for step in calls
    }
    settings = settings_of(prompt, model, builds_of(steps) if steps else build_of(model))
    return replace(
        task,
        prompt=prompt,
        model=model,
        settings=settings,
        picker=picker,
        steps=steps,
        retriever=make_retriever(retrieval_of(prompt), settings),
    )


def picker_of(
    suite: Suite, prompt: Answerer, build_of: BuildOf, faults: list[Fault]
) -> SamplePicker:
    """What a prompt's `solve` names; own code is none of it, since it would run for every side."""
    if isinstance(prompt, Flow) or prompt.solve is None:
        return NO_PICKER
    reach = reach_from(suite, prompt.mark.path, build_of)

    def read(path: str) -> bytes:
        """A file beside the prompt, or a judge's prompt by its name alone."""
        if not is_bare(path):
            return reach.read(path)
        named = f"{_JUDGES}{path}.yaml"
        if not suite.tree.exists(named):
            cure = "write its `system`, `user` and `reply`, or `criteria` in the place of `prompt`"
            raise RequestError(f"there is no file {named} with the judge's prompt: {cure}")
        return read_file(suite.tree, named)

    return bind_picker(prompt, replace(reach, code=None, read=read, judges=_JUDGES), faults)


def builds_of(steps: Mapping[int, Task]) -> str:
    """The builds of all models of a flow that have one."""
    asking = (each for step in steps.values() for each in step.asking)
    return "+".join(sorted({each.settings.build for each in asking} - {""}))


def settings_of(prompt: Answerer, model: ModelSpec, build: str) -> Settings:
    """What a prompt asks of a model, of which `build` answers; empty where none is known."""
    retrieval = retrieval_of(prompt)
    if retrieval is not None:
        size = retrieval.dimensions
        parameters = dict(model.endpoint.embedding_fields)
        parameters |= {} if size is None else {"dimensions": size}
        return Settings(model, parameters, build=build, task="embeddings")
    return Settings(model, prompt.parameters or {}, prompt.response_format, prompt.tools, build)
