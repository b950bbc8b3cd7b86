"""What `compare` puts against each other: revisions, models, versions or files of a prompt."""

from collections.abc import Callable, Mapping, Sequence

from promptci.compare.pairing.comparedside import (
    ComparedSide,
    OperandKind,
    Pick,
    revision_side,
    side_models,
)
from promptci.errors import Fault, RequestError, SeveralError, SpecError
from promptci.git.commits import file_at
from promptci.git.discovery import git_names, ref_names
from promptci.git.filechanges import FileChange, steps
from promptci.git.repo import Repo, inside, read_file
from promptci.git.revision import FIRST_BRANCHES
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.yamlfile import load_yaml
from promptci.sandbox.jinja import parse_jinja
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec
from promptci.specs.promptparsing import parse_prompt
from promptci.suite.filenames import prompt_name
from promptci.suite.loading import load_base
from promptci.suite.suite import Suite

KINDS: tuple[OperandKind, ...] = ("path", "model", "label", "rev")


class Sides:
    """Resolves operands in a repository whose working tree holds `suite`.

    With `names`, of evals or prompts, faults that other files have at a commit do no harm.
    """

    def __init__(self, repo: Repo, suite: Suite, names: Sequence[str] = ()) -> None:
        self.repo = repo
        self.suite = suite
        self.names = names
        self._histories: dict[str, list[FileChange]] = {}

    def resolve(self, operand: str) -> ComparedSide:
        """The first of path, model, label and revision that an operand names.

        A prefix such as `model:` decides. Raises `RequestError` for an operand that is nothing of
        these, or more than one without a prefix.
        """
        prefix, colon, rest = operand.partition(":")
        if colon and prefix in KINDS:
            found = self._try(prefix, rest)
            if found is None:
                raise RequestError(f"there is no {_WORDS[prefix]} `{rest}`")
            return found
        sides = {kind: side for kind in KINDS if (side := self._try(kind, operand)) is not None}
        if len(sides) > 1:
            forms = " or ".join(f"`{kind}:{operand}`" for kind in sides)
            raise RequestError(f"`{operand}` could be several things: write {forms}")
        if not sides:
            wrong = "is no prompt file, no model, no version label and no git revision"
            known = self._known()
            advice = did_you_mean(operand, known.union(git_names(self.repo.top, ref_names)))
            if advice.startswith("known"):
                advice = f"{did_you_mean(operand, known)}, and commits"
            if advice.startswith("known") or operand in FIRST_BRANCHES:
                advice = self.repo.how_to_have(operand) or advice
            if operand in ("HEAD", *FIRST_BRANCHES) and self.repo.head() is None:
                advice = "there is no commit yet, so commit first"
            raise RequestError(f"`{operand}` {wrong}: {advice}")
        return next(iter(sides.values()))

    def _known(self) -> set[str]:
        """What an operand could have meant, but for revisions and models of an endpoint."""
        prompts = self.suite.prompts.values()
        places = ((each.name, step) for each in prompts for step in self._history(each.mark.path))
        earlier = (_prompt_at(self.repo, step, name) for name, step in places)
        labels = {each.version for each in (*prompts, *earlier) if each and each.version}
        return {*self.suite.config.models, *labels, *(each.mark.path for each in prompts)}

    def _try(self, kind: OperandKind, name: str) -> ComparedSide | None:
        makers: Mapping[OperandKind, Callable[[str], ComparedSide | None]] = {
            "path": self._path,
            "model": self._model,
            "label": self._label,
            "rev": self._revision,
        }
        return makers[kind](name)

    def _path(self, name: str) -> ComparedSide | None:
        """A file of a prompt: it replaces the prompt of every eval."""
        try:
            path = inside(name.removeprefix("./"))
        except RequestError:
            return None
        tree = self.repo.worktree
        if not path.endswith((".yaml", ".yml")) or not tree.exists(path):
            return None
        prompt = next((p for p in self.suite.prompts.values() if p.mark.path == path), None)
        prompt = prompt or _parse(read_file(tree, path), path, prompt_name(path))
        return ComparedSide(
            path, "path", lambda spec: Pick(prompt, side_models(self.suite, spec, prompt))
        )

    def _model(self, name: str) -> ComparedSide | None:
        """A model: it is asked the prompts as they are."""
        try:
            model = self.suite.config.model(name)
        except RequestError:
            return None

        def pick(spec: EvalSpec) -> Pick | None:
            prompt = self.suite.prompts.get(spec.prompt)
            return None if prompt is None else Pick(prompt, (model,))

        return ComparedSide(name, "model", pick)

    def _label(self, name: str) -> ComparedSide | None:
        """A version label: each prompt as it was, or is, when it was called that."""
        found: dict[str, Answerer | None] = {}

        def labelled(prompt: Answerer) -> Answerer | None:
            if prompt.name not in found:
                found[prompt.name] = self._labelled(prompt, name)
            return found[prompt.name]

        def pick(spec: EvalSpec) -> Pick | None:
            now = self.suite.prompts.get(spec.prompt)
            prompt = labelled(now) if now else None
            return None if prompt is None else Pick(prompt, side_models(self.suite, spec, prompt))

        used = {spec.prompt: self.suite.prompts[spec.prompt] for spec in self.suite.evals.values()}
        is_known = any(labelled(prompt) is not None for prompt in used.values())
        return ComparedSide(name, "label", pick) if is_known else None

    def _labelled(self, prompt: Answerer, label: str) -> Answerer | None:
        """The newest state of a prompt's file with a label: the working tree, then its history."""
        if prompt.version == label:
            return prompt
        for step in self._history(prompt.mark.path):
            earlier = _prompt_at(self.repo, step, prompt.name, holding=label)
            if earlier is not None and earlier.version == label:
                return earlier
        return None

    def _history(self, path: str) -> list[FileChange]:
        """The commits that changed a prompt's file, which git is asked for once."""
        if path not in self._histories:
            head = self.repo.head()
            self._histories[path] = [] if head is None else list(steps(self.repo, path, head))
        return self._histories[path]

    def _revision(self, name: str) -> ComparedSide | None:
        """A commit: prompts and models as they are there."""
        try:
            revision = self.repo.find(name)
        except SeveralError:
            raise
        except RequestError:
            return None
        if revision is None:
            return None
        return revision_side(load_base(self.repo.tree(revision), self.names), name)


_WORDS: Mapping[OperandKind, str] = {
    "path": "prompt file",
    "model": "model",
    "label": "version label",
    "rev": "git revision",
}


def _prompt_at(repo: Repo, step: FileChange, name: str, holding: str = "") -> Answerer | None:
    """A prompt as a commit has it, if its file is one there and holds a text."""
    data = file_at(repo, step.revision, step.path)
    if data is None or holding.encode("utf-8", "surrogatepass") not in data:
        return None
    try:
        if step.path.startswith("flows/"):
            return load_base(repo.tree(step.revision), (name,)).prompts.get(name)
        return _parse(data, step.path, name)
    except SpecError:
        return None


def _parse(data: bytes, path: str, name: str) -> Answerer:
    """The prompt in a file. Raises `SpecError` with its faults."""
    faults: list[Fault] = []
    prompt = parse_prompt(load_yaml(data, path), name, faults, jinja=parse_jinja)
    if prompt is None:
        raise SpecError(faults)
    return prompt
