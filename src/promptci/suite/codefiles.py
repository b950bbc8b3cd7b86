"""The files of the user's own code: which belong to a scorer, and whose they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from msgspec import Struct, field

from promptci.errors import NotAtBaseError, PromptCIError, RequestError
from promptci.git.repo import Tree, inside, read_file
from promptci.git.unfollowed import no_file
from promptci.parsing.source import Plain, excerpt
from promptci.scorers.base.reach import Code
from promptci.specs.evalspec import EvalSpec, Example
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.suite import Suite

MOST_FILES = 500
MOST_BYTES = 10_000_000


class CodeFiles(Struct, dict=True):
    """Finds the own code of an eval in `folder` of a suite, and remembers whether there was any.

    `differing` are files that are not run as they are beside the eval.
    """

    suite: Suite
    folder: str
    is_used: bool = False
    differing: set[str] = field(default_factory=set)

    def module(self, target: str, more: Sequence[str]) -> tuple[str, Code]:
        """The path of a `module:function`, with the modules around it and `more` files.

        It is looked for beside the eval, then at the project's root. In a change under review it
        must be a target that an eval of the base names: any other function was never meant to be
        called. Raises `RequestError` where there is none, and `NotAtBaseError` where only the
        base's could be run and it does not name it.
        """
        base = self.suite.code_base
        if base is not None and target not in self._targets.functions:
            raise NotAtBaseError(
                f"no eval of the base scores with `{excerpt(target, 60)}`, and a change may not "
                "choose what is run: merge it first"
            )
        start, path = self._find(target.partition(":")[0])
        extra = [self._beside(each) for each in more]
        own = [*_family(self.suite.tree, path, start), *extra]
        run = own if base is None else [*_family(base.tree, path, start), *extra]
        return path, self._code(own, run, needed=[path, *extra])

    def program(self, argv: Sequence[str], more: Sequence[str]) -> tuple[tuple[str, ...], Code]:
        """A command, with arguments that name a file as its path, and `more` files.

        In a change under review it must be one that the base has too, to the letter, since what it
        does is in its arguments. Raises as `module` does.
        """
        if self.suite.code_base is not None and tuple(argv) not in self._targets.commands:
            raise NotAtBaseError(
                f"the base does not have the command `{excerpt(' '.join(argv), 60)}`, and a change "
                "may not choose what is run: merge it first"
            )
        found = tuple(self._argument(part) or part for part in argv)
        if "/" in argv[0] and found[0] == argv[0] and not argv[0].startswith("/"):
            raise RequestError(f"there is no file `{excerpt(argv[0])}`: name one beside the eval")
        files = [path for path in map(self._argument, argv) if path is not None]
        files += [self._beside(each) for each in more]
        return found, self._code(files, files, needed=files)

    def _find(self, name: str) -> tuple[str, str]:
        """The folder that a module is imported from, and its path."""
        inner = name.replace(".", "/")
        for start in dict.fromkeys((self.folder, "")):
            for path in (f"{inner}.py", f"{inner}/__init__.py"):
                full = inside(path, start=start)
                if self.suite.tree.exists(full):
                    return start, full
        where = ", neither in {}/ nor at the project's root" if self.folder else " in the project"
        cure = "leave out the `.py`" if name.endswith(".py") else "write one"
        raise RequestError(f"there is no {inner}.py{where.format(self.folder)}: {cure}")

    def _beside(self, path: str) -> str:
        full = inside(path, start=self.folder)
        if not self.suite.tree.exists(full):
            raise RequestError(no_file(self.suite.tree, full, "name one relative to this eval"))
        return full

    def _argument(self, part: str) -> str | None:
        """The path of the file that an argument names, beside the eval or from the root."""
        for start in dict.fromkeys((self.folder, "")):
            try:
                path = inside(part, start=start)
            except RequestError:
                return None
            if path and self.suite.tree.exists(path):
                return path
        return None

    def _code(self, own: list[str], run: list[str], *, needed: list[str]) -> Code:
        self.is_used = True
        mine = _contents(self.suite.tree, own)
        base = self.suite.code_base
        if base is None:
            return Code(mine, mine)
        for path in needed:
            if not base.tree.exists(path):
                raise NotAtBaseError(
                    f"the base does not have {path}, and a change may not choose what code is "
                    "run: merge it first"
                )
        its = _contents(base.tree, run)
        self.differing |= {path for path in {*mine, *its} if mine.get(path) != its.get(path)}
        return Code(mine, its)

    @cached_property
    def _targets(self) -> "_Targets":
        """What the evals of the base run."""
        found = _Targets()
        for scorer in () if self.suite.code_base is None else _scorers(self.suite.code_base):
            found.add(scorer)
        return found


class _Targets(Struct, frozen=True):
    """Functions as `module:function`, and commands with all their arguments."""

    functions: set[str] = field(default_factory=set)
    commands: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, value: Plain) -> None:
        """Add what scorers name, however deep it is in them."""
        if isinstance(value, list):
            for each in value:
                self.add(each)
        elif isinstance(value, dict):
            for key, each in value.items():
                self._add_scorer(key, each)
                self.add(each)

    def _add_scorer(self, name: str, options: Plain) -> None:
        given = options if isinstance(options, dict) else {"function": options, "run": options}
        function, run = given.get("function"), given.get("run")
        if name == "python" and isinstance(function, str):
            self.functions.add(function)
        if name == "command" and isinstance(run, list):
            self.commands.add(tuple(map(str, run)))


def _scorers(suite: Suite) -> Iterator[Plain]:
    """The scorers in the evals of a suite, in their examples there, and in the sets they share."""
    for shared in suite.config.scorer_sets.values():
        yield shared.plain()
    for spec in suite.evals.values():
        yield from (node.plain() for node in spec.scorers)
        yield from () if spec.conversing is None else spec.conversing.scorers
        for example in _examples(suite, spec):
            yield from example.scorers


def _examples(suite: Suite, spec: EvalSpec) -> Iterable[Example]:
    """The golden examples of an eval; none where they cannot be read."""
    try:
        yield from Golden.of(suite.tree, spec).examples()
    except PromptCIError:
        return


def _family(tree: Tree, path: str, start: str) -> list[str]:
    """A module with those that it may import: its package, or its neighbours beside an eval."""
    below = PurePosixPath(path).relative_to(start or ".").parts
    if len(below) > 1:
        top = f"{start}/{below[0]}".lstrip("/")
        return [each for each in tree.files(top) if each.endswith(".py")]
    if not start:  # the root of a project holds all sorts of things
        return [path] if tree.exists(path) else []
    return [
        each
        for each in tree.files(start)
        if each.endswith(".py") and each.rpartition("/")[0] == start
    ]


def _contents(tree: Tree, paths: Iterable[str]) -> Mapping[str, bytes]:
    """The files, if they are not too many. Raises `RequestError`."""
    found = {path: read_file(tree, path) for path in sorted(set(paths))[: MOST_FILES + 1]}
    if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_BYTES:
        most = f"{MOST_FILES} files or {MOST_BYTES // 1_000_000} MB"
        raise RequestError(f"own code is more than {most}: give it a folder of its own")
    return found


def code_notes(judges: Iterable[Judges]) -> list[str]:
    """What a reviewer should know about code that the change itself brings along."""
    paths = sorted({path for each in judges for path in each.differing})
    return [
        f"{path} differs from the base: the base's was run, and records that depend on it were "
        "not verified"
        for path in paths
    ]
