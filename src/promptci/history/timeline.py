"""What an eval asked at each of a row of commits, where commits that ask the same are one point."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.gate.gatechanges import with_base_gate
from promptci.compare.pairing.comparedside import Pick, revision_side
from promptci.compare.pairing.renamedetection import traits_of_examples
from promptci.errors import Fault, PromptCIError, RequestError, SpecError
from promptci.git.repo import Repo, Tree
from promptci.git.revision import Revision
from promptci.history.formernames import FormerNames, NamedFiles
from promptci.parsing.didyoumean import did_you_mean
from promptci.run.planning.ready import Ready, make_ready, make_task
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.answerer import Answerer
from promptci.specs.config import Config
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.suite.evalfiles import EvalFiles, in_tree
from promptci.suite.loading import load_suite


class Standard(Struct, frozen=True):
    """What every commit is measured by: golden examples, scorers and gate of one eval in a tree.

    `chosen` are the ids of the examples to take, None for all. `model` is asked at every commit;
    None for the model that each commit names, the one called `usual` where it names several. An
    endpoint that needs a key must be as `config` has it, so that no commit chooses where a key is
    sent.
    """

    tree: Tree
    ready: Ready
    build_of: BuildOf
    config: Config
    usual: str
    model: ModelSpec | None = None
    chosen: frozenset[str] | None = None

    @property
    def spec(self) -> EvalSpec:
        """The eval."""
        return self.ready.spec

    def examples(self) -> Iterator[Example]:
        """The examples that decide, in file order."""
        for example in self.ready.golden.examples():
            if self.chosen is None or example.id in self.chosen:
                yield example


class TimelinePoint(Struct, frozen=True):
    """Commits in a row that ask the same, by the first of them.

    `task` is None where nothing can be asked; `obstacle` says why. Without `has_eval` the commit
    does not have the eval, and is asked what the standard's eval asks.
    """

    revision: Revision
    task: Task | None
    obstacle: str = ""
    has_eval: bool = True

    @property
    def fingerprint(self) -> str:
        """Equal for points that ask the same; empty where nothing can be asked."""
        return "" if self.task is None else self.task.fingerprint


def make_standard(
    tree: Tree, name: str, *, build_of: BuildOf, config: Config, model: str = ""
) -> Standard:
    """The standard that the files of a tree set for the eval of a name.

    Raises `RequestError` if there is no such eval or model, or more than one model to choose from,
    and `SpecError` for files that cannot be used.
    """
    suite = load_suite(EvalFiles(in_tree(tree), name, name=tree.name, below=tree.files))
    if name not in suite.evals:
        raise RequestError(f"there is no eval `{name}` in {tree.name}: {_advice(tree, name)}")
    spec = replace(suite.evals[name], strict_variables=False)
    models = suite.models(spec)
    if not model and len(models) > 1:
        several = ", ".join(f"`{each}`" for each in models)
        raise RequestError(f"`{name}` runs on {several}: choose one with --model")
    faults: list[Fault] = []
    ready = make_ready(suite, spec, suite.prompts[spec.prompt], build_of, faults)
    if ready is None:
        raise SpecError(faults)
    chosen = suite.config.model(model) if model else None
    return Standard(tree, ready, build_of, config, models[0], chosen)


def choose_example(standard: Standard, id_: str) -> Standard:
    """A standard with one of its examples. Raises `RequestError` if there is no such example."""
    ids = [example.id for example in standard.ready.golden.examples()]
    if id_ not in ids:
        advice = did_you_mean(id_, ids[:1000])
        raise RequestError(f"`{standard.spec.name}` has no example `{id_}`: {advice}")
    return replace(standard, chosen=frozenset({id_}))


class Timeline(Struct, frozen=True):
    """A row of commits, the oldest first, as seen by a standard: its points, in the same order."""

    standard: Standard
    revisions: tuple[Revision, ...]
    points: tuple[TimelinePoint, ...]

    @property
    def good(self) -> Revision:
        """The first commit."""
        return self.revisions[0]

    @property
    def bad(self) -> Revision:
        """The last commit."""
        return self.revisions[-1]


def make_timeline(repo: Repo, revisions: Sequence[Revision], standard: Standard) -> Timeline:
    """What a row of commits asks. Commits next to each other that ask the same are one point."""
    traits = traits_of_examples(standard.ready.golden.examples())
    names = FormerNames(repo, standard.spec, traits, standard.tree)
    standard = _under_gate_of(standard, revisions[0], names)
    points: list[TimelinePoint] = []
    for point in _states(repo, revisions, standard, names):
        if not points or not point.fingerprint or point.fingerprint != points[-1].fingerprint:
            points.append(point)
    return Timeline(standard, tuple(revisions), tuple(points))


def _under_gate_of(standard: Standard, revision: Revision, names: FormerNames) -> Standard:
    """A standard that blocks what the gate of a commit does, too; files that fail have no say."""
    ready = standard.ready
    try:
        read = names.files(revision)
        spec, _ = with_base_gate(ready.spec, ready.golden, load_suite(read.files), read.name)
    except PromptCIError:
        return standard
    return replace(standard, ready=replace(ready, spec=spec))


def _states(
    repo: Repo, revisions: Sequence[Revision], standard: Standard, names: FormerNames
) -> Iterator[TimelinePoint]:
    """A point for each commit whose files are not just those of the commit before."""
    last: object = None
    for revision in revisions:
        read = _read(repo, revision, names)
        state = read if isinstance(read, str) else read.files.contents
        if state != last:
            last = state
            yield (
                TimelinePoint(revision, None, read)
                if isinstance(read, str)
                else _point(revision, read, standard)
            )


def _read(repo: Repo, revision: Revision, names: FormerNames) -> NamedFiles | str:
    """A commit's files, or what is wrong with the eval's."""
    try:
        return names.files(revision)
    except SpecError as error:
        return _first(error)


def _point(revision: Revision, read: NamedFiles, standard: Standard) -> TimelinePoint:
    """What a commit asks, or why it can ask nothing."""
    has_eval, spec = read.files.has_eval, replace(standard.spec, prompt=read.prompt)
    try:
        side = revision_side(load_suite(read.files), revision.short, {spec.name: read.name})
        pick = side.pick(spec)
        if pick is None:
            raise RequestError(f"there is no prompt `{standard.spec.prompt}`")
        task = _task(pick, standard)
    except RequestError as error:
        return TimelinePoint(revision, None, _first(error), has_eval)
    return TimelinePoint(revision, task, "", has_eval)


def _task(pick: Pick, standard: Standard) -> Task:
    """A commit's prompt and model with the standard's examples. Raises `RequestError`."""
    model = standard.model or _model(pick, standard.usual)
    _refuse_stranger(model.endpoint, standard.config)
    _refuse_misfit(pick.prompt, standard)
    task = make_task(standard.ready, pick.prompt, model, standard.build_of, chosen=standard.chosen)
    for each in task.models:
        _refuse_stranger(each.endpoint, standard.config)
    return task


def _model(pick: Pick, usual: str) -> ModelSpec:
    named = [model for model in pick.models if model.name == usual]
    if not named and len(pick.models) > 1:
        raise RequestError(f"the eval runs on several models there, and none is `{usual}`")
    return (named or pick.models)[0]


def _refuse_stranger(endpoint: EndpointSpec, config: Config) -> None:
    if endpoint.key_env is not None and config.endpoints.get(endpoint.name) != endpoint:
        wrong = f"the endpoint `{endpoint.name}` is not the one in promptci.yaml now"
        raise RequestError(f"{wrong}, so no key is sent there")


def _refuse_misfit(prompt: Answerer, standard: Standard) -> None:
    """Every example gives what a prompt needs."""
    for example in standard.examples():
        for name in prompt.missing(example.vars):
            wrong = f"the prompt needs `{name}`"
            raise RequestError(f"{wrong}, which the example `{example.id}` does not give")


def _advice(tree: Tree, name: str) -> str:
    """The nearest name of an eval, or all of them."""
    files = [path for path in tree.files("evals") if path.endswith((".yaml", ".yml"))]
    names = [path.removeprefix("evals/").rpartition(".")[0] for path in files]
    return did_you_mean(name, [each for each in names if not each.endswith(".scores")])


def _first(error: RequestError) -> str:
    """The first of the faults that an error tells of."""
    return str(error).partition("\n")[0]
