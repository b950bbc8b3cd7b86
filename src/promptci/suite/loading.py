"""All prompts, evals and the configuration read from a tree, with all their faults."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from promptci.errors import Fault, SpecError
from promptci.git.repo import Tree
from promptci.projectpaths import CONFIG, PROMPT_YML
from promptci.specs.evalspec import EvalSpec
from promptci.suite.configuration import Configuration
from promptci.suite.filenames import SCORES, covers, name_below
from promptci.suite.naming import evals_called
from promptci.suite.suite import Suite
from promptci.suite.treereader import TreeReader


def load_suite(
    tree: Tree, names: Sequence[str] = (), *, known: Configuration | None = None
) -> Suite:
    """Read all prompts, evals and the configuration of a tree.

    Raises `SpecError` with every fault of every file. With `names`, of evals and prompts, faults in
    files that those have nothing to do with are only warnings. Examples in data files are not read
    here. `known` is the configuration, where that has been read before.
    """
    reader = TreeReader(tree, known=known)
    suite = reader.load()
    wanted, needed = _wanted(reader, suite, names)
    return _without(reader, suite, lambda path: bool(wanted) and not covers(needed, path))


def load_runnable(tree: Tree, *, known: Configuration | None = None) -> Suite:
    """The same for a run of everything: a faulty `.prompt.yml` that nothing here needs is left out.

    Needed is one that has a score record or is the prompt of another eval, and any where nothing
    else could be run. Unknown models are none of its faults: the other evals can be run.
    Raises `SpecError` for all other faults.
    """
    reader = TreeReader(tree, known=known, needs_models=False)
    suite = reader.load()
    evals = suite.evals.values()
    prompts = {spec.prompt for spec in evals if not spec.mark.path.endswith(PROMPT_YML)}

    def is_spared(path: str) -> bool:
        name = name_below(path, "prompts/")
        is_needed = (
            name in prompts or name in reader.asked or tree.exists(f"evals/{name}{SCORES[0]}")
        )
        return bool(suite.evals) and path.endswith(PROMPT_YML) and not is_needed

    optional = frozenset(path for path in reader.prompt_ymls if is_spared(path))
    return replace(_without(reader, suite, is_spared), optional=optional)


def load_sound(tree: Tree, *, known: Configuration | None = None) -> Suite:
    """The same of all evals that can be run; the others are `faulty`.

    An eval is faulty where its own file is, its prompt or flow, or a prompt of one of its steps.
    Raises `SpecError` for faults of the configuration.
    """
    reader = TreeReader(tree, known=known)
    suite = reader.load()
    by_path: dict[str, list[Fault]] = {}
    for fault in reader.faults:
        if not fault.warning:
            by_path.setdefault(fault.path, []).append(fault)
    if CONFIG in by_path:
        raise SpecError(by_path[CONFIG])
    faulty = {path: tuple(found) for path, found in by_path.items()}
    for spec in suite.evals.values():
        needed = [path for path in by_path if _rests_on(reader, spec, path)]
        if needed:
            faulty[spec.mark.path] = tuple(each for path in needed for each in by_path[path])
    sound = {name: spec for name, spec in suite.evals.items() if spec.mark.path not in faulty}
    found = _without(reader, replace(suite, evals=sound), lambda path: True)
    return replace(found, faulty=faulty)


def load_readable(tree: Tree) -> Suite:
    """The same of all that is known of evals, faulty ones included.

    One that cannot be read, or whose prompt cannot, may have its scorers alone. Raises
    `SpecError` for faults of the configuration.
    """
    reader = TreeReader(tree)
    suite = reader.load()
    if any(fault.path == CONFIG and not fault.warning for fault in reader.faults):
        raise SpecError(reader.faults)
    evals = reader.in_part | dict(suite.evals)
    alone = {n: replace(e, examples=()) for n, e in evals.items() if e.prompt not in suite.prompts}
    return replace(suite, evals=evals | alone)


def _rests_on(reader: "TreeReader", spec: EvalSpec, path: str) -> bool:
    """Whether a file is an eval's own or that of a prompt or flow that it needs, or beside it."""
    needed = _with_parts(reader.parts, (spec.prompt,))
    called = {path, *(name_below(path, f"{folder}/") for folder in ("prompts", "flows"))}
    return path == spec.mark.path or not needed.isdisjoint(called)


def load_head(tree: Tree, base: Suite, *, known: Configuration | None = None) -> Suite:
    """The same of a change, without a faulty `.prompt.yml` that nothing here or at the base needs.

    `optional` are those that were left out. Raises `SpecError` for all other faults.
    """
    reader = TreeReader(tree, known=known)
    suite = reader.load()
    evals = suite.evals.values()
    prompts = {spec.prompt for spec in evals if not spec.mark.path.endswith(PROMPT_YML)}

    def is_spared(path: str) -> bool:
        name = name_below(path, "prompts/")
        is_asked = name in prompts or name in reader.asked
        is_needed = is_asked or name in base.prompts or name in base.evals
        is_recorded = tree.exists(f"evals/{name}{SCORES[0]}")
        return path.endswith(PROMPT_YML) and not is_needed and not is_recorded

    faulty = {fault.path for fault in reader.faults if not fault.warning}
    return replace(_without(reader, suite, is_spared), optional=frozenset(faulty))


def load_base(tree: Tree, names: Sequence[str] = ()) -> Suite:
    """The same of a base, where a faulty `.prompt.yml` cannot be fixed: it is only left out.

    With `names`, so is any file that those do not need, whether they are there or not. Raises
    `SpecError` for all other faults.
    """
    reader = TreeReader(tree)
    suite = reader.load()
    _, needed = _wanted(reader, suite, names)

    def is_spared(path: str) -> bool:
        return not covers(needed, path) and (bool(names) or path.endswith(PROMPT_YML))

    return _without(reader, suite, is_spared)


def _without(reader: "TreeReader", suite: Suite, is_spared: Callable[[str], bool]) -> Suite:
    """A suite without what could not be read in the files that are spared. Raises `SpecError`."""
    errors = [fault for fault in reader.faults if not fault.warning]
    if not all(fault.path != CONFIG and is_spared(fault.path) for fault in errors):
        raise SpecError(reader.faults)
    warnings = tuple(replace(fault, warning=True) for fault in reader.faults)
    evals = {name: spec for name, spec in suite.evals.items() if spec.prompt in suite.prompts}
    return replace(suite, evals=evals, warnings=warnings)


def _wanted(
    reader: "TreeReader", suite: Suite, names: Sequence[str]
) -> tuple[list[EvalSpec], tuple[str, ...]]:
    """The evals that these names mean, and the names of all files that they need."""
    found = [spec for name in names for spec in evals_called(name, suite.evals, suite.prompts)]
    tested = tuple(spec.prompt for spec in found)
    return found, (*names, *(spec.name for spec in found), *_with_parts(reader.parts, tested))


def _with_parts(parts: Mapping[str, frozenset[str]], names: Iterable[str]) -> set[str]:
    """Prompts and flows with all that the flows among them take as steps, faulty or not.

    Files beside theirs in which they have faults, such as documents of a corpus, are among them.
    """
    needed, left = set[str](), list(names)
    while left:
        name = left.pop()
        if name not in needed:
            needed.add(name)
            left += parts.get(name, ())
    return needed
