"""Which tests the evals of a project are, by file: their names, and what each means."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from promptci.errors import PromptCIError
from promptci.project.naming import projects_elsewhere
from promptci.project.workspace import Workspace
from promptci.projectpaths import PROMPT_YML
from promptci.specs.evalspec import EvalSpec, Example
from promptci.suite.filenames import SCORES, YAML
from promptci.suite.golden import Golden
from promptci.testing.findings import EvalTestKey

GATE = "gate"
FAULTY = "lint"
"""The test of a file that cannot be read, called like the command that says what is wrong."""

_ODD = re.compile(r"::|[\x00-\x1f\x7f-\x9f\u2028\u2029%]|^\s|\s$|^gate$")


class Catalogue:
    """The tests of the project around a folder."""

    def __init__(self, start: Path) -> None:
        self._workspace = Workspace(start)
        self._workspace.leaves_faulty_out = True

    @property
    def root(self) -> Path:
        """The project's folder. Raises `RepoError` where there is no repository."""
        return self._workspace.repo.root

    @property
    def elsewhere(self) -> str:
        """Where the projects are, and how to name one, if the folder is in none; else nothing."""
        return projects_elsewhere(self._workspace, "pytest --promptci {}")

    @cached_property
    def evals(self) -> dict[Path, list[EvalSpec]]:
        """The evals that can be run by the file that they are in. Raises `SpecError`."""
        found: dict[Path, list[EvalSpec]] = {}
        for spec in self._workspace.suite.evals.values():
            found.setdefault(self.root / spec.mark.path, []).append(spec)
        return found

    @cached_property
    def faulty(self) -> dict[Path, str]:
        """What is wrong with the evals that cannot be run, by their file. Raises `SpecError`."""
        return {
            self.root / path: "\n".join(map(str, faults))
            for path, faults in self._workspace.suite.faulty.items()
            if path.startswith("evals/") or path.endswith(PROMPT_YML)
        }

    def is_eval(self, path: Path) -> bool:
        """Whether a file holds an eval, or may hold one where that cannot be found out."""
        try:
            return path in self.evals or path in self.faulty
        except PromptCIError:
            folder = self.root / "evals"
            is_record = path.name.endswith(SCORES)
            return path.suffix in YAML and path.is_relative_to(folder) and not is_record

    def fault(self, path: Path) -> str:
        """Why there are no tests of a file that holds an eval; empty where there are."""
        try:
            if path not in self.faulty:
                list(self.tests(path))
                return ""
            return self.faulty[path]
        except PromptCIError as error:
            return str(error)

    def tests(self, path: Path) -> Iterator[tuple[str, EvalTestKey, Example | None]]:
        """Name, key and example of each test of a file; gates come last, without an example."""
        for spec in self.evals.get(path, ()):
            models = self._workspace.suite.models(spec)
            for model in models:
                end = f"[{model}]" if len(models) > 1 else ""
                for example in Golden.of(self._workspace.suite.tree, spec).examples():
                    key = EvalTestKey(spec.name, model, example.id)
                    yield f"{encoded(example.id)}{end}", key, example
                yield f"{GATE}{end}", EvalTestKey(spec.name, model, None), None

    def key_of(self, path: Path, name: str) -> EvalTestKey | None:
        """What a test of a name means."""
        return self._keys(path).get(name)

    def _keys(self, path: Path) -> dict[str, EvalTestKey]:
        if path not in self._known:
            self._known[path] = {name: key for name, key, _ in self.tests(path)}
        return self._known[path]

    @cached_property
    def _known(self) -> dict[Path, dict[str, EvalTestKey]]:
        return {}

    def close(self) -> None:
        """Let go of the repository."""
        self._workspace.close()


def encoded(id_: str) -> str:
    """An id as a test's name: what pytest would split or cannot show is percent-encoded."""
    return _ODD.sub(lambda found: quote(found[0], safe="") if found[0] != GATE else "%67ate", id_)
