"""Candidates drafted from logs, one after the other, until a person has judged them."""

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from promptci.atomic import write_text
from promptci.errors import RequestError
from promptci.parsing.logged.loggedvalues import json_text
from promptci.parsing.source import Plain
from promptci.project.golden.collecting import TODO, candidates_path, read_candidates
from promptci.project.golden.goldenedit import add_example
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.reportdata.goldenset import JudgedCandidates


class Candidate(Struct, frozen=True):
    """A drafted example: its variables and what was answered.

    `calls` are those of tools; where nothing else was said, `answer` is their JSON.
    """

    id: str
    vars: Mapping[str, Plain]
    answer: str
    calls: Plain = None


class Candidates:
    """The candidates of an eval that have not been judged yet, one after the other."""

    def __init__(self, project: Project, name: str) -> None:
        self._project = project
        self.name = named_eval(project, name)
        self._path = project.workspace.repo.root / candidates_path(self.name)
        if not self._path.is_file():
            raise RequestError(
                f"`{self.name}` has no candidates: draft some with `promptci "
                f"collect LOG --eval {self.name}`"
            )
        self._rows = read_candidates(self._path, candidates_path(self.name))

    def __iter__(self) -> Iterator[Candidate]:
        for row in list(self._rows):
            if row.get("expected") == TODO:
                meta, variables = row.get("meta"), row.get("vars")
                fields = meta if isinstance(meta, dict) else {}
                calls = fields.get("tool_calls")
                answer = str(fields.get("answer", "")) or (json_text(calls) if calls else "")
                assert isinstance(variables, dict)
                yield Candidate(str(row.get("id")), variables, answer, calls)

    def accept(self, candidate: Candidate, expected: str) -> str:
        """Make a candidate a golden example; gives the file that it went into."""
        are_calls = candidate.calls is not None and expected == json_text(candidate.calls)
        path = add_example(
            self._project, self.name, candidate.vars, id_=candidate.id,
            expected=candidate.calls if are_calls else expected,
        )  # fmt: skip
        self._project.workspace.forget_suite()
        self._settle(candidate, expected)
        return path

    def drop(self, candidate: Candidate) -> None:
        """Keep a candidate out for good; it is not drafted again."""
        self._settle(candidate, None)

    def _settle(self, candidate: Candidate, expected: str | None) -> None:
        for row in self._rows:
            if str(row.get("id")) == candidate.id:
                row["expected"] = expected
        text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in self._rows)
        write_text(self._path, text)


def drafted_candidates(project: Project) -> dict[str, Candidates]:
    """The evals with candidates still to be judged."""
    root = project.workspace.repo.root
    names = [
        each for each in project.workspace.suite.evals if (root / candidates_path(each)).is_file()
    ]
    found = {name: Candidates(project, name) for name in names}
    return {name: each for name, each in found.items() if any(each)}


class LabelChoice(Enum):
    """What may be said of a candidate beside what is expected of it."""

    SKIP = "s"
    DROP = "x"
    QUIT = "q"


def judge_candidates(
    project: Project, name: str, ask: Callable[[Candidate], str | LabelChoice]
) -> JudgedCandidates:
    """Go through an eval's candidates; `ask` gives what is expected of one, or a choice above.

    Each is settled at once, so that whoever leaves in the middle loses nothing.
    """
    candidates, done = Candidates(project, name), JudgedCandidates()
    for candidate in candidates:
        said = ask(candidate)
        if said is LabelChoice.QUIT:
            break
        if said is LabelChoice.SKIP:
            done = replace(done, skipped=done.skipped + 1)
        elif said is LabelChoice.DROP:
            candidates.drop(candidate)
            done = replace(done, dropped=done.dropped + 1)
        else:
            candidates.accept(candidate, str(said))
            done = replace(done, taken=done.taken + 1)
    return done
