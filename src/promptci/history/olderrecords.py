"""Records in a state of the files that are not of these files: edited since, or never run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import asdict, replace

from promptci.errors import Fault, PromptCIError
from promptci.git.repo import Tree
from promptci.history.oldformat import with_long_digests
from promptci.records.chunkfiles import score_path
from promptci.records.record import Parts, Record
from promptci.records.recordfile import read_in_tree
from promptci.run.planning.ready import make_ready, make_task
from promptci.suite.configuration import Configuration
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.suite.suite import Suite

_NONE: Mapping[str, Golden] = {}


class OlderRecord(Struct, frozen=True):
    """An eval on a model whose record is older than its files; `what` are the parts that changed.

    Without a record there are none. `unmeasured` examples of it were not asked since a merge, `at`
    is the commit that has it, empty for the files as they are.
    """

    eval: str
    model: str
    what: tuple[str, ...] = ()
    unmeasured: int = 0
    at: str = ""

    @property
    def has_record(self) -> bool:
        """Whether there is a record at all."""
        return bool(self.what or self.unmeasured)

    @property
    def sentence(self) -> str:
        """What to know of it, and what to do."""
        where = f"{self.eval} on {self.model}"
        where, cure = (
            (f"{where} at {self.at}", "")
            if self.at
            else (where, f": run `promptci run {self.eval}`")
        )
        if self.unmeasured:
            count = "1 example" if self.unmeasured == 1 else f"{self.unmeasured:,} examples"
            return f"{where}: the record was merged, {count} not measured yet{cure}"
        if not self.what:
            return f"{where} has not been run yet{cure}"
        changed = " and ".join(self.what)
        return f"{where}: the record is older than the files ({changed} changed since){cure}"


def older_sentences(found: Iterable[OlderRecord]) -> tuple[str, ...]:
    """What to know of them, once for the models of an eval on which the same holds."""
    models: dict[OlderRecord, list[str]] = {}
    for each in found:
        models.setdefault(replace(each, model=""), []).append(each.model)
    alike = (replace(each, model=", ".join(names)) for each, names in models.items())
    return tuple(each.sentence for each in alike)


def older_records(
    tree: Tree,
    names: Sequence[str] = (),
    *,
    at: str = "",
    known: Configuration | None = None,
    goldens: Mapping[str, Golden] = _NONE,
    most: int | None = None,
) -> tuple[OlderRecord, ...]:
    """The records of a tree that are older than its files, of these evals or of all.

    `at` is the commit that it is the tree of, `known` its configuration and `goldens` the examples
    of evals, where they have been read before.

    Files that cannot be read are passed over: other commands say what is wrong with them. Raises
    `NotScannedError` for an eval of more than `most` examples of which no pass is known.
    """
    try:
        suite = load_suite(tree, names, known=known)
    except PromptCIError:
        return ()
    wanted = [name for name in sorted(suite.evals) if not names or name in names]
    found = (_of_eval(suite, tree, name, goldens.get(name), most) for name in wanted)
    return tuple(replace(each, at=at) for each in chain.from_iterable(found))


def _of_eval(
    suite: Suite, tree: Tree, name: str, golden: Golden | None, most: int | None
) -> Iterator[OlderRecord]:
    try:
        records = _records(tree, name)
        is_large = most is not None and any(each.total > most for each in records.values())
        for model, parts_now in _parts(suite, name, golden, only_known=is_large):
            record = records.get(model)
            if record is None:
                yield OlderRecord(name, model)
                continue
            now = asdict(parts_now)
            parts = asdict(record.parts).items()
            what = tuple(part for part, was in parts if not _is_same(was, now[part], record))
            if what or record.unmeasured:
                yield OlderRecord(name, model, what, record.unmeasured)
    except PromptCIError:
        return


def parts_in(tree: Tree, name: str) -> dict[str, Parts]:
    """The parts of an eval's fingerprint by a tree's files, by model; none that cannot be read."""
    try:
        return dict(_parts(load_suite(tree, (name,)), name))
    except PromptCIError:
        return {}


def _parts(
    suite: Suite, name: str, golden: Golden | None = None, *, only_known: bool = False
) -> Iterator[tuple[str, Parts]]:
    if name not in suite.evals:
        return
    spec = suite.evals[name]
    prompt = suite.prompts[spec.prompt]
    faults = list[Fault]()
    ready = make_ready(
        suite, spec, prompt, lambda _: "", faults, known=golden, only_known=only_known
    )
    if ready is None:
        return
    for model in suite.models(spec):
        yield model, make_task(ready, prompt, suite.config.model(model), lambda _: "").parts


def _is_same(was: str, now: str, record: Record) -> bool:
    """Whether a part has not changed; in an old record only the first digits are known."""
    return now.startswith(was) and bool(was) if record.is_old else was == now


def _records(tree: Tree, name: str) -> Mapping[str, Record]:
    path = score_path(name)
    return with_long_digests(read_in_tree(tree, path, name), tree, name)
