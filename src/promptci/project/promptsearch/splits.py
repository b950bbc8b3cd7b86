"""The examples that a search may see, apart from those that it is judged by."""

import posixpath
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.digest import long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import inside
from promptci.parsing.source import alike, excerpt
from promptci.project.project import Project
from promptci.run.planning.ready import Ready, make_ready
from promptci.specs.answerer import names_in
from promptci.specs.columns import ColumnsFile
from promptci.specs.evalspec import EvalSpec, Example, Gate
from promptci.suite.golden import Golden
from promptci.templates.template import as_text

_ENDINGS = ("jsonl", "csv", "yaml", "yml", "json", "parquet", "xlsx")
_CURE = "promptci examples split {} gate=0.5 train=0.3 select=0.2"


class OpenParts(Struct, frozen=True):
    """What a search is given of a project's examples: the two parts that are not the gate's.

    They are evals without a gate, made ready for the prompt; the gate's examples are not in them.
    """

    train: Ready
    select: Ready


def open_parts(
    project: Project, spec: EvalSpec, prompt: str, *, train: str, select: str
) -> OpenParts:
    """Read the parts of an eval that a search may see; `train` and `select` are files beside it.

    They may also be named relative to the current folder. Without a name they are `NAME.train.*`
    and `NAME.select.*`, as `examples split` writes them.
    Raises `RequestError` where there is no such file, and `SpecError` for faults in them and for
    every example that is in two parts or is golden in any eval whose answers `prompt` gives.
    """
    files = {part: _file(project, spec, part, name) for part, name in _named(train, select)}
    ready = {part: _ready(project, spec, part, path) for part, path in files.items()}
    faults = list(_overlaps(project, gate_specs(project, spec, prompt), ready))
    if faults:
        raise SpecError(faults)
    return OpenParts(**ready)


def _named(train: str, select: str) -> tuple[tuple[str, str], ...]:
    return ("train", train), ("select", select)


def _file(project: Project, spec: EvalSpec, part: str, name: str) -> str:
    """The path of a part, relative to its eval."""
    tree, folder = project.workspace.suite.tree, spec.mark.path.rpartition("/")[0]
    known = [f"{spec.name.rpartition('/')[2]}.{part}.{e}" for e in _ENDINGS]
    if name:
        known = [name, posixpath.relpath(project.workspace.path_of(name), folder)]
    found = next((each for each in known if tree.exists(inside(each, start=folder))), None)
    if found is None:
        wrong = f"there is no file {inside(known[0], start=folder)} of examples to search with"
        raise RequestError(f"{wrong}: {_cure(spec)}; or name a file with --{part}")
    return found


def _cure(spec: EvalSpec) -> str:
    """How an eval is parted: files are written, and the eval points at one of them."""
    name = spec.name.rpartition("/")[2]
    split = f"`{_CURE.format(spec.name)}` parts them"
    return f"{split}, and `examples: {name}.gate.jsonl` in {spec.mark.path} keeps to the gate's"


def _ready(project: Project, spec: EvalSpec, part: str, path: str) -> Ready:
    """A part as an eval of its own, with the scorers of the eval and no gate."""
    faults: list[Fault] = []
    marks = {**spec.marks, "examples": spec.marks.get("examples", spec.mark)}
    name = f"{spec.name} ({part})"
    as_eval = replace(
        spec, name=name, examples=path, gate=Gate(), columns=_columns(spec, path), marks=marks
    )
    suite, build = project.workspace.suite, project.models.build
    ready = make_ready(suite, as_eval, suite.prompts[spec.prompt], build, faults)
    if ready is None:
        raise SpecError([fault for fault in faults if not fault.warning])
    if not ready.found.count:
        raise RequestError(f"{path}: there are no examples to search with: add some")
    return ready


def _columns(spec: EvalSpec, path: str) -> ColumnsFile | None:
    """The eval's columns where the part is a table as its own file is."""
    ending = spec.examples.rpartition(".")[2] if isinstance(spec.examples, str) else ""
    return spec.columns if ending == path.rpartition(".")[2] else None


def _overlaps(
    project: Project, gates: Sequence[EvalSpec], ready: dict[str, Ready]
) -> Iterator[Fault]:
    """Examples of the parts whose input, or whose cluster, is also elsewhere, by digest."""
    homes = dict(_golden(project, gates))
    cure = f": {_cure(gates[0])}"
    for part, found in ready.items():
        for example in found.golden.examples():
            places = [homes.setdefault(each, f"in `{part}`") for each in _identities(example)]
            home = next((each for each in places if each != f"in `{part}`"), "")
            if home:
                wrong = f"the example `{excerpt(example.id)}` of `{part}` is also {home}"
                yield example.mark.fault(f"{wrong}, by which it would be judged{cure}")
                cure = ""  # once will do


def gate_specs(project: Project, spec: EvalSpec, prompt: str) -> tuple[EvalSpec, ...]:
    """The eval and all others of the prompt, and of flows with it, which must be passed as well."""
    suite = project.workspace.suite
    others = (e for e in suite.evals.values() if e.name != spec.name and e.prompt in suite.prompts)
    asking = (e for e in others if prompt in names_in(suite.prompts[e.prompt]))
    return (spec, *asking)


def _golden(project: Project, specs: Sequence[EvalSpec]) -> Iterator[tuple[str, str]]:
    """The inputs of golden examples by digest, and what to call each; nothing else of them."""
    for spec in specs:
        for each in Golden.of(project.workspace.suite.tree, spec):
            if isinstance(each, Example):
                for identity in _identities(each):
                    yield identity, f"golden in `{spec.name}`, as `{excerpt(each.id)}`"


def _identities(example: Example) -> Iterator[str]:
    """What makes two examples one: an equal input, or a cluster that both belong to.

    Case, white space and whether a number is a text tell no two inputs apart.
    """
    yield long_digest({name: alike(as_text(value)) for name, value in example.vars.items()})
    if example.cluster:
        yield long_digest(["cluster", example.cluster])
